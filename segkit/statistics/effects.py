"""Effects of one arm against another: absolute difference, test and relative lift, which cannot contradict each
other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from segkit.statistics.estimate import ArmEstimate, Refusal, arm_mean
from segkit.statistics.inputs import share
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Normal, Reference, Student
from segkit.statistics.relative_lift import Lift, relative_lift
from segkit.statistics.skewness import MOST, skewness
from segkit.statistics.sparse import FEW, FEW_SKEWED, compare_sparse_bounds, made_by_few
from segkit.statistics.spread import both_vary, ratios_of_few
from segkit.statistics.told import Figure, Quoted, Told

Distribution = Literal["t", "normal"] | Reference
"""Welch's t, the normal distribution, or a reference that allows for other looks (`segkit.campaigns.models.sequential`)."""

LEAST = 2
"""How many customers with a value it takes for an arm to have a variance."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One arm against another, on one metric.

    Attributes:
        treated, control: the arms' estimates, in the metric's unit.
        difference: treated - control, in the metric's unit.
        standard_error: standard error of the difference.
        statistic: difference / (standard error x inflation).
        p_value: two-sided; below 1 - level exactly where the interval excludes zero.
        level: confidence level of the intervals.
        lower, upper: interval of the difference.
        lift: relative lift and its interval, from the same test.
        df: degrees of freedom (Welch-Satterthwaite); infinite for the normal distribution.
        inflation: factor on the standard error for skewness (`segkit.statistics.skewness`); 1 without.
        reference: the distribution that the statistic was compared with, for the page.
    """

    treated: ArmEstimate
    control: ArmEstimate
    difference: float
    standard_error: float
    statistic: float
    p_value: float
    level: float
    lower: float
    upper: float
    lift: Lift
    df: float
    inflation: float
    reference: str

    @property
    def significant(self) -> bool:
        """Whether the test rejects "no difference" at the level."""
        return self.p_value < 1 - self.level

    @property
    def nulls(self) -> int:
        """Customers of both arms who were left out because they have no value."""
        return self.treated.nulls + self.control.nulls


def compare(
    treated: ArmEstimate,
    control: ArmEstimate,
    *,
    level: float = 0.95,
    distribution: Distribution = "t",
    covariance: float = 0.0,
    df: float | None = None,
    inflation: Callable[[float], float] | None = None,
) -> Effect | Refusal:
    """Compare two estimates.

    Args:
        treated, control: the arms' estimates.
        level: confidence level.
        distribution: "t" (Welch 1947), "normal", or a Reference such as `AlwaysValid`.
        covariance: covariance of the two estimates, as they have where both were adjusted by the same covariates.
        df: degrees of freedom of "t" where the variances come from one pooled fit; None for Welch-Satterthwaite.
        inflation: factor on the standard error of treated - r x control, as a function of r; None for none.

    Returns:
        An Effect, or a Refusal where neither arm varies, so that there is nothing to measure a difference against. An
        arm whose values are all alike is given the spread of the other: a spread that was not seen is no certainty.
    """
    level = share(level, "level")
    treated, control, borrowed = both_vary(treated, control, covariance)
    df = borrowed if df is None else df
    own_t, own_c = max(treated.variance - covariance, 0.0), max(control.variance - covariance, 0.0)
    variance = own_t + own_c
    if not variance > 0:
        return Refusal(
            "no interval: the metric has the same value for every customer of each arm; at least one arm must vary",
            treated.n,
            control.n,
        )
    if df is None:
        df = 1 / ((own_t / variance) ** 2 / treated.df + (own_c / variance) ** 2 / control.df)
    reference: Reference
    if distribution == "t":
        reference = Student(df)
    else:
        df = math.inf
        reference = Normal() if distribution == "normal" else distribution
    factor = 1.0 if inflation is None else inflation(1.0)
    error = math.sqrt(variance)
    difference = treated.value - control.value
    statistic = difference / (error * factor)
    p_value, critical = reference.p_value(statistic), reference.critical(level)
    significant = p_value < 1 - level
    half = critical * factor * error
    lower, upper = difference - half, difference + half
    if significant:  # rounding of the last bit must not make interval and test disagree
        lower, upper = (max(lower, 5e-324), upper) if difference > 0 else (lower, min(upper, -5e-324))
    else:
        lower, upper = min(lower, 0.0), max(upper, 0.0)
    lift = relative_lift(
        treated.value,
        control.value,
        treated.variance,
        control.variance,
        critical=critical,
        significant=significant,
        covariance=covariance,
        inflation=inflation,
    )
    return Effect(
        treated,
        control,
        difference,
        error,
        statistic,
        p_value,
        level,
        lower,
        upper,
        lift,
        df,
        factor,
        reference.name,
    )


def compare_sparse(
    treated: Moments,
    control: Moments,
    metric: str,
    *,
    level: float = 0.95,
    distribution: Distribution = "t",
    less: str | None = None,
    skewed: bool = False,
) -> Effect | Refusal:
    """Compare two means of a metric that is never below zero and that few customers make (`made_by_few`).

    Args:
        treated, control: the arms' moments.
        metric: column; nulls are left out and counted.
        level: confidence level.
        distribution: as in `compare`.
        less: column of cost that is taken off each customer's value; None for none.
        skewed: whether amounts differ much between customers. The lift then needs a control that is certainly not zero.

    Returns:
        An Effect whose standard error is that of the hypothesis of no difference; a Refusal where all values are zero.
    """
    found = compare_sparse_bounds(
        treated,
        control,
        metric,
        level=level,
        reference=None if isinstance(distribution, str) else distribution,
        less=less,
        skewed=skewed,
    )
    if isinstance(found, Refusal):
        return found
    return Effect(
        found.treated,
        found.control,
        found.treated.value - found.control.value,
        found.error,
        found.statistic,
        found.p_value,
        level,
        found.lower,
        found.upper,
        found.lift,
        math.inf,
        1.0,
        found.reference,
    )


