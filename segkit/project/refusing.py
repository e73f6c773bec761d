"""A run that is refused before it is known what it is: it has a page of failure and a line in the history all the same.

Its parameters, its notebook or its dataset file cannot be read. What is known is where the parameter file stands, and, most
often, the date.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path

from segkit.data.specfile import read_specfile, redact
from segkit.errors import SegkitError
from segkit.project.dates import resolve_date
from segkit.project.failing import publish_failure
from segkit.project.history import add_to_history
from segkit.project.parameters import notebook_parameters
from segkit.project.publishing import published_dates
from segkit.project.request import RunRequest


def publish_refusal(params_file: Path, as_of: str | None, part: str, error: SegkitError, run_id: str) -> None:
    """Write down that a run was refused; nothing where the file stands in no project, or the date has not come.

    Args:
        params_file: as it was named.
        as_of: as it was asked for; None where the file or the notebook says it.
        part: of a matrix, "" where it is none.
        error: why.
        run_id: of the start, in the history.
    """
    file = Path(os.path.abspath(params_file))
    report, run, root = file.parent.name, file.stem, file.parent.parent.parent
    notebook = root / "notebooks" / f"{report}.ipynb"
    is_of_project = file.parent.parent.name == "params" and report != "datasets" and notebook.parent.is_dir()
    if not is_of_project or not (file.exists() or file.is_symlink()):
        return
    folder = root / "reports" / report / run / part
    date = _date(file, notebook, as_of, folder)
    if date > dt.date.today():
        return
    secrets = _secrets(root)
    request = RunRequest(report, run, root, notebook, file, {}, date, secrets, part=part)
    publish_failure(request, error)
    said = {"run_id": run_id, "run": request.name, "as_of": date.isoformat(), "status": "refused", "seconds": 0}
    message = redact(str(error), secrets)
    add_to_history(request.reports, **said, exit_code=error.exit_code, message=message)


def _date(file: Path, notebook: Path, as_of: str | None, folder: Path) -> dt.date:
    """Return the date that the run would have been for; where nothing says it, that of the latest page, or today."""
    today = dt.date.today()
    found: object = as_of
    if found is None:
        with contextlib.suppress(SegkitError):
            found = read_specfile(file, dates=False).data.get("as_of")
    if found is None:
        with contextlib.suppress(SegkitError):
            known = notebook_parameters(notebook)
            found = known["as_of"].default if "as_of" in known else None
    with contextlib.suppress(SegkitError):
        return resolve_date(str(found), today)
    dates = published_dates(folder)
    return dt.date.fromisoformat(dates[-1]) if dates else today


def _secrets(root: Path) -> frozenset[str]:
    """Return the secrets of all dataset files: which of them the run would have read is not known."""
    found: set[str] = set()
    for file in sorted((root / "params" / "datasets").glob("*.yaml")):
        with contextlib.suppress(SegkitError):
            found |= read_specfile(file, environment=True).secrets
    return frozenset(found)
