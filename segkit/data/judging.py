"""Checks carried out: one pass over the source keeps typed rows with their faults, and these settle the balance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import ibis
import ibis.expr.types as ir
from ibis import udf

from segkit.data.balance import Group, Settled, settle
from segkit.data.checks import COPY, Bits, Fault, Typed, helper_prefix
from segkit.data.copies import RawTable, has_copies
from segkit.data.diagnose import why_unreadable
from segkit.data.engine import Engine, EngineError
from segkit.data.quality import TableQuality
from segkit.data.schema import Kind, Money, TableSchema
from segkit.data.tolerance import lost, of_one_kind
from segkit.data.wording import listed, seen
from segkit.statistics.told import Quoted, Told

_EXAMPLES = 5


@dataclass(frozen=True)
class Latest:
    """Which rows of a key hold: those that come last.

    Attributes:
        key: columns that a row and its later ones share.
        by: the column that says which row is later.
    """

    key: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Plan:
    """How one table is checked.

    Attributes:
        schema: what it has to meet.
        shown: where it comes from, for people.
        raw: its raw rows.
        typed: its typed rows.
        faults: what is looked for in a row, in order.
        keep: the checked table's columns, from a typed row.
        money: currency and decimals.
        money_column: the column whose money is balanced, if any.
        day: the day of a checked row, if it has one.
        tolerate: share of rows that may be unreadable.
        as_of: the last day that is seen.
        is_main: the table says who a customer is: without rows there is no report.
        latest: which rows of a key hold, where several may and the last ones do.
    """

    schema: TableSchema
    shown: str
    raw: RawTable
    typed: Typed
    faults: tuple[Fault, ...]
    keep: Callable[[ir.Table], Mapping[str, ir.Value]]
    money: Money
    money_column: str | None
    day: Callable[[ir.Table], ir.Value] | None
    tolerate: float
    as_of: dt.date
    is_main: bool
    latest: Latest | None = None


@dataclass
class Judged:
    """A table after the checks.

    Attributes:
        table: its kept rows in the engine.
        aside: its rows that were set aside, with the same columns.
        quality: its balance.
        failures: what makes it unusable, if anything.
    """

    table: ir.Table
    aside: ir.Table
    quality: TableQuality
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Names:
    """Names of the helper columns of a kept table."""

    mask: str
    remarks: tuple[str, ...]
    hash: str | None
    copy: str | None

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(name for name in (self.mask, *self.remarks, self.hash, self.copy) if name)


def judge(engine: Engine, plan: Plan) -> Judged:
    """Apply the checks, keep the rows in the engine, and settle the balance.

    Raises:
        HashCollisionError: two rows have the same hash; mark copies exactly and judge again.
    """
    key = plan.schema.key
    second = [Fault(Told.of("second row with the same {key}", key=Quoted(" and ".join(key))), None)] if key else []
    if plan.latest is not None:
        shared = Quoted(" and ".join(plan.latest.key))
        second.append(Fault(Told.of("a later row with the same {key} holds", key=shared), None))
    bits = Bits.of([Fault(COPY, None), *plan.faults, *second])
    stored, names = _store(engine, plan, bits)
    stored = _number(engine, plan, bits, stored, names)
    if plan.latest is not None:
        stored = _older(engine, plan.latest, bits, stored, names)
    groups = _groups(engine, plan, stored, names)
    remarked = _remarked(engine, bits, stored, names, groups)
    settled = settle(plan.schema.name, plan.shown, bits, groups, remarked, plan.money if plan.money_column else None)
    examples = _raw_examples(engine, plan, settled) | _checked_examples(engine, bits, stored, names, settled)
    kept = stored.drop(*names.all)
    if settled.rows_kept < settled.rows_in:
        kept = stored.filter(stored[names.mask] == 0).drop(*names.all)
    return Judged(
        table=kept,
        aside=stored.filter(stored[names.mask] != 0).drop(*names.all),
        quality=settled.quality(examples),
        failures=_failures(engine, plan, settled, examples) + _lacking(engine, plan, bits, stored, names, settled),
    )


def _store(engine: Engine, plan: Plan, bits: Bits) -> tuple[ir.Table, _Names]:
    """Read the source in one pass, and keep typed rows with their faults."""
    typed = plan.typed.table
    columns = dict(plan.keep(typed))
    prefix = helper_prefix(tuple(columns))
    masks = bits.masks()
    names = _Names(
        f"{prefix}faults",
        tuple(f"{prefix}remarks{i}" for i in range(len(bits.remarks))),
        f"{prefix}hash" if plan.typed.hash else None,
        f"{prefix}copy" if plan.typed.copy else None,
    )
    columns |= dict(zip((names.mask, *names.remarks), masks, strict=True))
    if names.hash and plan.typed.hash:
        columns[names.hash] = typed[plan.typed.hash]
    if names.copy and plan.typed.copy:
        columns[names.copy] = typed[plan.typed.copy]
    return engine.keep(plan.schema.name, typed.select(**columns)), names


def _number(engine: Engine, plan: Plan, bits: Bits, stored: ir.Table, names: _Names) -> ir.Table:
    """Add the faults that only all rows together have, copies and second rows with a key, in one more pass if any."""
    key = plan.schema.key
    if key and not _has_twice(engine, stored, key):
        return stored  # rows with different keys are no copies of each other
    if names.copy:
        copy: ir.Value | None = stored[names.copy]
    elif names.hash and has_copies(engine, plan.raw, stored, names.hash):
        # rows with the same hash were found to be the same, so any of them may be first
        copy = _place(stored, (names.hash,), (names.hash,)) > 0
    else:
        copy = None
    if copy is not None:
        stored = stored.mutate(**{names.mask: stored[names.mask] + copy.ifelse(1, 0).cast("int64")})
        if names.copy is None:
            stored = engine.keep(plan.schema.name, stored)
    if key and _has_twice(engine, stored.filter(stored[names.mask] == 0), key):
        last = len(bits.aside) - 1
        good = stored[names.mask] == 0
        others = tuple(column for column in stored.columns if column not in (*key, *names.all))
        place = _place(stored, key, (*others, *key), good)
        second = (good & (place > 0)).ifelse(1 << last, 0).cast("int64")
        stored = engine.keep(plan.schema.name, stored.mutate(**{names.mask: stored[names.mask] + second}))
    return stored


def _older(engine: Engine, latest: Latest, bits: Bits, stored: ir.Table, names: _Names) -> ir.Table:
    """Mark the rows, among the good ones, of whose key there is a later row."""
    good = stored[names.mask] == 0
    window = ibis.window(group_by=[*(stored[name] for name in latest.key), good])
    last = cast(ir.Column, stored[latest.by]).max().over(window)
    older = (good & (stored[latest.by] < last)).fill_null(False)
    bit = older.ifelse(1 << (len(bits.aside) - 1), 0).cast("int64")
    return engine.keep("latest", stored.mutate(**{names.mask: stored[names.mask] + bit}))


def _place(table: ir.Table, within: tuple[str, ...], by: tuple[str, ...], *also: ir.Value) -> ir.IntegerValue:
    """Return a row's place, from 0, among those that share some columns (and conditions), in the order of others."""
    window = ibis.window(group_by=[*(table[name] for name in within), *also], order_by=[table[name] for name in by])
    return cast(ir.IntegerValue, ibis.row_number().over(window))


