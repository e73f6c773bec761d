"""From which day on it is not settled who has left: contracts that ended lately may still be followed by others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.customers.base import CustomerBase
from segkit.data.spells import gap_of


def in_doubt(base: CustomerBase) -> ir.Table | None:
    """Return who counts as a customer although their contract ended, since another may still follow it.

    Returns:
        A row for each contract with `customer_id` and `ended`, its last day; None where no end is in doubt.
    """
    contracts = base.dataset.tables.get("subscriptions")
    if contracts is None or "uncertain" not in contracts.columns:
        return None
    rows = contracts.filter(contracts.uncertain.notnull())
    return rows.select("customer_id", ended=rows.uncertain)


def unsettled_from(base: CustomerBase) -> dt.date | None:
    """Return the first day of an end that is in doubt; None where all are certain."""
    return base.once(unsettled_from, lambda: _first_in_doubt(base))


def _first_in_doubt(base: CustomerBase) -> dt.date | None:
    rows = in_doubt(base)
    if rows is None:
        return None
    first = base.dataset.engine.collect(rows.aggregate(first=rows.ended.min()))["first"].iloc[0]
    return None if pd.isna(first) else pd.Timestamp(first).date()


def unsettled_ends(base: CustomerBase, ends: Sequence[dt.date]) -> tuple[dt.date, ...]:
    """Return the period ends as of which it is not settled who has left."""
    first = unsettled_from(base)
    return () if first is None else tuple(end for end in ends if end >= first)


def certain_after(base: CustomerBase) -> int:
    """Return how many days must pass before an end is certain; 0 where all ends are."""
    return 0 if unsettled_from(base) is None else gap_of(base.dataset.spec)


def amounts_in_doubt(base: CustomerBase) -> tuple[int, int]:
    """Return how many customers are in doubt, and what their contracts bring a month in minor units of the currency."""
    rows = in_doubt(base)
    if rows is None:
        return 0, 0
    customers = base.customers().semi_join(rows, "customer_id")
    sums = customers.aggregate(n=customers.count(), amount=customers.recurring_amount.sum().fill_null(0))
    found = base.dataset.engine.collect(sums).iloc[0]
    return int(found["n"]), int(found["amount"])


def had_left(customers: ir.Table, doubts: ir.Table) -> ir.Table:
    """Return the customers in doubt as they would be if they had left: without a contract, from its last day on."""
    ended = doubts.group_by(doubter="customer_id").aggregate(doubted=doubts.ended.max())
    rows = customers.inner_join(ended, [("customer_id", "doubter")])
    changed: dict[str, ir.Value] = {
        "status": ibis.literal("ended"),
        "contract_end": rows.doubted,
        "running_contracts": ibis.literal(0, "int64"),
        "recurring_amount": ibis.literal(0, "int64"),
    }
    return rows.select(
        **{
            name: changed[name].cast(customers[name].type()) if name in changed else rows[name]
            for name in customers.columns
        }
    )
