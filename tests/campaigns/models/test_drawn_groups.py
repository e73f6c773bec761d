"""Assignment by group, against statsmodels' cluster-robust regression and against known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm

from segkit.campaigns.models.drawn_groups import (
    GroupedMoments,
    SmallSample,
    compare_groups,
    enough_groups,
    members,
)
from segkit.campaigns.models.group_sequential import plan
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Normal, Student

TRUE_EFFECT = 0.4


def drawn(
    random: np.random.Generator, groups: int, effect: float, correlation: float = 0.2
) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and group of each customer of an arm: unequal groups, unit variance, known correlation within."""
    sizes = random.integers(10, 60, groups)
    shared = random.normal(0, math.sqrt(correlation), groups)
    at = np.repeat(np.arange(groups), sizes)
    return 2 + effect + shared[at] + random.normal(0, math.sqrt(1 - correlation), len(at)), at


def cell(y: np.ndarray, at: np.ndarray, weight: np.ndarray | None = None) -> GroupedMoments:
    """Customers' moments with their groups'; NaN is null."""
    columns = {"y": y} if weight is None else {"y": y, "w": weight}
    totals: dict[str, np.ndarray] = {}
    for name, values in columns.items():
        counts = np.bincount(at, weights=~np.isnan(values))
        totals[name] = np.where(counts > 0, np.bincount(at, weights=np.nan_to_num(values)), np.nan)
        totals[members(name)] = np.where(counts > 0, counts, np.nan)
    return GroupedMoments.of(Moments.from_arrays(columns), Moments.from_arrays(totals))


