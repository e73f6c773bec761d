"""Effects: the difference, its test and the relative lift are one statement, never two that disagree."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from segkit.campaigns.models.group_sequential import plan
from segkit.campaigns.models.sequential import AlwaysValid
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect, compare, compare_drawn_groups, compare_means, compare_ratios
from segkit.statistics.estimate import ArmEstimate, Refusal
from segkit.statistics.moments import Moments


def moments(**columns: np.ndarray | list[float]) -> Moments:
    return Moments.from_arrays(columns)


def agrees(effect: Effect, critical: float | None = None) -> bool:
    """Whether p-value, absolute and relative interval all say the same."""
    rejected = effect.p_value < 1 - effect.level
    absolute = effect.lower > 0 or effect.upper < 0
    if rejected != absolute or effect.significant != rejected:
        return False
    lift = effect.lift
    if not lift.estimable:
        return lift.value is None and lift.lower is None and lift.upper is None
    assert lift.lower is not None
    assert lift.upper is not None
    assert lift.value is not None
    relative = lift.lower > 0 or lift.upper < 0
    ordered = lift.lower <= lift.value <= lift.upper and effect.lower <= effect.difference <= effect.upper
    same_side = lift.value * effect.difference >= 0
    return relative == rejected and ordered and same_side


DISTRIBUTIONS = ["t", "normal", AlwaysValid(0.4, 4, 10), plan([0.3, 0.7, 1.0]).at(2)]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=["t", "normal", "always valid", "group sequential"])
def test_absolute_and_relative_never_disagree(distribution: object) -> None:
    """10,000 random comparisons, near the limit of significance on purpose, of either sign, some with a
    covariance."""
    random = np.random.default_rng(20261122)
    disagreements, significant, estimable = [], 0, 0
    for _ in range(10_000):
        control = random.normal() * 10 ** random.uniform(-3, 4)
        vt, vc = (abs(control) * 10 ** random.uniform(-3, 0.3)) ** 2 * random.uniform(0.2, 1, 2)
        shared = min(vt, vc) * random.choice([0.0, 0.5])
        z = random.choice([random.normal(0, 3), random.normal(1.96, 0.01), random.normal(-3, 0.3)])
        treated = control + z * math.sqrt(vt + vc - 2 * shared)
        df = float(random.choice([4, 30, 5000]))
        effect = compare(
            ArmEstimate(treated, vt, 100, 0, df),
            ArmEstimate(control, vc, 100, 0, df),
            distribution=distribution,  # type: ignore[arg-type]
            covariance=shared,
        )
        assert isinstance(effect, Effect)
        significant += effect.significant
        estimable += effect.lift.estimable
        if not agrees(effect):
            disagreements.append(effect)
    assert disagreements == []
    assert 300 < significant < 9_700
    assert 1_000 < estimable < 9_999


def test_it_is_welch_as_scipy_computes_it() -> None:
    random = np.random.default_rng(3)
    a, b = random.normal(5, 2, 40), random.normal(4, 5, 25)
    effect = compare_means(moments(x=a), moments(x=b), "x", level=0.9)
    oracle = stats.ttest_ind(a, b, equal_var=False)
    interval = oracle.confidence_interval(0.9)
    assert isinstance(effect, Effect)
    assert effect.p_value == pytest.approx(oracle.pvalue, rel=1e-10)
    assert effect.df == pytest.approx(oracle.df, rel=1e-10)
    assert (effect.lower, effect.upper) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_nulls_are_left_out_and_counted() -> None:
    with_nulls = moments(x=[1.0, 2.0, np.nan, 4.0, np.nan])
    without = moments(x=[1.0, 2.0, 4.0])
    other = moments(x=[0.0, 1.0, 0.5, 0.2])
    one, two = compare_means(with_nulls, other, "x"), compare_means(without, other, "x")
    assert isinstance(one, Effect)
    assert isinstance(two, Effect)
    assert (one.lower, one.upper, one.p_value) == (two.lower, two.upper, two.p_value)
    assert (one.nulls, one.treated.n) == (2, 3)


@pytest.mark.parametrize(
    ("treated", "control", "words"),
    [
        ([1.0], [1.0, 2.0], "at least 2 are needed"),
        ([3.0, 3.0], [3.0, 3.0, 3.0], "same value for every customer"),
        ([3.0, 3.0], [4.0, 4.0, 4.0], "same value for every customer"),
        ([np.nan, np.nan], [1.0, 2.0], "has 0 values"),
    ],
)
def test_too_little_gives_a_reason_not_a_number(treated: list[float], control: list[float], words: str) -> None:
    found = compare_means(moments(x=treated), moments(x=control), "x")
    assert isinstance(found, Refusal)
    assert words in found.reason


def test_a_level_is_a_share() -> None:
    cell = moments(x=[1.0, 2.0])
    with pytest.raises(ParameterError, match="between 0 and 1"):
        compare_means(cell, cell, "x", level=95)


def ratio_by_hand(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Ratio and variance through the linearised customer values, another road to the delta method."""
    r = y.sum() / x.sum()
    return r, ((y - r * x) / x.mean()).var(ddof=1) / len(y)


