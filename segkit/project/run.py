"""One run, from parameters to a published page. What was published before stays until the new page is whole."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segkit.data.specfile import redact
from segkit.errors import RunError, SegkitError
from segkit.project import publishing
from segkit.project.catalogue import FAILURES, failure_page, refresh_index
from segkit.project.execution import CellError, ProgressListener, execute
from segkit.project.request import RunRequest

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that was published.

    Attributes:
        report, run, as_of: which one.
        page: the published report.html.
        headline: its first sentence.
        seconds: from start to publication.
        left_out: outputs of the notebook that a page cannot show.
    """

    report: str
    run: str
    as_of: str
    page: Path
    headline: str
    seconds: float
    left_out: tuple[str, ...]


def run_report(
    request: RunRequest, *, time_limit: float | None = None, on_cell: ProgressListener | None = None
) -> RunResult:
    """Execute, render and publish a report.

    Raises:
        DataError, ParameterError: the data or parameters are refused. Nothing is published; a failure page says why.
        RunError, ReportError: the run failed. Likewise.
    """
    began = time.monotonic()
    try:
        with publishing.staging(request.folder) as staged:
            headline, left_out = _make(request, staged, time_limit, on_cell, began)
            publishing.put_in_place(staged, request.published)
    except SegkitError as error:
        _publish_failure(request, error)
        raise
    shutil.rmtree(request.folder / FAILURES / request.as_of.isoformat(), ignore_errors=True)
    publishing.point_latest(request.folder)
    refresh_index(request.root / "reports")
    return RunResult(
        report=request.report,
        run=request.run,
        as_of=request.as_of.isoformat(),
        page=request.published / publishing.REPORT,
        headline=headline,
        seconds=time.monotonic() - began,
        left_out=left_out,
    )


def _make(
    request: RunRequest, staged: Path, time_limit: float | None, on_cell: ProgressListener | None, began: float
) -> tuple[str, tuple[str, ...]]:
    notebook = execute(
        request.notebook,
        staged / publishing.NOTEBOOK,
        request.parameters,
        folder=request.notebook.parent,
        time_limit=time_limit,
        on_cell=on_cell,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from segkit.project.definitions import earlier_definitions
        from segkit.project.rendering import metrics_json, render

        page = render(notebook, earlier=earlier_definitions(request.folder, request.as_of))
    (staged / publishing.REPORT).write_text(page.html, encoding="utf-8")
    (staged / publishing.METRICS).write_text(metrics_json(page.metrics), encoding="utf-8")
    manifest = {
        "report": request.report,
        "run": request.run,
        "as_of": request.as_of.isoformat(),
        "title": page.title,
        "headline": page.headline,
        "parameters": dict(request.parameters),
        "versions": {name: version(name) for name in ("segkit", "pandas", "ibis-framework", "duckdb", "matplotlib")},
        "seconds": round(time.monotonic() - began, 3),
        "left_out": list(page.left_out),
        "definitions": dict(page.definitions),
        "reach": dict(page.reach),
    }
    (staged / publishing.MANIFEST).write_text(publishing.manifest_json(manifest), encoding="utf-8")
    for file in staged.iterdir():
        _refuse_secrets(file, request.secrets)
    return page.headline, page.left_out


def _refuse_secrets(file: Path, secrets: Iterable[str]) -> None:
    text = file.read_text(encoding="utf-8")
    if any(secret in text for secret in secrets):
        raise RunError(
            f"{file.name} shows a secret of the dataset file; nothing is published. Find the cell that shows it."
        )


def _publish_failure(request: RunRequest, error: SegkitError) -> None:
    """Publish a page in failures/, beside the executed part of the notebook, with secrets removed."""
    message = redact(str(error), request.secrets)
    cell = (
        f"Cell {error.cell}" + (f", “{error.heading}”" if error.heading else "")
        if isinstance(error, CellError)
        else ""
    )
    folder = request.folder / FAILURES
    with publishing.staging(folder) as staged:
        (staged / publishing.FAILURE).write_text(failure_page(request, message, cell), encoding="utf-8")
        if isinstance(error, CellError):
            (staged / publishing.NOTEBOOK).write_text(_without(error.notebook, request.secrets), encoding="utf-8")
        publishing.put_in_place(staged, folder / request.as_of.isoformat())
    refresh_index(request.root / "reports")


def _without(notebook: NotebookNode, secrets: Iterable[str]) -> str:
    import nbformat

    return redact(nbformat.writes(notebook), secrets)  # type: ignore[no-untyped-call]


def result_json(result: RunResult) -> Mapping[str, Any]:
    """Return a result for programs."""
    return {
        "status": "published",
        "report": result.report,
        "run": result.run,
        "as_of": result.as_of,
        "page": str(result.page),
        "headline": result.headline,
        "seconds": round(result.seconds, 3),
        "left_out": list(result.left_out),
    }
