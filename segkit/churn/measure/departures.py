"""Who was there on a day, and who has left by a later one: the label of churn, by its stated definition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from segkit.churn.measure.rhythm import Rhythm
from segkit.customers.base import CustomerBase
from segkit.data.spells import with_spells


@dataclass(frozen=True)
class ChurnDefinition:
    """What counts as leaving.

    Attributes:
        contractual: customers end a contract; otherwise they fall silent.
        involuntary: reasons of an end that the customer did not choose (failed payment); told apart where known.
        voluntary_only: such an end is no event, and who ended so within the horizon is left out.
        category: purchases of this category alone count (a recharge); empty for all.
        active_days: non-contractual: who has bought in so many days up to the day is a customer who can be lost.
        rhythm: non-contractual: who is silent for longer than their own rhythm allows has left, and who is not yet can
            be lost (`active_days` does not count); None: who buys nothing until the last day has left.
    """

    contractual: bool
    involuntary: tuple[str, ...] = ()
    voluntary_only: bool = False
    category: str = ""
    active_days: int = 365
    rhythm: Rhythm | None = None


def eligible(base: CustomerBase, definition: ChurnDefinition, day: dt.date) -> ir.Table:
    """Rows of the customer table as of a day: who could leave after it.

    By their own rhythm, they have `lapse_limit` and `lapse_silent` besides: the longest silence that is no lapse, and
    how long they have been silent, in days.
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
    """Who of those that could leave after a day has left by the last of `ends`.

    Args:
        base: the customers; has to reach to the last of `ends`.
        definition: what counts.
        day: when they were there.
        ends: period ends after the day, ascending.

    Returns:
        A row a customer: customer_id, left (0 or 1), involuntary (0 or 1), period (1 for up to the first of `ends` and
        so on; 0 for who has not left; for who fell silent the last one: silence is known at its end). By their own rhythm,
        who left has lapsed at the end of the last of `ends`, whatever was between.
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
    rows = with_spells(base.dataset.tables["subscriptions"])
    ran = rows.filter((rows.start <= ibis.date(day)) & (rows.end.isnull() | (rows.end > ibis.date(day))))
    if "uncertain" in base.dataset.tables["subscriptions"].columns:
        # who may yet be followed by another contract has neither left nor stayed
        ran = ran.filter(ran.uncertain.isnull() | (ran.uncertain > ibis.date(last)))
    final = ibis.coalesce(ran.spell_end, ibis.date(dt.date(9999, 12, 31)))
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
    """Who was under contract after a day and may have left by another, which is not yet certain: ids; None for nobody.

    The contract ended, and the time has not passed within which another would continue it.
    """
    rows = base.dataset.tables["subscriptions"]
    if "uncertain" not in rows.columns:
        return None
    doubts = rows.filter((rows.start <= ibis.date(day)) & rows.uncertain.between(day + dt.timedelta(days=1), last))
    return doubts.select("customer_id").distinct()


def _there(base: CustomerBase, definition: ChurnDefinition, day: dt.date) -> ir.Table:
    """Ids of those who could fall silent after a day: the same as `eligible`, without the customer table."""
    bought = replace(definition, category="")
    since = day - dt.timedelta(days=definition.active_days)
    found = _purchases(base, bought, since, day).distinct()
    if not definition.category:
        return found
    return found.semi_join(_purchases(base, definition, since, day), "customer_id")


def purchase_rows(base: CustomerBase, definition: ChurnDefinition) -> ir.Table:
    """Rows of purchases that count, with customer_id and day, of all times."""
    if definition.category:
        rows = base.dataset.tables["transactions"]
        return rows.filter(rows.is_purchase & (rows.category == definition.category))
    rows = base.daily_purchases()
    return rows.filter(rows.orders > 0)


def _purchases(base: CustomerBase, definition: ChurnDefinition, after: dt.date, until: dt.date) -> ir.Table:
    """Rows of purchases with customer_id, after one day and up to another."""
    rows = purchase_rows(base, definition)
    return rows.filter((rows.day > ibis.date(after)) & (rows.day <= ibis.date(until))).select("customer_id")
