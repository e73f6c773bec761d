"""What an interval lets one say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segkit.campaigns.models.effect_reading import customers_for, minimum_detectable, read, signed_text
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments


def effect_of(shift: float, n: int = 400, seed: int = 3) -> Effect:
    random = np.random.default_rng(seed)
    base = random.normal(0, 2, n)
    found = compare_means(
        Moments.from_arrays({"y": 10 + base - base.mean() + shift}),
        Moments.from_arrays({"y": 10 + base - base.mean()}),
        "y",
    )
    assert isinstance(found, Effect)
    return found


def test_not_significant_is_inconclusive_within_bounds_never_no_effect() -> None:
    reading = read(effect_of(0.1))
    assert reading.direction == "inconclusive"
    assert (
        reading.words("EUR")
        == f"inconclusive (could be {signed_text(reading.lower)} to {signed_text(reading.upper)} EUR)"
    )
    assert "−" in reading.words()
    assert "no effect" not in reading.words()
    assert reading.detectable > 0.1
    assert read(effect_of(2.0)).direction == "up"
    assert read(effect_of(-2.0)).words().startswith("down (by −")


def test_a_repeat_of_the_size_asked_for_would_find_the_effect() -> None:
    effect = effect_of(0.1)
    need = customers_for(effect.standard_error, 800, 0.1)
    shrunk = effect.standard_error * math.sqrt(800 / need)
    assert minimum_detectable(shrunk) == pytest.approx(0.1, rel=0.01)


def test_signs_are_typographic() -> None:
    assert [signed_text(x) for x in (0.4, -0.12345, 0.0, 1234.5)] == ["+0.4", "−0.123", "0", "+1.23e+03"]
