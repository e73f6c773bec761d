"""Segments: the test first, shrinkage that adds up, and the best one told apart from the luckiest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from segkit.campaigns.models.heterogeneity import between_variance, cochran_q, shrink
from segkit.errors import DataError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments

from .conftest import MENS, NONE, WOMENS, Columns

SCHOOLS = ([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18])


"""Rubin's eight schools (Gelman et al. 2013, table 5.2)."""


def test_q_and_tau_are_those_of_statsmodels() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        errors = random.uniform(0.5, 2, 12)
        effects = random.normal(1, 1.5, 12) + random.normal(0, errors)
        oracle = combine_effects(effects, errors**2, method_re="iterated")
        assert cochran_q(effects, errors).q == pytest.approx(oracle.q, rel=1e-10)
        assert between_variance(effects, errors) == pytest.approx(oracle.tau2, rel=1e-4, abs=1e-4)


def test_eight_schools_are_alike() -> None:
    """Q is below its seven degrees of freedom: nothing but noise, so that all schools get the whole's effect."""
    test = cochran_q(*SCHOOLS)
    assert test.q == pytest.approx(combine_effects(*map(np.array, (SCHOOLS[0], np.square(SCHOOLS[1])))).q)
    assert test.q < test.df == 7
    assert test.i2 == 0
    found = shrink(*SCHOOLS, customers=[1] * 8, total=7.7, total_error=4.1)
    assert found.tau == 0
    assert set(found.shrunken) == {7.7}
    assert found.raw == tuple(map(float, SCHOOLS[0]))


@given(
    seed=st.integers(0, 10_000),
    segments=st.integers(1, 25),
    tau=st.sampled_from([0.0, 1.0, 5.0]),
    total=st.floats(-5, 5),
)
def test_shrunken_effects_add_up_to_the_whole(seed: int, segments: int, tau: float, total: float) -> None:
    random = np.random.default_rng(seed)
    errors = random.uniform(0.3, 3, segments)
    effects = random.normal(0, tau, segments) + random.normal(0, errors)
    customers = random.integers(1, 1000, segments)
    found = shrink(effects, errors, customers, total, total_error=0.2)
    weights = customers / customers.sum()
    assert weights @ found.shrunken == pytest.approx(total, abs=1e-8)
    assert all(
        low <= value <= high for low, value, high in zip(found.lower, found.shrunken, found.upper, strict=True)
    )
    assert all(0 <= kept <= 1 for kept in found.weights)
    order = random.permutation(segments)
    again = shrink(effects[order], errors[order], customers[order], total, total_error=0.2)
    np.testing.assert_allclose(again.shrunken, np.array(found.shrunken)[order], atol=1e-8)


def test_segments_that_truly_differ_keep_their_own_effect() -> None:
    found = shrink([0.0, 10.0, 20.0], [0.1, 0.1, 0.1], [1, 1, 1], 10.0, total_error=0.06)
    np.testing.assert_allclose(found.shrunken, [0.0, 10.0, 20.0], atol=0.01)
    assert found.hedge == 1


def test_bad_segments_are_refused() -> None:
    with pytest.raises(DataError, match="standard error of zero"):
        shrink([1.0, 2.0], [0.0, 1.0], [1, 1], 1.0, total_error=1.0)
    with pytest.raises(DataError, match="leave empty ones out"):
        shrink([1.0, 2.0], [1.0, 1.0], [0, 1], 1.0, total_error=1.0)
    with pytest.raises(DataError, match="at least one"):
        cochran_q([], [])


def test_a_single_segment_is_the_whole() -> None:
    found = shrink([3.0], [1.0], [10], 2.5, total_error=0.8)
    assert found.shrunken == (2.5,)
    assert found.test.p_value == 1


