"""Season: what the same days brought in earlier years, compared with the year around them.

Held-out periods are often shorter than a year. If one half-year brings twice as much as the other, that is no error
of a forecast when the same happened a year before.
"""

from __future__ import annotations

import datetime as dt
import math

import ibis
import numpy as np
import pandas as pd

from segkit.arrays import Floats
from segkit.customers import CustomerBase
from segkit.forecast.horizon import Horizon

YEAR = 364
"""Days of a year in whole weeks, so that weekdays stay the same."""
_MOST_YEARS = 6


def log_season(base: CustomerBase, horizon: Horizon) -> float | None:
    """Return the logarithm of what a day of the horizon brings ÷ what a day of the year around it brings.

    Only repeat purchases up to `horizon.since` count. In each earlier year, the same days are compared with the year
    around them, so that growth cancels. None where the history does not reach back so far.

    Args:
        base: customers who fall silent without a word.
        horizon: the days.
    """
    if horizon.days > YEAR + 2:
        return 0.0
    daily, known = _repeat_revenue(base)
    found = []
    for years in range(1, _MOST_YEARS + 1):
        back = dt.timedelta(days=round(365.25 * years / 7) * 7)
        since, until = ((day - back - known).days + 1 for day in (horizon.since, horizon.until))
        around = max(YEAR, horizon.days)
        start = (since + until) // 2 - around // 2
        if start < 0:
            break
        if start + around > (horizon.since - known).days + 1:
            continue
        mine, year = float(daily[since:until].mean()), float(daily[start : start + around].mean())
        if mine > 0 and year > 0:
            found.append(math.log(mine / year))
    return float(np.mean(found)) if found else None


def _repeat_revenue(base: CustomerBase) -> tuple[Floats, dt.date]:
    """Return the revenue of each day from customers who had bought before, from the first known day on; and that day."""
    return base.once(_repeat_revenue, lambda: _by_day(base)), base.dataset.known_from


def _by_day(base: CustomerBase) -> Floats:
    known, days = base.dataset.known_from, base.daily_purchases()
    first = days.mutate(first=days.day.min().over(ibis.window(group_by=days.customer_id)))
    again = first.filter((first.day > first["first"]) & (first.day <= ibis.date(base.as_of)))
    frame = base.dataset.engine.collect(again.group_by("day").aggregate(revenue=again.revenue.sum()))
    daily = np.zeros((base.as_of - known).days + 1)
    at = np.array([(pd.Timestamp(day).date() - known).days for day in frame["day"]], dtype=int)
    np.add.at(daily, at, frame["revenue"].to_numpy(float))
    return daily
