"""How strong something unknown would have to be to explain an adjusted difference away."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from segkit.errors import ParameterError
from segkit.statistics.inputs import positive, share


@dataclass(frozen=True, slots=True)
class Robustness:
    """Cinelli & Hazlett (2020) for a regression coefficient.

    Attributes:
        partial_r2: share of the outcome's residual variation that the treatment explains.
        value: robustness value: an unknown that explains this share of the residual variation of both treatment and
            outcome would bring the estimate to zero.
        value_significance: the same for bringing it to the edge of significance; zero where it is not significant.
    """

    partial_r2: float
    value: float
    value_significance: float


def robustness(statistic: float, df: float, *, level: float = 0.95) -> Robustness:
    """From a t statistic and its residual degrees of freedom.

    >>> round(robustness(4.18445, 783).value, 4)  # Cinelli & Hazlett (2020), table 1
    0.1388
    """
    n, level = positive(df, "df"), share(level, "level")
    if not math.isfinite(statistic):
        raise ParameterError(f"the t statistic is {statistic!r}; it must be finite.")
    f = abs(statistic) / math.sqrt(n)
    # eq. 18 of the paper: the critical value counts one degree of freedom for the unknown
    limit = float(special.stdtrit(n - 1, 0.5 + level / 2)) / math.sqrt(n - 1) if n > 1 else math.inf
    return Robustness(statistic**2 / (statistic**2 + n), _robustness(f), _robustness_beyond(f, limit))


def _robustness(f: float) -> float:
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)


def _robustness_beyond(f: float, limit: float) -> float:
    if f <= limit:
        return 0.0
    if f * limit > 1:  # an unknown so strong that it explains the outcome alone: the other bound holds (eq. 19)
        return (f**2 - limit**2) / (1 + f**2)
    return _robustness(f - limit)


@dataclass(frozen=True, slots=True)
class EValue:
    """VanderWeele & Ding (2017).

    Attributes:
        estimate: risk ratio that an unknown would need with both contact and outcome to explain the estimate.
        limit: the same for the end of the interval that is nearer to "no difference"; 1 where it includes it.
    """

    estimate: float
    limit: float


def e_value(ratio: float, lower: float, upper: float) -> EValue:
    """From a risk ratio and its interval.

    >>> e = e_value(3.9, 1.8, 8.7)  # VanderWeele & Ding (2017): 7.26 and 3.0
    >>> round(e.estimate, 2), round(e.limit, 1)
    (7.26, 3.0)
    """
    r, low, high = positive(ratio, "ratio"), positive(lower, "lower"), positive(upper, "upper")
    if not low <= r <= high:
        raise ParameterError(f"the ratio {r:g} is outside of its interval {low:g} to {high:g}.")
    nearer = low if r >= 1 else high
    crossed = (low <= 1 <= high) or r == 1
    return EValue(_e(r), 1.0 if crossed else _e(nearer))


def e_value_of_difference(
    difference: float, standard_error: float, deviation: float, *, level: float = 0.95
) -> EValue:
    """For a difference of means: taken as the risk ratio exp(.91 x difference / deviation) (same paper, table 2).

    Parameters:
        difference, standard_error: of the outcome's means.
        deviation: standard deviation of the outcome among customers.
    """
    sd = positive(deviation, "deviation")
    d, s = difference / sd, positive(standard_error, "standard_error") / sd
    half = float(special.ndtri(0.5 + share(level, "level") / 2)) * s
    return e_value(math.exp(0.91 * d), math.exp(0.91 * (d - half)), math.exp(0.91 * (d + half)))


def _e(ratio: float) -> float:
    r = ratio if ratio >= 1 else 1 / ratio
    return r + math.sqrt(r * (r - 1))
