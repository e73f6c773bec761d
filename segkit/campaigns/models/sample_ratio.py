"""The sample-ratio test: whether the arms have the sizes that the draw meant.

Where they do not, customers were lost or added after the draw, and nobody knows which ones. This is the most frequent
fault of campaigns, and no adjustment repairs it (Fabijan et al. 2019).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from segkit.campaigns.models.verdict import RARE, Verdict
from segkit.errors import DataError, ParameterError
from segkit.statistics.multiplicity import adjusted_p_values
from segkit.statistics.told import Figure, Quoted, Told

PLANNED: Final = "the planned sizes"
AS_THE_WHOLE: Final = "the sizes of the whole campaign, in proportion"
"""What a segment's arms are compared with where no shares were planned."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether the arms have the sizes that the assignment meant.

    Attributes:
        observed: arm → customers.
        expected: arm → customers under the planned shares.
        statistic: chi-square over all arms.
        df: arms - 1.
        p_value: p-value of the statistic.
        verdict: blocked where the p-value is below .001.
    """

    observed: dict[str, int]
    expected: dict[str, float]
    statistic: float
    df: int
    p_value: float
    verdict: Verdict


def sample_ratio(
    counts: Mapping[str, int],
    shares: Mapping[str, float] | None = None,
    *,
    where: str = "",
    threshold: float = RARE,
    meant: str = PLANNED,
) -> SampleRatio:
    """Test the arms' sizes against the planned shares, over all arms at once.

    Args:
        counts: arm → customers assigned (not: customers reached, or with an outcome).
        shares: arm → planned share, any positive scale; None for equal arms.
        where: the segment, for the sentence.
        threshold: the p-value below which the effect is blocked.
        meant: the sizes that the shares give, in words.

    Raises:
        ParameterError: there are fewer than two arms, or the shares are for other arms than the counts.
        DataError: a count is negative, or there are no customers at all.
    """
    if len(counts) < 2:
        raise ParameterError(
            f"a sample-ratio test needs at least two arms; there are {len(counts)}: {', '.join(counts) or 'none'}."
        )
    planned = dict.fromkeys(counts, 1.0) if shares is None else dict(shares)
    if set(planned) != set(counts):
        raise ParameterError(
            f"planned shares are for {sorted(planned)}, but customers are in {sorted(counts)}. Write a share for each arm."
        )
    if min(planned.values()) <= 0 or not math.isfinite(sum(planned.values())):
        raise ParameterError(f"planned shares are {planned}. Each must be above zero.")
    observed = np.array([counts[arm] for arm in counts], dtype=float)
    total = float(observed.sum())
    if total <= 0 or observed.min() < 0:
        raise DataError(
            f"the arms hold {dict(counts)} customers. No arm may be below zero, and at least one must be above."
        )
    weights = np.array([planned[arm] for arm in counts])
    expected = total * weights / weights.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    p = float(special.chdtrc(len(counts) - 1, statistic))
    sizes = [
        Told.of(
            "{arm} {observed} of {expected} expected",
            arm=Quoted(arm),
            observed=Figure(counts[arm], "count"),
            expected=Figure(round(e), "count"),
        )
        for arm, e in zip(counts, expected, strict=True)
    ]
    said = (
        Told.of(
            ("in {where} " if where else "")
            + "the arms are not of {meant} ({sizes}; {p}): customers were lost or added "
            "after the draw, so that no difference can be put down to the campaign",
            where=Quoted(where),
            meant=meant,
            sizes=Told.joined(sizes),
            p=Figure(p, "p"),
        )
        if p < threshold
        else Told.of("the arms have {meant} ({p})", meant=meant, p=Figure(p, "p"))
    )
    check = Told.of("Sample ratio in {where}", where=Quoted(where)) if where else "Sample ratio"
    verdict = Verdict(check, "blocked" if p < threshold else "ok", said, p)
    return SampleRatio(
        dict(counts), dict(zip(counts, map(float, expected), strict=True)), statistic, len(counts) - 1, p, verdict
    )


def sample_ratio_by_segment(
    counts: Mapping[str, Mapping[str, int]],
    shares: Mapping[str, float] | None = None,
    *,
    threshold: float = RARE,
    meant: str = PLANNED,
) -> dict[str, SampleRatio]:
    """Test each segment, with p-values adjusted by Holm, so that twenty clean segments do not block one time in
    fifty.

    Args:
        counts: segment → arm → customers. A segment that expects fewer than five customers in an arm is left out.
        shares, threshold, meant: as in `sample_ratio`.

    Returns:
        Segment → its test, whose `p_value` is the adjusted one.
    """
    tested: dict[str, SampleRatio] = {}
    for segment, arms in counts.items():
        if sum(arms.values()) > 0:
            found = sample_ratio(arms, shares, where=segment, threshold=threshold, meant=meant)
            if min(found.expected.values()) >= 5:
                tested[segment] = found
    adjusted = adjusted_p_values([found.p_value for found in tested.values()], "holm")
    result = {}
    for (segment, found), p in zip(tested.items(), adjusted, strict=True):
        verdict = found.verdict
        if verdict.status == "blocked" and p >= threshold:
            verdict = Verdict(
                verdict.check,
                "ok",
                Told.of(
                    "among {segments} segments this is within chance ({p} after Holm)",
                    segments=Figure(len(tested), "count"),
                    p=Figure(float(p), "p"),
                ),
                float(p),
            )
        result[segment] = SampleRatio(found.observed, found.expected, found.statistic, found.df, float(p), verdict)
    return result
