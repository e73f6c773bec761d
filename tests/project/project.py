"""A project in a folder of its own: a tiny report, so that runs are tested without a data set."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import nbformat

PARAMETERS = """\
as_of = "2024-03-31"  # the last day that the report sees
period = "week"  # one of: day, week, month; how long
count = 3
share = 0.5
names = []
"""

PAGE = """\
import segkit as sk
from segkit.page import Metric
sk.page.note("{n} customers were counted.", n=Metric("customers", count, "customers", label="Customers"))
"""


def write_notebook(path: Path, *sources: str, parameters: str = PARAMETERS, title: str = "# Tiny report") -> Path:
    """A notebook with a title, a parameters cell, and code cells under a heading each."""
    cells: list[Any] = [
        nbformat.v4.new_markdown_cell(title),
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
    ]
    for number, source in enumerate(sources, 1):
        cells.append(nbformat.v4.new_markdown_cell(f"## Section {number}"))
        cells.append(nbformat.v4.new_code_cell(textwrap.dedent(source)))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:02d}"
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def write_project(root: Path, *sources: str, params: str = "as_of: 2024-03-31\n") -> Path:
    """A project with one report, `tiny`, and one run, `one`; returns the parameter file."""
    write_notebook(root / "notebooks" / "tiny.ipynb", *(sources or (PAGE,)))
    file = root / "params" / "tiny" / "one.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(params, encoding="utf-8")
    return file


def metrics_of(folder: Path) -> dict[str, Any]:
    """The metrics that a published page states."""
    found = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def segkit(root: Path, *arguments: str, within: float = 240) -> subprocess.CompletedProcess[str]:
    """The command line, asked in a folder as a person would ask it."""
    return subprocess.run(
        [sys.executable, "-m", "segkit", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=within,
    )
