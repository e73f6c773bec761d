"""Spread that was not seen: values that are all alike, and ratios that few customers make, are no certainty."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from segkit.statistics.estimate import ArmEstimate, arm_ratio
from segkit.statistics.moments import Moments
from segkit.statistics.sparse import effective

_MANY: Final = 30.0
"""From so many on, Student's t is the normal distribution for all that a page shows."""

_HARDLY: Final = 2.0
"""With fewer effective customers or clusters than this one of them makes nearly all of an arm's numerator."""

_NONE: Final = 1e-12
"""An arm's variance below this share of the other's is the rounding of values that are all alike."""


def both_vary(
    treated: ArmEstimate, control: ArmEstimate, covariance: float
) -> tuple[ArmEstimate, ArmEstimate, float | None]:
    """The estimates, one without a spread of its own with the other's; and degrees of freedom if it is so."""
    one, other = (max(arm.variance - covariance, 0.0) for arm in (treated, control))
    if one <= _NONE * other:
        return replace(treated, variance=covariance + other * control.n / max(treated.n, 1)), control, control.df
    if other <= _NONE * one:
        return treated, replace(control, variance=covariance + one * treated.n / max(control.n, 1)), treated.df
    return treated, control, None


def ratios_of_few(
    treated: Moments, control: Moments, numerator: str, denominator: str
) -> tuple[ArmEstimate, ArmEstimate]:
    """Both arms' ratios; what few make is known of these few.

    Of a denominator that few have (orders), no more than these few speak of the spread: they are the degrees of
    freedom. An arm whose ratio does not vary, or whose numerator one at most makes (clusters of which none bought), varies
    at least as the other one's would at the ratio of both arms together.
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
