"""The index: what matters first, why runs failed, what became of pages, and hundreds of them to be searched."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from segkit.page.lead import CHANGE, QUIET, WORSE
from segkit.project.archive import entries
from segkit.project.catalogue import refresh_index
from segkit.project.publishing import point_latest

TODAY = dt.date(2024, 4, 2)


def publish(reports: Path, run: str, date: str, **said: Any) -> Path:
    """A page as the index sees it."""
    page = reports / run / date
    page.mkdir(parents=True)
    manifest = {"title": f"Tiny · {date}", "headline": f"Headline of {date}", **said}
    (page / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (page / "report.html").write_text("x")
    point_latest(page.parent)
    return page


def fail(reports: Path, run: str, date: str, reason: str) -> None:
    folder = reports / run / "failures" / date
    folder.mkdir(parents=True)
    (folder / "failure.html").write_text("x")
    (folder / "reason.json").write_text(json.dumps({"reason": reason}))


def index(reports: Path) -> str:
    refresh_index(reports, TODAY)
    return (reports / "index.html").read_text(encoding="utf-8")


class _Headings(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._inside = self._inside or tag == "h2"
        if tag == "h2":
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "h2"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def headings(html: str) -> list[str]:
    reader = _Headings()
    reader.feed(html)
    return reader.found


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("</style>")[1]).split())


def test_what_matters_stands_first_and_of_several_alike_the_newest(tmp_path: Path) -> None:
    publish(tmp_path, "a/quiet", "2024-03-31", headline="Quiet", importance=QUIET)
    publish(tmp_path, "b/older", "2024-03-24", headline="Older change", importance=CHANGE)
    publish(tmp_path, "c/newer", "2024-03-31", headline="Newer change", importance=CHANGE)
    publish(tmp_path, "d/worse", "2024-03-24", headline="Worse", importance=WORSE)
    publish(tmp_path, "e/fine", "2024-03-24", headline="Fine, then failed", importance=QUIET)
    fail(tmp_path, "e/fine", "2024-03-31", "The till is empty.")
    assert headings(index(tmp_path)) == ["Fine, then failed", "Worse", "Newer change", "Older change", "Quiet"]


def test_a_failure_says_why_and_which_page_stands_until_a_later_date_succeeds(tmp_path: Path) -> None:
    publish(tmp_path, "tiny/one", "2024-03-24")
    fail(tmp_path, "tiny/one", "2024-03-31", "table transactions: <no> rows.")
    said = index(tmp_path)
    assert "The run for 31 Mar 2024 failed</a>: table transactions: &lt;no&gt; rows." in said
    assert "The last good page is that of 24 Mar 2024." in said
    assert "1 of the runs below failed." in said
    publish(tmp_path, "tiny/one", "2024-04-07")
    assert "failed" not in index(tmp_path)


def test_decision_figure_status_and_freshness(tmp_path: Path) -> None:
    reach = {"known": "Data to 24 Mar 2024 · next page due 31 Mar 2024", "next_due": "2024-03-31", "complete": True}
    for day, number in (("10", 5.0), ("17", 7.0), ("24", 6.0)):
        leading = {
            "label": "Revenue",
            "value": f"€{number:.0f}m",
            "change": "▼ 1 %",
            "key": "revenue",
            "number": number,
        }
        publish(tmp_path, "tiny/one", f"2024-03-{day}", decision="Call the ten largest", leading=leading, reach=reach)
    said = index(tmp_path)
    assert "Call the ten largest" in said
    assert re.search(r"Revenue</span> <b>€6m</b> <span class=\"soft\">▼ 1 %</span>", said)
    assert 'aria-label="Revenue on the last 3 pages"' in said
    # lowest, highest, half way: the course of the values
    assert 'd="M3.0 25.0L60.0 3.0L117.0 14.0"' in said
    assert "as of 24 Mar 2024 · Data to 24 Mar 2024 · next page due 31 Mar 2024" in said
    assert "The next page was due on 31 Mar 2024 and is not here." in said
    assert "1 of the pages below is overdue." in said
    (entry,) = entries(tmp_path, dt.date(2024, 3, 31))
    assert entry.overdue == ""


def test_a_page_whose_data_had_not_arrived_says_so(tmp_path: Path) -> None:
    publish(tmp_path, "tiny/one", "2024-03-31", reach={"known": "Data to 30 Mar 2024", "complete": False})
    assert '· <span class="bad">not complete</span>' in index(tmp_path)


def test_a_figure_of_another_kind_is_no_trend(tmp_path: Path) -> None:
    for day, key in (("24", "customers"), ("31", "revenue")):
        leading = {"label": key, "value": "1", "change": "", "key": key, "number": 1.0}
        publish(tmp_path, "tiny/one", f"2024-03-{day}", leading=leading)
    (entry,) = entries(tmp_path)
    assert entry.figure is not None
    assert entry.figure.trend is None


def test_hundreds_of_pages_fold_by_year_and_month_and_every_headline_is_there_to_search(tmp_path: Path) -> None:
    first = dt.date(2020, 1, 5)
    dates = [(first + dt.timedelta(weeks=week)).isoformat() for week in range(300)]
    for date in dates:
        publish(tmp_path, "tiny/one", date)
    said = index(tmp_path)
    assert "Earlier pages: 299" in said
    years = re.findall(r'<details class="year"><summary>(\d+): (\d+)</summary>', said)
    assert [year for year, _ in years] == sorted({date[:4] for date in dates}, reverse=True)
    assert sum(int(many) for _, many in years) == 299
    assert "<summary>October: 4</summary>" in said
    assert all(f"Headline of {date}" in said for date in dates)
    for link in re.findall(r'href="([^"]+)"', said):
        assert (tmp_path / link).is_file()
    assert len(said.encode()) < 100_000


def test_readers_of_a_part_see_their_own_entries(tmp_path: Path) -> None:
    for run in ("tiny/stores/north", "tiny/stores/south", "who/stores/north", "tiny/all"):
        publish(tmp_path, run, "2024-03-31", headline=f"Of {run}", part=run.split("/")[-1] if "stores" in run else "")
    refresh_index(tmp_path, TODAY)
    north = (tmp_path / "tiny/stores/north/index.html").read_text(encoding="utf-8")
    assert headings(north) == ["Of tiny/stores/north", "Of who/stores/north"]
    assert "south" not in north
    for link in re.findall(r'href="([^"]+)"', north):
        assert (tmp_path / "tiny/stores/north" / link).resolve().is_file()
    assert (tmp_path / "who/stores/north/index.html").read_text(encoding="utf-8") == north
    everybody = index(tmp_path)
    assert "stores: 2 parts" in everybody
    assert all(f"Of {run}" in everybody for run in ("tiny/stores/south", "tiny/all", "who/stores/north"))
    assert not (tmp_path / "tiny/all/index.html").exists()


def test_what_became_of_a_page_is_said_where_it_stands(tmp_path: Path) -> None:
    remark = {"reason": "The <till> was wrong.", "by": "Ann", "day": "2024-04-01"}
    publish(tmp_path, "tiny/one", "2024-03-24", withdrawn=remark)
    restated = {"numbers": ["Revenue was €5m, is €6m"], "more": 2}
    publish(tmp_path, "tiny/one", "2024-03-31", corrections=[remark], restated=restated)
    said = text(index(tmp_path))
    assert "24 Mar 2024 withdrawn Withdrawn on 1 Apr 2024 by Ann: The &lt;till&gt; was wrong." in said
    assert "Corrected on 1 Apr 2024 by Ann: The &lt;till&gt; was wrong." in said
    assert "Made again, with other numbers: Revenue was €5m, is €6m; and 2 more" in said


@pytest.mark.parametrize(
    "damaged", ["[]", "{", '{"reach": 3, "leading": [], "importance": "x", "restated": {"numbers": 5}}']
)
def test_a_manifest_that_was_damaged_by_hand_spoils_no_index(tmp_path: Path, damaged: str) -> None:
    page = publish(tmp_path, "tiny/one", "2024-03-31")
    (page / "manifest.json").write_text(damaged)
    assert headings(index(tmp_path)) == ["Tiny"]
