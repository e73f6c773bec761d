"""Intervals for one number, tails, and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from segkit.campaigns.models.intervals import (
    gini,
    gini_interval,
    mean_interval,
    proportion_interval,
    quantile,
    quantile_interval,
)
from segkit.errors import DataError, ParameterError
from segkit.statistics.moments import Moments


@given(n=st.integers(1, 5000), share=st.floats(0, 1), level=st.floats(0.5, 0.999))
def test_wilson_is_scipys(n: int, share: float, level: float) -> None:
    k = round(share * n)
    found = proportion_interval(k, n, level=level)
    oracle = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert found.lower == pytest.approx(oracle.low, abs=1e-12)
    assert found.upper == pytest.approx(oracle.high, abs=1e-12)
    assert 0 <= found.lower <= found.value <= found.upper <= 1


def test_no_share_without_customers() -> None:
    with pytest.raises(DataError, match="is no share"):
        proportion_interval(1, 0)


def test_mean_interval_is_scipys() -> None:
    values = np.random.default_rng(1).gamma(2, 3, 40)
    found = mean_interval(Moments.from_arrays({"x": values}), "x", level=0.9)
    oracle = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert (found.lower, found.upper) == (pytest.approx(oracle.low), pytest.approx(oracle.high))


def test_published_gini() -> None:
    """Lorenz check of the reference: 45, 25, 15, 10, 5 buyers of 1 to 5 units."""
    assert gini([1, 2, 3, 4, 5], [45, 25, 15, 10, 5]) == pytest.approx(0.3085, abs=5e-5)


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=60).filter(lambda v: sum(v) > 1e-3))
def test_gini_is_the_mean_absolute_difference(values: list[float]) -> None:
    x = np.array(values)
    by_hand = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert gini(x, np.ones(len(x))) == pytest.approx(by_hand, abs=1e-9)
    distinct, counts = np.unique(x, return_counts=True)
    assert gini(distinct[::-1], counts[::-1]) == pytest.approx(by_hand, abs=1e-9)


def test_gini_interval_holds_the_estimate_and_repeats_itself() -> None:
    values = np.random.default_rng(2).pareto(2.5, 500).round(2)
    one = gini_interval(values, np.ones(500))
    shuffled = np.random.default_rng(3).permutation(values)
    assert one == gini_interval(shuffled, np.ones(500))
    assert one.lower < one.value < one.upper
    with pytest.raises(ParameterError, match="200 or more"):
        gini_interval(values, np.ones(500), draws=10)
    with pytest.raises(DataError, match="above zero"):
        gini([0, 0], [1, 1])


def test_quantiles_from_groups() -> None:
    values, counts = [0, 10, 20], [50, 30, 20]
    assert [quantile(values, counts, q) for q in (0.4, 0.5, 0.51, 0.8, 0.9)] == [0, 0, 10, 10, 20]
    found = quantile_interval(values, counts, 0.5)
    assert found.lower <= found.value <= found.upper


def test_the_median_interval_is_the_binomial_one() -> None:
    """Conover (1999): of 1 … 100 in order, the 95 % interval of the median is the 40th to the 61st value."""
    found = quantile_interval(np.arange(1.0, 101), np.ones(100), 0.5)
    assert (found.lower, found.upper) == (40, 61)


def test_groups_must_count_somebody() -> None:
    for counts in ([0, 0], [-1, 2], [0.5, 1]):
        with pytest.raises(DataError, match="whole, not negative"):
            gini([1, 2], counts)
