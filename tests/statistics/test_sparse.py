"""Few customers make the figure: nobody bought is not surely so, and one sale is not a known rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from segkit.campaigns.models.group_sequential import plan
from segkit.campaigns.models.sequential import AlwaysValid
from segkit.statistics.effects import (
    Effect,
    compare,
    compare_drawn_groups,
    compare_means,
    compare_ratios,
    compare_sparse,
)
from segkit.statistics.estimate import ArmEstimate, Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.proportions import compare_proportions, score_comparison
from tests.statistics.test_effects import agrees, moments

N = 1_000
BOUND = 1 - 0.025 ** (1 / 20)
"""Of 20 buyers, all in the control: the largest treated share that 95 % two-sided does not reject."""
FAR = BOUND / (1 - BOUND) - 1  # as a lift, arms alike large: -.798


def bought(buyers: int, amount: float = 1.0, n: int = N) -> Moments:
    return moments(x=np.r_[np.full(buyers, amount), np.zeros(n - buyers)])


def test_the_bound_is_the_one_that_was_worked_out_by_hand() -> None:
    assert pytest.approx(0.1684, abs=5e-5) == BOUND
    assert pytest.approx(-0.7975, abs=5e-5) == FAR


@pytest.mark.parametrize(("amount", "skewed"), [(20.0, True), (20.0, False), (1.0, False)])
def test_nobody_of_the_treated_bought(amount: float, skewed: bool) -> None:
    found = compare_means(bought(0), bought(20, amount), "x", skewed=skewed)
    assert isinstance(found, Effect)
    assert found.difference == pytest.approx(-0.02 * amount)
    assert found.lift.value == -1
    assert found.lift.lower == -1
    assert found.lift.upper == pytest.approx(FAR, rel=1e-9)
    assert found.lower < found.difference < found.upper < 0
    # twice the chance that a fair coin falls twenty times alike
    assert found.p_value == pytest.approx(2 * 0.5**20, rel=1e-9)
    assert found.treated.variance > 0
    assert agrees(found)


def test_counts_without_third_moments_are_told_to_be_counts() -> None:
    def without(cell: Moments) -> Moments:
        return Moments.from_sums(
            ["x"],
            rows=cell.rows,
            center=[0],
            sums=[cell.mean("x") * cell.rows],
            products=[[20.0]] if cell.mean("x") else [[0.0]],
        )

    found = compare_means(without(bought(0)), without(bought(20)), "x", counts=True)
    assert isinstance(found, Effect)
    assert found.lift.upper == pytest.approx(FAR, rel=1e-9)


def test_the_other_way_round_is_not_estimable_and_has_a_difference() -> None:
    found = compare_means(bought(20, 20.0), bought(0), "x", skewed=True)
    assert isinstance(found, Effect)
    assert not found.lift.estimable
    assert found.lift.reason is not None
    assert "cannot be told from zero" in found.lift.reason
    assert 0 < found.lower < 0.4 < found.upper


@pytest.mark.parametrize(("k", "m"), [(1, 20), (3, 30), (9, 12), (12, 9), (2, 200)])
def test_equal_amounts_have_the_exact_bounds_of_clopper_and_pearson(k: int, m: int) -> None:
    """Oracle: scipy's binomial test of k among k + m, arms of different sizes."""
    found = compare_sparse(bought(k, 7.0, 900), bought(m, 7.0, 1_100), "x")
    share = stats.binomtest(k, k + m).proportion_ci(0.95, "exact")
    assert isinstance(found, Effect)
    for bound, oracle in ((found.lift.lower, share.low), (found.lift.upper, share.high)):
        assert bound is not None
        assert 1 + bound == pytest.approx(oracle / (1 - oracle) * 1_100 / 900, rel=1e-9)


def test_the_difference_has_the_exact_bounds_of_both_arms() -> None:
    """By hand: distances to Garwood's bounds (chi-square), squared and added, as Zou and Donner put them together."""
    k, m = 2, 20
    found = compare_sparse(bought(k), bought(m), "x")
    assert isinstance(found, Effect)

    def exact(count: int) -> tuple[float, float]:
        return stats.chi2.ppf(0.025, 2 * count) / 2, stats.chi2.ppf(0.975, 2 * count + 2) / 2

    (a, b), (c, d) = exact(k), exact(m)
    assert found.lower == pytest.approx(((k - m) - math.hypot(k - a, d - m)) / N)
    assert found.upper == pytest.approx(((k - m) + math.hypot(b - k, m - c)) / N)


@pytest.mark.parametrize("distribution", [AlwaysValid(0.4, 4, 10), plan([0.3, 0.7, 1.0]).at(2)], ids=str)
def test_looks_widen_and_nothing_contradicts(distribution: object) -> None:
    once = compare_means(bought(0), bought(20, 20.0), "x", skewed=True)
    looked = compare_means(bought(0), bought(20, 20.0), "x", skewed=True, distribution=distribution)  # type: ignore[arg-type]
    share = compare_proportions(bought(0), bought(20), "x", distribution=distribution)  # type: ignore[arg-type]
    for found in (looked, share):
        assert isinstance(once, Effect)
        assert isinstance(found, Effect)
        assert found.lift.upper is not None
        assert once.lift.upper is not None
        assert found.lift.upper > once.lift.upper
        assert found.p_value > once.p_value
        assert agrees(found)
        assert found.reference != once.reference


