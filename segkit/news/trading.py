"""Days that weigh more than others: what a period's days would bring, so that each is compared as if it had the same ones.

A week with the billing day brings twenty times a week without; a month with five Saturdays more than one with four.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from segkit.arrays import Flags, Floats, Indices
from segkit.news.feasts import PeriodKind, Span
from segkit.news.level import FEWEST, WINDOW

_FEWEST: Final = 3
"""Earlier months, or weeks, that a day's weight rests on."""
_CLEARER: Final = 0.6
"""Days of the month count where they leave so much of the spread or less."""
_LEAST_SHARE: Final = 1e-4
_UNEVEN: Final = 6.0
"""Times the middle day that the best twentieth of days brings where money comes in on few days."""
_ALIKE: Final = 3.0
_MEDIAN_VARIANCE: Final = np.pi / 2
"""Variance of a median as a multiple of that of a mean."""


@dataclass(frozen=True)
class Daily:
    """Figures by day.

    Attributes:
        first: the first day.
        totals: (rows, days) from then on, every day.
    """

    first: dt.date
    totals: Floats


@dataclass(frozen=True)
class Restated:
    """Figures as if every period had had the last one's days.

    Attributes:
        values: (rows, periods).
        wider: (rows,) how much farther chance moves the last one than the others, since fewer days make it.
        comparable: (rows, periods) whether a period's days bring a third to three times what the last one's do: weeks with
            bills are not compared with those between them. All are, where too few would be left.
        unsettled: (rows,) whether money comes in on few days of the month, and too few months are known to tell which.
    """

    values: Floats
    wider: Floats
    comparable: Flags
    unsettled: Flags


def restate(values: Floats, daily: Daily | None, spans: Sequence[Span], period: PeriodKind) -> Restated:
    """Return figures as if every period had had the last one's days, learnt from the days before it.

    Of months and days by weekday. Of weeks by the day of the month, where that explains most of the spread: a billing
    cycle.

    Args:
        values: (rows, periods), the last one judged.
        daily: the same by day; None leaves them as they are.
        spans: the periods.
        period: what they are.
    """
    rows = len(values)
    everything = np.ones(values.shape, dtype=np.bool_)
    plain = Restated(values, np.ones(rows), everything, np.zeros(rows, dtype=np.bool_))
    if daily is None:
        return plain
    days = [daily.first + dt.timedelta(at) for at in range(daily.totals.shape[1])]
    history = np.array([day < spans[-1][0] for day in days])
    weekly = period == "week"
    key = np.array([_key(day, period) for day in days], dtype=np.intp)
    around = np.array(
        [day.year * 12 + day.month if weekly else day.toordinal() - day.weekday() for day in days], dtype=np.intp
    )
    past = daily.totals[:, history]
    weights, settled = _weights(past, key[history], around[history], 31 if weekly else 7, 28 if weekly else 7)
    if weights is None:
        return replace(plain, unsettled=_uneven(past)) if weekly else plain
    brought = np.stack([weights[:, _keys(span, period)].sum(axis=1) for span in spans], axis=1)
    square = np.stack([(weights[:, _keys(span, period)] ** 2).sum(axis=1) for span in spans], axis=1)
    times = brought / brought[:, -1:]
    found = values / times
    use = np.ones(rows, dtype=np.bool_)
    if weekly:
        use = _spread(found[:, :-1]) < _CLEARER * _spread(values[:, :-1])
    few = np.sqrt(square) / brought
    wider = np.maximum(few[:, -1] / np.median(few[:, :-1], axis=1), 1.0) * np.sqrt(1 + _MEDIAN_VARIANCE / settled)
    alike = (times > 1 / _ALIKE) & (times < _ALIKE)
    enough = (alike & np.isfinite(values))[:, :-1][:, -WINDOW:].sum(axis=1) >= FEWEST
    billed = use & weekly
    return Restated(
        np.where(use[:, None], found, values),
        np.where(billed, wider, 1.0),
        np.where((billed & enough)[:, None], alike, everything),
        plain.unsettled,
    )


def _key(day: dt.date, period: PeriodKind) -> int:
    return day.day - 1 if period == "week" else day.weekday()


def _keys(span: Span, period: PeriodKind) -> list[int]:
    return [_key(span[0] + dt.timedelta(at), period) for at in range((span[1] - span[0]).days + 1)]


def _weights(totals: Floats, key: Indices, around: Indices, many: int, whole: int) -> tuple[Floats | None, int]:
    """Compute the median share of a key's day in its month or week (rows, keys), and of how many; None for too few."""
    names, place, count = np.unique(around, return_inverse=True, return_counts=True)
    full = np.flatnonzero(count >= whole)
    if len(full) < _FEWEST:
        return None, 0
    sums = np.zeros((len(totals), len(names)))
    np.add.at(sums.T, place, totals.T)
    shares = np.full((len(totals), len(names), many), np.nan)
    shares[:, place, key] = totals / np.where(sums > 0, sums, np.nan)[:, place]
    kept = shares[:, full]
    known = np.isfinite(kept).any(axis=1)
    middle = np.nanmedian(np.where(known[:, None, :], kept, 0.0), axis=1)
    return np.asarray(np.where(known, np.maximum(middle, _LEAST_SHARE), _LEAST_SHARE)), len(full)


def _uneven(totals: Floats) -> Flags:
    if not totals.shape[1]:
        return np.zeros(len(totals), dtype=np.bool_)
    middle = np.median(totals, axis=1)
    return np.asarray((middle > 0) & (np.quantile(totals, 0.95, axis=1) > _UNEVEN * middle))


def _spread(history: Floats) -> Floats:
    """Compute the mean distance of the logarithms from their median: bills are few, and a median would miss them."""
    logs = np.log(np.where(history > 0, history, np.nan))
    known = np.isfinite(logs).sum(axis=1) > 1
    logs = np.where(known[:, None], logs, 0.0)
    off = np.abs(logs - np.nanmedian(logs, axis=1, keepdims=True))
    return np.asarray(np.where(known, np.nanmean(off, axis=1), 0.0))
