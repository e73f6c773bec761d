"""The customer table in plain Python: loops and fractions, for small tables."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

Row = dict[str, Any]


def place(day: dt.date) -> Fraction:
    """Months since 2000."""
    return (day.year - 2000) * 12 + day.month - 1 + Fraction(day.day - 1, calendar.monthrange(day.year, day.month)[1])


def elapsed(since: dt.date | None, until: dt.date | None, unit: str) -> float | None:
    """Time between two dates; None if one is missing."""
    if since is None or until is None:
        return None
    days = (until - since).days
    return float({"day": Fraction(days), "week": Fraction(days, 7), "month": place(until) - place(since)}[unit])


def months_earlier(day: dt.date, months: int) -> dt.date:
    """So many months before; the last day of a month for a last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    ends = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month + 1, last if ends else min(day.day, last))


def period_start(as_of: dt.date, period: str) -> dt.date:
    """First day of the period that ends with the day."""
    if period == "month":
        return months_earlier(as_of, 1) + dt.timedelta(days=1)
    return as_of - dt.timedelta(days={"day": 0, "week": 6}[period])


def customer_rows(
    tables: Mapping[str, list[Row]],
    as_of: dt.date,
    *,
    time_unit: str = "week",
    period: str = "week",
    value_months: int = 12,
    recent_days: int = 28,
    usage_days: int = 90,
    kinds: tuple[str, ...] = (),
) -> dict[int, Row]:
    """Each customer's row."""
    start = period_start(as_of, period)
    bought: dict[int, list[Row]] = defaultdict(list)
    signed: dict[int, list[Row]] = defaultdict(list)
    for row in tables.get("transactions", []):
        if row["day"] <= as_of:
            bought[row["customer_id"]].append(row)
    for row in tables.get("subscriptions", []):
        if row["start"] <= as_of:
            signed[row["customer_id"]].append(row)
    people = {row["customer_id"]: row for row in tables.get("customers", [])}
    found = {}
    for who in bought.keys() | signed.keys():
        row: Row = {"customer_id": who, "as_of": as_of}
        if "transactions" in tables:
            row |= _purchases(bought[who], as_of, start, time_unit, value_months, recent_days)
        if "subscriptions" in tables:
            row |= _contracts(signed[who], as_of, start)
        for kind in kinds if "events" in tables else ():
            since = as_of - dt.timedelta(days=usage_days - 1)
            row[f"usage_{kind}"] = float(
                sum(
                    Fraction(1 if e["value"] is None else str(e["value"]))
                    for e in tables["events"]
                    if e["customer_id"] == who and e["event"] == kind and since <= e["time"].date() <= as_of
                )
            )
        if "customers" in tables:
            row |= {k: people.get(who, {}).get(k) for k in ("city", "age")}
        found[who] = row
    return found


def _purchases(
    rows: list[Row], as_of: dt.date, start: dt.date, unit: str, value_months: int, recent_days: int
) -> Row:
    purchases = [row for row in rows if row["is_purchase"]]
    days = sorted({row["day"] for row in purchases})
    first, last = (days[0], days[-1]) if days else (None, None)
    orders = {(row["day"], row["order_id"]) for row in purchases}
    value_start = months_earlier(as_of, value_months) if value_months else dt.date.min
    recent = as_of - dt.timedelta(days=recent_days - 1)
    valued = [row for row in rows if row["day"] > value_start]
    gross, revenue = sum(row["amount"] for row in purchases), sum(row["amount"] for row in rows)
    return {
        "first_purchase": first,
        "last_purchase": last,
        "purchase_days": len(days),
        "orders": len(orders),
        "frequency": max(len(days) - 1, 0),
        "recency": elapsed(first, last, unit),
        "T": elapsed(first, as_of, unit),
        "recency_days": None if first is None or last is None else (last - first).days,
        "T_days": None if first is None else (as_of - first).days,
        "days_since_last_purchase": None if last is None else (as_of - last).days,
        "revenue": revenue,
        "gross_revenue": gross,
        "returned": gross - revenue,
        "repeat_revenue": sum(row["amount"] for row in purchases if row["day"] != first),
        "mean_order_value": gross / len(orders) if orders else None,
        "value": sum(row["amount"] for row in valued),
        "margin": _known_sum(rows),
        "value_margin": _known_sum(valued),
        "period_revenue": sum(row["amount"] for row in rows if row["day"] >= start),
        "period_orders": len({order for order in orders if order[0] >= start}),
        "came_back": min((day for day in days if day >= recent), default=None),
        "silent_since": max((day for day in days if day < recent), default=None),
    }


def _known_sum(rows: list[Row]) -> int | None:
    """The margins that are known; none of nothing is 0, none of something is unknown."""
    known = [row["margin"] for row in rows if row["margin"] is not None]
    return sum(known) if known or not rows else None


def _contracts(rows: list[Row], as_of: dt.date, start: dt.date) -> Row:
    names = [
        "customer_since",
        "contracts",
        "running_contracts",
        "contract_start",
        "contract_end",
        "plan",
        "recurring_amount",
    ]
    names += ["last_recurring_amount", "status", "tenure_days", "tenure", "ended_in_period", "started_in_period"]
    if not rows:
        return dict.fromkeys(names)
    running = [row for row in rows if row["end"] is None or row["end"] > as_of]
    # the last to end, of those the last to begin, of those the one with the highest terms, unknown ones above all
    latest = max(
        rows,
        key=lambda row: (
            dt.date.max if row in running else row["end"],
            row["start"],
            (row["plan"] is None, row["plan"] or ""),
            (row["recurring_amount"] is None, row["recurring_amount"] or 0),
        ),
    )
    since = min(row["start"] for row in rows)
    end = None if running else latest["end"]
    until = end or as_of
    return {
        "customer_since": since,
        "contracts": len(rows),
        "running_contracts": len(running),
        "contract_start": latest["start"],
        "contract_end": end,
        "plan": latest["plan"],
        "recurring_amount": sum(row["recurring_amount"] or 0 for row in running),
        "last_recurring_amount": latest["recurring_amount"],
        "status": "active" if running else "ended",
        "tenure_days": (until - since).days,
        "tenure": elapsed(since, until, "month"),
        "ended_in_period": any(row["end"] is not None and start <= row["end"] <= as_of for row in rows),
        "started_in_period": since >= start,
    }
