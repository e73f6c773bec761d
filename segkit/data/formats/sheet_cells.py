"""Columns from cells: rows of Python values, as workbooks and SQLite hold them, become an Arrow table.

A column whose cells are all of one kind keeps it. In a column of several kinds every cell becomes the text that a
person sees there, and is read as text from then on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from segkit.data.spec import FileFormat

_EXACT: Final = 2**53
_BIGGEST: Final = 2**63


def arrow_column(cells: Sequence[Any], form: FileFormat) -> pa.Array:
    """Return cells as a column; blank ones are NULL."""
    filled = [None if isinstance(cell, str) and not cell.strip() else cell for cell in cells]
    kinds = {type(cell) for cell in filled if cell is not None}
    if kinds == {bool}:
        return pa.array(filled, pa.bool_())
    if kinds and kinds <= {int, float}:
        return _numbers(filled)
    if kinds and kinds <= {dt.datetime, dt.date}:
        moments = [_moment(cell) for cell in filled]
        if all(moment is None or moment.time() == dt.time() for moment in moments):
            return pa.array([moment and moment.date() for moment in moments], pa.date32())
        return pa.array(moments, pa.timestamp("us"))
    return pa.array([None if cell is None else written(cell, form) for cell in filled], pa.string())


def _numbers(cells: Sequence[Any]) -> pa.Array:
    # Excel shows and keeps fifteen digits; more of them are the remains of a computation
    numbers = [float(f"{cell:.15g}") if isinstance(cell, float) else cell for cell in cells]
    floats = [n for n in numbers if isinstance(n, float)]
    if all(n.is_integer() and abs(n) < _EXACT for n in floats):
        if all(n is None or abs(n) < _BIGGEST for n in numbers):
            return pa.array([None if n is None else int(n) for n in numbers], pa.int64())
        return pa.array([None if n is None else str(int(n)) for n in numbers], pa.string())
    return pa.array([None if n is None else float(n) for n in numbers], pa.float64())


def _moment(cell: Any) -> dt.datetime | None:
    if cell is None or isinstance(cell, dt.datetime):
        return cell
    return dt.datetime.combine(cell, dt.time())


def written(cell: Any, form: FileFormat) -> str:
    """Return a cell as a person sees it, in the way that the format says text is written.

    >>> written(17850.0, FileFormat()), written(19.5, FileFormat(decimal=",")), written(True, FileFormat())
    ('17850', '19,5', 'true')
    """
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else f"{cell:.15g}"
        return text.replace(".", form.decimal)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time() and not _has_clock(form):
        cell = cell.date()
    if isinstance(cell, dt.date):
        return cell.strftime(form.date_format) if form.date_format else cell.isoformat()
    if isinstance(cell, bytes):
        return cell.hex()
    return str(cell)


def _has_clock(form: FileFormat) -> bool:
    return form.date_format is not None and "%H" in form.date_format
