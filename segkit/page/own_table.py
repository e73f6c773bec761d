"""A table of an analyst's own: a pandas DataFrame, formatted like the page's tables."""

from __future__ import annotations

import datetime as dt
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, get_args

from segkit.errors import ParameterError, ReportError
from segkit.page.block import Block
from segkit.page.format import capital, write
from segkit.page.locale import locale_in_force, written_digits
from segkit.page.metric import CURRENCY, Metric, Unit
from segkit.page.segments import keys, slug
from segkit.page.statement import Statement, day, own_name, own_words
from segkit.page.table_cells import DASH, metric_of, one_number
from segkit.page.tables import Align, column, row
from segkit.page.tables import table as table_fields
from segkit.page.unchecked import FIELD, has_typed_number, mark, said

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS: Final = 200
_MOST_COLUMNS: Final = 12
_PLAIN_UNITS: Final = tuple(unit for unit in get_args(Unit) if unit != "money")
_FROM_CODE: Final = re.compile(r"[a-z][a-z0-9_]*")
_LIKE_A_NUMBER: Final = re.compile(r"[−+-]?\W{0,3}\d")


def table(
    frame: pd.DataFrame | pd.Series,
    *,
    caption: str | Statement,
    units: Mapping[Any, str] | None = None,
    notes: str | Statement | Sequence[str | Statement] = (),
    key: str = "",
) -> Block:
    """Show a DataFrame as a table of the page; the numbers of columns with a unit become metrics.

    Columns without a unit are written plainly, and the table says that they are not checked. An index that is more
    than row numbers comes first. Names from code are written in words: `mean_value` is Mean value.

    Args:
        frame: what is shown, at most 200 rows; a Series is a table of one column.
        caption: what it shows: measure, population, period.
        units: what columns count: a currency such as "EUR" for money in major units, "share" for fractions of one,
            "points" for differences of shares, "customers", "orders", "days", "count" or "index".
        notes: small print under it.
        key: begins the keys of the numbers in metrics.json; the caption if it is left out.

    Raises:
        ParameterError: no DataFrame, no caption, a unit that is none, a unit for a column that is not there.
        ReportError: a table too large to be read, or a column whose values do not fit its unit.
    """
    plain = _with_index(frame)
    if not (caption.text if isinstance(caption, Statement) else str(caption)).strip():
        raise ParameterError("page.table: the caption is empty. Write what the table shows, e.g. caption=…")
    title = caption.text if isinstance(caption, Statement) else str(caption)
    known = {str(label): unit for label, unit in (units or {}).items()}
    labels = [_label(label) for label in plain.columns]
    _check(plain, known, title)
    lines = [list(line) for line in plain.itertuples(index=False, name=None)]
    rows = keys(key or title, [_plain(line[0]) if line else "" for line in lines])
    columns, cells, unchecked, parts = [], [], [], set[str]()
    for position, label in enumerate(plain.columns):
        values = [line[position] for line in lines]
        unit = known.get(str(label), "")
        part = slug(str(label))
        part = part if part and part not in parts else f"column_{position + 1}"
        parts.add(part)
        made = [
            _cell(value, unit, f"{row_key}_{part}", str(label)) for value, row_key in zip(values, rows, strict=True)
        ]
        columns.append(column(own_words(labels[position]), _align(values, unit)))
        cells.append(made)
        # the first cell names the row; words are no numbers, but a number may come as text
        if not unit and any(_is_number(value) or (position and _reads_as_number(value)) for value in values):
            unchecked.append(own_words(labels[position]))
    small = [notes] if isinstance(notes, str | Statement) else list(notes)
    typed = any(has_typed_number(text) for text in (caption, *small))
    told = [said(text) for text in small]
    if unchecked or typed:
        told.append(mark([] if typed or len(unchecked) == len(columns) else unchecked))
    fields = table_fields(
        said(caption), columns, [row([made[at] for made in cells]) for at in range(len(lines))], notes=told
    )
    return Block.of("table", {**fields, FIELD: True} if unchecked or typed else fields)