def _has_twice(engine: Engine, table: ir.Table, key: tuple[str, ...]) -> bool:
    twice = table.group_by(*key).aggregate(n=table.count()).filter(ibis._.n > 1)
    return bool(engine.collect(twice.aggregate(n=twice.count()))["n"].iloc[0])


def _any_row(bits: Any) -> Any:
    """Combine the bits of all rows, as the engine's own function does."""


# Every bit that is set in any row: all engines have the function, and Ibis has no rule for it on Spark.
_bits_of = udf.agg.builtin(_any_row, name="bit_or", signature=(("int64",), "int64"))


def _groups(engine: Engine, plan: Plan, stored: ir.Table, names: _Names) -> list[Group]:
    """Return rows, money and days by the faults that set aside, and which remarks occur at all."""
    # under reserved names, since a source's column may have any name
    narrow = stored.select(
        mask=stored[names.mask],
        money=stored[plan.money_column] if plan.money_column else ibis.literal(0, "int64"),
        day=_within_python(plan.day(stored)) if plan.day else ibis.null("date"),
        **{f"remarks{i}": stored[name] for i, name in enumerate(names.remarks)},
    )
    frame = engine.collect(
        narrow.group_by("mask").aggregate(
            rows=narrow.count(),
            money=narrow.money.sum(),
            first=narrow.day.min(),
            last=narrow.day.max(),
            **{f"remarks{i}": _bits_of(narrow[f"remarks{i}"]) for i in range(len(names.remarks))},
        )
    )
    return [Group.of(row, len(names.remarks)) for row in frame.to_dict("records")]


