"""Relative lift: Fieller, negative and vanishing controls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments


def moments(**columns: np.ndarray | list[float]) -> Moments:
    return Moments.from_arrays(columns)


def test_fieller_bounds_are_the_ratios_that_the_test_just_rejects() -> None:
    random = np.random.default_rng(4)
    a, b = random.normal(12, 4, 60), random.normal(10, 3, 50)
    effect = compare_means(moments(x=a), moments(x=b), "x")
    assert isinstance(effect, Effect)
    limit = stats.t.ppf(0.975, effect.df)
    for bound in (effect.lift.lower, effect.lift.upper):
        assert bound is not None
        r = 1 + bound
        t = (a.mean() - r * b.mean()) / math.sqrt(a.var(ddof=1) / 60 + r * r * b.var(ddof=1) / 50)
        assert abs(t) == pytest.approx(limit, rel=1e-9)


def test_a_negative_control_mean_does_not_turn_the_sign() -> None:
    """Refunds: the control loses 10 a customer, the treated lose 5. That is better, not worse."""
    random = np.random.default_rng(8)
    control = moments(margin=random.normal(-10, 2, 400))
    treated = moments(margin=random.normal(-5, 2, 400))
    effect = compare_means(treated, control, "margin")
    assert isinstance(effect, Effect)
    assert effect.lift.value == pytest.approx(effect.difference / abs(effect.control.value))
    assert effect.lift.value is not None
    assert effect.lift.lower is not None
    assert effect.lift.lower > 0.4
    mirrored = compare_means(
        moments(margin=-random.normal(-5, 2, 400)), moments(margin=random.normal(10, 2, 400)), "margin"
    )
    assert isinstance(mirrored, Effect)
    assert mirrored.lift.upper is not None
    assert mirrored.lift.upper < 0


@pytest.mark.parametrize("mean", [0.0, 0.01, -0.01])
def test_near_a_control_mean_of_zero_there_is_no_relative_lift(mean: float) -> None:
    base = np.array([-1.0, 1.0] * 50)
    effect = compare_means(moments(x=base + 3), moments(x=base + mean), "x")
    assert isinstance(effect, Effect)
    assert effect.significant
    assert not effect.lift.estimable
    assert effect.lift.reason is not None
    assert effect.lift.reason.startswith("not estimable")
    assert (effect.lift.value, effect.lift.lower, effect.lift.upper) == (None, None, None)
