"""Whether it paid."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.profit import profit, wasted_contacts
from segkit.errors import ParameterError
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


def test_a_campaign_that_pays_is_sent_and_one_that_does_not_is_held() -> None:
    pays = profit(effect_of(2.0), cost=0.5, customers=10_000)
    assert pays.decision == "send"
    assert pays.per_customer == pytest.approx(1.5)
    assert pays.total == pytest.approx(15_000)
    assert pays.probability > 0.999
    assert (pays.break_even, pays.break_even_cost) == (0.5, pytest.approx(2.0))
    assert pays.repeat_customers is None
    loses = profit(effect_of(2.0), cost=4.0, customers=10_000)
    assert loses.decision == "hold"
    assert loses.probability < 0.001
    unclear = profit(effect_of(0.6), cost=0.5, customers=10_000)
    assert unclear.decision == "test again"
    assert unclear.repeat_customers is not None
    assert unclear.repeat_customers > 800
    assert 0.5 < unclear.probability < 0.95


def test_the_decision_is_the_interval() -> None:
    for cost in np.linspace(0, 4, 41):
        found = profit(effect_of(2.0), cost=float(cost), customers=1)
        expected = "send" if found.lower > 0 else "hold" if found.upper < 0 else "test again"
        assert found.decision == expected
        assert (found.probability > 0.975) == (found.decision == "send")


def test_wasted_contacts_and_impossible_costs() -> None:
    assert wasted_contacts(0.12, 5000) == pytest.approx(600)
    with pytest.raises(ParameterError):
        wasted_contacts(1.2, 10)
    with pytest.raises(ParameterError, match="zero or more"):
        profit(effect_of(1.0), cost=-1, customers=1)
