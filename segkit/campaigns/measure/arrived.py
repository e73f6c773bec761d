"""How far the purchases reach that a campaign's outcomes are counted from."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from statistics import median
from typing import Final

import ibis

from segkit.customers import CustomerBase
from segkit.data.arrivals import LOOK_BACK
from segkit.data.coverage import TableCoverage

RARE_SILENCE: Final = 0.05
"""Chance below which a silence is taken for data that have not arrived: a page on a whole period waits for a smaller one,
while a campaign's outcomes are said to be complete."""

MANY_GAPS: Final = 4
"""Where there is too little history for a chance, as many usual gaps are a silence that is rare: about one in sixteen."""


def last_arrived(base: CustomerBase) -> dt.date:
    """Return the last day whose outcomes have arrived: the report's date, or an earlier one after which purchases are
    silent as they hardly ever were. It is asked for once.
    """
    return base.once(last_arrived, lambda: _arrived(base))


def _arrived(base: CustomerBase) -> dt.date:
    judged = () if base.coverage is None else base.coverage.tables
    silent = [found for found in judged if found.missing_days and _has_stopped(base, found)]
    return min((found.last_day or dt.date.min for found in silent), default=base.as_of)


def _has_stopped(base: CustomerBase, found: TableCoverage) -> bool:
    if found.table == "subscriptions":
        # contracts as they stood on a day say nothing of later days; a book of contracts seldom grows, and is not judged
        spec = base.dataset.spec.tables.get(found.table)
        return found.state != "complete" or (spec is not None and spec.shape == "snapshot")
    if found.table != "transactions":
        return False
    if found.state != "complete" or found.last_day is None:
        return True
    if found.chance is not None:
        return found.chance < RARE_SILENCE
    usual = _usual_gap(base, found.last_day)
    return usual is not None and found.missing_days + 1 > MANY_GAPS * usual


def _usual_gap(base: CustomerBase, last: dt.date) -> float | None:
    """Return the median of days from one day with purchases to the next; None where there is only one."""
    table, since = base.dataset.tables["transactions"], last - dt.timedelta(days=LOOK_BACK - 1)
    days = table.filter((table.day >= ibis.date(since)) & (table.day <= ibis.date(last))).select("day").distinct()
    ordered = sorted(dt.date.fromisoformat(str(day)[:10]) for day in base.dataset.engine.collect(days)["day"])
    gaps = [(b - a).days for a, b in pairwise(ordered)]
    return median(gaps) if gaps else None
