"""Whether a segmentation can be relied on: size, stability, drift, separation, and who is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from segkit.customers.partition import SEGMENT
from segkit.privacy.suppression import hidden_over_time
from segkit.segments.measure.assign import SegmentedBase, value_column
from segkit.segments.quality_records import Drift, QualityVerdict, SegmentQuality
from segkit.statistics.told import Figure, Quoted, Told

MODERATE: Final = 0.10
LARGE: Final = 0.25
"""The usual bands of the population stability index (Siddiqi 2006)."""
STABLE: Final = 0.80
"""Adjusted Rand index with bootstrap fits below which a fitted segmentation is called unstable."""
DISSOLVED: Final = 0.60
"""Jaccard index below which one should not trust a cluster (Hennig 2007)."""
_MANY: Final = 0.5


def segment_quality(segmented: SegmentedBase, *, hidden: Sequence[bool] = ()) -> SegmentQuality:
    """Measure the size, drift, stability and separation of a segmentation, and reach a verdict.

    Args:
        segmented: a segmented customer base.
        hidden: for each segment, whether to suppress it because of other tables on the page; empty for none.

    Raises:
        DataError: the segments do not add up to the whole.
    """
    base, segmentation = segmented.base, segmented.segmentation
    now = segmented.totals(base.as_of)
    before = segmented.totals(base.previous) if base.previous is not None else None
    frames = (now,) if before is None else (now, before)
    segments = segmented.present(*frames)
    counts = [int(now["customers"][i]) for i in range(len(segments))]
    earlier = [int(before["customers"][i]) for i in range(len(segments))] if before is not None else None
    rows = {base.as_of: counts}
    if earlier is not None and base.previous is not None:
        rows = {base.previous: earlier, base.as_of: counts}
    also = [*hidden, *[False] * len(segments)][: len(segments)]
    hide = np.array(hidden_over_time(rows, base.smallest)[base.as_of]) | np.array(also, dtype=bool)
    parts = None if earlier is None or not sum(earlier) or not sum(counts) else stability_index(earlier, counts)
    psi = None if parts is None else float(parts.sum())
    record = segmentation.record
    jaccard = list(record.stability_by_segment) if record is not None else []
    frame = pd.DataFrame(
        {
            "segment": [segment.name for segment in segments],
            "customers": pd.array(counts, dtype="Int64"),
            "share": _shares(counts),
            "previous_share": _shares(earlier) if earlier is not None else np.nan,
            "psi": parts if parts is not None else np.nan,
            "stability": (jaccard + [np.nan] * len(segments))[: len(segments)],
            "suppressed": hide,
        }
    ).astype({"previous_share": "float64", "psi": "float64", "stability": "float64"})
    frame.loc[hide, "customers"] = pd.NA
    frame.loc[hide, ["share", "previous_share", "psi"]] = np.nan
    whole, last = sum(counts), len(segmentation.segments)
    left_out = int(now["customers"][last])
    tiny = [segment.name for segment, n in zip(segments[:last], counts, strict=False) if 0 < n < base.smallest]
    verdict, sentences = _verdict(segmented, psi, tiny, left_out / whole if whole else 0.0, base.smallest)
    return SegmentQuality(
        title=segmentation.title,
        unit_name=base.unit_name,
        end=base.as_of,
        previous_end=base.previous,
        verdict=verdict,
        sentences=sentences,
        frame=frame,
        smallest=base.smallest,
        psi=psi,
        drift=drift(psi),
        stability=None if record is None else record.stability,
        separation=_separation(segmented),
        unassigned=None if not whole or (len(hide) > last and hide[last]) else left_out / whole,
        method="" if record is None else record.method,
    )


def stability_index(before: ArrayLike, now: ArrayLike) -> NDArray[np.float64]:
    """Compute each cell's part of the population stability index, (p − q) ln(p ÷ q), from counts before and now.

    A cell without customers counts as half a customer, so that the logarithm exists.

    >>> stability_index([50, 50], [60, 40]).sum().round(4)
    np.float64(0.0405)
    """
    counts = [np.asarray(side, dtype=np.float64) for side in (before, now)]
    q, p = (np.maximum(side, 0.5) / side.sum() for side in counts)
    parts = np.where((counts[0] == 0) & (counts[1] == 0), 0.0, (p - q) * np.log(p / q))
    return np.asarray(parts, dtype=np.float64)


def drift(psi: float | None) -> Drift:
    """Return the usual band of a population stability index."""
    if psi is None:
        return "unknown"
    return "large" if psi > LARGE else "moderate" if psi >= MODERATE else "none"


def _shares(counts: list[int]) -> list[float]:
    whole = sum(counts)
    return [count / whole if whole else float("nan") for count in counts]


def _verdict(
    segmented: SegmentedBase, psi: float | None, tiny: list[str], left_out: float, smallest: int
) -> tuple[QualityVerdict, tuple[str, ...]]:
    record, unit = segmented.segmentation.record, segmented.base.unit_name
    found: list[tuple[QualityVerdict, str]] = []
    notes: list[str] = list(record.notes) if record is not None else []
    if record is not None and not record.found:
        return "no stable segments", tuple(notes)
    if record is not None and record.unsound:
        found.append(("unsound", record.unsound))
    if record is not None and record.stability is not None and record.stability < STABLE:
        said = Told.of(
            "Fits to bootstrap samples agree too little (adjusted Rand index {rand}).",
            rand=Figure(round(record.stability, 2), "index"),
        )
        found.append(("unstable", said))
    if record is not None:
        weak = [
            segment.name
            for segment, jaccard in zip(segmented.segmentation.segments, record.stability_by_segment, strict=False)
            if jaccard < DISSOLVED
        ]
        if weak:
            found.append(("unstable", Told.of("Dissolved in bootstrap fits: {weak}.", weak=Quoted(", ".join(weak)))))
    if tiny:
        # it does not say which one: beside the sum of what is hidden, that would say too much
        said = Told.of(
            ("A segment holds" if len(tiny) == 1 else "{many} segments hold") + " fewer than {smallest} {unit}.",
            many=Figure(len(tiny), "count"),
            smallest=Figure(smallest, "count"),
            unit=Quoted(unit),
        )
        found.append(("too small", said))
    if psi is not None and drift(psi) in ("large", "moderate"):
        somewhat = "" if drift(psi) == "large" else " somewhat"
        said = Told.of(
            f"The sizes moved{somewhat} since the previous period (stability index {{psi}}).",
            psi=Figure(round(psi, 2), "index"),
        )
        if somewhat:
            notes.append(said)
        else:
            found.append(("drifting", said))
    if left_out > _MANY:
        notes.append(Told.of("More than half of the {unit} are in no segment.", unit=Quoted(unit)))
    verdict: QualityVerdict = found[0][0] if found else "sound"
    return verdict, (*(sentence for _, sentence in found), *notes)


def _separation(segmented: SegmentedBase) -> float | None:
    """Compute the share of the variance of value that lies between segments (eta squared), from sums alone."""
    table = segmented.assigned()
    column = value_column(table)
    if column is None:
        return None
    value = table[column].fill_null(0).cast("float64")
    sums = table.group_by(SEGMENT).aggregate(n=table.count(), s=value.sum(), q=(value * value).sum())
    frame = segmented.base.dataset.engine.collect(sums).astype("float64")
    if frame.empty:
        return None
    n, s, q = (frame[name].to_numpy() for name in ("n", "s", "q"))
    total = q.sum() - s.sum() ** 2 / n.sum()
    if total <= 1e-9 * max(q.sum(), 1.0):
        return None
    between = (s**2 / n).sum() - s.sum() ** 2 / n.sum()
    return float(min(max(between / total, 0.0), 1.0))
