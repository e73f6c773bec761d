"""Intervals for one number: a share, a mean, a Gini coefficient, a quantile."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from segkit.errors import DataError, ParameterError
from segkit.statistics.inputs import FloatArray, Numbers, share, vector
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Student


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its bounds.

    Attributes:
        value: the estimate.
        lower, upper: bounds at `level`.
        level: confidence level.
        method: how the bounds were found, for the page.
    """

    value: float
    lower: float
    upper: float
    level: float
    method: str


def proportion_interval(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Wilson (1927) score interval of a share; never empty, never outside 0 to 1.

    >>> i = proportion_interval(81, 263)  # Newcombe (1998), table I
    >>> round(i.lower, 4), round(i.upper, 4)
    (0.2553, 0.3662)
    """
    if n <= 0 or not 0 <= successes <= n:
        raise DataError(f"{successes} of {n} customers is no share; the first must be between 0 and the second.")
    z = float(special.ndtri(0.5 + share(level, "level") / 2))
    p, z2 = successes / n, z * z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    lower = 0.0 if successes == 0 else max(middle - half, 0.0)
    upper = 1.0 if successes == n else min(middle + half, 1.0)
    return Interval(p, lower, upper, level, "Wilson")


def mean_interval(cell: Moments, metric: str, *, level: float = 0.95) -> Interval:
    """Student's t interval of a mean, over customers who have a value; two at least."""
    mean, n = cell.mean(metric), cell.n(metric)
    half = Student(n - 1).critical(share(level, "level")) * math.sqrt(cell.variance(metric) / n)
    return Interval(mean, mean - half, mean + half, level, "Student t")


def grouped(values: Numbers, counts: Numbers) -> tuple[FloatArray, FloatArray]:
    """Distinct values, ascending, and how many customers have each: checked, merged and sorted.

    Raises:
        DataError: a negative or fractional count, or nobody.
    """
    v = vector(values, "values")
    c = vector(counts, "counts", length=len(v))
    if (c < 0).any() or (c != np.floor(c)).any() or c.sum() <= 0:
        raise DataError("counts must be whole, not negative, and count somebody.")
    kept = c > 0
    distinct, place = np.unique(v[kept], return_inverse=True)
    return distinct, np.bincount(place, weights=c[kept], minlength=len(distinct)).astype(np.float64)


def gini(values: Numbers, counts: Numbers) -> float:
    """Gini coefficient of grouped values, 0 (all alike) to nearly 1; values below zero are counted as zero.

    >>> round(gini([1, 2, 3, 4, 5], [45, 25, 15, 10, 5]), 4)
    0.3085
    """
    return _gini(*grouped(np.maximum(vector(values, "values"), 0.0), counts))


def gini_interval(
    values: Numbers, counts: Numbers, *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> Interval:
    """Bootstrap percentile interval of the Gini coefficient from grouped values."""
    v, c = grouped(np.maximum(vector(values, "values"), 0.0), counts)
    return _bootstrap(v, c, _gini, level, draws, seed)


def quantile(values: Numbers, counts: Numbers, q: float) -> float:
    """The smallest value that at least a share q of customers do not exceed."""
    v, c = grouped(values, counts)
    return _quantile(v, c, share(q, "q"))


def quantile_interval(values: Numbers, counts: Numbers, q: float, *, level: float = 0.95) -> Interval:
    """Distribution-free interval of a quantile from order statistics (binomial; Conover 1999, section 3.2).

    Exact for continuous values, on the safe side with ties; the ends of the data where they cannot bound it.
    """
    v, c = grouped(values, counts)
    q, level = share(q, "q"), share(level, "level")
    n = int(c.sum())
    cumulative = np.cumsum(c)
    tail = (1 - level) / 2
    low_rank = _binomial_rank(tail, n, q)
    high_rank = _binomial_rank(1 - tail, n, q) + 1

    def at(rank: int) -> float:
        return float(v[int(np.searchsorted(cumulative, min(max(rank, 1), n)))])

    return Interval(_quantile(v, c, q), at(low_rank), at(high_rank), level, "order statistics")


def _binomial_rank(probability: float, n: int, q: float) -> int:
    """Smallest k with P(Binomial(n, q) <= k) >= probability."""
    low, high = -1, n
    while high - low > 1:
        middle = (low + high) // 2
        if special.bdtr(middle, n, q) >= probability:
            high = middle
        else:
            low = middle
    return high


def _gini(v: FloatArray, c: FloatArray) -> float:
    total = float(v @ c)
    if total <= 0:
        raise DataError("the Gini coefficient needs a value above zero somewhere.")
    n = c.sum()
    rank = np.cumsum(c) - c / 2  # mean rank of the tied, less one half
    return float(2 * ((rank * c) @ v) / (n * total) - 1)


def _quantile(v: FloatArray, c: FloatArray, q: float) -> float:
    cumulative = np.cumsum(c)
    return float(v[int(np.searchsorted(cumulative, q * cumulative[-1] * (1 - 1e-12)))])


def _bootstrap(
    v: FloatArray,
    c: FloatArray,
    statistic: Callable[[FloatArray, FloatArray], float],
    level: float,
    draws: int,
    seed: int,
) -> Interval:
    level = share(level, "level")
    if draws < 200:
        raise ParameterError(f"{draws} draws are too few for an interval; write 200 or more.")
    n = int(c.sum())
    random = np.random.default_rng(seed)
    found = np.array([statistic(v, random.multinomial(n, c / n).astype(float)) for _ in range(draws)])
    lower, upper = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    value = statistic(v, c)
    return Interval(value, min(float(lower), value), max(float(upper), value), level, f"bootstrap, {draws:,} draws")