def _within_python(day: ir.Value) -> ir.Value:
    """Return a day that Python can hold: engines know the year −44. It is set aside for what it is."""
    first, last = ibis.date(dt.date.min), ibis.date(dt.date.max)
    return ibis.cases((day < first, first), (day > last, last), else_=day)


def _remarked(engine: Engine, bits: Bits, stored: ir.Table, names: _Names, groups: list[Group]) -> dict[str, int]:
    """Count the rows of each remark, by its reason."""
    wanted = {}
    for k, chunk in enumerate(bits.remarks):
        there = 0
        for group in groups:
            there |= group.remarks[k]
        for i, fault in enumerate(chunk):
            if there & (1 << i):
                wanted[fault.reason] = (names.remarks[k], 1 << i)
    if not wanted:
        return {}
    sums = {f"n{position}": _with_bit(stored, name, bit) for position, (name, bit) in enumerate(wanted.values())}
    row = engine.collect(stored.aggregate(**sums)).iloc[0]
    return {reason: int(row[f"n{position}"]) for position, reason in enumerate(wanted)}


def _with_bit(table: ir.Table, name: str, bit: int) -> ir.Value:
    return ((table[name] & ibis.literal(bit, "int64")) != 0).sum()


def _raw_examples(engine: Engine, plan: Plan, settled: Settled) -> dict[str, tuple[str, ...]]:
    """Return values that could not be read or were rounded, by fault; the source is read once more for them."""
    faults = [fault for fault in settled.found if fault.example and fault.of_raw]
    if not faults:
        return {}
    values = {}
    for i, fault in enumerate(faults):
        reading = plan.typed.readings[fault.example]
        condition = reading.unreadable if fault.of_raw == "unreadable" else reading.rounded
        assert condition is not None
        values[f"e{i}"] = condition.ifelse(_spelled(reading.raw), ibis.null("string"))
    bad = plan.raw.table.select(**values)
    bad = engine.keep("examples", bad.filter(ibis.or_(*(bad[name].notnull() for name in values))).distinct())
    return {fault.reason: _smallest(engine, bad.select(value=bad[f"e{i}"])) for i, fault in enumerate(faults)}


def _spelled(raw: ir.Value) -> ir.StringValue:
    """Return a value as text; a float in small letters, as engines spell NaN and infinity differently."""
    text = cast(ir.StringValue, raw.cast("string"))
    return text.lower() if isinstance(raw, ir.FloatingValue) else text


def _checked_examples(
    engine: Engine, bits: Bits, stored: ir.Table, names: _Names, settled: Settled
) -> dict[str, tuple[str, ...]]:
    """Return values that break a rule, by fault."""
    found = {}
    for i, fault in enumerate(bits.aside):
        if fault in settled.found and not fault.of_raw and fault.example in stored.columns:
            bad = stored.filter((stored[names.mask] & ibis.literal(1 << i, "int64")) != 0)
            found[fault.reason] = _smallest(engine, bad.select(value=bad[fault.example].cast("string")))
    return found


def _smallest(engine: Engine, values: ir.Table) -> tuple[str, ...]:
    """Return up to five different values, the smallest as text."""
    there = values.filter(values["value"].notnull()).distinct()
    return tuple(str(value) for value in engine.collect(there.order_by("value").limit(_EXAMPLES))["value"])


