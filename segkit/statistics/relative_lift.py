"""Relative lift with an interval that never contradicts the test of the absolute difference.

The interval of a ratio is the set of ratios that the data do not reject (Fieller 1954). The test uses the same
distribution as that of the difference, so that the interval contains "no lift" exactly where the difference is not
significant. The delta-method interval does not do so: on zero-inflated revenue it contradicts its own test in two
draws of five.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize

NOT_ESTIMABLE = "not estimable"
"""Words that a page prints for a lift whose interval has no bound."""


@dataclass(frozen=True, slots=True)
class Lift:
    """The difference divided by the size of the control's mean.

    Attributes:
        value: (treated - control) / |control|, a fraction (0.25 is +25 %); None when not estimable. Its sign is the
            sign of the difference, also where the control's mean is negative.
        lower, upper: bounds of the interval at the comparison's level; None when not estimable.
        reason: why it is not estimable, in a sentence; None when it is.
    """

    value: float | None
    lower: float | None
    upper: float | None
    reason: str | None

    @property
    def estimable(self) -> bool:
        """Whether there is a bounded interval."""
        return self.reason is None


def relative_lift(
    treated: float,
    control: float,
    treated_variance: float,
    control_variance: float,
    *,
    critical: float,
    significant: bool,
    covariance: float = 0.0,
    inflation: Callable[[float], float] | None = None,
) -> Lift:
    """Compute the Fieller interval of (treated - control) / |control|.

    The data reject a lift d where |treated - (1 + d) control| > critical x standard error of that contrast. The
    contrast is written in d rather than in the ratio, so that the bound next to zero keeps its sign to the last bit.

    Args:
        treated, control: the two arms' estimates, in one unit.
        treated_variance, control_variance: variances of these estimates (squared standard errors).
        critical: limit on |estimate / standard error| of the test of the difference.
        significant: whether that test rejects; exactly then, the interval excludes zero.
        covariance: covariance of the two estimates; zero for independent arms.
        inflation: factor on the standard error when testing the ratio r = 1 + d (see
            `segkit.statistics.skewness`).

    Returns:
        The lift. It is not estimable where the control's mean cannot be told from zero at this level, so that the set
        has no bound.
    """
    if control < 0:  # lift is in units of |control|, so the mirror image with a positive control gives the same
        mirrored = relative_lift(
            -treated,
            -control,
            treated_variance,
            control_variance,
            critical=critical,
            significant=significant,
            covariance=covariance,
            inflation=inflation,
        )
        if mirrored.value is None or mirrored.lower is None or mirrored.upper is None:
            return mirrored
        return Lift(-mirrored.value, -mirrored.upper + 0.0, -mirrored.lower + 0.0, None)
    far = 1.0 if inflation is None else inflation(1e9)
    if control == 0 or (critical * far) ** 2 * control_variance >= control**2:
        return Lift(
            None,
            None,
            None,
            f"{NOT_ESTIMABLE}: the control's mean ({control:.4g}) cannot be told from zero",
        )
    difference = treated - control
    if inflation is None:
        lower, upper = _quadratic(
            difference, control, treated_variance, control_variance, covariance, critical, significant
        )
    else:
        lower, upper = _searched(
            difference, control, treated_variance, control_variance, covariance, critical, significant, inflation
        )
    return Lift(difference / control, *agreeing(lower, upper, difference, significant), None)


def _quadratic(
    difference: float, control: float, vt: float, vc: float, cov: float, q: float, significant: bool
) -> tuple[float, float]:
    a = control**2 - q**2 * vc
    b = difference * control + q**2 * (vc - cov)
    c = difference**2 - q**2 * (vt + vc - 2 * cov)
    root = math.sqrt(max(b * b - a * c, 0.0))
    large = (b + math.copysign(root, b)) / a
    small = c / (a * large) if large != 0 else 0.0
    return min(small, large), max(small, large)


def _searched(
    difference: float,
    control: float,
    vt: float,
    vc: float,
    cov: float,
    q: float,
    significant: bool,
    inflation: Callable[[float], float],
) -> tuple[float, float]:
    def excess(d: float) -> float:
        r = 1 + d
        variance = max(vt - 2 * r * cov + r * r * vc, 0.0)
        return abs(difference - d * control) - q * inflation(r) * math.sqrt(variance)

    point = difference / control
    scale = max(abs(point), 1e-3)

    def bound(side: int) -> float:
        start, stop = point, None
        if (
            side * (0 - point) > 0
        ):  # zero lies on this side of the estimate, and the test says on which side of the bound
            start, stop = (point, 0.0) if significant else (0.0, None)
        if stop is None:
            step = side * scale
            stop = start + step
            for _ in range(200):
                if excess(stop) > 0:
                    break
                step *= 2
                stop = start + step
        low, high = excess(start), excess(stop)
        if low >= 0 or high <= 0:  # equal to the last bit: here the test changes its answer
            return start if low >= 0 else stop
        return float(optimize.brentq(excess, start, stop, xtol=1e-14, rtol=1e-13))

    return bound(-1), bound(1)


def agreeing(lower: float, upper: float, difference: float, significant: bool) -> tuple[float, float]:
    """Return bounds on the side of zero that the test gives, since rounding alone can move them across by the last
    bit.
    """
    least = 5e-324
    if significant:
        return (max(lower, least), upper) if difference > 0 else (lower, min(upper, -least))
    return min(lower, 0.0), max(upper, 0.0)
