"""A profile made by hand: two segments, traits with intervals, one that defines them and one that is suppressed."""

from __future__ import annotations

import pandas as pd

from segkit.customers.partition import Segment
from segkit.segments.profile_records import SegmentProfile
from segkit.segments.quality_records import SegmentQuality
from tests.kpis.views import sample

_NAN = float("nan")
_ROWS = [
    ("Heavy", "Data", "", "number", 31.2, 9.8, 3.18, 3.02, 3.35, 1.9, 1e-9, True, False, False),
    ("Heavy", "Plan", "Large", "share", 0.62, 0.11, 5.6, 4.9, 6.4, 1.2, 1e-8, True, False, False),
    ("Heavy", "Value", "", "money", 41.5, 33.9, 1.22, 1.1, 1.35, 0.3, 1e-4, True, False, False),
    ("Heavy", "Orders", "", "number", 9.0, 3.0, 3.0, 2.9, 3.1, 2.0, 1e-9, True, True, False),
    ("Heavy", "Plan", "Tiny", "share", _NAN, _NAN, _NAN, _NAN, _NAN, _NAN, _NAN, False, False, True),
    ("Light", "Data", "", "number", 2.1, 12.0, 0.175, 0.16, 0.19, -1.1, 1e-9, True, False, False),
]
_COLUMNS = ["segment", "feature", "answer", "unit", "value", "rest", "index", "low", "high", "effect", "p_value"]


def profile() -> SegmentProfile:
    """The record; its sizes and quality are of other segments, which charts of traits do not look at."""
    return SegmentProfile(
        title="Usage",
        unit_name="households",
        end=sample.END,
        money=sample.MONEY,
        segments=(Segment("Heavy", "Use much.", "#2a6fbb"), Segment("Light", "Use little.", "#d0661c")),
        frame=pd.DataFrame(_ROWS, columns=[*_COLUMNS, "distinct", "defining", "suppressed"]),
        comparisons=5,
        level=0.95,
        smallest=5,
        left_out=0,
        sizes=sample.sizes(),
        quality=quality(),
    )


def quality() -> SegmentQuality:
    """A sound segmentation."""
    return SegmentQuality(
        "Usage", "households", sample.END, None, "sound", (), pd.DataFrame(), 5, None, "unknown", None, None, 0.0, ""
    )
