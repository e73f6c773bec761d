"""The best of many segments: it looks better than it is, and this is how good it really is.

Given that a segment came out first, its measured effect is a normal variable that is cut off below by the second
best. The estimate has the right median under that cut, and the interval covers under it. Both are the hybrid ones of
Andrews, Kitagawa & McCloskey (2024, Inference on Winners, section 4): they condition on the win where the race is
close, and the interval is never wider than one that covers all segments simultaneously.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from segkit.errors import DataError
from segkit.statistics.inputs import Numbers, share, vector


@dataclass(frozen=True, slots=True)
class Winner:
    """The best segment, corrected for being chosen because it is best.

    Attributes:
        index: its place among the segments.
        raw: its effect as measured.
        corrected: estimate that has the right median, given that the segment won and lies in the simultaneous
            interval.
        lower, upper: interval that covers at `level` whichever segment wins.
        level: confidence level.
    """

    index: int
    raw: float
    corrected: float
    lower: float
    upper: float
    level: float


def best_segment(effects: Numbers, standard_errors: Numbers, *, level: float = 0.95) -> Winner:
    """Correct the largest effect for having been selected.

    Args:
        effects: (S,) one per segment, independent. The largest is the best; negate them to ask for the worst.
        standard_errors: (S,) above zero.
        level: confidence level. A tenth of 1 - level goes to the simultaneous interval, the rest to the conditional
            one.
    """
    d = vector(effects, "effects")
    s = vector(standard_errors, "standard errors", length=len(d))
    level = share(level, "level")
    if not len(d) or (s <= 0).any():
        raise DataError("the best segment needs at least one segment, and standard errors above zero.")
    best = int(np.argmax(d))
    x, error = float(d[best]), float(s[best])
    alpha = 1 - level
    if len(d) == 1:
        half = float(special.ndtri(1 - alpha / 2)) * error
        return Winner(best, x, x, x - half, x + half, level)
    second = float(np.delete(d, best).max())
    beta = alpha / 10
    reach = _simultaneous(len(d), beta) * error
    rest = (alpha - beta) / (1 - beta)

    def solve(quantile: float) -> float:
        return _effect_at(x, error, second, reach, quantile)

    return Winner(best, x, solve(0.5), solve(1 - rest / 2), solve(rest / 2), level)


def _simultaneous(segments: int, beta: float) -> float:
    """Return the limit below which the largest of S independent |standardised errors| stays, with probability 1 -
    beta.
    """
    return float(special.ndtri(0.5 + 0.5 * (1 - beta) ** (1 / segments)))


def _effect_at(x: float, error: float, second: float, reach: float, quantile: float) -> float:
    """Find the true effect under which the measured one is at this quantile, cut to [second, effect + reach].

    The higher the effect, the lower the quantile of the measured value. The effect is searched within x -/+ reach,
    since the simultaneous interval rules out values beyond.
    """

    def position(effect: float) -> float:
        low = max((max(second, effect - reach) - effect) / error, -40.0)
        high = reach / error
        at = min(max((x - effect) / error, low), high)
        return _mass(low, at) / max(_mass(low, high), 1e-300)

    lowest, highest = x - reach, x + reach
    if position(lowest) <= quantile:
        return lowest
    if position(highest) >= quantile:
        return highest
    return float(optimize.brentq(lambda e: position(e) - quantile, lowest, highest, xtol=1e-12 * max(abs(x), error)))


def _mass(low: float, high: float) -> float:
    """Compute the normal probability between two bounds, without cancellation in the upper tail."""
    if high <= low:
        return 0.0
    if low > 0:
        return float(special.ndtr(-low) - special.ndtr(-high))
    return float(special.ndtr(high) - special.ndtr(low)) if math.isfinite(low) else float(special.ndtr(high))
