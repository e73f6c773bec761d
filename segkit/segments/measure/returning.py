"""Who bought in the period before and bought again in this one, by segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT
from segkit.customers.periods import period_ending
from segkit.page.result import Nothing
from segkit.privacy.suppression import hidden_over_time, hidden_rows, which_too_few
from segkit.segments.measure.assign import SegmentedBase
from segkit.segments.records import Returning


def returning(segmented: SegmentedBase) -> Returning | Nothing:
    """Count the buyers of the period before, and those of them who bought again in this period.

    Segments are those of the report's date. A purchase is an order, so that customers who only returned something did
    not buy.

    Args:
        segmented: a segmented customer base with at least two periods.
    """
    base = segmented.base
    if base.previous is None:
        return Nothing("Who comes back needs an earlier period; the data do not reach one.")
    if "period_orders" not in base.behaviour(base.as_of).columns:
        return Nothing("Who comes back needs purchases; the data have no table transactions.")
    totals = segmented.all_totals((base.previous, base.as_of))
    segments = segmented.present(*totals.values())
    groups = _groups(segmented, base, len(segments))
    sizes = {end: frame["customers"].tolist()[: len(segments)] for end, frame in totals.items()}
    rows = list(hidden_rows(groups, hidden_over_time(sizes, base.smallest)[base.as_of], base.smallest))
    whole = groups.sum(axis=0)
    known = not which_too_few(whole, base.smallest).any()
    returned, before = groups[:, 0], groups[:, 0] + groups[:, 1]
    frame = pd.DataFrame(
        {
            "segment": [segment.name for segment in segments],
            "bought_before": pd.array(before, dtype="Int64"),
            "returned": pd.array(returned, dtype="Int64"),
            "rate": returned / np.where(before > 0, before, np.nan),
            "suppressed": rows,
        }
    )
    frame.loc[rows, ["bought_before", "returned"]] = pd.NA
    frame.loc[rows, "rate"] = np.nan
    return Returning(
        title=segmented.segmentation.title,
        unit_name=base.unit_name,
        period=base.period,
        previous_period=period_ending(base.previous, base.options.period),
        segments=segments,
        frame=frame,
        total_bought_before=int(before.sum()) if known else None,
        total_returned=int(returned.sum()) if known else None,
        smallest=base.smallest,
    )


def _groups(segmented: SegmentedBase, base: CustomerBase, segments: int) -> NDArray[np.int64]:
    """Count who came back, who bought only before, and who did not buy before. These add up to the segment."""
    now = base.behaviour(base.as_of).select(now_id="customer_id", now="period_orders")
    earlier = base.behaviour(base.previous or base.as_of).select(was_id="customer_id", was="period_orders")
    assigned = segmented.assigned().select("customer_id", SEGMENT)
    joined = assigned.join(now, assigned.customer_id == now.now_id)
    # a customer of today may not have been one at the previous end
    both = joined.join(earlier, joined.customer_id == earlier.was_id, how="left")
    before = both.was.fill_null(0) > 0
    sums = both.group_by(SEGMENT).aggregate(
        customers=both.count(), before=before.sum(), returned=(before & (both.now > 0)).sum()
    )
    frame = (
        base.dataset.engine.collect(sums).astype("int64").set_index(SEGMENT).reindex(range(segments), fill_value=0)
    )
    lost, others = frame["before"] - frame["returned"], frame["customers"] - frame["before"]
    return np.column_stack([frame["returned"], lost, others]).astype(np.int64)
