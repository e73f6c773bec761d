"""Who was there on one day and has left by a later one: the label that models of churn learn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from segkit.churn.measure.rhythm import Rhythm
from segkit.customers.base import CustomerBase
from segkit.data.spells import running_on


@dataclass(frozen=True)
class ChurnDefinition:
    """What counts as leaving.

    Attributes:
        contractual: True where customers end a contract, False where they fall silent.
        involuntary: the reasons of an end that the customer did not choose, such as a failed payment.
        voluntary_only: True leaves out the customers whose contract ended for such a reason within the horizon.
        category: without contracts: only purchases of this category count, such as a recharge; empty for all.
        active_days: without contracts: a customer can be lost who bought within so many days up to the day.
        rhythm: without contracts: a customer has left once they are silent for longer than their own rhythm allows,
            and can be lost until then (`active_days` does not count). None: a customer has left who buys nothing
            until the last day.
    """

    contractual: bool
    involuntary: tuple[str, ...] = ()
    voluntary_only: bool = False
    category: str = ""
    active_days: int = 365
    rhythm: Rhythm | None = None


def eligible(base: CustomerBase, definition: ChurnDefinition, day: dt.date) -> ir.Table:
    """Return the rows of the customer table of those who could leave after a day.

    Where the definition has a rhythm, there are two more columns, in days: `lapse_limit` is the longest silence that
    is no lapse, `lapse_silent` is how long the customer has been silent.
    """
    customers = base.at(day)
    if definition.contractual:
        return customers.filter(customers.status == "active")
    if definition.rhythm is not None:
        status = definition.rhythm.status(purchase_rows(base, definition), day)
        told = status.select("lapsed", lapse_limit="longest", lapse_silent="silent", lapse_of="customer_id")
        joined = customers.join(told, [("customer_id", "lapse_of")])
        return joined.filter(joined.lapsed == 0).drop("lapsed", "lapse_of")
    lately = customers.filter(customers.days_since_last_purchase < definition.active_days)
    if not definition.category:
        return lately
    return lately.semi_join(
        _purchases(base, definition, day - dt.timedelta(days=definition.active_days), day), "customer_id"
    )


def departures(base: CustomerBase, definition: ChurnDefinition, day: dt.date, ends: Sequence[dt.date]) -> ir.Table:
    """Return, of the customers who could leave after a day, who has left by the last of `ends`.

    Args:
        base: the customers; their data must reach to the last of `ends`.
        definition: what counts.
        day: the day on which they could still leave.
        ends: period ends after the day, ascending.

    Returns:
        A row for each customer with customer_id, left (0 or 1), involuntary (0 or 1) and period: 0 for a customer who
        has not left, else the number of the first of `ends` by which they left, from 1. Customers who fell silent
        have the last number, since silence is known only at its end. With a rhythm, a customer has left who has
        lapsed at the end of the last of `ends`, whatever they did in between.
    """
    last = ends[-1]
    if definition.rhythm is not None:
        rows = purchase_rows(base, definition)
        before, after = (definition.rhythm.status(rows, when) for when in (day, last))
        there = before.filter(before.lapsed == 0).select(who="customer_id")
        joined = there.join(after, [("who", "customer_id")])
        return joined.select(
            customer_id=joined.who,
            left=joined.lapsed,
            involuntary=ibis.literal(0, "int64"),
            period=joined.lapsed * len(ends),
        )
    if not definition.contractual:
        people = _there(base, definition, day)
        bought = _purchases(base, definition, day, last)
        there = bought.select(who=bought.customer_id).distinct()
        joined = people.left_join(there, [("customer_id", "who")])
        left = joined.who.isnull().ifelse(1, 0).cast("int64")
        return joined.select("customer_id", left=left, involuntary=ibis.literal(0, "int64"), period=left * len(ends))
    ran = running_on(base.dataset.tables["subscriptions"], day, last)
    # a contract that another may still continue has neither ended nor stayed
    ran = ran.filter(~ran.doubtful)
    final = ran.gone.ifelse(ran.spell_end, ibis.date(dt.date(9999, 12, 31)))
    forced: ir.Value = ibis.literal(False)
    if definition.involuntary and "end_reason" in ran.columns:
        forced = ran.end_reason.isin(definition.involuntary).fill_null(False)
    told = ran.mutate(final=final, forced=forced.ifelse(1, 0))
    told = told.mutate(last=told.final.max().over(ibis.window(group_by=told.customer_id)))
    # whoever ended a contract before the last one was still there: its reason is not why they left
    one = told.group_by(who=told.customer_id).aggregate(
        final=told.final.max(), forced=told.forced.min(where=told.final == told["last"])
    )
    gone = one.final <= ibis.date(last)
    period = ibis.cases(
        *((one.final <= ibis.date(end), number) for number, end in enumerate(ends, 1)), else_=ibis.literal(0)
    ).cast("int64")
    found = one.select(
        customer_id=one.who,
        left=gone.ifelse(1, 0).cast("int64"),
        involuntary=(gone & (one.forced == 1)).ifelse(1, 0).cast("int64"),
        period=period,
    )
    return found.filter(found.involuntary == 0) if definition.voluntary_only else found


def uncertain(base: CustomerBase, day: dt.date, last: dt.date) -> ir.Table | None:
    """Return the ids of customers whose contract ended after one day and by another, and may still be continued.

    The time has not passed within which another contract would continue it. None where no contract is in doubt.
    """
    contracts = base.dataset.tables["subscriptions"]
    if "uncertain" not in contracts.columns:
        return None
    ran = running_on(contracts, day, last)
    return ran.filter(ran.doubtful).select("customer_id").distinct()


def _there(base: CustomerBase, definition: ChurnDefinition, day: dt.date) -> ir.Table:
    """Return the ids of those who could fall silent after a day, as `eligible` does, without the customer table."""
    bought = replace(definition, category="")
    since = day - dt.timedelta(days=definition.active_days)
    found = _purchases(base, bought, since, day).distinct()
    if not definition.category:
        return found
    return found.semi_join(_purchases(base, definition, since, day), "customer_id")


def purchase_rows(base: CustomerBase, definition: ChurnDefinition) -> ir.Table:
    """Return the purchases that count, of all times, with customer_id and day."""
    if definition.category:
        rows = base.dataset.tables["transactions"]
        return rows.filter(rows.is_purchase & (rows.category == definition.category))
    rows = base.daily_purchases()
    return rows.filter(rows.orders > 0)


def _purchases(base: CustomerBase, definition: ChurnDefinition, after: dt.date, until: dt.date) -> ir.Table:
    """Return the customer_id of purchases that count, after one day and up to another."""
    rows = purchase_rows(base, definition)
    return rows.filter((rows.day > ibis.date(after)) & (rows.day <= ibis.date(until))).select("customer_id")
