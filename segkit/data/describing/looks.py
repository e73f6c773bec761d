"""What each column of a table holds: tried on all its rows, not on the first ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir

from segkit.data.diagnose import date_formats
from segkit.data.engine import Engine
from segkit.data.reading import Reading, ReadingRules, read_column
from segkit.data.schema import Kind
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec, FileFormat
from segkit.errors import DataError

_NUMBERS: Final[tuple[Mapping[str, str], ...]] = (
    {},
    {"thousands": ","},
    {"decimal": ","},
    {"decimal": ",", "thousands": "."},
    {"thousands": " "},
    {"decimal": ",", "thousands": " "},
    {"thousands": "'"},
)
_UNREADABLE: Final = 0.05
_LOOKED_AT: Final = 2_000
LAST: Final = dt.date(2199, 12, 31)
"""A day after all that a file may hold."""


@dataclass(frozen=True)
class ColumnLook:
    """What a column holds.

    Attributes:
        name: in the source.
        rows: of the table.
        filled: rows with a value.
        different: different values.
        examples: the most frequent values, up to twelve.
        numbers: the ways to write numbers, as keys of `format`, in which nearly all values are numbers.
        days: the patterns in which nearly all values are days; an empty one needs no pattern.
        fractions: whether a number has decimals.
        negative: rows whose number is below zero, as it is read in the first of its ways.
    """

    name: str
    rows: int
    filled: int
    different: int
    examples: tuple[str, ...]
    numbers: tuple[Mapping[str, str], ...]
    days: tuple[str, ...]
    fractions: bool
    negative: int

    @property
    def is_unique(self) -> bool:
        """Whether each row has a value of its own."""
        return self.rows == self.filled == self.different


def look_at(engine: Engine, spec: DatasetSpec, form: FileFormat, source: Source) -> list[ColumnLook]:
    """Look at each column of a source, whose rows are read once and kept.

    Args:
        engine: where the rows are.
        spec: of which only time zone and currency matter.
        form: how the table's text is written.
        source: the table.
    """
    kept = engine.keep("looked_at", source.table)
    return [_column(engine, spec, form, kept, kept[theirs], name) for name, theirs in source.columns.items()]


def _column(
    engine: Engine, spec: DatasetSpec, form: FileFormat, table: ir.Table, raw: ir.Value, name: str
) -> ColumnLook:
    kind = raw.type()
    text = cast(ir.StringValue, raw.cast("string")).strip().nullif("")
    values = table.select(value=text)
    given = values.filter(values.value.notnull())
    counts = given.group_by("value").aggregate(n=given.count())
    frequent = engine.collect(counts.order_by(ibis.desc("n"), "value").limit(_LOOKED_AT))
    facts = engine.collect(
        values.aggregate(rows=values.count(), filled=values.value.count(), different=values.value.nunique())
    ).iloc[0]
    seen_values = [str(value) for value in frequent["value"]]
    numbers: tuple[Mapping[str, str], ...]
    days: tuple[str, ...]
    if isinstance(kind, types.String):
        patterns = ("", *(date_formats(seen_values[:200]) if seen_values else ()))
        tries: list[tuple[Kind, Mapping[str, str]]] = [(Kind.NUMBER, way) for way in _NUMBERS]
        tries += [(Kind.TIME, {"date_format": pattern} if pattern else {}) for pattern in patterns]
        fits = _fitting(engine, spec, form, table, raw, tries, int(facts["filled"]))
        numbers = tuple(way for of, way in fits if of is Kind.NUMBER)
        found = tuple(way.get("date_format", "") for of, way in fits if of is Kind.TIME)
        days = ("",) if "" in found else found
    else:
        is_number = isinstance(kind, types.Numeric) and not isinstance(kind, types.Boolean)
        numbers = ({},) if is_number else ()
        days = ("",) if isinstance(kind, types.Date | types.Timestamp) else ()
    filled = int(facts["filled"])
    return ColumnLook(
        name=name,
        rows=int(facts["rows"]),
        filled=filled,
        different=int(facts["different"]),
        examples=tuple(seen_values[:12]),
        numbers=numbers if filled else (),
        days=days if filled else (),
        fractions=any("." in value or "," in value for value in seen_values),
        negative=_negative(engine, spec, form, table, raw, numbers) if numbers and filled else 0,
    )


def _fitting(
    engine: Engine,
    spec: DatasetSpec,
    form: FileFormat,
    table: ir.Table,
    raw: ir.Value,
    tries: list[tuple[Kind, Mapping[str, str]]],
    filled: int,
) -> list[tuple[Kind, Mapping[str, str]]]:
    """Return the ways of reading a column in which nearly all its values can be read."""
    unreadable: dict[str, ir.Value] = {}
    for position, (kind, changes) in enumerate(tries):
        reading = _read(engine, spec, form, raw, kind, changes)
        if reading is not None and reading.unreadable is not None:
            unreadable[f"u{position}"] = reading.unreadable.ifelse(1, 0)
    flags = table.select(**unreadable)
    bad = engine.collect(flags.aggregate(**{name: flags[name].sum() for name in unreadable})).fillna(0).iloc[0]
    return [one for position, one in enumerate(tries) if bad.get(f"u{position}", filled) <= _UNREADABLE * filled]


def _negative(
    engine: Engine,
    spec: DatasetSpec,
    form: FileFormat,
    table: ir.Table,
    raw: ir.Value,
    ways: tuple[Mapping[str, str], ...],
) -> int:
    reading = _read(engine, spec, form, raw, Kind.NUMBER, ways[0])
    if reading is None:
        return 0
    below = table.select(n=(cast(Any, reading.value) < 0).ifelse(1, 0))
    return int(engine.collect(below.aggregate(n=below.n.sum()))["n"].fillna(0).iloc[0])


def _read(
    engine: Engine, spec: DatasetSpec, form: FileFormat, raw: ir.Value, kind: Kind, changes: Mapping[str, str]
) -> Reading | None:
    try:
        return read_column(raw, kind, ReadingRules(engine, spec, form.model_copy(update=dict(changes)), LAST))
    except DataError:
        return None
