"""Notebooks that somebody else has executed: papermill by hand, or Airflow's PapermillOperator. Only their page is made.

What such a notebook says of itself is held against the project: the same cells, the parameters of the run, and every cell
executed. Which data it read is not known, so that a run of segkit's own never takes such a page for its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segkit.data.asked import UnfitError
from segkit.data.specfile import shown
from segkit.errors import ParameterError, RunError
from segkit.project.cells import ADDED
from segkit.project.notebook import read_notebook
from segkit.project.parameters import notebook_parameters
from segkit.project.request import RunRequest, read_request

if TYPE_CHECKING:
    from nbformat import NotebookNode

_UNFINISHED: Final = frozenset({"pending", "running"})


def executed_request(notebook: Path, params: Path) -> RunRequest:
    """Return the run that an executed notebook belongs to.

    Args:
        notebook: as papermill wrote it.
        params: the parameter file of the run.

    Raises:
        ParameterError: papermill did not write it, or it was run with parameters that are not those of the run.
    """
    document = read_notebook(notebook)
    papermill = document["metadata"].get("papermill")
    given = papermill.get("parameters") if isinstance(papermill, Mapping) else None
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"{shown(notebook)}: papermill has not executed it: its metadata say nothing of parameters. Run it with "
            f"`papermill notebooks/….ipynb {notebook.name} -f {params}`."
        )
    known = notebook_parameters(notebook)
    ran = {name: parameter.default for name, parameter in known.items()} | dict(given)
    request = read_request(params, overrides=given)
    other = [
        f"`{name}` was {_said(ran.get(name))}, and the run says {_said(value)}"
        for name, value in request.parameters.items()
        if name in known and _read(known[name], ran.get(name)) != _read(known[name], value)
    ]
    if other:
        raise ParameterError(
            f"{shown(notebook)} was not run with the parameters of {shown(params)}: {'; '.join(other)}. Give papermill "
            f"the file (-f {params}), or name the parameter file that it was run with."
        )
    return request


def read_executed(notebook: Path, request: RunRequest) -> NotebookNode:
    """Read an executed notebook to make its page.

    Raises:
        ParameterError: its cells are not those of the report.
        RunError: it was not executed to its end.
    """
    import nbformat

    document = read_notebook(notebook)
    own = [cell for cell in document["cells"] if not ADDED & set(cell["metadata"].get("tags", ()))]
    if _sources(own) != _sources(read_notebook(request.notebook)["cells"]):
        raise ParameterError(
            f"{shown(notebook)} has other cells than {shown(request.notebook)}. It was run with another version of the "
            "report; run it again with this one."
        )
    # what a cell that failed kept from running is told by the cell that failed
    has_failed = any(output.get("output_type") == "error" for cell in own for output in cell.get("outputs", ()))
    for number, cell in enumerate(own if not has_failed else (), 1):
        papermill = cell["metadata"].get("papermill")
        status = papermill.get("status") if isinstance(papermill, Mapping) else None
        if cell["cell_type"] == "code" and (status is None or status in _UNFINISHED):
            raise RunError(
                f"{shown(notebook)} was not executed to its end: cell {number} did not run, or was stopped."
            )
    found: NotebookNode = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    return found


def _sources(cells: Any) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def _read(parameter: Any, value: Any) -> Any:
    try:
        found = parameter.read(value)
    except UnfitError:
        return value
    return found.isoformat() if isinstance(found, dt.date) else found


def _said(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
