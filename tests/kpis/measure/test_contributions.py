"""What each factor brought to a change: no remainder, no order, no favour to one direction."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.kpis.measure.contributions import contributions, log_mean

factor = st.floats(min_value=1e-3, max_value=1e6)
pairs = st.lists(st.tuples(factor, factor), min_size=1, max_size=4)


@given(pairs)
def test_they_sum_to_the_change_and_time_reversed_is_the_same_with_the_other_sign(
    two: list[tuple[float, float]],
) -> None:
    before, now = zip(*two, strict=True)
    parts = contributions(before, now)
    assert parts is not None
    scale = max(math.prod(before), math.prod(now))
    assert math.fsum(parts) == pytest.approx(math.prod(now) - math.prod(before), abs=1e-9 * scale)
    backwards = contributions(now, before)
    assert backwards is not None
    assert np.allclose(parts, [-part for part in backwards], atol=1e-9 * scale)
    assert [part > 0 for part in parts if part] == [b > a for a, b in two if a != b]


def test_a_published_split() -> None:
    """Ang's two-factor form by quadrature: the factor's logarithmic rate of change, weighted along the geometric path."""
    before, now = (240.0, 3.1), (215.0, 4.0)
    steps = (np.arange(200_000) + 0.5) / 200_000
    path = math.prod(before) * (math.prod(now) / math.prod(before)) ** steps
    wanted = [path.mean() * math.log(b / a) for a, b in zip(before, now, strict=True)]
    assert contributions(before, now) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("nearly", [1.0, 1 + 1e-15, 1 + 1e-9, 1 - 1e-12])
def test_nearly_equal_numbers_keep_their_digits(nearly: float) -> None:
    assert log_mean(7.0 * nearly, 7.0) == pytest.approx(7.0 * (1 + nearly) / 2, rel=1e-12)


def test_a_factor_without_a_logarithm_gives_no_split() -> None:
    assert contributions([0.0, 2.0], [1.0, 2.0]) is None
    assert contributions([1.0, -2.0], [1.0, 2.0]) is None
