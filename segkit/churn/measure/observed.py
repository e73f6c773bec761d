"""Observed churn: who could leave and who did, by period, segment and cohort, and under other horizons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.churn.measure.departures import departures, eligible, uncertain
from segkit.churn.measure.frames import Frames
from segkit.churn.measure.rates import judged_rate
from segkit.churn.options import shifted
from segkit.churn.records import Observed
from segkit.customers.partition import SEGMENT
from segkit.news.judgement import EARLY, Judgement
from segkit.privacy.suppression import hidden_cells, hidden_rows, which_too_few
from segkit.segments.measure.assign import SegmentedBase

_COHORTS = 8
_OTHER = (0.5, 1.0, 1.5, 2.0)


def observe(frames: Frames, segmented: SegmentedBase, since: dt.date | None) -> Observed:
    """Return observed churn by period, segment and cohort, and under other horizons.

    Args:
        frames: the customers with their features.
        segmented: the same customers with their segments.
        since: the day from which segments and cohorts are counted over a horizon; None where no horizon has passed.
    """
    periods = _periods(frames)
    empty = pd.DataFrame(columns=["segment", "customers", "left", "rate", "suppressed"])
    told = since is not None
    return Observed(
        periods=periods,
        judgement=_judged(frames, periods),
        segments=_segments(frames, segmented, since) if since is not None else empty,
        cohorts=_cohorts(frames, since) if since is not None else empty.rename(columns={"segment": "cohort"}),
        sensitivity=_sensitivity(frames, since) if told and since is not None else pd.DataFrame(),
        since=since or frames.base.as_of,
    )


def observe_segments(frames: Frames, segmented: SegmentedBase, since: dt.date) -> Observed:
    """Return observed churn of segments alone, over one horizon from a day."""
    empty = pd.DataFrame()
    return Observed(empty, EARLY, _segments(frames, segmented, since), empty, empty, since)


def _judged(frames: Frames, periods: pd.DataFrame) -> Judgement:
    if not len(periods):
        return EARLY
    last = periods.iloc[-1]
    rate, customers = last["rate"], last["customers"]
    return judged_rate(frames, None if pd.isna(rate) else float(rate), None if pd.isna(customers) else int(customers))


def _periods(frames: Frames) -> pd.DataFrame:
    """Count the leavers of each report period; without contracts, of each horizon that ends with a report period."""
    base, options = frames.base, frames.options
    spans: list[tuple[dt.date, tuple[dt.date, ...]]]
    if frames.definition.contractual:
        spans = [(before, (end,)) for before, end in pairwise(base.ends)]
    else:
        starts = [shifted(end, -options.horizon, options.unit) for end in base.ends]
        spans = [(start, options.ends(start)) for start in starts if start >= base.dataset.known_from]
    if not spans:
        return pd.DataFrame(columns=["start", "end", "customers", "left", "involuntary", "rate"])
    parts = []
    for number, (start, ends) in enumerate(spans):
        told = departures(base, frames.definition, start, ends)
        parts.append(
            told.aggregate(customers=told.count(), left=told.left.sum(), involuntary=told.involuntary.sum()).mutate(
                at=ibis.literal(number, "int64")
            )
        )
    sums = base.dataset.engine.collect(_united(parts)).fillna(0).sort_values("at").astype("int64")
    rows = []
    for (start, ends), n, left, forced in zip(
        spans, sums["customers"], sums["left"], sums["involuntary"], strict=True
    ):
        doubtful = _doubtful(frames, start, ends[-1])
        there = n + doubtful
        shown = ~which_too_few([there, left, there - left, forced, left - forced], base.smallest)
        told = bool(shown[:3].all())
        rows.append(
            {
                "start": start,
                "end": ends[-1],
                "customers": there if shown[0] else None,
                "left": left if told else None,
                "involuntary": forced if told and shown[3:].all() else None,
                # a rate would be too low: it would leave out those who may have left
                "rate": left / n if told and n and not doubtful else float("nan"),
            }
        )
    return pd.DataFrame(rows).astype(dict.fromkeys(("customers", "left", "involuntary"), "Int64"))


def _doubtful(frames: Frames, start: dt.date, end: dt.date) -> int:
    """Count the customers of whom it is not certain yet whether they left within a period."""
    table = uncertain(frames.base, start, end) if frames.definition.contractual else None
    return (
        0 if table is None else int(frames.base.dataset.engine.collect(table.aggregate(n=table.count()))["n"].iloc[0])
    )


def _united(parts: list[ir.Table]) -> ir.Table:
    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def _segments(frames: Frames, segmented: SegmentedBase, since: dt.date) -> pd.DataFrame:
    """Count the leavers by the segment that customers were in at the beginning."""
    told = with_segment(frames.labelled(since), segmented, since)
    by = told.group_by(SEGMENT).aggregate(customers=told.count(), left=told.left.sum())
    return observed_segments(frames, segmented, by)


def observed_segments(frames: Frames, segmented: SegmentedBase, by: ir.Table) -> pd.DataFrame:
    """Return a row for each segment, in order, from sums by the segment's position."""
    segments = segmented.segmentation.all_segments
    sums = frames.base.dataset.engine.collect(by).set_index(SEGMENT).reindex(range(len(segments))).fillna(0)
    sums = sums.astype("int64")
    present = segments if int(sums["customers"].iloc[-1]) else segments[:-1]
    n, left = ([int(v) for v in sums[name]][: len(present)] for name in ("customers", "left"))
    small, hidden = _hidden(n, left, frames.base.smallest)
    return pd.DataFrame(
        {
            "segment": [segment.name for segment in present],
            "customers": pd.array([pd.NA if h else v for v, h in zip(n, small, strict=True)], dtype="Int64"),
            "left": pd.array([pd.NA if h else v for v, h in zip(left, hidden, strict=True)], dtype="Int64"),
            "rate": [float("nan") if h or not v else a / v for v, a, h in zip(n, left, hidden, strict=True)],
            "suppressed": list(hidden),
        }
    )


