"""What the how-to pages show is done here, to the letter, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest

from segkit.project.request import read_request
from segkit.project.run import RunOptions, run_report

DATASET = """\
title: Small telecom
relation: contractual
customers_are: subscribers
currency: EUR
time_zone: Europe/Berlin
bundled: {name: telecom, options: {customers: 1500}}
tables:
  subscriptions: {}
  transactions: {}
"""


def code_blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in that language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def notebook_from_percent(text: str) -> nbformat.NotebookNode:
    """A notebook from cells that `# %%` sets apart."""
    cells = []
    for part in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            cells.append(nbformat.v4.new_markdown_cell(re.sub(r"^# ?", "", body.strip(), flags=re.MULTILINE)))
        else:
            tags = re.findall(r'"(\w+)"', head)
            cells.append(nbformat.v4.new_code_cell(body.strip(), metadata={"tags": tags} if tags else {}))
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project with a small telecom company."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params" / "datasets").mkdir(parents=True)
    (tmp_path / "params" / "datasets" / "telecom.yaml").write_text(
        DATASET + "segmentations:\n  plan: {kind: attribute, column: plan}\n"
    )
    return tmp_path


def test_a_report_takes_one_notebook_and_one_yaml(root: Path, project: Path) -> None:
    (text,) = code_blocks(root / "docs" / "how-to" / "add-a-report.md", "python")
    nbformat.write(notebook_from_percent(text), project / "notebooks" / "plans.ipynb")
    params = project / "params" / "plans" / "telecom.yaml"
    params.parent.mkdir()
    params.write_text("as_of: 2025-12-21\n")
    result = run_report(read_request(params))
    page = result.page.read_text(encoding="utf-8")
    assert "Prepaid Go" in page
    assert result.left_out == ()


def test_an_analysts_own_table_chart_and_note_take_a_cell_each(root: Path, project: Path) -> None:
    text, _, _ = code_blocks(root / "docs" / "how-to" / "your-own-numbers.md", "python")
    nbformat.write(notebook_from_percent(text), project / "notebooks" / "prices.ipynb")
    params = project / "params" / "prices" / "all.yaml"
    params.parent.mkdir()
    params.write_text("as_of: 2025-12-21\n")
    result = run_report(read_request(params))
    page = result.page.read_text(encoding="utf-8")
    assert result.left_out == ()
    for said in ("Not checked by segkit: <bdi>Score</bdi>.", "2,510 subscribers pay €9.00", "€19.99</td>", "Ann"):
        assert said in page
    assert page.count("<figure>") == 1
    assert "except where it says “Not checked by segkit”" in page


def test_a_segmentation_takes_one_module_or_one_entry(root: Path, project: Path) -> None:
    how_to = root / "docs" / "how-to" / "add-a-segmentation.md"
    (module,) = code_blocks(how_to, "python")
    (project / "spenders.py").write_text(module)
    entries, entry = code_blocks(how_to, "yaml")
    (project / "params" / "datasets" / "telecom.yaml").write_text(
        DATASET + "  customers: {}\n" + entries + entry.removeprefix("segmentations:\n")
    )
    shutil.copy(root / "notebooks" / "weekly_segments.ipynb", project / "notebooks")
    params = project / "params" / "weekly_segments" / "telecom.yaml"
    params.parent.mkdir()
    params.write_text("dataset: telecom\nas_of: 2025-12-21\nsegmentation: spenders\nperiods: 3\n")
    page = run_report(read_request(params)).page.read_text(encoding="utf-8")
    assert "Mean order of 100 or more." in page
    params.write_text("dataset: telecom\nas_of: 2025-12-21\nsegmentation: region\nperiods: 3\n")
    assert run_report(read_request(params), RunOptions(replace=True)).headline


def test_own_numbers_take_a_line_a_function_or_a_cell(
    root: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how_to = root / "docs" / "how-to" / "your-own-numbers.md"
    (entry,) = code_blocks(how_to, "yaml")
    _, module, notebook = code_blocks(how_to, "python")
    (package,) = code_blocks(how_to, "toml")
    dataset = project / "params" / "datasets" / "telecom.yaml"
    dataset.write_text(dataset.read_text() + entry)
    # the package as pip leaves it, on the path of the kernel, which is a process of its own
    about = project / "site" / "loyalty-1.0.dist-info"
    about.mkdir(parents=True)
    (project / "site" / "loyalty.py").write_text(module)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: loyalty\nVersion: 1.0\n")
    points = tomllib.loads(package)["project"]["entry-points"]
    (about / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in of.items()) for group, of in points.items()
        )
    )
    path = [str(project / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    nbformat.write(notebook_from_percent(notebook), project / "notebooks" / "own.ipynb")
    params = project / "params" / "own" / "telecom.yaml"
    params.parent.mkdir()
    params.write_text("as_of: 2025-12-21\n")
    result = run_report(read_request(params))
    assert result.left_out == ()
    page = result.page.read_text(encoding="utf-8")
    metrics = json.loads((result.page.parent / "metrics.json").read_text(encoding="utf-8"))
    told = json.dumps(metrics)
    for text in (
        "Share of orders by app",
        "Small sales",
        "Revenue per visit",
        "Loyal customers",
        "pay",
        "Nobody pays",
        "by plan",
        "dearest",
    ):
        assert text in page, text
    for key in (
        "app_share",
        "small_sales",
        "revenue_per_visit",
        "loyal_customers",
        "paying_subscribers",
        "largest_paid",
    ):
        assert f'"{key}"' in told, key
