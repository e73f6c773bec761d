"""Checks of every row of a table: it is kept, or set aside for one stated reason, and nothing in between.

Each fault that sets a row aside is one bit of the row's mask, so that one grouped count tells how many rows have
which faults together: rows in = rows kept + rows set aside holds by construction and is asserted all the same. Mere
remarks have masks of their own, which are summed bit by bit, since their combinations may be many.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final, Literal, cast

import ibis
import ibis.expr.types as ir

from segkit.data.copies import RawTable
from segkit.data.reading import Reading
from segkit.data.schema import EARLIEST, Column, Kind, TableSchema
from segkit.statistics.told import Figure, Quoted, Told

BITS: Final = 60
"""Faults in one mask: a 64-bit integer with its sign and some room."""

COPY: Final = "exact duplicate"


@dataclass(frozen=True, eq=False)  # conditions are expressions, and comparing two of them makes a third
class Fault:
    """One thing that can be wrong with a row.

    Attributes:
        reason: in words.
        when: condition on the typed row, true or false but never NULL; None for what is found out later (copies,
            second rows with a key).
        sets_aside: False for a mere remark.
        example: column to show values of, if it is not personal.
        of_raw: show the column's raw values, those that could not be read or were rounded; else its checked ones.
        kind: what the column should have held, where the fault is that it could not be read.
        column: segkit's name of the column, likewise.
        unseen: the row is no dirt but lies after the as-of date, or belongs to something that does.
        no_money: the row has no amount, although it needs one.
    """

    reason: str
    when: ir.BooleanValue | None
    sets_aside: bool = True
    example: str = ""
    of_raw: Literal["", "unreadable", "rounded"] = ""
    kind: Kind | None = None
    column: str = ""
    unseen: bool = False
    no_money: bool = False


@dataclass(frozen=True)
class Typed:
    """A table with typed columns, and the names of the helpers beside them.

    Attributes:
        table: typed columns under segkit's names, and the helpers.
        unreadable: column: name of its flag, for the columns that may be unreadable.
        rounded: column: name of its flag, for amounts that may have more decimals than are kept.
        readings: column: what it was read from, for examples of raw values.
        hash: name of the row's hash, or None.
        copy: name of the flag of second and later copies of a row, or None.
        chosen: the faults of rows that are not meant.
    """

    table: ir.Table
    unreadable: Mapping[str, str]
    rounded: Mapping[str, str]
    readings: Mapping[str, Reading]
    hash: str | None = None
    copy: str | None = None
    chosen: tuple[Fault, ...] = ()


def typed_table(
    raw: RawTable, readings: Mapping[str, Reading], conditions: Mapping[str, ir.BooleanValue] | None = None
) -> Typed:
    """Return a raw table with typed columns.

    Args:
        raw: the raw table, with what tells copies if these are set aside.
        readings: of its columns, by segkit's name.
        conditions: on its rows, by the reason for which a row is set aside where one is true.
    """
    prefix = helper_prefix(tuple(readings))
    columns: dict[str, ir.Value] = {name: reading.value for name, reading in readings.items()}
    unreadable, rounded = {}, {}
    for position, (name, reading) in enumerate(readings.items()):
        if reading.unreadable is not None:
            unreadable[name] = f"{prefix}unreadable{position}"
            columns[unreadable[name]] = reading.unreadable
        if reading.rounded is not None:
            rounded[name] = f"{prefix}rounded{position}"
            columns[rounded[name]] = reading.rounded
    row_hash, copy = (f"{prefix}hash" if raw.hash else None), (f"{prefix}copy" if raw.copy else None)
    if raw.hash and row_hash:
        columns[row_hash] = raw.table[raw.hash]
    if raw.copy and copy:
        columns[copy] = raw.table[raw.copy]
    flags = {reason: f"{prefix}chosen{position}" for position, reason in enumerate(conditions or {})}
    columns |= {flags[reason]: condition for reason, condition in (conditions or {}).items()}
    table = raw.table.select(**columns)
    chosen = tuple(Fault(reason, cast(ir.BooleanValue, table[flag])) for reason, flag in flags.items())
    return Typed(table, unreadable, rounded, readings, row_hash, copy, chosen)


def helper_prefix(names: tuple[str, ...]) -> str:
    """Return a prefix that no column's name has.

    >>> helper_prefix(("age", "_faults"))
    '__'
    """
    prefix = "_"
    while any(name.startswith(prefix) for name in names):
        prefix += "_"
    return prefix


def column_faults(
    schema: TableSchema, readings: Mapping[str, Reading], typed: Typed, as_of: dt.date, decimals: int
) -> list[Fault]:
    """Return the faults that follow from the schema alone, in the order in which they are checked."""
    faults: list[Fault] = []
    for name in readings:
        column = schema.column(name) or Column(name, Kind.TEXT, "")
        faults += _faults_of(column, name, typed, as_of)
        if name in typed.rounded:
            reason = Told.of(
                "{column} with more than {decimals} decimals, rounded",
                column=Quoted(called(name)),
                decimals=Figure(decimals, "count"),
            )
            faults.append(Fault(reason, _flag(typed, typed.rounded[name]), False, name, "rounded"))
    return faults


def _faults_of(column: Column, name: str, typed: Typed, as_of: dt.date) -> list[Fault]:
    faults: list[Fault] = []
    value = typed.table[name]
    needed = not column.nullable
    unreadable = _flag(typed, typed.unreadable[name]) if name in typed.unreadable else None
    # a customer's id is personal even where it is not readable
    example = name if name != "customer_id" else ""
    told = Quoted(called(name))
    if unreadable is not None:
        reason = Told.of("unreadable {column}", column=told)
        faults.append(Fault(reason, unreadable, needed, example, "unreadable", column.kind, name))
    if needed:
        empty = value.isnull() if unreadable is None else value.isnull() & ~unreadable
        faults.append(Fault(Told.of("no {column}", column=told), empty, no_money=column.kind is Kind.MONEY))
    if isinstance(value, ir.NumericValue):
        if column.minimum is not None:
            below = (value < column.minimum).fill_null(False)
            reason = Told.of("{column} below {least}", column=told, least=_bound(column.minimum))
            faults.append(Fault(reason, below, True, name))
        if column.maximum is not None:
            above = (value > column.maximum).fill_null(False)
            reason = Told.of("{column} above {most}", column=told, most=_bound(column.maximum))
            faults.append(Fault(reason, above, True, name))
    if column.kind in (Kind.TIME, Kind.DATE) and isinstance(value, ir.TimestampValue | ir.DateValue):
        day = value.date() if isinstance(value, ir.TimestampValue) else value
        early = (day < ibis.date(EARLIEST)).fill_null(False)
        reason = Told.of("{column} before {day}", column=told, day=EARLIEST)
        faults.append(Fault(reason, early, needed, name))
        if needed or column.kind is Kind.TIME:
            late = (day > ibis.date(as_of)).fill_null(False)
            reason = Told.of("{column} after {day} (not yet seen)", column=told, day=as_of)
            faults.append(Fault(reason, late, unseen=True))
    return faults


def _flag(typed: Typed, name: str) -> ir.BooleanValue:
    return cast(ir.BooleanValue, typed.table[name])


def called(name: str) -> str:
    """Return a column's name in words: `customer_id` is a customer id.

    >>> called("customer_id"), called("recurring_amount")
    ('customer id', 'recurring amount')
    """
    return name.replace("_", " ").strip() or name


def _bound(value: float) -> Figure:
    return Figure(value, "count" if value == int(value) else "number")


@dataclass(frozen=True)
class Bits:
    """Which bit of which mask stands for which fault.

    Attributes:
        aside: faults that set a row aside; fault i is bit i of the one mask.
        remarks: mere remarks, in chunks; fault i of chunk k is bit i of mask k.
    """

    aside: tuple[Fault, ...]
    remarks: tuple[tuple[Fault, ...], ...]

    @classmethod
    def of(cls, faults: list[Fault]) -> Bits:
        """Distribute faults over bits; the first fault of a row is the one that it is set aside for."""
        aside = tuple(fault for fault in faults if fault.sets_aside)
        remarks = [fault for fault in faults if not fault.sets_aside]
        if len(aside) > BITS:
            raise AssertionError("a table has more reasons to set rows aside than a mask has bits")
        return cls(aside, tuple(tuple(remarks[i : i + BITS]) for i in range(0, len(remarks), BITS)))

    def masks(self) -> list[ir.IntegerValue]:
        """Return expressions on the typed table: the mask that sets rows aside, then those of the remarks."""
        return [mask_of(chunk) for chunk in (self.aside, *self.remarks)]


def mask_of(faults: tuple[Fault, ...]) -> ir.IntegerValue:
    """Return an integer whose bit i says whether fault i is there. (PostgreSQL casts no boolean to bigint.)"""
    bits = [
        cast(ir.IntegerValue, fault.when.ifelse(1 << i, 0).cast("int64"))
        for i, fault in enumerate(faults)
        if fault.when is not None
    ]
    return reduce(add, bits) if bits else cast(ir.IntegerValue, ibis.literal(0, "int64"))
