"""What a sending rule would have earned."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.policy import compare_policies, policy_value
from segkit.errors import DataError, ParameterError


def offers(seed: int, n: int = 4000) -> tuple[np.ndarray, ...]:
    """Arm 1 helps customers with x above zero and harms the others; the value of each rule is known."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, n)
    chance = np.column_stack([np.full(n, 0.6), np.full(n, 0.4)])
    arm = (random.random(n) < 0.4).astype(int)
    y = 5 + x * arm + random.normal(0, 1, n)
    predicted = np.column_stack([np.full(n, 5.0), 5 + x])
    return x, arm, y, chance, predicted


TARGETED = 5 + 1 / np.sqrt(2 * np.pi)


def test_targeting_is_valued_and_beats_sending_to_all_and_to_none() -> None:
    x, arm, y, chance, predicted = offers(1)
    rule = (x > 0).astype(int)
    everyone, nobody = np.ones_like(rule), np.zeros_like(rule)
    for model in (None, predicted):
        found = policy_value(y, arm, rule, chance, predicted=model)
        assert found.value == pytest.approx(TARGETED, abs=4 * found.standard_error)
        assert found.followed == (arm == rule).sum()
        for other in (everyone, nobody):
            better = compare_policies(y, arm, rule, other, chance, predicted=model)
            assert better.lower > 0
            assert better.p_value < 0.001
    weighted = policy_value(y, arm, rule, chance)
    robust = policy_value(y, arm, rule, chance, predicted=predicted)
    assert robust.standard_error < weighted.standard_error
    assert policy_value(y, arm, nobody, [0.6, 0.4]).value == pytest.approx(y[arm == 0].mean())


def test_a_wrong_model_does_not_bias_the_doubly_robust_value() -> None:
    x, arm, y, chance, predicted = offers(2, 20_000)
    found = policy_value(y, arm, (x > 0).astype(int), chance, predicted=predicted[:, ::-1] + 3)
    assert found.value == pytest.approx(TARGETED, abs=4 * found.standard_error)


def test_a_policy_against_itself_is_nothing() -> None:
    x, arm, y, chance, _ = offers(3)
    rule = (x > 0).astype(int)
    found = compare_policies(y, arm, rule, rule, chance)
    assert (found.difference, found.standard_error, found.p_value) == (0, 0, 1)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"propensity": [0.5, 0.6]}, DataError, "add up to 1"),
        ({"propensity": [1.0, 0.0]}, DataError, "could not be drawn"),
        ({"recommended": [2] * 10}, ParameterError, "arms reach 2"),
        ({"arm": [0] * 10, "recommended": [1] * 10}, DataError, "no customer was drawn"),
        ({"arm": [0.5] * 10}, DataError, "arm numbers"),
        ({"predicted": np.zeros((10, 3))}, DataError, "3 columns for 2 arms"),
    ],
)
def test_policies_that_cannot_be_valued(change: dict[str, object], error: type[Exception], words: str) -> None:
    given_: dict[str, object] = {
        "outcome": np.arange(10.0),
        "arm": [0, 1] * 5,
        "recommended": [0] * 5 + [1] * 5,
        "propensity": [0.5, 0.5],
    }
    with pytest.raises(error, match=words):
        policy_value(**{**given_, **change})  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("modelled", [False, True])
def test_policy_intervals_cover(modelled: bool) -> None:
    hits, rounds = 0, 2000
    for seed in range(rounds):
        x, arm, y, chance, predicted = offers(seed + 100, 600)
        found = policy_value(y, arm, (x > 0).astype(int), chance, predicted=predicted if modelled else None)
        hits += found.lower <= TARGETED <= found.upper
    assert 0.935 <= hits / rounds <= 0.965
