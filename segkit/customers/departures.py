"""Who was there on a day, and who has left by a later one: the label of churn, by its stated definition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from segkit.customers.base import CustomerBase


@dataclass(frozen=True)
class ChurnDefinition:
    """What counts as leaving.

    Attributes:
        contractual: customers end a contract; otherwise they fall silent.
        involuntary: reasons of an end that the customer did not choose (failed payment); told apart where known.
        voluntary_only: such an end is no event, and who ended so within the horizon is left out.
        category: purchases of this category alone count (a recharge); empty for all.
        active_days: non-contractual: who has bought in so many days up to the day is a customer who can be lost.
    """

    contractual: bool
    involuntary: tuple[str, ...] = ()
    voluntary_only: bool = False
    category: str = ""
    active_days: int = 365


def eligible(base: CustomerBase, definition: ChurnDefinition, day: dt.date) -> ir.Table:
    """Rows of the customer table as of a day: who could leave after it."""
    customers = base.at(day)
    if definition.contractual:
        return customers.filter(customers.status == "active")
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
        so on; 0 for who has not left; for who fell silent the last one: silence is known at its end).
    """
    last = ends[-1]
    if not definition.contractual:
        people = _there(base, definition, day)
        bought = _purchases(base, definition, day, last)
        there = bought.select(who=bought.customer_id).distinct()
        joined = people.left_join(there, [("customer_id", "who")])
        left = joined.who.isnull().ifelse(1, 0).cast("int64")
        return joined.select("customer_id", left=left, involuntary=ibis.literal(0, "int64"), period=left * len(ends))
    rows = base.dataset.tables["subscriptions"]
    ran = rows.filter((rows.start <= ibis.date(day)) & (rows.end.isnull() | (rows.end > ibis.date(day))))
    final = ibis.coalesce(ran.end, ibis.date(dt.date(9999, 12, 31)))
    forced: ir.Value = ibis.literal(False)
    if definition.involuntary and "end_reason" in ran.columns:
        forced = ran.end_reason.isin(definition.involuntary).fill_null(False)
    told = ran.mutate(final=final, forced=forced.ifelse(1, 0))
    one = told.group_by(who=told.customer_id).aggregate(final=told.final.max(), forced=told.forced.min())
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


def _there(base: CustomerBase, definition: ChurnDefinition, day: dt.date) -> ir.Table:
    """Ids of those who could fall silent after a day: the same as `eligible`, without the customer table."""
    bought = replace(definition, category="")
    since = day - dt.timedelta(days=definition.active_days)
    found = _purchases(base, bought, since, day).distinct()
    if not definition.category:
        return found
    return found.semi_join(_purchases(base, definition, since, day), "customer_id")


def _purchases(base: CustomerBase, definition: ChurnDefinition, after: dt.date, until: dt.date) -> ir.Table:
    """Rows of purchases with customer_id, after one day and up to another."""
    if definition.category:
        rows = base.dataset.tables["transactions"]
        rows = rows.filter(rows.is_purchase & (rows.category == definition.category))
    else:
        rows = base.daily_purchases()
        rows = rows.filter(rows.orders > 0)
    return rows.filter((rows.day > ibis.date(after)) & (rows.day <= ibis.date(until))).select("customer_id")
