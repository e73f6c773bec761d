"""Every table of a page as CSV beside it: numbers whole and plain, as metrics.json has them, words as they are shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from segkit.page import Block
from segkit.page.segments import slug
from segkit.page.statement import Number, Statement

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula at the start of words."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table as a file: its name, the heading that it stands under, what it shows, and the text of it."""

    name: str
    heading: str
    caption: str
    text: str


def table_files(blocks: Sequence[tuple[str, Block]]) -> list[TableFile]:
    """Return the tables of a page, and those behind its charts, in order.

    Args:
        blocks: each with the heading that it stands under.
    """
    found: list[TableFile] = []
    for heading, block in blocks:
        for fields in _tables(block.kind, block.fields):
            place = slug(heading).replace("_", "-")[:40].strip("-") or "page"
            name = f"table-{len(found) + 1:02d}-{place}.csv"
            found.append(TableFile(name, heading, fields["caption"].text, _written(fields)))
    return found


def _tables(kind: str, fields: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if kind in ("table", "actions"):
        yield fields
    elif kind == "figure" and fields.get("table"):
        yield fields["table"]
    elif kind == "quality":
        yield from fields["tables"]


def _written(fields: Mapping[str, Any]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_cell(column["label"]) for column in fields["columns"]])
    folded = fields.get("folded") or {}
    for row in (*fields["rows"], *folded.get("rows", ()), *fields.get("beyond", ())):
        writer.writerow([_cell(cell) for cell in row["cells"]])
    return out.getvalue()


def _cell(said: Statement) -> str:
    """Return a number as metrics.json has it, where the cell is nothing but one; else the words."""
    match said.pieces:
        case (Number(metric=metric),):
            return "" if metric.value is None else repr(metric.value)
    text = said.text
    return f"'{text}" if text.startswith(_FORMULA) else text
