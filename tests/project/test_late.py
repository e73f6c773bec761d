"""Late data, from the dataset file to the page, the index and the exit code."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import segkit as sk
from segkit.cli import app
from segkit.project.archive import entries
from segkit.project.catalogue import refresh_index
from segkit.project.checking import check_run
from segkit.project.request import read_request
from tests.project.project import write_notebook

END = dt.date(2024, 6, 30)
PARAMETERS = """\
dataset: str = "shop"  # a file in params/datasets
as_of: str = "2024-06-30"  # the last day that the report sees
"""
CELLS = """\
import segkit as sk
base = sk.open(dataset, as_of=as_of, periods=12)
split = sk.segments.assign(base, "lifecycle")
sizes = sk.segments.sizes(split)
sk.page.head(sizes, sk.segments.moves(split), sk.kpis.read(split, most=4), decision="Close the shop?")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a shop that sells every day, up to two days before the report's date."""
    sales = [
        f"{(day * 7 + n) % 90},{dt.date(2024, 1, 1) + dt.timedelta(days=day)},10.00,{day}-{n}"
        for day in range((END - dt.date(2024, 1, 1)).days - 1)
        for n in range(6)
    ]
    (tmp_path / "sales.csv").write_text("\n".join(["customer_id,time,amount,order_id", *sales]) + "\n")
    write_notebook(tmp_path / "notebooks" / "weekly.ipynb", CELLS, parameters=PARAMETERS, title="# Weekly")
    (tmp_path / "params" / "weekly").mkdir(parents=True)
    (tmp_path / "params" / "weekly" / "shop.yaml").write_text("dataset: shop\nas_of: 2024-06-30\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dataset_file(project: Path, more: str = "") -> Path:
    file = project / "params" / "datasets" / "shop.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        "title: Shop\nrelation: non_contractual\ncurrency: EUR\ntime_zone: Europe/Berlin\n"
        f"tables:\n  transactions: {{path: sales.csv}}\n{more}\n"
    )
    return file


def test_check_says_not_yet_and_ends_with_75(project: Path) -> None:
    dataset_file(project)
    told = CliRunner().invoke(app, ["check", "--json", "params/weekly/shop.yaml"])
    assert told.exit_code == 75
    answer = json.loads(told.stdout.splitlines()[-1])
    assert (answer["status"], answer["error"]) == ("not yet", "NotYetError")
    assert "nothing after 2024-06-28, the last 2 days are missing" in answer["message"]


def test_check_tells_programs_how_far_the_data_reach(project: Path) -> None:
    dataset_file(project, "freshness: {transactions: {incomplete: warn}}")
    told = CliRunner().invoke(app, ["check", "--json", "params/weekly/shop.yaml"])
    assert told.exit_code == 0
    assert json.loads(told.stdout.splitlines()[-1])["coverage"] == {
        "complete": False,
        "last_day": "2024-06-28",
        "next_due": "2024-07-07",
        "tables": {"transactions": {"last_day": "2024-06-28", "missing_days": 2, "complete": False}},
        "stopped": [],
        "closed": [],
    }
    said = check_run(read_request(project / "params" / "weekly" / "shop.yaml")).sentence()
    assert "Data to 2024-06-28. Not complete: purchases are known up to 2024-06-28 only." in said


def head(project: Path, as_of: dt.date) -> tuple[Any, Any, Any]:
    base = sk.open(project / "params" / "datasets" / "shop.yaml", as_of=as_of, periods=12)
    split = sk.segments.assign(base, "lifecycle")
    figures = sk.kpis.read(split, most=4)
    sizes, moves = sk.segments.sizes(split), sk.segments.moves(split)
    return (
        sk.page.head(sizes, moves, figures, decision="Close the shop?"),
        figures,
        figures.show.changes(sizes, moves),
    )


def test_a_page_of_late_data_says_so_and_judges_nothing(project: Path) -> None:
    dataset_file(project, "freshness: {transactions: {incomplete: warn}}")
    block, figures, changes = head(project, END)
    assert "the data of the period are not complete, so nothing is compared" in changes.html
    assert block.fields["headline"].text == "Not complete: purchases are known up to 28 Jun 2024 only"
    assert "no decision can rest on this page" in block.fields["decision"].text
    assert "Close the shop" not in block.html
    assert block.fields["known"].text == "Data to 28 Jun 2024 · next page due 7 Jul 2024"
    assert 'class="banner"' in block.html
    assert {figure.variation for figure in figures.figures} == {"early"}
    assert {figure.change for figure in figures.figures} == {None}


def test_a_page_of_whole_data_says_when_the_next_is_due(project: Path) -> None:
    dataset_file(project)
    block, figures, changes = head(project, dt.date(2024, 6, 28))
    assert "not complete" not in changes.html
    assert block.fields["known"].text == "Data complete to 28 Jun 2024 · next page due 5 Jul 2024"
    assert "banner" not in block.html
    assert block.fields["decision"].text == "Decision needed: Close the shop?"
    assert all(figure.change is not None for figure in figures.figures if figure.key != "overdue")


def test_a_run_ends_with_75_and_the_page_before_stays(project: Path) -> None:
    dataset_file(project)
    ran = CliRunner().invoke(app, ["run", "params/weekly/shop.yaml", "--as-of", "2024-06-28"])
    assert ran.exit_code == 0, ran.output
    late = CliRunner().invoke(app, ["run", "params/weekly/shop.yaml"])
    assert late.exit_code == 75
    published = project / "reports" / "weekly" / "shop"
    assert not (published / "2024-06-30").exists()
    manifest = json.loads((published / "2024-06-28" / "manifest.json").read_text())
    assert manifest["reach"] == {
        "known": "Data complete to 28 Jun 2024 · next page due 5 Jul 2024",
        "last_day": "2024-06-28",
        "next_due": "2024-07-05",
        "complete": True,
    }
    assert "next page due 5 Jul 2024" in (project / "reports" / "index.html").read_text()
    # of a page from before there was any of this, the index says nothing of it
    shutil.copy(published / "2024-06-28" / "manifest.json", project / "old.json")
    (published / "2024-06-28" / "manifest.json").write_text(json.dumps({**manifest, "reach": None}))
    refresh_index(project / "reports")
    assert [entry.known for entry in entries(project / "reports")] == [""]
