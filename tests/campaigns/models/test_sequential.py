"""Looking every week must not make chance look like an effect."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.group_sequential import plan
from segkit.campaigns.models.sequential import AlwaysValid
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments

from .conftest import NONE, Columns


def test_the_sequence_is_the_normal_mixture_of_robbins() -> None:
    """Waudby-Smith et al. (2024), eq. 4, written out: sqrt(2 (t rho^2 + 1) / (t rho)^2 log(sqrt(t rho^2 + "
    "1) / alpha))."""
    planned, sigma, alpha = 500, 3.0, 0.05
    for t in (50, 250, 500, 800):
        look = AlwaysValid(t / planned, 1, 1)
        rho2 = look.tuning / planned
        width = sigma * math.sqrt(2 * (t * rho2 + 1) / (t**2 * rho2) * math.log(math.sqrt(t * rho2 + 1) / alpha))
        assert look.critical(0.95) * sigma / math.sqrt(t) == pytest.approx(width, rel=1e-12)


def test_it_is_narrowest_for_its_error_at_the_planned_end() -> None:
    best = AlwaysValid(1.0, 1, 1)
    c = best.tuning

    def limit(c: float) -> float:
        return math.sqrt((1 + 1 / c) * (math.log1p(c) - 2 * math.log(0.05)))

    assert best.critical(0.95) == pytest.approx(limit(c))
    assert limit(c) < min(limit(c * 1.1), limit(c * 0.9))


@given(fraction=st.floats(0.01, 3), level=st.floats(0.5, 0.999), z=st.floats(0, 20))
def test_p_value_and_limit_say_the_same(fraction: float, level: float, z: float) -> None:
    look = AlwaysValid(fraction, 1, 10)
    critical = look.critical(level)
    if abs(z - critical) > 1e-9:
        assert (look.p_value(z) < 1 - level) == (z > critical)
    assert 0 <= look.p_value(z) <= 1


def test_a_look_is_named_with_its_number_and_the_planned_end() -> None:
    assert "look 3 of 12" in AlwaysValid(0.25, 3, 12).name
    assert "look 2 of 5" in plan([0.2, 0.4, 0.6, 0.8, 1]).at(2).name


@pytest.mark.parametrize(("fraction", "look"), [(0.0, 1), (-1.0, 1), (math.nan, 1), (0.5, 0)])
def test_looks_that_cannot_be_are_refused(fraction: float, look: int) -> None:
    with pytest.raises(ParameterError):
        AlwaysValid(fraction, look, 10)


@pytest.mark.slow
def test_false_alarms_over_28_looks_at_real_spend(hillstrom: Columns) -> None:
    """A/A campaigns on resampled spend, 28 looks up to 20,000 an arm: alarms at any look, whichever way one looks."""
    spend = hillstrom["spend"][hillstrom["segment"] == NONE]
    random = np.random.default_rng(20261122)
    looks, planned, rounds = 28, 20_000, 3000
    ends = [round(planned * (k + 1) / looks) for k in range(looks)]
    fixed = plan([e / planned for e in ends])
    alarms = dict.fromkeys(("naive", "always valid", "always valid, lift", "group sequential"), 0)
    for _ in range(rounds):
        arms = [random.choice(spend, planned) for _ in range(2)]
        cells: list[Moments | None] = [None, None]
        start, found = 0, set()
        for look, end in enumerate(ends, 1):
            for a in (0, 1):
                piece = Moments.from_arrays({"spend": arms[a][start:end]})
                before = cells[a]
                cells[a] = piece if before is None else before + piece
            start = end
            treated, control = cells
            assert treated is not None
            assert control is not None
            valid = compare_means(treated, control, "spend", distribution=AlwaysValid(end / planned, look, looks))
            if isinstance(valid, Refusal):
                continue
            if valid.significant:
                found.add("always valid")
            low, high = valid.lift.lower, valid.lift.upper
            if low is not None and high is not None and (low > 0 or high < 0):
                found.add("always valid, lift")
            z = abs(valid.statistic)
            if z > 1.96:
                found.add("naive")
            if z > fixed.limits[look - 1]:
                found.add("group sequential")
        for name in found:
            alarms[name] += 1
    assert alarms["naive"] / rounds > 0.2  # what weekly reports do without a plan
    assert alarms["always valid"] / rounds <= 0.05
    assert alarms["always valid, lift"] <= alarms["always valid"]
    assert alarms["group sequential"] / rounds <= 0.055  # .05, two standard errors of the simulation allowed


@pytest.mark.slow
def test_the_sequence_covers_the_effect_at_all_looks_together() -> None:
    random = np.random.default_rng(3)
    looks, planned, rounds, missed = 28, 2800, 2000, 0
    for _ in range(rounds):
        a, b = random.normal(1.5, 2, planned), random.normal(1.0, 2, planned)
        for look in range(1, looks + 1):
            n = planned * look // looks
            effect = compare_means(
                Moments.from_arrays({"y": a[:n]}),
                Moments.from_arrays({"y": b[:n]}),
                "y",
                distribution=AlwaysValid(look / looks, look, looks),
            )
            assert isinstance(effect, Effect)
            if not effect.lower <= 0.5 <= effect.upper:
                missed += 1
                break
    assert missed / rounds <= 0.05
