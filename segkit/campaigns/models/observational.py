"""Campaigns whose recipients were chosen: estimates that take out known differences, with standard errors.

None of them is better than the assumption that no unknown difference matters; `campaigns.models.sensitivity` says how
strong one would have to be, and `campaigns.models.evidence` which words remain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segkit.statistics.effects import Distribution, Effect, compare
from segkit.statistics.estimate import Refusal, arm_change
from segkit.statistics.moments import Moments
from segkit.statistics.told import Figure, Quoted, Told

Estimand = Literal["treated", "everybody"]
"""Effect on those who were contacted (ATT), or on all customers had all been contacted (ATE)."""

Estimator = Literal["regression", "inverse-propensity", "doubly-robust"]


@dataclass(frozen=True, slots=True)
class AdjustedEstimate:
    """An adjusted difference.

    Attributes:
        value: in the outcome's unit, per customer.
        standard_error: of the value.
        lower, upper: interval at `level`.
        statistic: value / standard error.
        p_value: two-sided.
        df: residual degrees of freedom; infinite for estimators judged by the normal distribution.
        level: confidence level.
        estimator: how it was computed.
        estimand: of whom it speaks; regression speaks of everybody if the effect is the same for all.
        treated, control: customers.
    """

    value: float
    standard_error: float
    lower: float
    upper: float
    statistic: float
    p_value: float
    df: float
    level: float
    estimator: Estimator
    estimand: Estimand
    treated: int
    control: int


def difference_in_differences(
    treated: Moments,
    control: Moments,
    *,
    after: str,
    before: str,
    level: float = 0.95,
    distribution: Distribution = "t",
) -> Effect | Refusal:
    """Change among the contacted, less change among the others.

    Parameters:
        treated, control: moments with both columns and their product, of the same customers in both periods.
        after, before: the metric's columns.

    Returns:
        An Effect on the change. Right if both groups would have changed alike; `parallel_before` tests what can be
        tested of that. Its relative lift is that of the change, seldom of use.
    """
    for cell in (treated, control):
        n = int(cell.counts[cell.index(after), cell.index(before)])
        if n < 2:
            return Refusal(
                Told.of(
                    "no interval: {n} customers of a group have both {before} and {after}; two are needed",
                    n=Figure(n, "count"),
                    before=Quoted(before),
                    after=Quoted(after),
                ),
                treated.n(after),
                control.n(after),
            )
    return compare(
        arm_change(treated, after, before),
        arm_change(control, after, before),
        level=level,
        distribution=distribution,
    )


def parallel_before(
    treated: Moments, control: Moments, *, earlier: str, before: str, level: float = 0.95
) -> Effect | Refusal:
    """The same difference in differences between two periods before the campaign; it should find nothing."""
    return difference_in_differences(treated, control, after=before, before=earlier, level=level)
