"""A notebook that is executed once in a run of the tests, whatever number of tests looks at its page."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import nbformat

from segkit.project.request import read_request

ROOT = Path(__file__).resolve().parents[2]


def papermill(notebook: Path, output: Path, *arguments: str) -> nbformat.NotebookNode:
    """papermill's own command line, from the project folder."""
    command = [sys.executable, "-m", "papermill", str(notebook), str(output), "--no-progress-bar", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(output, as_version=4)


def of_params(params: Path, output: Path) -> nbformat.NotebookNode:
    """Execute the notebook of a parameter file."""
    request = read_request(params)
    return papermill(request.notebook, output, "-f", str(params), "-p", "as_of", str(request.as_of))


def executed_once(params: Path, folder: Path) -> nbformat.NotebookNode:
    """The executed notebook of a parameter file: the first test that asks executes it, all others read what it left.

    Args:
        params: of a run that comes along.
        folder: one for all processes of the tests.
    """
    kept = folder / f"{params.parent.name}-{params.stem}.ipynb"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            made = kept.with_suffix(".made.ipynb")
            of_params(params, made)
            made.rename(kept)
    return nbformat.read(kept, as_version=4)
