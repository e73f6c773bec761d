"""Exports that overlap: a row that stands in several of them, as it was then, holds as it stands in the last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import Final, cast

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir

from segkit.data.checks import Fault
from segkit.data.copies import unused
from segkit.data.engine import Engine
from segkit.data.reading import Reading, ReadingRules, read_column
from segkit.data.schema import Column, Kind, TableSchema
from segkit.data.sources import Source
from segkit.data.spec import TableSpec
from segkit.data.specfile import suggestion
from segkit.data.wording import seen
from segkit.errors import DataError

CHANGED: Final = "time_of_change"
"""Name of the column that says which of several rows is later."""


@dataclass(frozen=True)
class Latest:
    """Which rows of a key hold: those that come last.

    Attributes:
        key: columns that a row and its later ones share; a row that lacks one of them has no later ones.
        by: the columns that say which row is later; the next one where two rows have the same.
        shown: what people call the key.
        helpers: those of these columns that the checked table does not keep.
    """

    key: tuple[str, ...]
    by: tuple[str, ...]
    shown: str
    helpers: tuple[str, ...] = ()

    def with_helpers(self, typed: ir.Table, columns: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
        """Return the columns of a checked table, and the helpers until the rows are judged."""
        return {**columns, **{name: typed[name] for name in self.helpers}}


def with_later_rows(
    spec: TableSpec, source: Source, readings: Mapping[str, Reading], rules: ReadingRules
) -> tuple[dict[str, Reading], Latest]:
    """Return the readings with what `last_of` and `later_by` name, and which rows hold by it.

    Raises:
        DataError: a column is not there, or nothing says which row is later.
    """
    taken = (*readings, *source.table.columns, CHANGED)
    found = dict(readings)
    key: list[str] = []
    for column in spec.last_of:
        name = unused(f"key{len(key)}", (*taken, *key))
        ours = next((ours for ours, theirs in spec.columns.items() if column in (ours, theirs)), column)
        found[name] = (
            readings[ours] if ours in readings else read_column(_of(source, column, "last_of"), Kind.ID, rules)
        )
        key.append(name)
    by: list[str] = []
    if spec.later_by is not None:
        theirs = spec.columns.get(spec.later_by, spec.later_by)
        found[CHANGED] = _moment_or_number(_of(source, theirs, "later_by"), rules, source)
        by.append(CHANGED)
    if source.file is not None:
        name = unused("file", (*taken, *key))
        value = source.table[source.file]
        found[name] = Reading(value, None, value)
        by.append(name)
    if not by:
        raise DataError(
            "has `last_of`, but is one file, so that nobody knows which row is the last. Write the `path` of all exports "
            "(`exports/*.csv`, the last name is the last export), or `later_by: …` with the column of the last change"
        )
    return found, Latest(tuple(key), tuple(by), " and ".join(spec.last_of), (*key, *by))


def with_change(schema: TableSchema, readings: Collection[str]) -> TableSchema:
    """Return a schema that knows the time of change, if that is read: a change after the as-of date is not seen yet."""
    if CHANGED not in readings:
        return schema
    return replace(schema, columns=(*schema.columns, Column(CHANGED, Kind.TIME, "which row is later")))


def _of(source: Source, column: str, key: str) -> ir.Value:
    if column not in source.columns:
        raise DataError(f"has no column `{seen(column)}`, which `{key}` names.{suggestion(column, source.columns)}")
    return source.column(column)


def _moment_or_number(raw: ir.Value, rules: ReadingRules, source: Source) -> Reading:
    """Read what says which row is later: a time as the table writes it, or a number such as that of a version."""
    if isinstance(raw.type(), types.Integer | types.Floating) and not rules.form.date_format:
        return read_column(raw, Kind.NUMBER, rules)
    moment = read_column(raw, Kind.TIME, rules)
    if not source.is_text:
        return moment
    number = read_column(raw, Kind.NUMBER, rules)
    rows = source.table.select(moment=moment.value.notnull(), number=number.value.notnull())
    told = (
        rules.engine.collect(rows.aggregate(moments=rows.moment.sum(), numbers=rows.number.sum())).fillna(0).iloc[0]
    )
    return number if int(told["numbers"]) > int(told["moments"]) else moment


def mark_older(
    engine: Engine,
    stored: ir.Table,
    latest: Latest,
    mask: str,
    faults: Collection[Fault],
    chosen: set[str],
    as_of: dt.date,
) -> ir.Table:
    """Add the last fault's bit to the good rows of whose key there is a later row.

    A later row that was left out by its value counts, too: an order that was voided since is no sale, though it was one.
    A row with another fault does not, and none that changed after the as-of date.

    Args:
        engine: where the rows are.
        stored: typed rows with their faults.
        latest: which rows hold.
        mask: name of the column with the faults.
        faults: which set aside, by their bits; the one of older rows among them is the last.
        chosen: reasons of those that mean: left out by value.
        as_of: the last day that is seen.
    """
    bits = dict(enumerate(faults))
    wrong = sum(1 << i for i, fault in bits.items() if fault.reason not in chosen)
    still, older = unused("still", stored.columns), unused("older", stored.columns)
    holds = (stored[mask] & ibis.literal(wrong, "int64")) == 0
    seen_by_then = [
        (stored[name].date() <= ibis.date(as_of)).fill_null(True)
        for name in latest.by
        if isinstance(stored[name], ir.TimestampValue)
    ]
    conditions = [holds, *(stored[name].notnull() for name in latest.key), *seen_by_then]
    table = stored.mutate(**{still: reduce(and_, conditions), older: ibis.literal(False)})
    for name in latest.by:
        window = ibis.window(group_by=[*(table[one] for one in latest.key), table[still]])
        last = cast(ir.Column, table[name]).max().over(window)
        behind = (table[name] < last).fill_null(False) | (table[name].isnull() & last.notnull())
        behind = table[still] & behind
        table = table.mutate(**{older: table[older] | behind, still: table[still] & ~behind})
    given = (table[older] & (table[mask] == 0)).ifelse(1 << (len(bits) - 1), 0).cast("int64")
    return engine.keep("latest", table.mutate(**{mask: table[mask] + given}).drop(still, older))
