"""Estimates for campaigns whose recipients were chosen: known differences are taken out. Each has a standard error.

Each rests on the assumption that no unknown difference matters. `campaigns.models.sensitivity` says how strong an
unknown difference would have to be, and `campaigns.models.evidence` says which words remain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segkit.statistics.effects import Distribution, Effect, compare
from segkit.statistics.estimate import Refusal, arm_change
from segkit.statistics.moments import Moments
from segkit.statistics.told import Figure, Quoted, Told

Estimand = Literal["treated", "everybody"]
"""Effect on those who were contacted (ATT), or on all customers if all had been contacted (ATE)."""

Estimator = Literal["regression", "inverse-propensity", "doubly-robust"]


@dataclass(frozen=True, slots=True)
class AdjustedEstimate:
    """An adjusted difference.

    Attributes:
        value: the difference per customer, in the outcome's unit.
        standard_error: its standard error.
        lower, upper: interval at `level`.
        statistic: value / standard error.
        p_value: two-sided.
        df: residual degrees of freedom; infinite for estimators that are judged by the normal distribution.
        level: confidence level.
        estimator: how it was computed.
        estimand: the customers that it is about; a regression is about everybody if the effect is the same for all.
        treated, control: customers of each group.
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
    """Estimate the change among the contacted less the change among the others.

    Args:
        treated, control: moments with both columns and their product, over the same customers in both periods.
        after, before: the metric's columns.

    Returns:
        The effect on the change. It is right if both groups would have changed alike; `parallel_before` tests as much
        of that as can be tested. Its relative lift is that of the change, and is seldom useful.
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
    """Estimate the same difference in differences between two periods before the campaign. It should find nothing."""
    return difference_in_differences(treated, control, after=before, before=earlier, level=level)
