"""Tables as blocks carry them: a caption, columns with a scope, rows of statements, a total, a note."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from segkit.errors import ReportError
from segkit.page.metric import Metric
from segkit.page.precision import of_one_precision
from segkit.page.statement import Statement, literal
from segkit.page.table_cells import one_number

Align = Literal["text", "number"]

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def column(label: str | Statement, align: Align = "number") -> dict[str, Any]:
    """Return a column: its heading, and whether it holds words or numbers."""
    return {"label": literal(label) if isinstance(label, str) else label, "align": align}


def row(
    cells: Sequence[Statement | Metric],
    *,
    colour: str | None = None,
    total: bool = False,
    quiet: bool = False,
    strong: Sequence[int] = (),
) -> dict[str, Any]:
    """Return a row, whose first cell is its heading.

    Args:
        cells: one a column; a bare `Metric` is written plain.
        colour: a swatch before the heading, #rrggbb.
        total: the row that the others sum to.
        quiet: set back, e.g. because its numbers are not shown.
        strong: positions of cells that stand out.
    """
    if colour is not None and not _COLOUR.fullmatch(colour):
        raise ReportError(f"colour {colour!r} is not written #rrggbb")
    told = [one_number(cell) if isinstance(cell, Metric) else cell for cell in cells]
    return {"cells": told, "colour": colour, "total": total, "quiet": quiet, "strong": list(strong)}


def table(
    caption: Statement,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    *,
    notes: Sequence[Statement] = (),
    asides: Sequence[Statement] = (),
    asides_title: str = "How this was computed",
    terms: Sequence[tuple[Statement, Statement]] = (),
    terms_title: str = "What these mean",
    folded: Sequence[Mapping[str, Any]] = (),
    folded_title: Statement | None = None,
    beyond: Sequence[Mapping[str, Any]] = (),
    line: Statement | None = None,
) -> dict[str, Any]:
    """Return the fields of a table.

    Args:
        caption: what it shows: measure, population, period, unit.
        columns: from `column`.
        rows: from `row`, as long as there are columns.
        notes: small print under it.
        asides: further small print, opened on demand.
        asides_title: what opens it.
        terms: name and meaning, opened on demand.
        terms_title: what opens them.
        folded: further rows, of the same columns, opened on demand.
        folded_title: what opens them; needed with `folded`.
        beyond: further rows, of the same columns, that the file beside the page has and the page does not show.
        line: what the table found, for its section's heading while that is folded.
    """
    for found in (*rows, *folded, *beyond):
        if len(found["cells"]) != len(columns):
            raise ReportError(
                f"table “{caption.text[:100]}”: a row has {len(found['cells'])} cells for {len(columns)} columns"
            )
    shown, further = _of_one_precision(columns, [*rows, *folded], len(rows))
    fields = {
        "caption": caption,
        "columns": list(columns),
        "rows": shown,
        "notes": list(notes),
        "terms": [{"term": term, "meaning": meaning} for term, meaning in terms],
        "terms_title": literal(terms_title),
    }
    if asides:
        fields |= {"asides": list(asides), "asides_title": literal(asides_title)}
    if folded:
        if folded_title is None:
            raise ReportError(f"table “{caption.text[:100]}”: say what opens the folded rows")
        fields["folded"] = {"caption": folded_title, "columns": list(columns), "rows": further}
    if beyond:
        fields["beyond"] = list(beyond)
    return fields if line is None else {**fields, "line": line}


def _of_one_precision(
    columns: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], open_: int
) -> tuple[list[Any], list[Any]]:
    """Return the rows, those that stand open and the folded ones, with one precision in each column of numbers."""
    by_column = [[found["cells"][at] for found in rows] for at in range(len(columns))]
    told = [
        of_one_precision(cells) if shown["align"] == "number" else cells
        for shown, cells in zip(columns, by_column, strict=True)
    ]
    made = [{**found, "cells": [cells[at] for cells in told]} for at, found in enumerate(rows)]
    return made[:open_], made[open_:]


def data_table(
    caption: Statement, headings: Sequence[str | Statement], lines: Iterable[Sequence[Statement | Metric]]
) -> dict[str, Any]:
    """Return the fields of the table that stands behind a chart: the first cell of a line names it, the rest are
    numbers.
    """
    columns = [column(heading, "number" if at else "text") for at, heading in enumerate(headings)]
    return table(caption, columns, [row(line) for line in lines])
