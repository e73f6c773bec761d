"""The studentised bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.bootstrap import compare_bootstrap
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments


def grouped_arms(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    t, c = random.lognormal(1.2, 0.8, n).round(1), random.lognormal(1.0, 0.8, n).round(1)
    return (*np.unique(t, return_counts=True), *np.unique(c, return_counts=True))


def test_the_bootstrap_does_not_depend_on_the_order_of_values() -> None:
    vt, ct, vc, cc = grouped_arms(1)
    assert compare_bootstrap(vt, ct, vc, cc) == compare_bootstrap(vt[::-1], ct[::-1], vc[::-1], cc[::-1])


@given(seed=st.integers(0, 2000))
def test_the_bootstrap_never_disagrees_with_itself(seed: int) -> None:
    found = compare_bootstrap(*grouped_arms(seed, 25), draws=399)
    if isinstance(found, Refusal):
        return
    assert (found.lower > 0 or found.upper < 0) == found.significant
    if found.lift.lower is not None and found.lift.upper is not None:
        assert (found.lift.lower > 0 or found.lift.upper < 0) == found.significant


def test_with_many_normal_values_the_bootstrap_is_welch() -> None:
    random = np.random.default_rng(4)
    t, c = random.normal(10.3, 2, 800).round(3), random.normal(10, 2, 700).round(3)
    boot = compare_bootstrap(*np.unique(t, return_counts=True), *np.unique(c, return_counts=True), draws=4999)
    welch = compare_means(Moments.from_arrays({"y": t}), Moments.from_arrays({"y": c}), "y")
    assert isinstance(boot, Effect)
    assert isinstance(welch, Effect)
    assert boot.standard_error == pytest.approx(welch.standard_error, rel=1e-9)
    assert boot.lower == pytest.approx(welch.lower, abs=0.1 * welch.standard_error)
    assert boot.p_value == pytest.approx(welch.p_value, abs=0.01)
    assert boot.lift.upper == pytest.approx(welch.lift.upper, abs=0.1 * welch.standard_error / 10)


def test_what_cannot_be_bootstrapped_is_refused() -> None:
    assert isinstance(compare_bootstrap([1, 2], [2, 2], [1, 2], [30, 30]), Refusal)
    assert isinstance(compare_bootstrap([5], [50], [5], [50]), Refusal)
    one_spender = compare_bootstrap([0, 90], [200, 1], [0], [200])
    assert isinstance(one_spender, Refusal)
    with pytest.raises(ParameterError, match="too few for an interval"):
        compare_bootstrap([1, 2], [20, 20], [1, 2], [20, 20], draws=50)


@pytest.mark.slow
def test_bootstrap_intervals_of_small_skewed_arms_cover() -> None:
    """30 and 45 customers with lognormal spend: Welch covers less, the bootstrap nearly 95 %."""
    random = np.random.default_rng(5)
    truth = np.exp(1.5 + 0.5) - np.exp(1.0 + 0.5)
    hits, welch_hits, rounds = 0, 0, 2000
    for _ in range(rounds):
        t, c = random.lognormal(1.5, 1, 30), random.lognormal(1.0, 1, 45)
        found = compare_bootstrap(t, np.ones(30), c, np.ones(45), draws=999)
        plain = compare_means(Moments.from_arrays({"y": t}), Moments.from_arrays({"y": c}), "y")
        assert isinstance(found, Effect)
        assert isinstance(plain, Effect)
        hits += found.lower <= truth <= found.upper
        welch_hits += plain.lower <= truth <= plain.upper
    assert hits > welch_hits
    assert hits / rounds >= 0.93
