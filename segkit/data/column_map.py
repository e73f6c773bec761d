"""Which of a source's columns is which of segkit's, and what span of time its moments cover."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis.expr.datatypes as types

from segkit.data.engine import Engine
from segkit.data.schema import EARLIEST, Kind, TableSchema
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec, TableSpec
from segkit.data.specfile import ended, suggestion
from segkit.data.wording import listed, seen
from segkit.errors import DataError

_MOST_NAMES = 40


def map_columns(schema: TableSchema, spec: TableSpec, source: Source, where: str, written: str) -> dict[str, str]:
    """Return the declared columns that a source has: segkit's name → the source's name.

    Args:
        schema: what the table may have.
        spec: the names of its columns in the source.
        source: the source of the table.
        where: the table, in words that begin a sentence.
        written: file and line where the table is described.

    Raises:
        DataError: columns that were named or are required are not there; all of them.
    """
    there = source.columns
    mapped = {
        column.name: spec.columns.get(column.name, column.name)
        for column in schema.columns
        if column.name in spec.columns or column.name in there
    }
    missing = [
        f"`{seen(theirs)}` (for {ours}){_meant(theirs, there)}"
        for ours, theirs in spec.columns.items()
        if theirs not in there
    ]
    missing += [f"a column for {c.name} ({c.meaning})" for c in schema.columns if c.required and c.name not in mapped]
    if schema.name == "transactions" and "amount" not in mapped and not {"quantity", "unit_price"} <= set(mapped):
        missing.append("a column for amount, or quantity and unit_price to compute it from")
    if missing:
        what = ended("; ".join(missing))
        raise DataError(
            f"{where} lacks {what} Its columns: {listed(there, _MOST_NAMES)}. Write, at {written}, "
            "`columns: {segkit's name: the source's name}`."
        )
    return mapped


def without_lacking(spec: TableSpec, source: Source) -> TableSpec:
    """Return what a dataset file says of a table, without the columns that the source may lack and does."""

    def lacks(name: str, theirs: str) -> bool:
        return name in spec.may_lack and theirs not in source.columns

    gone = [ours for ours, theirs in spec.columns.items() if lacks(ours, theirs)]
    without = {
        key: {column: values for column, values in getattr(spec, key).items() if not lacks(column, column)}
        for key in ("keep", "leave_out", "returned_when", "refunded_when")
    }
    columns = {ours: theirs for ours, theirs in spec.columns.items() if ours not in gone}
    return spec.model_copy(update={"columns": columns, **without}) if spec.may_lack else spec


def _meant(theirs: str, there: Mapping[str, str]) -> str:
    hint = suggestion(theirs, there)
    return f".{seen(hint, 120)}".rstrip(".") if "Did you mean" in hint else ""


def moments_span(
    engine: Engine, source: Source, spec: DatasetSpec, kinds: Mapping[str, Kind], as_of: dt.date
) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the earliest and the latest moment that must be brought into the time zone, in naive UTC.

    Args:
        engine: where the source is.
        source: text is not looked at: that would read it twice.
        spec: time zone, and what times without one mean.
        kinds: what the source's columns hold, by the source's names.
        as_of: what lies after it is set aside, whatever its offset.

    Returns:
        The span, or None where there is none or it is not known.
    """
    if source.is_text or spec.time_zone == "UTC":
        return None
    moments = []
    for theirs, holds in kinds.items():
        column = source.column(theirs)
        kind = column.type()
        timed = isinstance(kind, types.Timestamp) and holds in (Kind.TIME, Kind.DATE, Kind.FLAG)
        if timed and (spec.times_are == "utc" or kind.timezone is not None):
            moments.append(column.cast("timestamp"))
    if not moments:
        return None
    table = source.table.select(**{f"t{i}": moment for i, moment in enumerate(moments)})
    ends = {f"{end}{i}": getattr(table[f"t{i}"], end)() for i in range(len(moments)) for end in ("min", "max")}
    row = engine.collect(table.aggregate(**ends)).iloc[0]
    found = [value.to_pydatetime() for value in row if hasattr(value, "to_pydatetime") and value == value]
    if not found:
        return None
    low = dt.datetime.combine(EARLIEST, dt.time())
    high = dt.datetime.combine(as_of + dt.timedelta(days=2), dt.time())
    return min(max(min(found), low), high), max(min(max(found), high), low)
