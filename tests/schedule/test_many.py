"""Many dates and many values of one report: each a page of its own, made once, in any number at a time."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from segkit.errors import ParameterError
from segkit.schedule.many import dates_between, read_matrix
from tests.project.project import metrics_of, segkit, write_project


@pytest.mark.parametrize(
    ("first", "last", "every", "expected"),
    [
        ("2024-02-26", "2024-03-01", "day", ["2024-02-26", "2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]),
        ("2024-12-22", "2025-01-11", "week", ["2024-12-22", "2024-12-29", "2025-01-05"]),
        ("2023-11-30", "2024-03-30", "month", ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29"]),
        ("2024-01-30", "2024-03-31", "month", ["2024-01-30", "2024-02-29", "2024-03-30"]),
        ("2024-03-31", "2024-03-31", "week", ["2024-03-31"]),
    ],
)
def test_the_dates_between(first: str, last: str, every: str, expected: list[str]) -> None:
    found = dates_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last), every)  # type: ignore[arg-type]
    assert [day.isoformat() for day in found] == expected


def test_dates_that_are_none_or_too_many_are_refused() -> None:
    with pytest.raises(ParameterError, match="--to 2024-03-30 is before --from 2024-03-31"):
        dates_between(dt.date(2024, 3, 31), dt.date(2024, 3, 30), "day")
    with pytest.raises(ParameterError, match="more than 5,000 dates"):
        dates_between(dt.date(1900, 1, 1), dt.date(2024, 3, 30), "day")


def test_a_matrix_on_the_command_line() -> None:
    assert read_matrix(["region=North,'South, West'", "count=1,2"]) == {
        "region": ["North", "South, West"],
        "count": [1, 2],
    }
    for wrong in ("region", "=a", "as_of=2024-03-31,2024-04-07"):
        with pytest.raises(ParameterError, match="command line: `--matrix"):
            read_matrix([wrong])


def test_a_backfill_makes_each_page_once_and_goes_on_where_it_was(tmp_path: Path) -> None:
    write_project(tmp_path)
    asked = ("--matrix", "count=4,5", "--from", "2024-03-24", "--every", "week", "--jobs", "2")
    done = segkit(tmp_path, "backfill", "params/tiny/one.yaml", *asked, "--to", "2024-03-24")
    assert done.returncode == 0, done.stderr
    pages = {count: tmp_path / "reports/tiny/one" / str(count) / "2024-03-24" for count in (4, 5)}
    assert {count: metrics_of(page)["customers"]["value"] for count, page in pages.items()} == {4: 4, 5: 5}
    before = {count: page.stat().st_ino for count, page in pages.items()}
    asked = ("--matrix", "count=4", *asked[2:])
    done = segkit(tmp_path, "backfill", "params/tiny/one.yaml", *asked, "--to", "2024-04-06")
    assert done.returncode == 0, done.stderr
    assert {count: page.stat().st_ino for count, page in pages.items()} == before
    told = [json.loads(line)["message"].split(" (")[0] for line in done.stderr.splitlines()]
    assert [line.split(":")[0] for line in told] == ["1 of 2", "2 of 2"]
    assert sorted(line.split(": ")[1] for line in told) == ["2024-03-24 4", "2024-03-31 4"]
    assert (tmp_path / "reports/tiny/one/4/latest").resolve().name == "2024-03-31"


def test_a_value_that_the_report_does_not_take_is_refused_before_anything_runs(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = segkit(tmp_path, "run", "params/tiny/one.yaml", "--matrix", "period=week,year")
    assert done.returncode == 2
    assert "`period: year` is not one of day, week, month" in json.loads(done.stderr)["message"]
    assert not (tmp_path / "reports").exists()