def _failures(engine: Engine, plan: Plan, settled: Settled, examples: Mapping[str, tuple[str, ...]]) -> list[str]:
    where = f"table {plan.schema.name} ({plan.shown})"
    total = settled.rows_in
    if total == 0:
        return [f"{where} has no rows. Export it again, or take the table out of the dataset file."]
    failures = []
    for fault in settled.found:
        found = settled.found[fault]
        if fault.kind is not None and found > plan.tolerate * total:
            allowed = f"at most {plan.tolerate:.0%} may be so (`tolerate`)"
            failures.append(_unreadable(engine, plan, where, fault, found, total, allowed, examples))
        elif fault.kind is not None and (why := _not_tolerable(engine, plan, fault)):
            allowed = f"{why}: no such rows may be left out"
            failures.append(_unreadable(engine, plan, where, fault, found, total, allowed, examples))
    if settled.rows_kept == 0 and not failures and (plan.is_main or not settled.unseen):
        reasons = "; ".join(f"{fault.reason}: {n:,}" for fault, n in settled.set_aside.items() if n)
        sentence = f"{where}: none of its {total:,} rows can be kept ({reasons})."
        if settled.unseen and settled.first_in is not None and settled.first_in > plan.as_of:
            sentence += (
                f" Its first day is {settled.first_in}, the as-of date is {plan.as_of}: run it as of a later date."
            )
        failures.append(sentence)
    return failures


def _lacking(engine: Engine, plan: Plan, bits: Bits, stored: ir.Table, names: _Names, settled: Settled) -> list[str]:
    """Refuse rows without an amount that are all of one kind: of one store, say, or of one month."""
    said = []
    for i, fault in enumerate(bits.aside):
        n = settled.set_aside.get(fault, 0) if fault.no_money else 0
        mine = stored[names.mask] == 1 << i
        rows = stored.filter(mine | (stored[names.mask] == 0))
        if n and (why := of_one_kind(engine, rows, rows[names.mask] != 0, plan.day)):
            said.append(
                f"table {plan.schema.name} ({plan.shown}): {n:,} of {settled.rows_in:,} rows have {fault.reason}; {why}: "
                "no such rows may be left out unseen. Export them with their amounts; or, where they are no sales, say by "
                "which value of a column with `leave_out`."
            )
    return said


def _not_tolerable(engine: Engine, plan: Plan, fault: Fault) -> str:
    """Say why rows that cannot be read are too many although they are few; empty where they are not."""
    readings = plan.typed.readings
    money = plan.money_column or next((name for name in ("recurring_amount", "cost") if name in readings), None)
    of_rows = money if fault.sets_aside else None
    kind = fault.kind or Kind.TEXT
    found = lost(engine, plan.raw, readings, fault.column, kind, of_rows, plan.money.decimals)
    return found.too_much(plan.tolerate)


def _true(engine: Engine, flags: ir.Table) -> int:
    """Return how often a flag is true; more than any table has rows where the engine cannot tell."""
    try:
        return int(engine.collect(flags.aggregate(n=flags["u"].ifelse(1, 0).sum()))["n"].fillna(0).iloc[0])
    except EngineError:
        return 1 << 62


def _unreadable(
    engine: Engine,
    plan: Plan,
    where: str,
    fault: Fault,
    found: int,
    total: int,
    allowed: str,
    examples: Mapping[str, tuple[str, ...]],
) -> str:
    values = examples.get(fault.reason, ())
    again = plan.typed.readings[fault.column].again

    def fits(changes: Mapping[str, str]) -> bool:
        """Try a change of `format` on the whole column."""
        if again is None:
            return True
        read = again(changes).unreadable
        return read is None or _true(engine, plan.raw.table.select(u=read)) <= plan.tolerate * total

    advice = why_unreadable(fault.column, fault.kind or Kind.TEXT, values, plan.money.decimals, fits)
    such = f", such as {listed((seen(value, 40) for value in values), 3)}" if values else ""
    return (
        f"{where}, column {seen(fault.column)}: {found:,} of {total:,} values cannot be read{such}; {allowed}. {advice}"
    ).rstrip()
