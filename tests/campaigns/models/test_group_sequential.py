"""Plans of looks spend their error budget exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.group_sequential import plan, spent
from segkit.errors import ParameterError

from .oracles import crossing_probability


@pytest.mark.parametrize(
    ("spending", "limits"),
    [
        ("obrien-fleming", [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        ("pocock", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
    ],
)
def test_limits_are_those_of_ldbounds(spending: str, limits: list[float]) -> None:
    """R package ldbounds 1.1 (after Reboussin, DeMets, Kim & Lan 2000): five equal looks, two-sided .05."""
    found = plan([0.2, 0.4, 0.6, 0.8, 1.0], spending=spending)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.limits, limits, atol=2e-4)


@pytest.mark.parametrize(("looks", "pocock", "fleming"), [(2, 2.178, 1.977), (5, 2.413, 2.040), (10, 2.555, 2.087)])
def test_crossing_probability_of_the_classical_plans(looks: int, pocock: float, fleming: float) -> None:
    """Jennison & Turnbull (2000), tables 2.1 and 2.3: these constants make the error .05."""
    fractions = [(k + 1) / looks for k in range(looks)]
    assert crossing_probability(fractions, [pocock] * looks) == pytest.approx(0.05, abs=1e-4)
    falling = [fleming * math.sqrt(looks / (k + 1)) for k in range(looks)]
    assert crossing_probability(fractions, falling) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("fractions", [[1.0], [0.5, 1.0], [0.1, 0.15, 0.7, 0.9], [k / 28 for k in range(1, 29)]])
@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
def test_a_plan_spends_exactly_its_budget(fractions: list[float], spending: str) -> None:
    found = plan(fractions, spending=spending)  # type: ignore[arg-type]
    assert crossing_probability(fractions, found.limits) == pytest.approx(
        spent(fractions[-1], 0.05, spending),  # type: ignore[arg-type]
        abs=1e-8,
    )
    if fractions == [1.0]:
        assert found.limits[0] == pytest.approx(1.959964, abs=1e-6)


def test_plans_are_made_before_looking_and_for_one_level() -> None:
    found = plan([0.5, 1.0])
    with pytest.raises(ParameterError, match="Make a plan with all looks that are taken"):
        found.at(3)
    with pytest.raises(ParameterError, match="needs its own plan"):
        found.at(1).critical(0.9)
    for bad in ([], [0.5, 0.4], [0.0, 1.0], [0.5, 1.5]):
        with pytest.raises(ParameterError, match="rising from above 0"):
            plan(bad)
    with pytest.raises(ParameterError, match="spending: 'even' is not known"):
        spent(0.5, 0.05, "even")  # type: ignore[arg-type]


@given(z=st.floats(0, 10), look=st.integers(1, 5))
def test_a_planned_look_agrees_with_its_p_value(z: float, look: int) -> None:
    at = plan([0.2, 0.4, 0.6, 0.8, 1.0]).at(look)
    if abs(z - at.limit) > 1e-9:
        assert (at.p_value(z) < 0.05) == (z > at.limit)
