"""Contracts: as rows with a start and an end, or as a snapshot that says only how long and whether."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import cast

import ibis
import ibis.expr.types as ir

from segkit.data.checks import Fault
from segkit.data.engine import Engine
from segkit.data.schema import SNAPSHOT
from segkit.data.spec import TableSpec
from segkit.data.spells import UNDATED
from segkit.data.wording import listed
from segkit.statistics.told import Quoted, Told


def contract_faults(typed: ir.Table) -> list[Fault]:
    """Return the fault of contracts that end before their first day."""
    if "end" not in typed.columns:
        return []
    end, start = cast(ir.DateValue, typed["end"]), cast(ir.DateValue, typed["start"])
    return [Fault("end before start", cast(ir.BooleanValue, (end < start).fill_null(False)))]


def contract_columns(typed: ir.Table, spec: TableSpec, as_of: dt.date) -> dict[str, ir.Value]:
    """Return the columns of the checked table. An end after the as-of date is not known yet: such a contract runs.

    A contract runs on its last day. Where `end` is the first day without it, the last day is the one before.
    """
    columns: dict[str, ir.Value] = {"customer_id": typed["customer_id"], "start": typed["start"]}
    if "end" in typed.columns:
        end = cast(ir.DateValue, typed["end"])
        if spec.end_is == "first_day_without":
            end = ibis.greatest((end - ibis.interval(days=1)).cast("date"), typed["start"])
            end = typed["end"].isnull().ifelse(ibis.null("date"), end)
        known = cast(ir.BooleanValue, (end <= ibis.date(as_of)).fill_null(False))
        columns["end"] = known.ifelse(end, ibis.null("date"))
        if "end_reason" in typed.columns:
            columns["end_reason"] = known.ifelse(typed["end_reason"], ibis.null("string"))
    else:
        columns["end"] = ibis.null("date")
    return columns | _terms(typed)


def snapshot_columns(typed: ir.Table, spec: TableSpec) -> dict[str, ir.Value]:
    """Return contracts from a snapshot: each starts whole months of tenure before it; ended ones end by its date.

    Where there is no tenure, `undated` says that the start is none.

    A snapshot knows months, not days. The day of the start is the last one of its month for which the months from it
    to the snapshot's day, with each month counted as one however long it is, are not fewer than the tenure given: so
    the tenure that is computed from the start has the same whole months as the one that was read.
    """
    assert spec.as_of is not None
    taken = spec.as_of
    ended = typed["status"].isin(spec.ended_when)
    if "tenure" not in typed.columns:
        # nobody knows since when, and no start is invented: the day is that of the snapshot, and marked as no start
        return {
            "customer_id": typed["customer_id"],
            "start": ibis.date(taken),
            "end": ended.ifelse(ibis.date(taken), ibis.null("date")),
            UNDATED: ibis.literal(1, "int64"),
        } | _terms(typed)
    tenure = cast(ir.FloatingValue, typed["tenure"])
    longest = SNAPSHOT.column("tenure")
    assert longest is not None
    assert longest.maximum is not None
    # rows that are set aside pass here, too, so a tenure of any size must stay within the calendar
    inside = tenure.between(0, longest.maximum)
    whole = inside.ifelse(tenure, ibis.null("float64")).floor().cast("int64")
    months = cast(ir.IntegerValue, ibis.literal(taken.year * 12 + taken.month - 1, "int64") - whole)
    year = (months.cast("float64") / 12).floor().cast("int64")
    month = months - year * 12 + 1
    start = ibis.date(year.cast("int32"), month.cast("int32"), _start_day(taken, year, month).cast("int32"))
    return {
        "customer_id": typed["customer_id"],
        "start": start,
        "end": ended.ifelse(ibis.date(taken), ibis.null("date")),
    } | _terms(typed)


def _start_day(taken: dt.date, year: ir.IntegerValue, month: ir.IntegerValue) -> ir.IntegerValue:
    """Return the day that has as much of its month before it as the snapshot's day has of its own."""
    leap = ibis.date(year.cast("int32"), 2, 28).delta(ibis.date(year.cast("int32"), 3, 1), unit="day") == -2
    length = ibis.cases((month == 2, leap.ifelse(29, 28)), (month.isin([4, 6, 9, 11]), 30), else_=31)
    of_taken = calendar.monthrange(taken.year, taken.month)[1]
    passed = (length.cast("float64") * float(taken.day - 1) / float(of_taken)).floor()
    return cast(ir.IntegerValue, passed.cast("int64") + 1)


def _terms(typed: ir.Table) -> dict[str, ir.Value]:
    return {name: typed[name] for name in ("plan", "recurring_amount") if name in typed.columns}


def unknown_status(engine: Engine, status: ir.Table, spec: TableSpec) -> tuple[list[str], list[str]]:
    """Return what is wrong with `ended_when`, given the values of status: failures, and notes.

    Args:
        engine: where the values are.
        status: a table with the column `status`.
        spec: of the snapshot.
    """
    there = status.group_by("status").aggregate(n=status.count()).order_by(ibis.desc("n"), "status").limit(20)
    values = [str(value) for value in engine.collect(there)["status"] if isinstance(value, str)]
    if any(value in spec.ended_when for value in values):
        return [], []
    nearly = [value for value in values if value.casefold() in {word.casefold() for word in spec.ended_when}]
    found = f"`status` holds {listed(values, 6)}, and none of `ended_when`: {listed(spec.ended_when, 6)}"
    if nearly:
        return [f"table subscriptions: {found}. Write `ended_when: [{nearly[0]}]`."], []
    return [], [Told.of("Nobody has left: {found}.", found=Quoted(found))]
