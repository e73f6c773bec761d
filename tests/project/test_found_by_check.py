"""What `segkit check` finds, with file and line, before a run would."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from typer.testing import CliRunner

from segkit.cli import app
from tests.project.project import write_notebook

PARAMETERS = """\
dataset: str = "grocery"  # a file in params/datasets
as_of: str = "2024-06-30"  # the last day that the report sees
segmentation: str = "lifecycle"  # one of the dataset file's segmentations
periods: int = 4  # how many periods the page looks at
shown_figures: list[str] = []  # key figures to show; empty for all
"""
SHOP = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions: {path: sales.csv}
segmentations:
  lifecycle: {kind: lifecycle}
"""
RUN = "dataset: shop\nas_of: 2024-06-30\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a shop that sells every day up to the report's date, and one run."""
    days = [dt.date(2024, 4, 1) + dt.timedelta(days=day) for day in range(91)]
    sales = [f"{(at * 7 + n) % 30},{day},10.00,{at}-{n}" for at, day in enumerate(days) for n in range(3)]
    (tmp_path / "sales.csv").write_text("\n".join(["customer_id,time,amount,order_id", *sales]) + "\n")
    write_notebook(tmp_path / "notebooks" / "weekly.ipynb", "1", parameters=PARAMETERS, title="# Weekly")
    (tmp_path / "params" / "weekly").mkdir(parents=True)
    (tmp_path / "params" / "datasets").mkdir()
    (tmp_path / "params" / "weekly" / "shop.yaml").write_text(RUN)
    (tmp_path / "params" / "datasets" / "shop.yaml").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(code: int = 2) -> str:
    """What the check of all files says, with this exit code."""
    told = CliRunner().invoke(app, ["check"])
    assert told.exit_code == code, told.output
    return told.output


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("periods: 0", "params/weekly/shop.yaml, line 3: periods: 0 is too few"),
        (
            "periods: 100000",
            "params/weekly/shop.yaml, line 3: periods: 100,000 is too many. Write a whole number up to 1,000",
        ),
    ],
)
def test_a_parameter_out_of_bounds_is_told_with_its_line(project: Path, line: str, words: str) -> None:
    (project / "params" / "weekly" / "shop.yaml").write_text(f"{RUN}{line}\n")
    assert words in said()


def test_a_day_that_does_not_exist_is_told_as_such(project: Path) -> None:
    (project / "params" / "weekly" / "shop.yaml").write_text("dataset: shop\nas_of: 2024-02-31\n")
    assert "line 2: `as_of: 2024-02-31` is not a date: there is no such day." in said()


def test_a_dataset_that_is_not_named_is_asked_for(project: Path) -> None:
    (project / "params" / "weekly" / "shop.yaml").write_text("as_of: 2024-06-30\n")
    assert "there is no line `dataset: NAME`, and the default has no file; write one" in said()


def test_a_target_of_no_figure_is_told_with_its_line(project: Path) -> None:
    """The run would refuse it, and so does the check."""
    target = "targets:\n  - {metric: netrevenue, value: 1, from: 2024-06-03, to: 2024-07-28}\n"
    (project / "params" / "datasets" / "shop.yaml").write_text(SHOP + target)
    assert "params/datasets/shop.yaml, line 10: `targets`: `netrevenue` is no key figure" in said()
    (project / "params" / "datasets" / "shop.yaml").write_text(SHOP + target.replace("netrevenue", "net_revenue"))
    said(0)


def test_a_broken_schedule_is_told_where_all_files_are_checked(project: Path) -> None:
    schedule = project / "params" / "schedule.yaml"
    schedule.write_text("time_zone: Europe/Berlin\nentries:\n  monday: {runs: [weekly/shopp], cron: '0 6 * * 1'}\n")
    assert "params/schedule.yaml, line 3: `weekly/shopp`" in said()
    # what only the machine that runs it has is not asked for
    schedule.write_text(
        "publish_to: ${PLACE_OF_PAGES}\ntime_zone: Europe/Berlin\nentries:\n  monday: {runs: [weekly/shop], cron: '0 6 * * 1'}\n"
    )
    said(0)


def test_what_is_found_is_shown_as_it_was_written(project: Path) -> None:
    events = "events: [{name: a, from: 2024-06-02, to: 2024-06-01}]\n"
    (project / "params" / "datasets" / "shop.yaml").write_text(SHOP + events)
    assert "Found: {name: a, from: 2024-06-02, to: 2024-06-01}." in said()
