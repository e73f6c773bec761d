"""A failure has a page, too: why nothing was published for a date, in failures/ until a run for it succeeds."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from segkit.data.specfile import redact
from segkit.errors import SegkitError
from segkit.project import publishing
from segkit.project.archive import REASON, readable
from segkit.project.catalogue import pages, refresh_index
from segkit.project.execution import CellError
from segkit.project.page_links import report_words

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from segkit.project.request import RunRequest


def publish_failure(request: RunRequest, error: SegkitError) -> None:
    """Write a page into failures/, beside the executed part of the notebook, secrets taken out.

    Where that cannot be written either, the error itself is still told.
    """
    cell = (
        f"Cell {error.cell}" + (f", “{error.heading}”" if error.heading else "")
        if isinstance(error, CellError)
        else ""
    )
    folder = request.folder / publishing.FAILURES
    with contextlib.suppress(OSError, SegkitError):
        with publishing.staging(folder) as staged:
            why = redact(str(error), request.secrets)
            page = failure_page(request, why, cell)
            told = json.dumps({"reason": why, "cell": cell}, ensure_ascii=False)
            (staged / REASON).write_text(told, encoding="utf-8", errors="replace")
            (staged / publishing.FAILURE).write_text(page, encoding="utf-8", errors="replace")
            if isinstance(error, CellError):
                text = _without(error.notebook, request.secrets)
                (staged / publishing.NOTEBOOK).write_text(text, encoding="utf-8", errors="replace")
            publishing.put_in_place(staged, folder / request.as_of.isoformat())
        refresh_index(request.reports)


def failure_page(request: RunRequest, message: str, cell: str) -> str:
    """Write the page that stands in failures/ until a run for the date succeeds."""
    dates = publishing.published_dates(request.folder)
    return (
        pages(request.company)
        .get_template("failure.html.j2")
        .render(
            report=report_words(request.report),
            run=request.run,
            as_of=readable(request.as_of.isoformat()),
            message=message,
            cell=cell,
            last_good=dates[-1] if dates else "",
            last_good_said=readable(dates[-1]) if dates else "",
        )
    )


def _without(notebook: NotebookNode, secrets: Iterable[str]) -> str:
    import nbformat

    return redact(nbformat.writes(notebook), secrets)  # type: ignore[no-untyped-call]
