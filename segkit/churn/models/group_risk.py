"""How many of a group will leave, with an interval for what will be seen; and a refusal where a group is too small.

The share that leaves scatters around the mean risk because leaving is chance, because the model was learnt from a
sample, and because the model is not right; the last is measured on a period that was held out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from segkit.errors import ModelError

FEWEST: Final = 30
"""Customers from which a group's risk is stated."""
_DISCRETE: Final = 2_000


@dataclass(frozen=True, slots=True)
class GroupRisk:
    """A group's risk.

    Attributes:
        customers: in the group.
        mean: mean predicted risk; None where refused.
        low, high: the share that leaves lies between them at the level asked for; None where refused.
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
    """The interval of the share that leaves.

    Parameters
    ----------
    customers: In the group.
    mean: Mean predicted risk.
    variance: Mean of p (1 − p) over its customers.
    learnt_from: Training rows of customers like these (training rows × the group's share); may be infinite.
    model_error: Relative standard deviation of the model's error for groups; see `model_error`.
    level: Share of such intervals that hold what comes.
    fewest: Smaller groups are refused.

    Notes
    -----
    A beta-binomial count of that mean and variance (a beta share for large groups), equal tails.
    """
    if customers < fewest:
        return GroupRisk(
            customers, None, None, None, f"{customers} customers are too few for a risk; {fewest} are needed"
        )
    tail = (1 - level) / 2
    fitted = variance / learnt_from if learnt_from > 0 else 0.0
    between = fitted + (model_error * mean) ** 2
    p = min(max(mean, 1e-9), 1 - 1e-9)
    between = min(between, 0.5 * p * (1 - p))
    if customers <= _DISCRETE:
        if between < 1e-12 * p:
            low, high = (float(stats.binom.ppf(q, customers, p)) / customers for q in (tail, 1 - tail))
        else:
            size = p * (1 - p) / between - 1
            low, high = (
                float(stats.betabinom.ppf(q, customers, p * size, (1 - p) * size)) / customers
                for q in (tail, 1 - tail)
            )
        return GroupRisk(customers, mean, min(low, mean), max(high, mean), None)
    total = min(variance / customers + between, 0.5 * p * (1 - p))
    size = p * (1 - p) / total - 1
    low, high = (float(stats.beta.ppf(q, p * size, (1 - p) * size)) for q in (tail, 1 - tail))
    return GroupRisk(customers, mean, min(low, mean), max(high, mean), None)


def model_error(left: ArrayLike, expected: ArrayLike, variance: ArrayLike) -> float:
    """Relative standard deviation of a model's error for groups, from a held-out period (method of moments).

    Parameters
    ----------
    left: How many left, by group.
    expected: How many were expected to: the sum of p.
    variance: The sum of p (1 − p).

    >>> round(model_error([130, 60], [100, 50], [90, 45]), 3)
    0.263

    Raises
    ------
    ModelError
        Nobody was expected to leave.
    """
    o, e, v = (np.asarray(part, dtype=np.float64) for part in (left, expected, variance))
    if not e.sum() > 0:
        raise ModelError("nobody was expected to leave, so that the model's error cannot be measured.")
    return math.sqrt(max(float(((o - e) ** 2 - v).sum() / (e**2).sum()), 0.0))
