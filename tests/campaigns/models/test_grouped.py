"""Estimators from cells of equal covariates are those from customers, to the last digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.campaigns.models.grouped import (
    Groups,
    grouped_doubly_robust,
    grouped_inverse_propensity,
    grouped_regression,
)
from segkit.campaigns.models.propensity import cell_propensity
from segkit.errors import DataError, ModelError

from .oracles import doubly_robust, inverse_propensity, propensity, regression

FIELDS = ("value", "standard_error", "lower", "upper", "p_value", "treated", "control")


def world(seed: int, n: int, effect: float = 2.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, Groups]:
    """(outcome, treated, indicators, the same as groups): chosen by two covariates that move the outcome too."""
    draw = np.random.default_rng(seed)
    a, b = draw.integers(0, 4, n), draw.integers(0, 3, n)
    x = np.column_stack([a == 1, a == 2, a == 3, b == 1, b == 2]).astype(float)
    treated = (draw.random(n) < 1 / (1 + np.exp(1 - 0.5 * a + 0.3 * b))).astype(float)
    y = draw.exponential(3, n) + a + effect * treated
    cell = a * 3 + b
    at = np.arange(12)
    design = np.column_stack([at // 3 == 1, at // 3 == 2, at // 3 == 3, at % 3 == 1, at % 3 == 2]).astype(float)
    counts, sums, squares = (np.zeros((2, 12)) for _ in range(3))
    for k in (0, 1):
        inside = treated == k
        counts[k] = np.bincount(cell[inside], minlength=12)
        sums[k] = np.bincount(cell[inside], y[inside], minlength=12)
        squares[k] = np.bincount(cell[inside], y[inside] ** 2, minlength=12)
    return y, treated, x, Groups(design, counts, sums, squares)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), n=st.integers(300, 3_000))
def test_cells_give_what_customers_give(seed: int, n: int) -> None:
    y, t, x, groups = world(seed, n)
    design = np.column_stack([np.ones(n), x])
    expected = design @ np.linalg.lstsq(design[t == 0], y[t == 0], rcond=None)[0]
    chance = np.clip(propensity(t, x).values, 0.01, 0.99)
    for found, wanted in (
        (grouped_inverse_propensity(groups), inverse_propensity(y, t, x)),
        (grouped_regression(groups), regression(y, t, x)),
        (grouped_doubly_robust(groups), doubly_robust(y, t, chance, expected)),
    ):
        for name in FIELDS:
            assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=1e-6, abs=1e-12), name


@pytest.mark.parametrize("estimate", [grouped_regression, grouped_inverse_propensity, grouped_doubly_robust])
def test_adjusted_intervals_cover_a_known_effect(estimate: object) -> None:
    """600 worlds whose effect is 2: 95 % intervals hold it 92.5 to 97 % of the time; the plain difference does not."""
    covered = naive = 0
    for seed in range(600):
        y, t, _, groups = world(seed, 800)
        found = estimate(groups)  # type: ignore[operator]
        covered += found.lower <= 2.0 <= found.upper
        plain = regression(y, t)
        naive += plain.lower <= 2.0 <= plain.upper
    assert 0.925 <= covered / 600 <= 0.97
    assert naive / 600 < 0.85


def test_groups_that_covariates_tell_apart_are_refused() -> None:
    groups = Groups(np.array([[0.0], [1.0]]), np.array([[50.0, 0.0], [0.0, 50.0]]), np.ones((2, 2)), np.ones((2, 2)))
    with pytest.raises(ModelError, match="completely"):
        cell_propensity(groups.counts, groups.design)
    with pytest.raises(DataError, match="two of each"):
        grouped_regression(Groups(np.zeros((1, 1)), np.array([[5.0], [1.0]]), np.ones((2, 1)), np.ones((2, 1))))


def test_contacted_customers_of_whom_none_bought_are_not_sure_never_to_buy() -> None:
    """Two cells; of 400 others 20 bought for 20, of 400 contacted none: the interval is wider than that of the others."""
    design = np.array([[0.0], [1.0]])
    counts = np.array([[200.0, 200.0], [200.0, 200.0]])
    sums = np.array([[200.0, 200.0], [0.0, 0.0]])
    squares = sums * 20
    groups = Groups(design, counts, sums, squares)
    others = (8000 / 400 - 1.0) / 400  # variance of the others' mean
    unseen = 8000 / 800 / 400  # the contacted taken to buy as both together do
    for estimator in (grouped_regression, grouped_inverse_propensity, grouped_doubly_robust):
        found = estimator(groups)
        assert found.value == pytest.approx(-1.0)
        assert found.standard_error**2 == pytest.approx(others + unseen, rel=0.02)
