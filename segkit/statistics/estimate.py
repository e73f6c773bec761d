"""The estimate of one arm on one metric, and how far to trust it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from segkit.errors import DataError
from segkit.statistics.moments import Moments


@dataclass(frozen=True, slots=True)
class ArmEstimate:
    """The estimate of one arm.

    Attributes:
        value: mean, proportion or ratio, in the metric's unit.
        variance: variance of the estimate (its squared standard error).
        n: customers (or groups) that it was computed from.
        nulls: customers of the arm left out because they have no value.
        df: degrees of freedom of the variance; infinite where it is known.
    """

    value: float
    variance: float
    n: int
    nulls: int
    df: float

    @property
    def standard_error(self) -> float:
        """The square root of the variance."""
        return math.sqrt(self.variance)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The refusal to give a number that could not be trusted; the page prints the reason.

    Attributes:
        reason: a sentence that says what is too little or degenerate, and the rule.
        n_treated, n_control: customers with a value in each arm, so that readers can judge.
    """

    reason: str
    n_treated: int
    n_control: int


def arm_mean(cell: Moments, metric: str) -> ArmEstimate:
    """Compute the arm's mean over customers who have a value. Nulls are counted, and never averaged as zero."""
    n = cell.n(metric)
    return ArmEstimate(cell.mean(metric), cell.variance(metric) / n, n, cell.nulls(metric), n - 1)


def arm_ratio(cell: Moments, numerator: str, denominator: str) -> ArmEstimate:
    """Compute the arm's ratio of totals, such as revenue per order, with the customer as the unit (delta method).

    The variance is (var y - 2 R cov(y, x) + R^2 var x) / (n mean(x)^2), over the customers who have both values (Deng,
    Knoblich & Lu 2018, eq. 3).

    Raises:
        DataError: fewer than two customers have both, or the denominators sum to zero.
    """
    i, j = cell.index(numerator), cell.index(denominator)
    n = int(cell.counts[i, j])
    covariance = cell.covariance(numerator, denominator)
    y, x = float(cell.means[i, j]), float(cell.means[j, i])
    if x == 0:
        raise DataError(f"the ratio {numerator} / {denominator} has a denominator that sums to zero in this cell.")
    ratio = y / x
    spread = (cell.squares[i, j] + ratio**2 * cell.squares[j, i]) / (n - 1) - 2 * ratio * covariance
    return ArmEstimate(ratio, max(float(spread), 0.0) / (n * x * x), n, cell.rows - n, n - 1)


def arm_change(cell: Moments, after: str, before: str) -> ArmEstimate:
    """Compute the arm's mean of (after - before) over the customers who have both values."""
    i, j = cell.index(after), cell.index(before)
    n = int(cell.counts[i, j])
    covariance = cell.covariance(after, before)
    variance = (cell.squares[i, j] + cell.squares[j, i]) / (n - 1) - 2 * covariance
    return ArmEstimate(
        float(cell.means[i, j] - cell.means[j, i]), max(float(variance), 0.0) / n, n, cell.rows - n, n - 1
    )
