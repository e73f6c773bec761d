"""Spread that the data do not show: values that are all alike, or ratios that few customers make, are no certainty."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from segkit.statistics.estimate import ArmEstimate, arm_ratio
from segkit.statistics.moments import Moments
from segkit.statistics.sparse import effective

_MANY: Final = 30.0
"""Degrees of freedom at which Student's t is as good as normal for everything that a page shows."""

_HARDLY: Final = 2.0
"""Effective customers or groups below which a single one makes nearly all of an arm's numerator."""

_NONE: Final = 1e-12
"""Share of the other arm's variance below which an arm's own is only the rounding of values that are all alike."""


def both_vary(
    treated: ArmEstimate, control: ArmEstimate, covariance: float
) -> tuple[ArmEstimate, ArmEstimate, float | None]:
    """Give an arm without a spread of its own that of the other. Return both, with degrees of freedom if one was
    changed.
    """
    one, other = (max(arm.variance - covariance, 0.0) for arm in (treated, control))
    if one <= _NONE * other:
        return replace(treated, variance=covariance + other * control.n / max(treated.n, 1)), control, control.df
    if other <= _NONE * one:
        return treated, replace(control, variance=covariance + one * treated.n / max(control.n, 1)), treated.df
    return treated, control, None


def ratios_of_few(
    treated: Moments, control: Moments, numerator: str, denominator: str
) -> tuple[ArmEstimate, ArmEstimate]:
    """Compute both arms' ratios so that they claim no more certainty than their few customers allow.

    Where few customers have a denominator (orders), only these few show the spread, and they are the degrees of
    freedom. An arm may have a ratio that does not vary, or a numerator that at most one customer or group makes.
    Such an arm varies at least as much as the other arm would at the ratio of both arms together.
    """
    cells = (treated, control)
    weights = [c.n(denominator) * c.mean(denominator) for c in cells]
    arms = [arm_ratio(c, numerator, denominator) for c in cells]
    found = []
    for at, (cell, arm) in enumerate(zip(cells, arms, strict=True)):
        few = effective(cell, denominator)
        kept = arm
        if few < min(_MANY, 0.5 * arm.n):
            kept = replace(kept, df=max(few - 1, 1.0))
        other, beside = arms[1 - at], weights[1 - at] / weights[at]
        spread = other.variance * beside
        if spread > 0 and beside > 0:
            makers = effective(cell, numerator)
            if arm.variance <= _NONE * spread and makers > 0:
                kept = replace(kept, variance=spread, df=min(kept.df, other.df))
            elif makers < min(_HARDLY, 0.5 * arm.n) and arm.value >= 0 and other.value > 0:
                pooled = (weights[at] * arm.value + weights[1 - at] * other.value) / sum(weights)
                kept = replace(kept, variance=max(kept.variance, spread * min(pooled / other.value, 1.0)))
        found.append(kept)
    return found[0], found[1]
