"""How strong an unknown difference would have to be to explain an adjusted difference away."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from segkit.errors import ParameterError
from segkit.statistics.inputs import positive, share


@dataclass(frozen=True, slots=True)
class Robustness:
    """How robust a regression coefficient is (Cinelli & Hazlett 2020).

    Attributes:
        partial_r2: share of the outcome's residual variation that the treatment explains.
        value: robustness value. An unknown variable that explains this share of the residual variation of both
            treatment and outcome would bring the estimate to zero.
        value_significance: the share that would bring it to the edge of significance; zero where it is not
            significant.
    """

    partial_r2: float
    value: float
    value_significance: float


def robustness(statistic: float, df: float, *, level: float = 0.95) -> Robustness:
    """Compute the robustness of a coefficient from its t statistic and its residual degrees of freedom.

    >>> round(robustness(4.18445, 783).value, 4)  # Cinelli & Hazlett (2020), table 1
    0.1388
    """
    n, level = positive(df, "df"), share(level, "level")
    if not math.isfinite(statistic):
        raise ParameterError(f"the t statistic is {statistic!r}. It must be a finite number.")
    f = abs(statistic) / math.sqrt(n)
    # eq. 18 of the paper: the critical value counts one degree of freedom for the unknown variable
    limit = float(special.stdtrit(n - 1, 0.5 + level / 2)) / math.sqrt(n - 1) if n > 1 else math.inf
    return Robustness(statistic**2 / (statistic**2 + n), _robustness(f), _robustness_beyond(f, limit))


def _robustness(f: float) -> float:
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)


def _robustness_beyond(f: float, limit: float) -> float:
    if f <= limit:
        return 0.0
    # an unknown variable so strong that it explains the outcome alone: the other bound holds (eq. 19)
    if f * limit > 1:
        return (f**2 - limit**2) / (1 + f**2)
    return _robustness(f - limit)