def _hidden(
    customers: Sequence[int], left: Sequence[int], smallest: int
) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Say which groups hide their number of customers, and which hide their number of leavers.

    A number is hidden where too few were there, left or stayed, and where it would reveal such a number.
    """
    small = hidden_cells(customers, smallest)
    groups = [(gone, n - gone) for n, gone in zip(customers, left, strict=True)]
    return small, hidden_rows(groups, small, smallest)


def with_segment(table: ir.Table, segmented: SegmentedBase, day: dt.date) -> ir.Table:
    """Add the segment that each customer was in as of a day."""
    base = segmented.base
    # usage is kept from the first period end on; an earlier day is computed by itself
    customers = base.customers(day) if day >= base.ends[0] else base.on(day).customers()
    assigned = segmented.segmentation.assign(customers)
    places = assigned.select(SEGMENT, segment_of="customer_id")
    last = len(segmented.segmentation.segments)
    joined = table.left_join(places, [("customer_id", "segment_of")]).drop("segment_of")
    return joined.mutate(**{SEGMENT: joined[SEGMENT].fill_null(last)})


def _cohorts(frames: Frames, since: dt.date) -> pd.DataFrame:
    """Count the leavers by the quarter in which customers began; the earliest quarters are one row."""
    people = eligible(frames.base, frames.definition, since)
    began = people.customer_since if frames.definition.contractual else people.first_purchase
    months = began.year().cast("int64") * 12 + began.month().cast("int64") - 1
    quarter = people.select(who=people.customer_id, quarter=(months.cast("float64") / 3.0).floor().cast("int64"))
    told = frames.labelled(since).join(quarter, [("customer_id", "who")])
    by = told.group_by("quarter").aggregate(customers=told.count(), left=told.left.sum())
    frame = frames.base.dataset.engine.collect(by.order_by("quarter")).astype("int64")
    rows: list[tuple[str, int, int]] = [
        (f"{int(q) // 4} Q{int(q) % 4 + 1}", int(n), int(left))
        for q, n, left in zip(frame["quarter"], frame["customers"], frame["left"], strict=True)
    ]
    if len(rows) > _COHORTS:
        old, rows = rows[:-_COHORTS], rows[-_COHORTS:]
        rows = [("before " + rows[0][0], sum(r[1] for r in old), sum(r[2] for r in old)), *rows]
    small, hidden = _hidden([n for _, n, _ in rows], [left for _, _, left in rows], frames.base.smallest)
    return pd.DataFrame(
        {
            "cohort": [name for name, _, _ in rows],
            "customers": pd.array([pd.NA if h else n for (_, n, _), h in zip(rows, small, strict=True)], "Int64"),
            "left": pd.array([pd.NA if h else a for (_, _, a), h in zip(rows, hidden, strict=True)], "Int64"),
            "rate": [float("nan") if h or not n else a / n for (_, n, a), h in zip(rows, hidden, strict=True)],
            "suppressed": list(hidden),
        }
    )


def _sensitivity(frames: Frames, since: dt.date) -> pd.DataFrame:
    """Count who would be lost under other horizons, all from the day as far back as the longest of them needs."""
    options, base = frames.options, frames.base
    units = sorted({max(1, round(options.horizon * part)) for part in _OTHER})
    start = shifted(base.as_of, -units[-1], options.unit)
    if start < base.dataset.known_from:
        units, start = [unit for unit in units if unit <= options.horizon], since
    parts = []
    for unit in units:
        ends = tuple(shifted(start, step, options.unit) for step in range(1, unit + 1))
        told = departures(base, frames.definition, start, ends)
        parts.append(
            told.aggregate(customers=told.count(), left=told.left.sum()).mutate(units=ibis.literal(unit, "int64"))
        )
    frame = base.dataset.engine.collect(_united(parts)).fillna(0).sort_values("units").astype("int64")
    n, left = frame["customers"], frame["left"]
    few = np.asarray(which_too_few(np.column_stack([n, left, n - left]), base.smallest).any(axis=1), dtype=np.bool_)
    frame["left"] = left.astype("Int64").mask(few)
    frame["rate"] = (left / n.where(n > 0)).mask(few)
    return frame.reset_index(drop=True)[["units", "customers", "left", "rate"]]
