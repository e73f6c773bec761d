"""Wide tables become long: each cell of a column for a month, or for a question, becomes a row."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final, cast

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir

from segkit.data.engine import Engine
from segkit.data.reconciling import reconcile_lines
from segkit.data.schema import Kind
from segkit.data.sources import Source
from segkit.data.spec import TableSpec, schema_of
from segkit.data.specfile import suggestion
from segkit.data.wording import listed, seen
from segkit.errors import DataError

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AS_WRITTEN: Final = {"mär": "mar", "mrz": "mar", "mai": "may", "okt": "oct", "dez": "dec"}
_FORMS: Final = (
    r"(?P<year>\d{4})[-_/. ]?(?P<month>0[1-9]|1[0-2])(?!\d)",
    r"(?<!\d)(?P<month>0?[1-9]|1[0-2])[-_/. ](?P<year>\d{4})(?!\d)",
    r"(?P<name>[^\W\d_]{3,9})\.?[-_/. ']{0,2}(?P<year>\d{4}|\d{2})(?!\d)",
    r"(?<!\d)(?P<year>\d{4})[-_/. ]?(?P<name>[^\W\d_]{3,9})",
)


def with_rows_of_columns(engine: Engine, name: str, spec: TableSpec, source: Source) -> Source:
    """Return a source in which each cell of the columns that `wide` names is a row; an empty cell is none.

    Raises:
        DataError: no such columns, or their names are no months where days are needed.
    """
    wide = spec.wide
    if wide is None:
        return source
    where = f"table {name} ({source.shown}): `wide`"
    chosen = _chosen(wide.columns, spec, source, where)
    column = schema_of(name, spec).column(wide.names)
    days = None
    if column is not None and column.kind in (Kind.TIME, Kind.DATE) and spec.format.date_format is None:
        days = {theirs: month_end(theirs) for theirs in chosen}
        none = [seen(theirs) for theirs, day in days.items() if day is None]
        if none:
            raise DataError(
                f"{where}: {listed(none, 4)} is no month, and `names: {wide.names}` needs days. Months are written such as "
                "2024-01, 01/2024, Jan 2024 or sales_2024_01; days as `format: {date_format: …}` says."
            )
    others = {theirs: ours for theirs, ours in source.columns.items() if theirs not in chosen}
    helpers = [f"w{at}" for at in range(len(chosen))]
    kind = _common([source.column(theirs).type() for theirs in chosen])
    cells = {helper: source.column(theirs).cast(kind) for helper, theirs in zip(helpers, chosen, strict=True)}
    rest = {f"k{at}": source.table[ours] for at, ours in enumerate(others.values())}
    file = {"kfile": source.table[source.file]} if source.file else {}
    table = engine.keep(f"{name}_wide", source.table.select(**rest, **file, **cells))
    rows = int(engine.collect(table.aggregate(n=table.count()))["n"].iloc[0])
    lines = reconcile_lines(engine, name, source, rows)
    if lines.failures:
        raise DataError("; ".join(lines.failures))
    # each row is repeated with the place of one of its cells: PostgreSQL would turn cells of one row into rows by way of
    # JSON, in which a null is a value
    meant = [ibis.literal(theirs) for theirs in chosen]
    if days is not None:
        meant = [ibis.date(day) for day in days.values() if day]
    at = ibis.array([*range(len(chosen))]).unnest()
    repeated = table.select(*rest, *file, row_=ibis.array([table[helper] for helper in helpers]), at_=at)
    value = cast(ir.ArrayValue, repeated["row_"])[cast(ir.IntegerValue, repeated["at_"])]
    named = ibis.array(meant)[cast(ir.IntegerValue, repeated["at_"])]
    long = repeated.select(*rest, *file, cell=named, value=value)
    cell = long["value"]
    given = cell.notnull() & (cell.strip() != "") if isinstance(cell, ir.StringValue) else cell.notnull()
    long = long.filter(given)
    long = engine.keep(f"{name}_long", long)
    found = int(engine.collect(long.aggregate(n=long.count()))["n"].iloc[0])
    note = (
        f"{source.shown}: {len(chosen)} columns of {rows:,} rows became {found:,} rows (`wide`); "
        f"{rows * len(chosen) - found:,} cells are empty."
    )
    columns = {theirs: f"k{at}" for at, theirs in enumerate(others)} | {wide.names: "cell", wide.values: "value"}
    return replace(
        source,
        table=long,
        columns=columns,
        lines=None,
        file="kfile" if source.file else None,
        notes=(*source.notes, note),
    )


def _chosen(wanted: Iterable[str], spec: TableSpec, source: Source, where: str) -> list[str]:
    """Return the columns that are meant, in the order in which they stand."""
    mapped = set(spec.columns.values())
    found: set[str] = set()
    for pattern in wanted:
        met = {theirs for theirs in source.columns if theirs == pattern or fnmatchcase(theirs, pattern)} - mapped
        if not met:
            raise DataError(
                f"{where} names `{pattern}`, and no column is called so.{suggestion(pattern, source.columns)}"
            )
        found |= met
    return [theirs for theirs in source.columns if theirs in found]


def _common(kinds: list[types.DataType]) -> types.DataType:
    if len(set(kinds)) == 1:
        return kinds[0]
    if all(isinstance(kind, types.Integer) for kind in kinds):
        return types.int64
    if all(isinstance(kind, types.Numeric) for kind in kinds):
        return types.float64
    return types.string


def month_end(text: str) -> dt.date | None:
    """Return the last day of the month that the name of a column says: before it, the sum of the month is not known.

    >>> month_end("2024-02"), month_end("sales 12/2023"), month_end("Mar-24"), month_end("Q1")
    (datetime.date(2024, 2, 29), datetime.date(2023, 12, 31), datetime.date(2024, 3, 31), None)
    """
    for form in _FORMS:
        for found in re.finditer(form, text):
            parts = found.groupdict()
            year = int(parts["year"]) if len(parts["year"]) == 4 else 2000 + int(parts["year"])
            short = (parts.get("name") or "")[:3].casefold()
            short = _AS_WRITTEN.get(short, short)
            month = int(parts["month"]) if parts.get("month") else _MONTHS.index(short) + 1 if short in _MONTHS else 0
            if month and 1900 <= year <= 2199:
                return dt.date(year, month, calendar.monthrange(year, month)[1])
    return None
