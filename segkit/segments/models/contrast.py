"""How a group stands out from everyone else in one feature: an index, its interval, an effect size, a p-value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from segkit.statistics.effects import LEAST, Effect, compare
from segkit.statistics.estimate import ArmEstimate, Refusal
from segkit.statistics.proportions import FEW, score_comparison

NOTABLE: Final = 0.2
"""Effect size at which a difference starts to be more than small (Cohen 1988, for d and h alike)."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A group compared with all others.

    Attributes:
        value, rest: mean or share in the group and among all others, in the feature's unit.
        index: value ÷ rest; 1 is no difference. None where the rest cannot be told from zero, or is below it.
        low, high: interval of the index at the level asked for; None where `index` is.
        effect: standardised difference (Cohen 1988), positive where the group has more: d for means (difference ÷ pooled
            standard deviation), h for shares (difference of the arcsines). 0 where all customers are alike.
        p_value: p-value of "no difference", not corrected for anything; None where nothing varies.
    """

    value: float
    rest: float
    index: float | None
    low: float | None
    high: float | None
    effect: float
    p_value: float | None


def mean_contrast(
    n: int, mean: float, variance: float, n_rest: int, mean_rest: float, variance_rest: float, *, level: float = 0.95
) -> Contrast | None:
    """Compare the means of a group and of all others, by Welch's test and Fieller's interval of the index.

    >>> c = mean_contrast(100, 30.0, 100.0, 400, 20.0, 100.0)
    >>> c.index, c.effect
    (1.5, 1.0)

    Args:
        n, n_rest: customers who have a value.
        mean, mean_rest: their means, in the feature's unit.
        variance, variance_rest: their sample variances (n − 1 below).
        level: confidence level of the interval.

    Returns:
        The contrast; None where a side has fewer than two values.
    """
    if min(n, n_rest) < LEAST:
        return None
    found = compare(
        ArmEstimate(mean, variance / n, n, 0, n - 1),
        ArmEstimate(mean_rest, variance_rest / n_rest, n_rest, 0, n_rest - 1),
        level=level,
    )
    pooled = math.sqrt(((n - 1) * variance + (n_rest - 1) * variance_rest) / (n + n_rest - 2))
    effect = (mean - mean_rest) / pooled if pooled > 0 else 0.0
    return _contrast(found, mean, mean_rest, effect)


def share_contrast(k: int, n: int, k_rest: int, n_rest: int, *, level: float = 0.95) -> Contrast | None:
    """Compare the shares of a group and of all others.

    Where few customers have it, the score test and intervals of Miettinen & Nurminen (1985) are used, otherwise
    Welch's and Fieller's.

    >>> round(share_contrast(50, 100, 100, 400).index, 6)
    2.0

    Args:
        k, k_rest: customers who have it.
        n, n_rest: customers for whom it is known.
        level: confidence level of the interval.

    Returns:
        The contrast; None where it is known for fewer than two customers on a side.
    """
    if min(n, n_rest) < LEAST:
        return None
    p, q = k / n, k_rest / n_rest
    found: Effect | Refusal
    if min(k, n - k, k_rest, n_rest - k_rest) < FEW:
        found = score_comparison(k, n, k_rest, n_rest, level=level)
    else:
        arms = (ArmEstimate(x, x * (1 - x) / (m - 1), m, 0, m - 1) for x, m in ((p, n), (q, n_rest)))
        found = compare(*arms, level=level)
    return _contrast(found, p, q, 2 * math.asin(math.sqrt(p)) - 2 * math.asin(math.sqrt(q)))


def _contrast(found: Effect | Refusal, value: float, rest: float, effect: float) -> Contrast:
    if isinstance(found, Refusal):
        same = value == rest and rest != 0
        return Contrast(value, rest, 1.0 if same else None, None, None, effect, None)
    lift = found.lift
    if rest <= 0 or lift.value is None or lift.lower is None or lift.upper is None:
        return Contrast(value, rest, None, None, None, effect, found.p_value)
    return Contrast(value, rest, 1 + lift.value, 1 + lift.lower, 1 + lift.upper, effect, found.p_value)