def robust(treated: tuple[np.ndarray, np.ndarray], control: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """statsmodels: the arm's coefficient and its cluster-robust standard error, without a small-sample factor."""
    y = np.concatenate([treated[0], control[0]])
    arm = np.repeat([1.0, 0.0], [len(treated[0]), len(control[0])])
    groups = np.concatenate([treated[1], control[1] + treated[1].max() + 1])
    keep = ~np.isnan(y)
    fit = sm.OLS(y[keep], sm.add_constant(arm[keep])).fit(
        cov_type="cluster", cov_kwds={"groups": groups[keep], "use_correction": False}
    )
    return float(fit.params[1]), float(fit.bse[1])


@pytest.mark.parametrize("nulls", [False, True])
def test_it_is_the_cluster_robust_regression_of_statsmodels(nulls: bool) -> None:
    random = np.random.default_rng(4)
    a, b = drawn(random, 25, 0.4), drawn(random, 25, 0.0)
    if nulls:
        a[0][random.random(len(a[0])) < 0.1] = np.nan
        b[0][b[1] == 3] = np.nan  # a group that no value is known of
    effect = compare_groups(cell(*a), cell(*b), "y")
    assert isinstance(effect, Effect)
    value, error = robust(a, b)
    assert effect.difference == pytest.approx(value, rel=1e-9)
    # each arm's variance is of a sample of its own groups: G / (G - 1) of the regression's
    if not nulls:
        assert effect.standard_error == pytest.approx(error * math.sqrt(25 / 24), rel=1e-9)
    assert effect.standard_error == pytest.approx(error * math.sqrt(25 / 24), rel=2e-3)
    assert 24 <= effect.df <= 48
    assert effect.treated.n == int((~np.isnan(a[0])).sum())  # customers, though groups decide the variance


def test_a_ratio_of_totals_is_of_group_totals() -> None:
    random = np.random.default_rng(5)
    (ya, ka), (yb, kb) = drawn(random, 30, 0.4), drawn(random, 28, 0.0)
    wa, wb = random.poisson(3, len(ya)).astype(float), random.poisson(3, len(yb)).astype(float)
    effect = compare_groups(cell(ya, ka, wa), cell(yb, kb, wb), "y", over="w")
    assert isinstance(effect, Effect)
    assert effect.treated.value == pytest.approx(ya.sum() / wa.sum(), rel=1e-12)
    variance = 0.0
    for y, w, at in ((ya, wa, ka), (yb, wb, kb)):
        total, weight = np.bincount(at, weights=y), np.bincount(at, weights=w)
        left = total - total.sum() / weight.sum() * weight
        g = len(total)
        variance += g / (g - 1) * float(left @ left) / weight.sum() ** 2
    assert effect.standard_error == pytest.approx(math.sqrt(variance), rel=1e-9)


def test_groups_of_one_are_customers() -> None:
    random = np.random.default_rng(6)
    y, z = random.normal(1, 2, 60), random.normal(0, 1, 50)
    grouped = compare_groups(cell(y, np.arange(60)), cell(z, np.arange(50)), "y")
    single = compare_means(Moments.from_arrays({"y": y}), Moments.from_arrays({"y": z}), "y")
    assert isinstance(grouped, Effect)
    assert isinstance(single, Effect)
    for name in ("difference", "standard_error", "p_value", "lower", "upper", "df"):
        assert getattr(grouped, name) == pytest.approx(getattr(single, name), rel=1e-9)


def test_few_groups_are_refused_however_many_customers() -> None:
    random = np.random.default_rng(7)
    found = compare_groups(cell(*drawn(random, 4, 0.0)), cell(*drawn(random, 40, 0.0)), "y")
    assert isinstance(found, Refusal)
    assert "4 groups" in found.reason
    status = {n: enough_groups("store", {"control": 60, "offer": n}).status for n in (4, 5, 19, 20)}
    assert status == {4: "blocked", 5: "warn", 19: "warn", 20: "ok"}


def test_cells_that_lost_their_groups_are_not_taken_for_customers() -> None:
    whole = cell(*drawn(np.random.default_rng(8), 10, 0.0))
    with pytest.raises(ParameterError, match="the cells came without them"):
        compare_groups(whole.merge(whole), whole, "y")


@pytest.mark.parametrize("base", [Normal(), plan([0.25, 0.5, 0.75, 1.0]).at(2)], ids=["normal", "looks"])
def test_a_limit_moved_to_students_t_agrees_with_its_p_value(base: Normal) -> None:
    for df in (4.0, 18.5, 1e7):
        moved = SmallSample(base, df)
        limit = moved.critical(0.95)
        assert limit >= base.critical(0.95) - 1e-6
        assert moved.p_value(limit * (1 + 1e-6)) < 0.05 < moved.p_value(limit * (1 - 1e-6))
        assert 0 <= moved.p_value(200.0) < 1e-4
    assert SmallSample(base, 1e9).critical(0.95) == pytest.approx(base.critical(0.95), rel=1e-6)
    assert SmallSample(Normal(), 7).critical(0.9) == pytest.approx(Student(7).critical(0.9), rel=1e-9)
    assert SmallSample(Normal(), 7).p_value(2.2) == pytest.approx(Student(7).p_value(2.2), rel=1e-9)


def test_looks_and_groups_together_are_wider_than_either() -> None:
    random = np.random.default_rng(9)
    a, b = cell(*drawn(random, 12, 0.4)), cell(*drawn(random, 12, 0.0))
    held = plan([0.25, 0.5, 0.75, 1.0]).at(2)
    single, looked = compare_groups(a, b, "y"), compare_groups(a, b, "y", distribution=held)
    assert isinstance(single, Effect)
    assert isinstance(looked, Effect)
    width = looked.upper - looked.lower
    assert width > single.upper - single.lower
    assert width > 2 * held.critical(0.95) * looked.standard_error
    assert looked.df == single.df


@pytest.mark.slow
@pytest.mark.parametrize("groups", [12, 40])
def test_intervals_cover_with_drawn_groups_and_not_without(groups: int) -> None:
    """4,000 draws with a known correlation of 0.2 within groups of 10 to 60 customers."""
    random = np.random.default_rng(20261123 + groups)
    held = hit = 0
    for _ in range(4_000):
        a, b = cell(*drawn(random, groups, TRUE_EFFECT)), cell(*drawn(random, groups, 0.0))
        grouped, single = compare_groups(a, b, "y"), compare_means(a, b, "y")
        assert isinstance(grouped, Effect)
        assert isinstance(single, Effect)
        held += grouped.lower <= TRUE_EFFECT <= grouped.upper
        hit += single.lower <= TRUE_EFFECT <= single.upper
    assert 0.94 <= held / 4_000 <= 0.96
    assert hit / 4_000 < 0.65
