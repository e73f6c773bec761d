"""Whether the last churn rate is news: judged by rates of periods that do not overlap, more of them than a page shows."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from typing import Final

import ibis
import numpy as np

from segkit.churn.measure.departures import departures
from segkit.churn.measure.frames import Frames
from segkit.churn.options import shifted
from segkit.customers.timeline import history_ends, timeline
from segkit.news.judgement import EARLY, Judgement
from segkit.news.page_judgement import Series, Timeline, judge_series
from segkit.privacy.suppression import which_too_few

_MOST: Final = 52
_MOST_HORIZONS: Final = 16

Stretch = tuple[dt.date, tuple[dt.date, ...]]
"""The day as of which customers were there, and the ends of the units of time after it."""


def judged_rate(frames: Frames, rate: float | None, customers: int | None) -> Judgement:
    """Return what is said of the last observed churn rate.

    Of contracts by the periods before it; of purchases by the horizons before it, end to end, since horizons that begin
    a week apart share most of their days.

    Args:
        frames: where the customers are.
        rate: the last one; None where it is not known.
        customers: of whom it is.
    """
    coverage = frames.base.coverage
    if coverage is not None and not coverage.complete:
        return EARLY
    stretches, time = _stretches(frames)
    if rate is None or not customers or len(stretches) < 2:
        return EARLY
    earlier = _rates(frames, stretches[:-1])
    error = math.sqrt(max(rate * (1 - rate), 0.0) / customers)
    return judge_series([Series((*earlier, rate), "share", error=error)], time)[0]


def _stretches(frames: Frames) -> tuple[list[Stretch], Timeline]:
    base, options = frames.base, frames.options
    if frames.definition.contractual:
        ends = history_ends(base)[-_MOST - 2 :]
        return [(before, (end,)) for before, end in pairwise(ends)], timeline(base, ends[1:])
    found: list[Stretch] = []
    end = base.as_of
    for _ in range(_MOST_HORIZONS + 1):
        start = shifted(end, -options.horizon, options.unit)
        if start < base.dataset.known_from:
            break
        found.append((start, options.ends(start)))
        end = start
    found.reverse()
    spans = tuple((start + dt.timedelta(1), ends[-1]) for start, ends in found)
    # horizons are no weeks of a calendar: nearly all of them have a feast or a holiday in them
    return found, Timeline(spans, "day", (None,) * len(spans))


def _rates(frames: Frames, stretches: list[Stretch]) -> list[float | None]:
    base = frames.base
    parts = []
    for number, (start, ends) in enumerate(stretches):
        told = departures(base, frames.definition, start, ends)
        sums = told.aggregate(customers=told.count(), left=told.left.sum())
        parts.append(sums.mutate(at=ibis.literal(number, "int64")))
    both = parts[0] if len(parts) == 1 else ibis.union(*parts)
    frame = base.dataset.engine.collect(both).fillna(0).set_index("at").sort_index().astype("int64")
    n, left = frame["customers"], frame["left"]
    few = np.asarray(which_too_few(np.column_stack([n, left, n - left]), base.smallest).any(axis=1))
    # before the first end that is known, those who left are not in the data
    gone = np.flatnonzero(left.to_numpy() > 0)
    since = int(gone[0]) + 1 if len(gone) else len(left)
    told = zip(few, n.tolist(), left.tolist(), strict=True)
    rates = [None if hide or not there else lost / there for hide, there, lost in told]
    return [None if frames.definition.contractual and at < since and since > 1 else r for at, r in enumerate(rates)]
