"""The best one told apart from the luckiest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.selection import best_segment


def test_the_best_of_many_is_corrected_downwards() -> None:
    effects = [0.1, -0.4, 1.9, 1.7, 0.3]
    found = best_segment(effects, [1.0] * 5)
    assert found.index == 2
    assert found.raw == 1.9
    assert found.corrected < 1.0
    assert found.lower < found.corrected < found.upper


def test_a_clear_winner_needs_no_correction() -> None:
    found = best_segment([0.0, 0.1, 30.0], [1.0, 1.0, 1.0])
    assert found.corrected == pytest.approx(30.0, abs=1e-6)
    assert found.lower == pytest.approx(30 - 1.96, abs=0.1)
    alone = best_segment([2.0], [1.0])
    assert (alone.lower, alone.upper) == (pytest.approx(2 - 1.959964), pytest.approx(2 + 1.959964))


@given(seed=st.integers(0, 10_000), segments=st.integers(2, 12))
def test_the_correction_never_leaves_the_simultaneous_interval(seed: int, segments: int) -> None:
    random = np.random.default_rng(seed)
    effects, errors = random.normal(0, 2, segments), random.uniform(0.2, 2, segments)
    found = best_segment(effects, errors)
    assert found.lower <= found.corrected <= found.upper
    assert found.raw - 5 * errors[found.index] < found.lower
    assert found.upper < found.raw + 5 * errors[found.index]
    assert found.corrected <= found.raw + 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.5, 3.0])
def test_the_winner_is_covered_and_its_estimate_in_the_middle(spread: float) -> None:
    random = np.random.default_rng(7)
    truth = np.linspace(-1, 1, 10) * spread
    hits, above, raw_above, rounds = 0, 0, 0, 6000
    for _ in range(rounds):
        measured = truth + random.normal(0, 1, 10)
        found = best_segment(measured, np.ones(10))
        effect = truth[found.index]
        hits += found.lower <= effect <= found.upper
        above += found.corrected > effect
        raw_above += found.raw > effect
    assert hits / rounds >= 0.945
    assert 0.46 <= above / rounds <= 0.54
    assert raw_above / rounds > above / rounds