def _with_index(frame: Any) -> pd.DataFrame:
    """Return the frame with its index as the first columns, unless the index is row numbers."""
    import pandas as pd

    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name if frame.name is not None else "Value")
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(
            f"page.table: a {type(frame).__name__} is no pandas DataFrame. Write page.table(frame, caption=…); "
            "an Ibis table becomes one with .to_pandas(), a polars frame likewise."
        )
    found = frame.copy(deep=False)
    if isinstance(found.columns, pd.MultiIndex):
        found.columns = pd.Index([" ".join(str(part) for part in label if str(part)) for label in found.columns])
    # sorting and filtering leave the numbers of rows in another order
    numbered = found.index.name is None and pd.api.types.is_integer_dtype(found.index.dtype)
    if not numbered:
        many = found.index.nlevels > 1
        given = [name or (f"Level {at}" if many else "Row") for at, name in enumerate(found.index.names, 1)]
        found = found.reset_index(names=given, allow_duplicates=True)
    return found


def _check(frame: pd.DataFrame, units: Mapping[str, str], title: str) -> None:
    """Refuse wrong units, columns that are not there, and what is too large to be read."""
    there = [str(label) for label in frame.columns]
    problems = []
    for label, unit in units.items():
        if label not in there:
            problems.append(f"units: there is no column `{label}`; the columns are {', '.join(there)}")
        if unit == "money":
            problems.append(f"units: `{label}: money` lacks a currency; write its code, such as EUR")
        elif unit not in _PLAIN_UNITS and not CURRENCY.fullmatch(str(unit)):
            problems.append(
                f"units: `{label}: {unit}` is no unit; write a currency such as EUR, or one of {', '.join(_PLAIN_UNITS)}"
            )
    twice = sorted({label for label in there if there.count(label) > 1})
    if twice:
        problems.append(f"two columns have one name: {', '.join(twice)}")
    if problems:
        raise ParameterError(f"page.table “{title[:80]}”: " + "; ".join(problems) + ".")
    if not there:
        raise ReportError(f"page.table “{title[:80]}”: the table has no columns.")
    if len(frame) > MOST_ROWS or len(there) > _MOST_COLUMNS:
        raise ReportError(
            f"page.table “{title[:80]}”: {len(frame)} rows and {len(there)} columns are too many to read; show at most "
            f"{MOST_ROWS} rows and {_MOST_COLUMNS} columns, e.g. frame.head(20)[[…]]."
        )


def _cell(value: Any, unit: str, key: str, label: str) -> Statement:
    if isinstance(value, Metric):
        return one_number(value)
    if _is_missing(value):
        return DASH
    if unit:
        if not _is_number(value):
            raise ReportError(f"page.table: column `{label}` counts {unit}, but holds {str(value)[:60]!r}.")
        return one_number(metric_of(key, float(value), unit, _label(label)))
    if isinstance(value, dt.date):
        clock = isinstance(value, dt.datetime) and value.time() != dt.time()
        return own_words(f"{value:%Y-%m-%d %H:%M}") if clock else Statement.of("{when}", when=day(value))
    return Statement.of("{text}", text=own_name(_plain(value), 200))


def _plain(value: Any) -> str:
    """Write a value without a unit: words as they are, numbers with three digits at most, as everywhere on a page."""
    if isinstance(value, Metric) or not _is_number(value):
        return {True: "yes", False: "no"}[bool(value)] if _is_flag(value) else str(getattr(value, "value", value))
    number = float(value)
    whole = number.is_integer() and abs(number) < 1e15
    if whole:
        return written_digits(f"{int(number):,}", locale_in_force()).replace("-", "−")
    return write(Metric("plain", number, "index"))


def _label(label: Any) -> str:
    """Return a column's name in words: `mean_value` is Mean value; other names stay as they are."""
    text = str(label)
    found = text.replace("_", " ").strip() or "–"
    return capital(found) if _FROM_CODE.fullmatch(text) else found


def _align(values: Sequence[Any], unit: str) -> Align:
    told = [value for value in values if not _is_missing(value)]
    return "number" if unit or (told and all(isinstance(v, Metric) or _is_number(v) for v in told)) else "text"


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def _is_number(value: Any) -> bool:
    return _counts(value) and not _is_flag(value) and _is_finite(value)


def _reads_as_number(value: Any) -> bool:
    return isinstance(value, str) and _LIKE_A_NUMBER.match(value.strip()) is not None


def _is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN, NaT or NA, or infinite, which no reader can use."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return _counts(value) and not _is_finite(value)


def _counts(value: Any) -> bool:
    return isinstance(value, numbers.Real | Decimal)


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (OverflowError, ValueError):
        return False
