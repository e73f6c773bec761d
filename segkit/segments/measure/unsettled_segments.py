"""Which segments are not settled: those that customers would be in, or not be in, if their contracts ended for good."""

from __future__ import annotations

import ibis

from segkit.customers.partition import SEGMENT
from segkit.customers.settling import had_left, in_doubt, unsettled_from
from segkit.segments.measure.assign import SegmentedBase


def unsettled_places(segmented: SegmentedBase) -> frozenset[int]:
    """Return the positions of segments whose size depends on contracts that may have ended for good, or not.

    The customers in doubt are put into their segments once more, as if they had left.
    """
    return segmented.base.once((unsettled_places, segmented.segmentation.name), lambda: _places(segmented))


def _places(segmented: SegmentedBase) -> frozenset[int]:
    base = segmented.base
    doubts = in_doubt(base)
    if doubts is None or unsettled_from(base) is None:
        return frozenset()
    gone = segmented.segmentation.assign(had_left(base.customers(), doubts))
    gone = gone.select(who="customer_id", otherwise=SEGMENT)
    both = segmented.assigned().inner_join(gone, [("customer_id", "who")])
    moved = both.filter(both[SEGMENT] != both.otherwise)
    places = ibis.union(moved.select(at=SEGMENT), moved.select(at="otherwise")).distinct()
    return frozenset(int(at) for at in base.dataset.engine.collect(places)["at"])