def test_difference_lift_and_test_are_one_statement() -> None:
    random = np.random.default_rng(7)
    for _ in range(2_000):
        sizes = random.integers(30, 2_000, 2)
        arms = [
            moments(x=np.where(random.random(n) < random.choice([0.0005, 0.01]), random.gamma(2, 10, n), 0.0))
            for n in sizes
        ]
        found = compare_sparse(arms[0], arms[1], "x", level=float(random.choice([0.8, 0.95])))
        if isinstance(found, Refusal):
            assert arms[0].mean("x") == arms[1].mean("x") == 0
            continue
        assert agrees(found)
        assert found.standard_error > 0


def test_cost_is_taken_off_without_making_it_sure() -> None:
    """Everybody treated costs .50 and none buys; of the control 20 buy for 20.00."""
    n = N

    def arm(buyers: int, cost: float) -> Moments:
        margin = np.r_[np.full(buyers, 20.0), np.zeros(n - buyers)]
        return moments(margin=margin, cost=np.full(n, cost), profit=margin - cost)

    found = compare_sparse(arm(0, 0.5), arm(20, 0.0), "margin", less="cost")
    plain = compare_sparse(arm(0, 0.5), arm(20, 0.0), "margin")
    assert isinstance(found, Effect)
    assert isinstance(plain, Effect)
    assert found.difference == pytest.approx(-0.9)
    assert found.treated.value == pytest.approx(-0.5)
    assert (found.lower, found.upper) == (pytest.approx(plain.lower - 0.5), pytest.approx(plain.upper - 0.5))
    assert found.lift.lower is not None
    assert found.lift.upper is not None
    assert found.lift.value == pytest.approx(-0.9 / 0.4)
    assert found.lift.upper - found.lift.lower > 0.5
    assert agrees(found)


# Relatives: wherever one arm's values are all alike, its spread is unknown and not zero.


def test_an_arm_whose_values_are_all_alike_takes_the_others_spread() -> None:
    treated, control = moments(x=np.full(50, 3.0)), moments(x=np.random.default_rng(1).normal(3.2, 1.0, 80))
    found = compare_means(treated, control, "x")
    assert isinstance(found, Effect)
    s = control.variance("x")
    assert found.standard_error == pytest.approx(math.sqrt(s / 50 + s / 80))
    assert found.df == 79


def test_so_do_estimates_that_come_without_their_customers() -> None:
    found = compare(ArmEstimate(0.0, 0.0, 100, 0, 99), ArmEstimate(1.0, 0.04, 400, 0, 399))
    assert isinstance(found, Effect)
    assert found.standard_error == pytest.approx(math.sqrt(0.04 + 0.04 * 4))
    assert isinstance(compare(ArmEstimate(0.0, 0.0, 100, 0, 99), ArmEstimate(1.0, 0.0, 400, 0, 399)), Refusal)


def test_a_share_that_nobody_reached_has_a_variance() -> None:
    found = score_comparison(0, N, 20, N)
    assert isinstance(found, Effect)
    assert found.treated.variance > 0
    kept = compare_proportions(bought(0), bought(20), "x")
    assert isinstance(kept, Effect)
    assert kept.lift.upper == pytest.approx(FAR, rel=1e-9)
    assert agrees(kept)
    assert found.lift.lower == -1
    assert found.lift.upper is not None
    assert -0.85 < found.lift.upper < -0.75


def test_four_orders_are_not_a_thousand_degrees_of_freedom() -> None:
    """Revenue an order: of a thousand customers six ordered; what is known of the price is known of six."""
    random = np.random.default_rng(3)

    def arm(buyers: int) -> Moments:
        orders = np.r_[np.ones(buyers), np.zeros(N - buyers)]
        return moments(revenue=orders * random.gamma(4, 5, N), orders=orders)

    few = compare_ratios(arm(6), arm(200), "revenue", "orders")
    assert isinstance(few, Effect)
    assert few.df < 12


def test_one_price_in_an_arm_takes_the_others_spread_an_order() -> None:
    random = np.random.default_rng(4)
    orders = np.r_[np.ones(40), np.zeros(N - 40)]
    same = moments(revenue=orders * 20.0, orders=orders)
    twice = np.r_[np.ones(80), np.zeros(N - 80)]
    other = moments(revenue=twice * random.gamma(4, 5, N), orders=twice)
    found = compare_ratios(same, other, "revenue", "orders")
    assert isinstance(found, Effect)
    assert found.treated.variance == pytest.approx(2 * found.control.variance)


def test_groups_of_which_none_bought_are_not_sure_either() -> None:
    random = np.random.default_rng(5)
    members = random.integers(10, 30, 40).astype(float)
    none = moments(total=np.zeros(40), members=members)
    some = moments(total=random.poisson(0.5, 40) * 20.0, members=members)
    found = compare_drawn_groups(none, some, "total", "members")
    assert isinstance(found, Effect)
    assert found.treated.variance > 0
    assert found.lift.value == -1
    if found.lift.upper is not None and found.lift.lower is not None:
        assert found.lift.upper - found.lift.lower > 0.2


def test_one_customer_in_an_arm_is_refused_in_words() -> None:
    found = compare_means(moments(x=[0.0]), bought(20, 20.0), "x", skewed=True)
    assert isinstance(found, Refusal)
    assert "at least 2 are needed" in found.reason
    assert isinstance(compare_proportions(moments(x=[1.0]), bought(20), "x"), Refusal)
