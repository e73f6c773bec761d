"""Pages that turned out wrong: withdrawn, corrected, and numbers that are said otherwise now."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest

from segkit.errors import ParameterError, RunError
from segkit.page import Metric
from segkit.project import publishing
from segkit.project.publishing import published_dates, read_manifest
from segkit.project.rendering import metrics_json
from segkit.project.request import read_request
from segkit.project.restating import restated_history, restated_page
from segkit.project.run import RunOptions, run_report
from segkit.project.withdrawing import remark_of, withdraw
from tests.project.project import PAGE, metrics_of, segkit, write_project


def publish(root: Path, date: str, **options: bool) -> Path:
    file = root / "params" / "tiny" / "one.yaml"
    return run_report(read_request(file, as_of=date), RunOptions(**options)).page.parent


def test_a_withdrawn_page_holds_the_reason_and_comes_back_only_when_asked(tmp_path: Path) -> None:
    write_project(tmp_path)
    good, bad = publish(tmp_path, "2024-03-24"), publish(tmp_path, "2024-03-31")
    done = segkit(tmp_path, "withdraw", "tiny/one/2024-03-31", "--reason", "The till\nwas <empty>.", "--by", "Ann")
    assert done.returncode == 0, done.stderr
    html = (bad / "report.html").read_text(encoding="utf-8")
    assert "This page was withdrawn" in html
    assert f"Withdrawn on {dt.date.today():%-d %b %Y} by Ann: The till was &lt;empty&gt;." in html
    assert "3 customers" not in html
    assert 'href="../2024-03-24/report.html"' in html
    assert "3 customers" in (bad.parent / "revisions/2024-03-31/1/report.html").read_text(encoding="utf-8")
    assert published_dates(bad.parent) == ["2024-03-24"]
    assert os.readlink(bad.parent / "latest") == "2024-03-24"
    index = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert 'href="tiny/one/2024-03-31/report.html"' in index
    assert "by Ann: The till was &lt;empty&gt;." in index
    assert segkit(tmp_path, "verify").returncode == 0
    with pytest.raises(ParameterError, match=r"Withdrawn on .* by Ann: The till was <empty>.*--replace"):
        publish(tmp_path, "2024-03-31")
    assert "This page was withdrawn" in (bad / "report.html").read_text(encoding="utf-8")
    publish(tmp_path, "2024-03-31", replace=True)
    assert metrics_of(bad)["customers"]["value"] == 3
    assert read_manifest(bad)["revision"] == 3
    assert "withdrawn" not in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8").lower()
    assert good.is_dir()


def test_a_corrected_page_says_why_and_the_index_names_both_values(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    page = publish(tmp_path, "2024-03-31")
    source = PAGE.replace('Metric("customers", count,', 'Metric("customers", count + 1000,')
    write_project(tmp_path, source)
    done = segkit(tmp_path, "correct", "tiny/one/2024-03-31", "--reason", "store_17 had been left out", "--by", "Ann")
    assert done.returncode == 0, done.stderr
    html = (page / "report.html").read_text(encoding="utf-8")
    assert "by Ann: store_17 had been left out" in html
    assert "1,003 customers" in html
    index = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert "by Ann: store_17 had been left out" in index
    assert "Made again, with other numbers: Customers was 3, is 1,003" in index
    assert read_manifest(page)["revision"] == 2
    # made again from the same inputs, it is the same page, with its reason
    before = (page / "report.html").read_bytes()
    run_report(read_request(file), RunOptions(force=True))
    assert (page / "report.html").read_bytes() == before
    assert read_manifest(page)["restated"]["numbers"] == ["Customers was 3, is 1,003"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("withdraw", "tiny/one/2024-03-31", "--reason", " "), "--reason is empty"),
        (("withdraw", "tiny/two/2024-03-31", "--reason", "x"), "there is no such page"),
        (("correct", "tiny/one", "--reason", "x"), "these are 2 pages. Name one, with its date"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused_in_words(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    for date in ("2024-03-24", "2024-03-31"):
        page = tmp_path / "reports" / "tiny" / "one" / date
        page.mkdir(parents=True)
        (page / "report.html").write_text("x")
    done = segkit(tmp_path, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert (tmp_path / "reports/tiny/one/2024-03-31/report.html").read_text() == "x"


def test_a_disk_that_refuses_leaves_the_page_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of_metrics(tmp_path / "reports/tiny/one", "2024-03-31", money("revenue", 1))
    remark = remark_of("wrong", "", dt.date(2024, 4, 1))
    real = publishing._sync

    def refuse(path: Path) -> None:
        if path.name == "report.html":
            raise OSError(28, "No space left on device", str(path))
        real(path)

    monkeypatch.setattr(publishing, "_sync", refuse)
    with pytest.raises(RunError, match="Nothing was published: No space left"):
        withdraw(page, tmp_path / "reports", remark)
    monkeypatch.setattr(publishing, "_sync", real)
    assert (page / "report.html").read_text() == "x"
    assert published_dates(page.parent) == ["2024-03-31"]
    assert not [path for path in page.parent.iterdir() if path.name.startswith(".")]
    withdraw(page, tmp_path / "reports", remark)
    withdraw(page, tmp_path / "reports", remark_of("very wrong", "", dt.date(2024, 4, 2)))
    assert "Withdrawn on 2 Apr 2024: very wrong" in (page / "report.html").read_text(encoding="utf-8")
    assert (page.parent / "revisions/2024-03-31/1/report.html").read_text() == "x"


def page_of_metrics(folder: Path, date: str, *metrics: Metric) -> Path:
    page = folder / date
    page.mkdir(parents=True)
    (page / "metrics.json").write_text(metrics_json({one.key: one for one in metrics}), encoding="utf-8")
    (page / "manifest.json").write_text(json.dumps({}))
    (page / "report.html").write_text("x")
    return page


def by_key(*metrics: Metric) -> dict[str, Metric]:
    return {one.key: one for one in metrics}


def money(key: str, value: float, label: str = "") -> Metric:
    return Metric(key, value, "money", "EUR", label)


def test_a_number_that_readers_read_otherwise_is_named_with_both_values(tmp_path: Path) -> None:
    page = page_of_metrics(tmp_path, "2024-03-31", money("revenue", 5_120_000, "Revenue"), money("same", 100.0001))
    now = by_key(money("revenue", 5_370_000, "Revenue"), money("same", 100.0002), money("new", 1))
    assert restated_page(page, now) == {"numbers": ["Revenue was €5.12m, is €5.37m"], "more": 0}
    assert restated_page(page, by_key(money("revenue", 5_120_000.4))) == {}


def test_history_that_a_later_page_says_otherwise_is_named_with_its_date(tmp_path: Path) -> None:
    page_of_metrics(
        tmp_path,
        "2024-03-24",
        money("revenue", 500, "Revenue"),
        money("revenue_1_before", 400),
        money("revenue_2_before", 1),
    )
    weeks = {"period": "week"}
    now = by_key(
        money("revenue", 900, "Revenue"),
        money("revenue_1_before", 550, "Revenue"),
        money("revenue_2_before", 400),
        money("revenue_3_before", 2),
    )
    told = restated_history(tmp_path, dt.date(2024, 3, 31), weeks, now)
    assert told["numbers"] == [
        "Revenue of 24 Mar 2024 was €500, is €550",
        "Revenue of 2 periods before 24 Mar 2024 was €1.00, is €2.00",
    ]
    # a page of two weeks later has it two places further back; one of nine days later has no such places
    later = by_key(money("revenue_2_before", 510, "Revenue"))
    assert restated_history(tmp_path, dt.date(2024, 4, 7), weeks, later)["numbers"] == [
        "Revenue of 24 Mar 2024 was €500, is €510"
    ]
    assert restated_history(tmp_path, dt.date(2024, 4, 2), weeks, now) == {}


def test_months_are_counted_by_the_calendar(tmp_path: Path) -> None:
    page_of_metrics(tmp_path, "2024-02-29", money("revenue", 500, "Revenue"))
    now = by_key(money("revenue_1_before", 550, "Revenue"))
    months = {"period": "month"}
    assert restated_history(tmp_path, dt.date(2024, 3, 31), months, now)["numbers"]
    assert restated_history(tmp_path, dt.date(2024, 3, 30), months, now) == {}
    assert restated_history(tmp_path, dt.date(2024, 2, 29), months, now) == {}
