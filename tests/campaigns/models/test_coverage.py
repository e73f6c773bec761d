"""Do 95 % intervals cover 95 times in 100? By simulation, on resampled real spend and on data whose truth
is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Student
from segkit.statistics.skewness import skewness

from .conftest import MENS, NONE, WOMENS, Columns

pytestmark = pytest.mark.slow


def draws(values: np.ndarray, n: int, count: int, random: np.random.Generator) -> list[Moments]:
    """Moments of `count` samples of n customers, drawn with replacement."""
    distinct, counts = np.unique(values, return_counts=True)
    found = []
    for sample in random.multinomial(n, counts / counts.sum(), size=count):
        mean = sample @ distinct / n
        dev = distinct - mean
        m2, m3, m4 = (float(sample @ dev**k) for k in (2, 3, 4))
        found.append(
            Moments(
                ("spend",),
                n,
                np.array([[n]]),
                np.array([[mean]]),
                np.array([[m2]]),
                np.array([[m2]]),
                np.array([m3]),
                np.array([m4]),
            )
        )
    return found


@pytest.mark.parametrize("n", [2_000, 8_000, 20_000])
@pytest.mark.parametrize("arm", [MENS, WOMENS])
def test_resampled_hillstrom_spend(hillstrom: Columns, n: int, arm: str) -> None:
    random = np.random.default_rng(20261122)
    populations = [hillstrom["spend"][hillstrom["segment"] == a] for a in (arm, NONE)]
    truth = populations[0].mean() - populations[1].mean()
    relative = truth / populations[1].mean()
    rounds = 40_000
    absolute, relative_set, shown, parted = 0, 0, 0, 0
    for treated, control in zip(*(draws(p, n, rounds, random) for p in populations), strict=True):
        effect = compare_means(treated, control, "spend", skewed=True)
        if not isinstance(effect, Effect):
            continue
        # The confidence set of lift: every ratio whose contrast is not rejected. Here, whether it holds the true one.
        r = 1 + relative
        t, c = effect.treated, effect.control
        reach = Student(effect.df).critical(0.95) * skewness(treated, control, "spend", 0.95).factor(r)
        inside = abs(t.value - r * c.value) <= reach * math.sqrt(t.variance + r * r * c.variance)
        shown += 1
        absolute += effect.lower <= truth <= effect.upper
        relative_set += inside
        # where the set has no bound, the page prints no number
        if effect.lift.lower is not None and effect.lift.upper is not None:
            parted += (effect.lift.lower <= relative <= effect.lift.upper) != inside
    assert shown > 0.998 * rounds
    assert 0.94 <= absolute / shown <= 0.96
    assert 0.94 <= relative_set / shown <= 0.96
    assert parted <= 1e-3 * shown  # the printed interval is that set, but for holes in it, which are filled
