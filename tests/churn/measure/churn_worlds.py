"""Small companies whose customers leave by a known rule, written as files and read as datasets."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import special

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import SegmentedBase, segment

AS_OF = dt.date(2025, 6, 30)
YAML = """title: Made contracts
relation: contractual
currency: EUR
time_zone: Europe/Berlin
customers_are: subscribers
tables:
  subscriptions: {{path: {folder}/subscriptions.parquet}}
  customers: {{path: {folder}/customers.parquet, attributes: {{{attributes}}}}}
{events}segmentations:
  plan: {{kind: attribute, column: plan}}
  area: {{kind: attribute, column: area}}
"""


def contracts(
    folder: Path,
    customers: int = 3_000,
    *,
    months: int = 20,
    seed: int = 1,
    monthly: float = -3.2,
    attributes: dict[str, Any] | None = None,
    events: bool = True,
    as_of: dt.date = AS_OF,
    area: np.ndarray | None = None,
    shock: float = 0.0,
) -> SegmentedBase:
    """Contracts that end by a monthly hazard: prepaid +0.9, telesales +0.6, each ticket of the month before +0.5.

    Args:
        folder: to write into.
        customers: how many.
        months: how far back the first contracts began.
        monthly: log-odds of leaving in a month with all drivers at zero.
        attributes: more columns of customers; a function of (ids, end or NaT) gives a column.
        events: whether there is a table of events.
        as_of: the last day of a month.
        area: where customers live; drawn where not given.
        shock: standard deviation of what moves everybody's log-odds of a month.
    """
    rng = np.random.default_rng(seed)
    first = np.datetime64(as_of, "M") - months + 1
    began = rng.integers(0, months, customers)
    prepaid, telesales = rng.random(customers) < 0.4, rng.random(customers) < 0.3
    start = (first + began).astype("datetime64[D]") + rng.integers(0, 28, customers)
    end = np.full(customers, np.datetime64("NaT"), dtype="datetime64[D]")
    forced = rng.random(customers) < 0.1
    who, when = [], []
    for month in range(months + 1):
        there = np.isnat(end) & (began < month)
        told = rng.poisson(0.3, customers) * there
        if month <= months:
            day = (first + month - 1).astype("datetime64[D]")
            for row in np.flatnonzero(told):
                who += [row] * int(told[row])
                when += [day + int(rng.integers(0, 28)) for _ in range(int(told[row]))]
        odds = monthly + shock * (rng.normal() if shock else 0.0) + 0.9 * prepaid + 0.6 * telesales + 0.5 * told
        leave = there & (rng.random(customers) < special.expit(odds)) & (month < months)
        end[leave] = (first + month).astype("datetime64[D]") + rng.integers(0, 28, customers)[leave]
    folder.mkdir(parents=True, exist_ok=True)
    ids = np.arange(1, customers + 1)
    plan = np.where(prepaid, "Prepaid", "Postpaid")
    reason = np.where(np.isnat(end), None, np.where(forced, "payment failed", "cancelled"))
    columns = {"start": start, "end": end, "plan": plan, "recurring_amount": np.where(prepaid, 10.0, 25.0)}
    pq.write_table(
        pa.table({"customer_id": ids, **columns, "end_reason": pa.array(reason, pa.string())}),
        folder / "subscriptions.parquet",
    )
    people: dict[str, Any] = {
        "customer_id": ids,
        "channel": np.where(telesales, "telesales", "web"),
        "area": np.array(["north", "south"])[rng.integers(0, 2, customers)] if area is None else area,
    }
    for name, make in (attributes or {}).items():
        people[name] = make(ids, end) if callable(make) else make
    pq.write_table(pa.table(people), folder / "customers.parquet")
    if events:
        order = np.argsort(np.array(when, dtype="datetime64[D]"), kind="stable")
        table = pa.table(
            {
                "customer_id": ids[np.array(who)][order],
                "time": np.array(when, dtype="datetime64[us]")[order] + np.timedelta64(9, "h"),
                "event": np.full(len(who), "ticket"),
            }
        )
        pq.write_table(table, folder / "events.parquet")
    text = YAML.format(
        folder=folder,
        attributes=", ".join(f"{name}: {{}}" for name in people if name != "customer_id"),
        events=f"  events: {{path: {folder}/events.parquet, exact_duplicates: keep}}\n" if events else "",
    )
    text += "  tickets: {kind: bands, column: usage_ticket, edges: [1, 2], unit: tickets}\n" if events else ""
    path = folder / "params" / "datasets" / "made.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    base = customer_base(open_dataset(path, as_of), period="month", periods=6)
    return segment(base, "plan")