def halves(
    data: Columns, metric: str, arm: str, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float, np.ndarray]:
    """Estimates of the 19 cells from one random half, and the other half's raw ones."""
    rows = np.flatnonzero(np.isin(data["segment"], [arm, NONE]))
    names, cell = np.unique(data["cell"][rows], return_inverse=True)
    treated = (data["segment"][rows] == arm).astype(int)
    y = data[metric][rows]
    half = random.random(len(rows)) < 0.5

    def cells(use: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        key = cell[use] * 2 + treated[use]
        size = 2 * len(names)
        n = np.bincount(key, minlength=size).reshape(-1, 2)
        mean = np.bincount(key, y[use], minlength=size).reshape(-1, 2) / n
        square = np.bincount(key, y[use] ** 2, minlength=size).reshape(-1, 2)
        return n, mean, (square - n * mean**2) / (n - 1)

    n, mean, variance = cells(half)
    pooled = ((n - 1) * variance).sum(axis=0) / (n - 1).sum(axis=0)
    own = (variance / n).sum(axis=1)
    # a cell in which nobody bought has no variance of its own; the other cells' stands in
    error = np.sqrt(np.where(own > 0, own, (pooled / n).sum(axis=1)))
    whole = compare_means(
        Moments.from_arrays({metric: y[half & (treated == 1)]}),
        Moments.from_arrays({metric: y[half & (treated == 0)]}),
        metric,
    )
    assert isinstance(whole, Effect)
    other = cells(~half)[1]
    return (
        mean[:, 1] - mean[:, 0],
        error,
        n.sum(axis=1),
        whole.difference,
        whole.standard_error,
        other[:, 1] - other[:, 0],
    )


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["visit", "spend"])
@pytest.mark.parametrize("arm", [MENS, WOMENS])
def test_split_half_error_of_hillstrom_segments(hillstrom: Columns, metric: str, arm: str) -> None:
    """19 cells of prior category and history: shrinkage beats raw, and stays within 1.05 of the better of both."""
    random = np.random.default_rng(20261122)
    errors = {"raw": 0.0, "pooled": 0.0, "shrunken": 0.0}
    for _ in range(300):
        raw, error, customers, total, total_error, other = halves(hillstrom, metric, arm, random)
        assert len(raw) == 19
        found = shrink(raw, error, customers, total, total_error=total_error)
        weights = customers / customers.sum()
        for name, estimate in (("raw", raw), ("pooled", total), ("shrunken", np.array(found.shrunken))):
            errors[name] += float(weights @ (estimate - other) ** 2)
    root = {name: np.sqrt(e / 300) for name, e in errors.items()}
    assert root["shrunken"] < root["raw"]
    assert root["shrunken"] <= 1.05 * min(root["raw"], root["pooled"])


@pytest.mark.slow
@pytest.mark.parametrize("segments", [3, 5, 10, 19, 40])
def test_shrinkage_is_never_far_above_the_better_of_raw_and_whole(segments: int) -> None:
    """Whatever the true spread between segments, from none to five times the noise."""
    random = np.random.default_rng(segments)
    customers = random.lognormal(0, 0.7, segments)
    errors = 1 / np.sqrt(customers)
    weights = customers / customers.sum()
    for tau in (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0):
        loss = {"raw": 0.0, "pooled": 0.0, "shrunken": 0.0}
        covered, rounds = 0.0, 400
        for _ in range(rounds):
            truth = random.normal(0, tau, segments)
            raw, other = (truth + random.normal(0, errors) for _ in range(2))
            total = float(weights @ raw)
            found = shrink(raw, errors, customers, total, total_error=1 / np.sqrt(customers.sum()))
            for name, estimate in (("raw", raw), ("pooled", total), ("shrunken", np.array(found.shrunken))):
                loss[name] += float(weights @ (estimate - other) ** 2)
            covered += np.mean((np.array(found.lower) <= truth) & (truth <= np.array(found.upper)))
        assert np.sqrt(loss["shrunken"] / min(loss["raw"], loss["pooled"])) <= 1.05
        assert covered / rounds >= 0.93