def compare_means(
    treated: Moments,
    control: Moments,
    metric: str,
    *,
    level: float = 0.95,
    distribution: Distribution = "t",
    skewed: bool = False,
    counts: bool = False,
) -> Effect | Refusal:
    """Compare two means.

    Args:
        treated, control: the arms' moments.
        metric: column; nulls are left out and counted.
        level: confidence level.
        distribution: as in `compare`.
        skewed: whether to widen the intervals for skewness and kurtosis, as zero-inflated revenue needs. This takes
            third and fourth moments. With 2,000 of Hillstrom's customers per arm, intervals cover 94.4 to 95.7 % with
            it, and 93.5 to 95 % without.
        counts: whether the metric is known to be never below zero. If not, its third moment decides that, where known.

    Returns:
        An Effect, by `compare_sparse` where few customers make an arm's sum. A Refusal where an arm has fewer than two
        values, where nothing varies, or, if `skewed`, where so few customers make the figure that no interval would
        cover.
    """
    nt, nc = treated.n(metric), control.n(metric)
    if min(nt, nc) < LEAST:
        return Refusal(
            Told.of(
                "no interval: an arm has {values} values of {metric}; at least {least} are needed",
                values=Figure(min(nt, nc), "count"),
                metric=Quoted(metric),
                least=Figure(LEAST, "count"),
            ),
            nt,
            nc,
        )
    inflation = None
    if skewed:
        shape = skewness(treated, control, metric, share(level, "level"))
        if shape.factor(1.0) > MOST:
            return Refusal(
                Told.of(
                    "no interval: a handful of customers make nearly all of {metric} (an interval that covers would be "
                    "{times} times as wide as usual; the limit is {limit}); wait for more customers",
                    metric=Quoted(metric),
                    times=Figure(shape.factor(1.0), "index"),
                    limit=Figure(MOST, "number"),
                ),
                nt,
                nc,
            )
        inflation = shape.factor
    if made_by_few(treated, control, metric, counts=counts, fewest=FEW_SKEWED if skewed else FEW):
        return compare_sparse(treated, control, metric, level=level, distribution=distribution, skewed=skewed)
    return compare(
        arm_mean(treated, metric),
        arm_mean(control, metric),
        level=level,
        distribution=distribution,
        inflation=inflation,
    )


def compare_ratios(
    treated: Moments,
    control: Moments,
    numerator: str,
    denominator: str,
    *,
    level: float = 0.95,
    distribution: Distribution = "t",
) -> Effect | Refusal:
    """Compare two ratios of totals, with the customer as the unit (delta method); see `arm_ratio`.

    Returns a Refusal where a denominator cannot be told from zero, since the ratio's variance is then practically
    infinite.
    """
    level = share(level, "level")
    for name, cell in (("treated", treated), ("control", control)):
        n = int(cell.counts[cell.index(numerator), cell.index(denominator)])
        if n < LEAST:
            return Refusal(
                Told.of(
                    "no interval: {n} {name} customers have both {numerator} and {denominator}; {least} are needed",
                    n=Figure(n, "count"),
                    name=Quoted(name),
                    numerator=Quoted(numerator),
                    denominator=Quoted(denominator),
                    least=Figure(LEAST, "count"),
                ),
                treated.n(numerator),
                control.n(numerator),
            )
        i, j = cell.index(denominator), cell.index(numerator)
        spread = float(cell.squares[i, j]) / (n - 1) / n
        if Student(n - 1).critical(level) ** 2 * spread >= float(cell.means[i, j]) ** 2:
            return Refusal(
                Told.of(
                    "no interval: the {name} mean of {denominator} cannot be told from zero, so that a ratio to it "
                    "is undefined",
                    name=Quoted(name),
                    denominator=Quoted(denominator),
                ),
                treated.n(numerator),
                control.n(numerator),
            )
    arms = ratios_of_few(treated, control, numerator, denominator)
    return compare(*arms, level=level, distribution=distribution)


def compare_drawn_groups(
    treated: Moments,
    control: Moments,
    total: str,
    members: str,
    *,
    level: float = 0.95,
    distribution: Distribution = "t",
    least: int = 5,
) -> Effect | Refusal:
    """Compare arms to which whole groups (households, stores) were assigned: the effect per customer.

    The moments have one row per group: `total` is the metric summed over its customers, `members` is how many they
    are. The mean per customer is then a ratio of group totals, and its variance counts groups, not customers
    (Deng, Knoblich & Lu 2018, section 3). Returns a Refusal where an arm has fewer than `least` groups, since the
    variance of so few is not known.
    """
    fewest = min(treated.n(total), control.n(total))
    if fewest < least:
        return Refusal(
            Told.of(
                "no interval: an arm has {fewest} groups; at least {least} are needed, however many customers they "
                "hold",
                fewest=Figure(fewest, "count"),
                least=Figure(least, "count"),
            ),
            treated.n(total),
            control.n(total),
        )
    return compare_ratios(treated, control, total, members, level=level, distribution=distribution)
