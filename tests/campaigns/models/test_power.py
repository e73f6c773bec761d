"""Sizes and durations of planned campaigns."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.effect_reading import minimum_detectable
from segkit.campaigns.models.power import duration, looks_inflation, mean_size, proportion_size
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments


def test_r_power_t_test() -> None:
    """R's manual of power.t.test: delta = 1, sd = 1, power = .9 → n = 22.02110."""
    assert mean_size(1.0, 1.0, power=0.9).exact_treated == pytest.approx(22.02110, abs=1e-5)


def test_r_power_prop_test() -> None:
    """R's manual of power.prop.test: p1 = .50, p2 = .75, power = .90 → n = 76.7."""
    assert proportion_size(0.50, 0.75, power=0.9).exact_treated == pytest.approx(76.7, abs=0.05)


@given(sd=st.floats(0.1, 100), effect=st.floats(0.01, 3), ratio=st.floats(0.1, 10), power=st.floats(0.3, 0.99))
def test_the_size_has_the_power_it_promises(sd: float, effect: float, ratio: float, power: float) -> None:
    found = mean_size(sd, effect * sd, ratio=ratio, power=power)
    assert found.control == pytest.approx(found.treated * ratio, abs=1 + ratio)
    if found.exact_treated > 200 and found.exact_treated * ratio > 200:  # where the normal approximation holds
        error = sd * math.sqrt(1 / found.exact_treated + 1 / (found.exact_treated * ratio))
        assert minimum_detectable(error, power=power) == pytest.approx(effect * sd, rel=0.01) or power <= 0.5


@pytest.mark.slow
def test_simulated_power() -> None:
    random = np.random.default_rng(1)
    found = mean_size(4.0, 1.5, ratio=2.0)
    hits = 0
    for _ in range(4000):
        effect = compare_means(
            Moments.from_arrays({"y": random.normal(1.5, 4, found.treated)}),
            Moments.from_arrays({"y": random.normal(0, 4, found.control)}),
            "y",
        )
        hits += isinstance(effect, Effect) and effect.significant
    assert hits / 4000 == pytest.approx(0.8, abs=0.02)


def test_covariates_groups_and_looks_change_the_size_as_they_should() -> None:
    plain = mean_size(10, 0.5)
    assert mean_size(10, 0.5, explained=0.5).exact_treated == pytest.approx(plain.exact_treated / 2, rel=0.01)
    assert mean_size(10, 0.5, inflation=1.95).treated == pytest.approx(plain.treated * 1.95, rel=0.01)
    assert looks_inflation(1.959964) == pytest.approx(1.0, abs=1e-6)
    assert looks_inflation(2.0310) == pytest.approx(1.052, abs=0.01)


def test_a_size_takes_weeks() -> None:
    rich, poor = mean_size(50.0, 2.0), mean_size(5.0, 2.0)
    assert duration(poor, 1000).weeks == 0
    assert duration(rich, 1000, 100.0).weeks == math.ceil((rich.total - 1000) / 100)
    assert duration(rich, 10).weeks is None
    with pytest.raises(ParameterError, match="cannot be negative"):
        duration(rich, -1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mean_size(0, 1),
        lambda: mean_size(1, 0),
        lambda: mean_size(1, 1, power=0.01),
        lambda: mean_size(1, 1, explained=1),
        lambda: proportion_size(0.1, 0.1),
        lambda: minimum_detectable(-1),
    ],
)
def test_plans_that_cannot_be_are_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(ParameterError):
        call()
