"""Contracts as a snapshot: it says who has left by its date, not when. So a share is shown, and nothing is predicted."""

from __future__ import annotations

import pandas as pd

from segkit.churn.measure.frames import Frames
from segkit.churn.measure.observed import observed_segments, with_segment
from segkit.churn.records import Observed
from segkit.customers.partition import SEGMENT
from segkit.news.judgement import EARLY
from segkit.segments.measure.assign import SegmentedBase


def observe_snapshot(frames: Frames, segmented: SegmentedBase) -> Observed:
    """Return the share of each segment's customers that has left by the snapshot's date."""
    base = frames.base
    customers = base.at(base.as_of)
    told = customers.select("customer_id", left=(customers.status == "ended").ifelse(1, 0).cast("int64"))
    told = with_segment(told, segmented, base.as_of)
    by = told.group_by(SEGMENT).aggregate(customers=told.count(), left=told.left.sum())
    empty = pd.DataFrame()
    return Observed(
        periods=pd.DataFrame(columns=["start", "end", "customers", "left", "involuntary", "rate"]),
        judgement=EARLY,
        segments=observed_segments(frames, segmented, by),
        cohorts=empty,
        sensitivity=empty,
        since=base.as_of,
    )
