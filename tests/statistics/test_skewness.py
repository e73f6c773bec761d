"""The correction for skewed revenue."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.errors import ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from tests.statistics.test_effects import agrees, moments


def test_they_agree_with_the_correction_for_skewness_too() -> None:
    random = np.random.default_rng(5)
    found = 0
    for _ in range(1_000):
        sizes = random.integers(60, 400, 2)
        rates = random.uniform(0.05, 0.4, 2)
        arms = [
            moments(spend=np.where(random.random(n) < p, random.lognormal(3, 0.8, n), 0.0))
            for n, p in zip(sizes, rates, strict=True)
        ]
        effect = compare_means(arms[0], arms[1], "spend", skewed=True)
        if isinstance(effect, Effect):
            found += 1
            assert agrees(effect)
            assert effect.inflation >= 0.95
    assert found > 900


def test_a_handful_of_spenders_is_refused_where_skewness_is_corrected() -> None:
    treated = moments(spend=np.r_[np.zeros(2000), 900.0])
    control = moments(spend=np.r_[np.zeros(2000), 20.0, 30.0])
    found = compare_means(treated, control, "spend", skewed=True)
    assert isinstance(found, Refusal)
    assert "handful of customers" in found.reason


def test_skewness_needs_third_moments() -> None:
    cell = Moments.from_sums(["x"], rows=10, center=[0], sums=[5.0], products=[[8.0]])
    with pytest.raises(ParameterError, match=r"sums of \(x - c\)\^3"):
        compare_means(cell, cell, "x", skewed=True)
