"""`segkit run` and papermill alone show the same: the same pictures, the same refusals, the same working folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from segkit.errors import ReportError
from segkit.project.page_links import links_of
from segkit.project.rendering import render
from segkit.project.request import read_request
from segkit.project.run import run_report
from tests.project.project import PAGE, write_project

CHART = """\
import pandas as pd
pd.DataFrame({"n": [1, 2]}).plot.bar()
"""

OWN = """\
import pandas as pd
import segkit as sk
frame = pd.DataFrame({"plan": ["Go", "Plus"], "n": [1, 2]})
display(sk.page.chart(frame.plot.bar(x="plan"), title="Plus leads", alt="Bars: Go 1, Plus 2."))
sk.page.table(frame, caption="Plans", units={"n": "customers"})
"""


def by_papermill(root: Path, output: Path) -> nbformat.NotebookNode:
    """papermill's own command line, started in the notebook's folder, with Jupyter's own backend."""
    notebook = root / "notebooks" / "tiny.ipynb"
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    command = [sys.executable, "-m", "papermill", str(notebook), str(output), "--no-progress-bar", "-p", "count", "4"]
    done = subprocess.run(
        command, cwd=notebook.parent, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(output, as_version=4)


@pytest.mark.parametrize(
    "source", [CHART, "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nplt.close()\nfigure"]
)
def test_a_chart_without_a_description_is_refused_on_both_routes(tmp_path: Path, source: str) -> None:
    file = write_project(tmp_path, PAGE, source, params="as_of: 2024-03-31\ncount: 4\n")
    said = r"cell 6 \(“Section 2”\) shows a picture without a description: write sk\.page\.chart"
    with pytest.raises(ReportError, match=said):
        run_report(read_request(file))
    with pytest.raises(ReportError, match=said):
        render(by_papermill(tmp_path, tmp_path / "out.ipynb"))


def test_an_analysts_own_gives_the_same_page_on_both_routes(tmp_path: Path) -> None:
    (tmp_path / "logo.txt").write_text("here")
    folder = "import pathlib\nassert pathlib.Path('../logo.txt').read_text() == 'here'\nprint('done')"
    file = write_project(tmp_path, PAGE, OWN, folder, params="as_of: 2024-03-31\ncount: 4\n")
    links = links_of(read_request(file))
    result = run_report(read_request(file))
    page = render(by_papermill(tmp_path, tmp_path / "out.ipynb"), links=links)
    assert result.page.read_text(encoding="utf-8") == page.html
    assert page.html.count("<figure>") == 1
    assert result.left_out == page.left_out
    (left_out,) = page.left_out
    assert left_out.startswith("cell 8 (“Section 3”): the printed text “done”; write sk.page.table")
