"""Pages of notebooks that papermill ran elsewhere: the same page, or a sentence and a page of failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from segkit.errors import ParameterError
from segkit.project.executed import executed_request
from segkit.project.request import read_request
from segkit.project.run import RunOptions, run_report
from tests.project.project import PAGE, metrics_of, segkit, write_notebook, write_project
from tests.schedule.test_populations import write_shop


def papermill(notebook: Path, output: Path, *arguments: str, folder: Path, project: str = "") -> int:
    """papermill's own command line, in a staging folder."""
    environment = {**os.environ, "MPLBACKEND": "agg"} | ({"SEGKIT_PROJECT": project} if project else {})
    command = [sys.executable, "-m", "papermill", str(notebook), str(output), "--no-progress-bar", *arguments]
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, check=False, timeout=240
    ).returncode


def test_a_notebook_that_ran_in_a_staging_folder_gives_the_same_page(tmp_path: Path) -> None:
    root, staging = tmp_path / "project", tmp_path / "staging"
    root.mkdir()
    write_shop(root, stores=2, customers=20)
    out = staging / "out.ipynb"
    # as Airflow does it: from a folder of its own, dates and all else as text
    text = ("-r", "as_of", "2024-06-30", "-r", "population", "store = 's''1'")
    code = papermill(root / "notebooks" / "weekly.ipynb", out, *text, folder=staging, project=str(root))
    assert code == 0
    made = subprocess.run(
        [sys.executable, "-m", "segkit", "--project", str(root), "render", "out.ipynb", "params/weekly/shop.yaml"],
        cwd=staging,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    page = root / "reports" / "weekly" / "shop" / "2024-06-30"
    assert made.stdout.strip().endswith("reports/weekly/shop/2024-06-30/report.html")
    rendered = {name: (page / name).read_bytes() for name in ("report.html", "metrics.json")}
    again = segkit(root, "render", str(out), "params/weekly/shop.yaml")
    assert again.returncode == 0
    assert json.loads(again.stderr)["event"] == "unchanged"
    # nobody knows which data it read: a run of our own makes its own page, which is the same, and keeps the other
    told = run_report(
        read_request(root / "params" / "weekly" / "shop.yaml", overrides={"population": "store = 's''1'"})
    )
    assert told.made
    assert {name: (page / name).read_bytes() for name in rendered} == rendered
    assert (page.parent / "revisions" / "2024-06-30" / "1" / "report.html").is_file()
    assert json.loads((page / "manifest.json").read_text())["revision"] == 2


def test_what_does_not_belong_to_the_run_is_refused(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ncount: 4\n")
    notebook, out = tmp_path / "notebooks" / "tiny.ipynb", tmp_path / "out.ipynb"
    with pytest.raises(
        ParameterError, match=r"papermill has not executed it.*papermill notebooks/….ipynb tiny.ipynb -f"
    ):
        executed_request(notebook, file)
    assert papermill(notebook, out, folder=tmp_path) == 0
    with pytest.raises(
        ParameterError, match=r"was not run with the parameters of .*`count` was 3, and the run says 4"
    ):
        executed_request(out, file)
    assert papermill(notebook, out, "-f", str(file), folder=tmp_path) == 0
    request = executed_request(out, file)
    assert run_report(request, executed=out).made
    assert metrics_of(request.published)["customers"]["value"] == 4
    before = (request.published / "report.html").stat().st_ino
    write_notebook(notebook, PAGE, "1 + 1")
    with pytest.raises(ParameterError, match=r"has other cells than .*tiny\.ipynb"):
        run_report(request, RunOptions(force=True), executed=out)
    assert (request.published / "report.html").stat().st_ino == before


def test_a_notebook_that_failed_or_was_cut_off_gets_a_page_of_failure(tmp_path: Path) -> None:
    file = write_project(tmp_path, "raise ValueError('no such store')", PAGE)
    out = tmp_path / "out.ipynb"
    assert papermill(tmp_path / "notebooks" / "tiny.ipynb", out, "-f", str(file), folder=tmp_path) != 0
    done = segkit(tmp_path, "render", "out.ipynb", "params/tiny/one.yaml")
    assert done.returncode == 1
    said = json.loads(done.stderr)["message"]
    assert "ValueError: no such store" in said
    failure = tmp_path / "reports" / "tiny" / "one" / "failures" / "2024-03-31" / "failure.html"
    assert "no such store" in failure.read_text()
    write_project(tmp_path)
    assert papermill(tmp_path / "notebooks" / "tiny.ipynb", out, "-f", str(file), folder=tmp_path) == 0
    document = nbformat.read(out, as_version=4)
    document.cells[-1].metadata.papermill["status"] = "pending"
    nbformat.write(document, out)
    done = segkit(tmp_path, "render", "out.ipynb", "params/tiny/one.yaml")
    assert done.returncode == 1
    assert "was not executed to its end: cell 4 did not run" in done.stderr
