"""Several segmentations of the same customers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segkit.privacy.cross_suppression import hidden_across
from segkit.privacy.suppression import hidden_over_time
from segkit.segments.measure.assign import SegmentedBase, segment, value_name
from segkit.segments.measure.crossing import paired
from segkit.segments.measure.segment_quality import segment_quality
from segkit.segments.nine_models import absent_models
from segkit.segments.profile_records import PanelEntry, SegmentPanel

_AT_ONCE: Final = 12


def segment_panel(segments: SegmentedBase, others: Sequence[str] = ()) -> SegmentPanel:
    """Measure the sizes, value and quality of several segmentations of one customer base.

    No segmentation gives away what another one hides: see `segkit.privacy.cross_suppression`. The first takes
    precedence, so that it hides the same here as elsewhere on the page.

    Args:
        segments: the segmentation that the page is about.
        others: names of further ones; empty for all that the dataset file defines.

    Raises:
        ParameterError: the dataset file does not define one of them.
        DataError: the segments of one do not add up to the whole.
    """
    base, own = segments.base, segments.segmentation.name
    names = [name for name in dict.fromkeys(others or base.dataset.spec.segmentations) if name != own]
    segmented = [segments, *(segment(base, name) for name in names)]
    alone, now = [], []
    for each in segmented:
        totals = each.all_totals(base.ends[-2:])
        counts = {end: [int(n) for n in frame["customers"]] for end, frame in totals.items()}
        alone.append(hidden_over_time(counts, base.smallest)[base.as_of])
        now.append(totals[base.as_of])
    hidden = hidden_across(alone, _crossed(segmented), base.smallest)
    customers, value = int(now[0]["customers"].sum()), int(now[0]["value"].sum())
    entries = []
    for each, flags, before, frame in zip(segmented, hidden, alone, now, strict=True):
        shown = _entry_frame(each, frame, flags, customers, value)
        quality = segment_quality(each, hidden=flags)
        extra = sum(flags) - sum(before)
        found = each.segmentation
        entries.append(PanelEntry(found.name, found.title, found.model, each.present(frame), shown, quality, extra))
    served = {each.segmentation.model for each in segmented if each.segmentation.segments}
    return SegmentPanel(
        unit_name=base.unit_name,
        value_name=value_name(base),
        money=base.dataset.spec.money,
        end=base.as_of,
        entries=tuple(entries),
        absent=absent_models(base, served, {each.segmentation.model for each in segmented}),
        customers=customers,
        total_value=value / 10**base.dataset.spec.money.decimals,
        smallest=base.smallest,
    )


def _crossed(segmented: Sequence[SegmentedBase]) -> dict[tuple[int, int], NDArray[np.int64]]:
    """Count customers by each pair of segmentations, several pairs per query."""
    pairs = list(combinations(range(len(segmented)), 2))
    found: dict[tuple[int, int], NDArray[np.int64]] = {}
    engine = segmented[0].base.dataset.engine
    for first in range(0, len(pairs), _AT_ONCE):
        part = pairs[first : first + _AT_ONCE]
        queries = [
            paired(segmented[i], segmented[j]).select("a", "b", "n", pair=ibis.literal(at, "int64"))
            for at, (i, j) in enumerate(part)
        ]
        frame = engine.collect(ibis.union(*queries)).astype("int64")
        for at, (i, j) in enumerate(part):
            mine = frame[frame["pair"] == at]
            table = np.zeros(tuple(len(segmented[k].segmentation.all_segments) for k in (i, j)), dtype=np.int64)
            table[mine["a"].to_numpy(), mine["b"].to_numpy()] = mine["n"].to_numpy()
            found[i, j] = table
    return found


def _entry_frame(
    each: SegmentedBase, frame: pd.DataFrame, hidden: Sequence[bool], customers: int, value: int
) -> pd.DataFrame:
    segments = each.present(frame)
    rows = []
    for i, each_segment in enumerate(segments):
        n, v = int(frame["customers"][i]), int(frame["value"][i])
        share, part = n / customers if customers else np.nan, v / value if value > 0 else np.nan
        rows.append(
            {
                "segment": each_segment.name,
                "customers": pd.NA if hidden[i] else n,
                "share": np.nan if hidden[i] else share,
                "value_share": np.nan if hidden[i] else part,
                "value_index": np.nan if hidden[i] or not n else part / share,
                "suppressed": hidden[i],
            }
        )
    columns = ["segment", "customers", "share", "value_share", "value_index", "suppressed"]
    kinds = {"customers": "Int64", **dict.fromkeys(columns[2:5], "float64")}
    return pd.DataFrame(rows, columns=columns).astype(kinds)