def test_ratio_metrics_have_the_variance_of_their_linearised_values() -> None:
    random = np.random.default_rng(11)
    arms, by_hand = [], []
    for mean in (3.0, 2.5):
        orders = random.poisson(mean, 300).astype(float)
        revenue = orders * random.gamma(2, 20, 300)
        arms.append(moments(revenue=revenue, orders=orders))
        by_hand.append(ratio_by_hand(revenue, orders))
    effect = compare_ratios(arms[0], arms[1], "revenue", "orders")
    assert isinstance(effect, Effect)
    assert effect.difference == pytest.approx(by_hand[0][0] - by_hand[1][0], rel=1e-12)
    assert effect.standard_error**2 == pytest.approx(by_hand[0][1] + by_hand[1][1], rel=1e-10)
    assert agrees(effect)


def test_ratios_use_customers_who_have_both() -> None:
    random = np.random.default_rng(13)
    x = random.uniform(1, 3, 12)
    y = x * random.uniform(1, 2, 12)
    y[10], x[11] = np.nan, np.nan
    other = moments(y=[1.0, 2, 2, 3, 3], x=[1.0, 1, 1, 2, 2])
    one = compare_ratios(moments(y=y, x=x), other, "y", "x")
    two = compare_ratios(moments(y=y[:10], x=x[:10]), other, "y", "x")
    assert isinstance(one, Effect)
    assert isinstance(two, Effect)
    assert one.difference == pytest.approx(two.difference, rel=1e-12)
    assert one.standard_error == pytest.approx(two.standard_error, rel=1e-12)


def test_a_denominator_around_zero_gives_no_ratio() -> None:
    base = moments(y=[1.0, 2, 3, 4], x=[-1.0, 1, -1, 1.1])
    found = compare_ratios(base, base, "y", "x")
    assert isinstance(found, Refusal)
    assert "cannot be told from zero" in found.reason


def test_groups_are_the_unit_when_groups_were_assigned() -> None:
    """Customers of a store are alike: counting them one by one makes the interval far too narrow."""
    random = np.random.default_rng(12)

    def stores(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sizes = random.integers(20, 60, count)
        means = random.normal(10, 3, count)
        each = [random.normal(m, 1, s) for m, s in zip(means, sizes, strict=True)]
        return np.array([e.sum() for e in each]), sizes.astype(float), np.concatenate(each)

    (ta, na, ca), (tb, nb, cb) = stores(20), stores(22)
    grouped = compare_drawn_groups(
        moments(spend=ta, customers=na), moments(spend=tb, customers=nb), "spend", "customers"
    )
    single = compare_means(moments(spend=ca), moments(spend=cb), "spend")
    assert isinstance(grouped, Effect)
    assert isinstance(single, Effect)
    assert grouped.difference == pytest.approx(single.difference, rel=1e-10)
    assert grouped.standard_error > 3 * single.standard_error
    assert grouped.treated.n == 20
    few = compare_drawn_groups(
        moments(spend=ta[:3], customers=na[:3]), moments(spend=tb, customers=nb), "spend", "customers"
    )
    assert isinstance(few, Refusal)
    assert "3 groups" in few.reason
