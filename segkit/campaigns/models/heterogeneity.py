"""Whether the effect differs between segments, and the best estimate for each.

Twenty segments without any effect show a "winner" two times in three. So the test comes first. Then each segment's
estimate is shrunk towards the whole by as much as the data say (empirical Bayes), in such a way that the shrunken
estimates add up to the whole again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from segkit.arrays import Floats
from segkit.errors import DataError
from segkit.statistics.inputs import Numbers, share, vector
from segkit.statistics.reference import Normal


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Cochran's test that all segments have the same effect.

    Attributes:
        q: sum of squared standardised distances from the precision-weighted mean.
        df: segments - 1.
        p_value: p-value of q as a chi-square statistic.
        i2: share of the variation between segments that is not noise, 0 to 1.
    """

    q: float
    df: int
    p_value: float
    i2: float


def cochran_q(effects: Numbers, standard_errors: Numbers) -> Heterogeneity:
    """Test whether all segments have the same effect (Cochran 1954).

    Args:
        effects: (S,) one per segment, independent of each other.
        standard_errors: (S,) above zero, in the effects' unit.
    """
    d, s = _segments(effects, standard_errors)
    w = 1 / s**2
    q = float((w * (d - (w * d).sum() / w.sum()) ** 2).sum())
    df = len(d) - 1
    return Heterogeneity(q, df, float(special.chdtrc(df, q)) if df else 1.0, max(0.0, 1 - df / q) if q > 0 else 0.0)


def between_variance(effects: Numbers, standard_errors: Numbers) -> float:
    """Estimate the variance of the true effects between segments, tau squared; zero where noise explains all of it.

    The estimator is that of Paule & Mandel (1982).
    """
    d, s = _segments(effects, standard_errors)
    v, df = s**2, len(d) - 1

    def surplus(t2: float) -> float:
        w = 1 / (v + t2)
        return float((w * (d - (w * d).sum() / w.sum()) ** 2).sum()) - df

    if df == 0 or surplus(0.0) <= 0:
        return 0.0
    top = float(np.ptp(d) ** 2) + 1e-300
    while surplus(top) > 0:
        top *= 4
    return float(optimize.brentq(surplus, 0.0, top, xtol=1e-14 * top, rtol=1e-12))


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """Effects of segments, raw and shrunken.

    Attributes:
        raw: effects as measured.
        shrunken: best estimates. Their mean, weighted by customers, is `total`.
        lower, upper: intervals of the shrunken estimates. They cover on average over segments.
        weights: how much of each segment's own measurement is kept, from 0 (only the whole counts) to 1 (raw).
        tau: standard deviation of the true effects between segments, in the same unit.
        hedge: 0 where the segments are taken to be alike, 1 where they are taken to differ, and in between where it
            is open.
        total: the overall effect.
        test: Cochran's test.
    """

    raw: tuple[float, ...]
    shrunken: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    weights: tuple[float, ...]
    tau: float
    hedge: float
    total: float
    test: Heterogeneity


def shrink(
    effects: Numbers,
    standard_errors: Numbers,
    customers: Numbers,
    total: float,
    *,
    total_error: float,
    level: float = 0.95,
) -> Shrinkage:
    """Shrink segments' effects towards the whole, so that they add up to it.

    With B = tau^2 / (tau^2 + s^2), the estimate is B x raw + (1 - B) x center. The center is chosen so that the mean,
    weighted by customers, is exactly `total`. Where segments do not differ, plain empirical Bayes is up to a half
    worse than the overall effect, because tau is then estimated from noise. This estimate is hedged: B counts in full
    only where Cochran's test rejects at .03 / S, and not at all above .3 / S; between the two it counts linearly in
    q. By simulation, the split-half error stays within 1.05 of the better of raw and overall, whatever the true
    spread.

    Args:
        effects: (S,) one per segment.
        standard_errors: (S,) above zero. Leave out a segment without variation, or give it the standard error that
            the other segments' variance implies for its customers.
        customers: (S,) customers of each segment, the weights of the whole.
        total: the overall effect, to which the shrunken ones add up.
        total_error: its standard error.
        level: confidence level of the intervals.

    Returns:
        The shrunken effects. Intervals average over the values that tau may have (uniform prior on tau, Gelman 2006),
        and are widened by the distance between that posterior's mean and the estimate that is shown. By simulation,
        95 % intervals cover 93 to 99 % of the segments' true effects; they cover least where segments differ by about
        as much as the noise.
    """
    d, s = _segments(effects, standard_errors)
    n = vector(customers, "customers", length=len(d))
    if (n <= 0).any():
        raise DataError("a segment has no customers. Every segment needs some; leave empty ones out.")
    level = share(level, "level")
    w, v, count = n / n.sum(), s**2, len(d)
    test = cochran_q(d, s)
    t2 = between_variance(d, s)
    b = t2 / (t2 + v)
    hedge = _hedge(test, count)
    kept = hedge * b
    center = _center(d, kept, w, total)
    shrunken = kept * d + (1 - kept) * center
    mean, spread = _posterior(d, v, w, total, total_error)
    half = Normal().critical(level) * np.sqrt(spread) + np.abs(mean - shrunken)
    return Shrinkage(
        _floats(d),
        _floats(shrunken),
        _floats(shrunken - half),
        _floats(shrunken + half),
        _floats(kept),
        math.sqrt(t2),
        hedge,
        float(total),
        test,
    )


def _hedge(test: Heterogeneity, segments: int) -> float:
    if test.df == 0:
        return 0.0
    least = float(special.chdtri(test.df, 0.3 / segments))
    most = float(special.chdtri(test.df, 0.03 / segments))
    return min(max((test.q - least) / (most - least), 0.0), 1.0)


def _center(d: Floats, kept: Floats, w: Floats, total: float) -> float:
    rest = float((w * (1 - kept)).sum())
    return (total - float((w * kept * d).sum())) / rest if rest > 1e-12 else total


def _posterior(d: Floats, v: Floats, w: Floats, total: float, total_error: float) -> tuple[Floats, Floats]:
    """Compute mean and variance of each segment's effect, averaged over tau on a grid (Gelman et al. 2013, section
    5.4).
    """
    if len(d) == 1:
        return np.array([total]), np.array([total_error**2])
    top = 4 * max(float(np.std(d, ddof=1)), float(np.sqrt(v.mean())))
    grid = np.linspace(0.0, top, 200)
    precision = 1 / (v[None, :] + grid[:, None] ** 2)
    mu = (precision * d).sum(1) / precision.sum(1)
    log_density = 0.5 * (
        np.log(precision).sum(1) - np.log(precision.sum(1)) - (precision * (d - mu[:, None]) ** 2).sum(1)
    )
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    b = grid[:, None] ** 2 * precision
    means = b * d + (1 - b) * mu[:, None]
    variances = b * v + (1 - b) ** 2 * np.maximum(1 / precision.sum(1), total_error**2)[:, None]
    mean = weight @ means
    return mean, weight @ (variances + (means - mean) ** 2)


def _segments(effects: Numbers, standard_errors: Numbers) -> tuple[Floats, Floats]:
    d = vector(effects, "effects")
    s = vector(standard_errors, "standard errors", length=len(d))
    if not len(d):
        raise DataError("no segment given; at least one is needed.")
    if (s <= 0).any():
        raise DataError(
            f"{int((s <= 0).sum())} segments have a standard error of zero or less; leave out segments without variation."
        )
    return d, s


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(x) for x in values)
