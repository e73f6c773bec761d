"""The predicted risk of a group: its mean, with an interval for the share that will be seen to leave.

That share scatters around the mean risk for three reasons: leaving is chance, the model was learnt from a sample, and
the model is not quite right. The model's error is measured on past horizons, which are few: what moves all customers
alike shows once in each horizon, and what a segment misses beyond that shows once in each segment. Both spreads are
estimates, so Student's t takes the place of the normal distribution (as for customer value, see
`segkit.forecast.models.forecast_errors`). Chance is known, and is not widened. A group that is too small gets a
refusal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.statistics.told import Figure, Told

FEWEST: Final = 30
"""Customers that a group needs for its risk to be stated."""
_NODES: Final = 200
_WIDEST: Final = 30.0


@dataclass(frozen=True, slots=True)
class ModelErrors:
    """How far a model's risks of groups were off beyond chance, as standard deviations of log-odds.

    Attributes:
        whole: the spread of what moves all customers of a horizon alike.
        horizons: how many horizons were seen; one was held out, and the model was learnt from the others.
        segments: the spread of what a segment misses beyond the whole.
        compared: how many differences between segments were seen.
    """

    whole: float = 0.0
    horizons: int = 2
    segments: float = 0.0
    compared: int = 1

    def reach(self, level: float, *, segment: bool) -> float:
        """Return the standard deviation of log-odds with which a normal interval covers the model's error."""
        # the next horizon is compared with the mean over the horizons that were seen
        found = self.whole**2 * (1 + 1 / self.horizons) * _widened(self.horizons - 1, level)
        if segment:
            found += self.segments**2 * _widened(self.compared, level)
        return math.sqrt(found)


@dataclass(frozen=True, slots=True)
class GroupRisk:
    """The risk of a group.

    Attributes:
        customers: how many are in the group.
        mean: the mean predicted risk; None where refused.
        low, high: bounds of the share that leaves, at the level asked for; None where refused.
        refusal: why there is no number, in words; None where there is one.
    """

    customers: int
    mean: float | None
    low: float | None
    high: float | None
    refusal: str | None


def group_risk(
    customers: int,
    mean: float,
    variance: float,
    *,
    learnt_from: float,
    model_error: float,
    level: float = 0.9,
    fewest: int = FEWEST,
) -> GroupRisk:
    """Return the mean risk of a group with an interval of the share that leaves.

    The interval has equal tails. The log-odds of the share are normal around those of the mean; given the share, the
    count is binomial with the mean and the variance of a sum of unequal chances (fewer customers at a higher risk).

    Args:
        customers: in the group.
        mean: mean predicted risk.
        variance: mean of p (1 − p) over its customers.
        learnt_from: training rows of customers like these (training rows × the group's share); may be infinite.
        model_error: standard deviation of the model's error in log-odds; see `ModelErrors.reach`.
        level: share of such intervals that hold what comes.
        fewest: smaller groups are refused.
    """
    if customers < fewest:
        return GroupRisk(
            customers,
            None,
            None,
            None,
            Told.of(
                "{customers} customers are too few for a risk; {fewest} are needed",
                customers=Figure(customers, "count"),
                fewest=Figure(fewest, "count"),
            ),
        )
    p = min(max(mean, 1e-9), 1 - 1e-9)
    spread = p * (1 - p)
    alike = min(max(variance / spread, 1e-6), 1.0)
    fitted = alike / (learnt_from * spread) if learnt_from > 0 else 0.0
    sd = min(math.sqrt(fitted + model_error**2), _WIDEST)
    normal = special.ndtri((np.arange(_NODES) + 0.5) / _NODES)
    shares = special.expit(special.logit(p) + sd * normal) if sd > 0 else np.array([p])
    tail = (1 - level) / 2
    low, high = (_quantile(customers, shares, alike, q) / customers for q in (tail, 1 - tail))
    return GroupRisk(customers, mean, min(low, mean), max(high, mean), None)


def _quantile(customers: int, shares: Floats, alike: float, level: float) -> int:
    """Return the smallest count that is not exceeded with that probability."""
    chance = 1 - alike * (1 - shares)
    size = customers * shares / chance
    low, high = -1, customers
    while high - low > 1:
        middle = (low + high) // 2
        inside = size > middle
        below = np.ones(shares.size)
        below[inside] = special.betainc(size[inside] - middle, middle + 1.0, 1 - chance[inside])
        if float(below.mean()) >= level:
            high = middle
        else:
            low = middle
    return high


def _widened(freedom: int, level: float) -> float:
    """Return the factor on a variance that makes up for its being estimated with few degrees of freedom."""
    return float(special.stdtrit(max(freedom, 1), 0.5 + level / 2) / special.ndtri(0.5 + level / 2)) ** 2


@dataclass(frozen=True, eq=False)
class Seen:
    """Groups of customers whose horizon has passed, as columns with an entry for each group.

    Attributes:
        customers, left: how many customers there were, and how many of them left.
        expected, variance: the sums of their risks p and of p (1 − p).
    """

    customers: ArrayLike
    left: ArrayLike
    expected: ArrayLike
    variance: ArrayLike

    def misses(self) -> tuple[Floats, Floats]:
        """Return how far the log-odds of the share that left are from the expected ones, and the variance due to
        chance.
        """
        n, o, e, v = (
            np.asarray(part, dtype=np.float64) for part in (self.customers, self.left, self.expected, self.variance)
        )
        # half a customer is added on each side, so that log-odds stay finite where nobody or everybody left
        p = (e + 0.5) / (n + 1)
        gap = special.logit((o + 0.5) / (n + 1)) - special.logit(p)
        return np.asarray(gap), np.asarray((v + 0.25) / ((n + 1) * p * (1 - p)) ** 2)


def whole_error(seen: Seen) -> float:
    """Return the spread of what moves all customers of a horizon alike, beyond chance.

    Args:
        seen: an entry for each horizon, the held-out one first; the model was learnt from the others, which are its
            mean.

    >>> round(whole_error(Seen([1000] * 3, [130, 100, 102], [100, 100, 102], [90, 90, 92])), 3)
    0.141
    """
    gap, chance = seen.misses()
    freedom = gap.size - 1
    if freedom < 1:
        raise ModelError("a model's error needs two horizons: one to learn from and one that was held out.")
    # a horizon that was not learnt from misses by its own error and by the mean's; the mean's chance is left in
    weight = np.ones(gap.size)
    weight[0] = 1 / (1 + 1 / freedom)
    share = np.append(1.0, np.full(freedom, 1 - 1 / freedom))
    found = float((weight * gap**2).sum() - (weight[0] * chance[0] + (share[1:] * chance[1:]).sum())) / freedom
    return math.sqrt(max(found, 0.0))


def segment_error(seen: Seen) -> float:
    """Return the spread of what segments of one horizon miss beyond the whole and chance; 0 for fewer than two.

    Source: DerSimonian and Laird (1986).
    """
    gap, chance = seen.misses()
    if gap.size < 2:
        return 0.0
    weight = 1 / chance
    mean = float(weight @ gap / weight.sum())
    excess = float(weight @ (gap - mean) ** 2) - (gap.size - 1)
    return math.sqrt(max(excess / float(weight.sum() - (weight**2).sum() / weight.sum()), 0.0))
