"""Intervals of a group's risk: they cover, and groups that are too small get a refusal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from segkit.churn.models.group_risk import group_risk, model_error
from segkit.errors import ModelError
from segkit.learning.encoding import fit_encoding
from segkit.learning.learners import Logistic, fit_learner
from tests.learning.made import FEATURES, world


def test_a_small_group_gets_a_refusal() -> None:
    found = group_risk(29, 0.1, 0.09, learnt_from=100, model_error=0.1)
    assert (found.mean, found.low, found.high) == (None, None, None)
    assert "29 customers are too few" in str(found.refusal)
    assert group_risk(30, 0.1, 0.09, learnt_from=100, model_error=0.1).mean == 0.1


@pytest.mark.parametrize("customers", [30, 500, 5_000, 3_000_000])
def test_bounds_hold_the_mean_and_stay_shares(customers: int) -> None:
    for mean in (1e-4, 0.02, 0.5, 0.999):
        for error in (0.0, 0.2, 3.0):
            found = group_risk(customers, mean, mean * (1 - mean), learnt_from=np.inf, model_error=error)
            assert found.low is not None
            assert found.high is not None
            assert 0 <= found.low <= mean <= found.high <= 1


def test_an_error_beyond_chance_is_measured() -> None:
    rng = np.random.default_rng(2)
    expected = np.full(400, 200.0)
    moved = expected * (1 + rng.normal(0, 0.15, 400))
    assert model_error(rng.poisson(moved), expected, expected) == pytest.approx(0.15, abs=0.02)
    assert model_error(rng.poisson(expected), expected, expected) < 0.05
    with pytest.raises(ModelError, match="nobody was expected"):
        model_error([0], [0], [0])


def coverage(worlds: int, shock: float) -> float:
    """Share of segments' outcomes inside their interval: train, hold out, predict, look; anew in each world."""
    inside = []
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        raw, labels, _ = world(3_000, seed=3 * seed + 1)
        encoding = fit_encoding(FEATURES, raw)
        model = fit_learner("logistic", encoding.matrix(raw), labels)
        assert isinstance(model, Logistic)
        sums = []
        for part in (1, 2):
            later, _, truth = world(3_000, seed=3 * seed + 1 + part)
            # what moves all of a period's customers alike
            moved = special.expit(special.logit(truth) + rng.normal(0, shock))
            left = rng.random(3_000) < moved
            p = special.expit(model.log_odds(encoding.matrix(later)))
            groups = np.minimum((later["months"] // 8).astype(int), 5)
            sums.append((np.bincount(groups), *(np.bincount(groups, weights=w) for w in (left, p, p * (1 - p)))))
        error = model_error(*sums[0][1:])
        for n, gone, risk, spread in zip(*sums[1], strict=True):
            one = group_risk(int(n), risk / n, spread / n, learnt_from=float(n), model_error=error, level=0.9)
            assert one.low is not None
            assert one.high is not None
            inside.append(one.low <= gone / n <= one.high)
    return float(np.mean(inside))


def test_intervals_of_segments_cover() -> None:
    # 40 worlds of 6 segments; their outcomes are nearly independent: a standard error of 2 %
    assert 0.86 <= coverage(40, 0.0) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("shock", [0.0, 0.1])
def test_intervals_of_segments_cover_with_and_without_shocks(shock: float) -> None:
    assert 0.87 <= coverage(300, shock) <= 0.98
