"""Are those who were contacted and the others comparable?"""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.balance import balance, overlap
from segkit.campaigns.models.propensity import ate_weights, att_weights, propensity


def chosen(seed: int, n: int = 1500) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Better customers are likelier to be contacted; the effect is 1 + x1 / 2, so that its means are known."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (n, 2))
    e = 1 / (1 + np.exp(-(0.6 * x[:, 0] - 0.4 * x[:, 1] - 0.3)))
    t = (random.random(n) < e).astype(float)
    y = 2 + 1.5 * x[:, 0] + x[:, 1] + t * (1 + 0.5 * x[:, 0]) + random.normal(0, 1, n)
    big = np.random.default_rng(0).normal(0, 1, (400_000, 2))
    eb = 1 / (1 + np.exp(-(0.6 * big[:, 0] - 0.4 * big[:, 1] - 0.3)))
    return y, t, x, float(1 + 0.5 * (eb @ big[:, 0]) / eb.sum()), 1.0


def test_weights_balance_what_they_were_fitted_to() -> None:
    _, t, x, *_ = chosen(7, 5000)
    fit = propensity(t, x)
    raw = balance(t, x, ["x1", "x2"])
    assert raw.verdict.status == "blocked"
    assert raw.worst_before > 0.25
    assert raw.worst_after is None
    for weights in (att_weights(t, fit.values), ate_weights(t, fit.values)):
        found = balance(t, x, ["x1", "x2"], weights)
        assert found.worst_after is not None
        assert found.worst_after < 0.05
        assert found.verdict.status == "ok"
    assert overlap(t, fit.values).status == "ok"


def test_standardised_difference_by_hand() -> None:
    found = balance([1, 1, 1, 0, 0, 0], [[1.0], [2], [3], [2], [4], [6]], ["x"])
    row = found.covariates[0]
    assert row.before == pytest.approx((2 - 4) / np.sqrt((1 + 4) / 2))
    assert (row.treated, row.control, row.variance_ratio) == (2.0, 4.0, 0.25)


def test_customers_without_a_counterpart_are_counted() -> None:
    t = np.r_[np.ones(100), np.zeros(100)]
    e = np.r_[np.full(90, 0.5), np.full(10, 0.995), np.full(100, 0.4)]
    assert overlap(t, e).status == "blocked"
    assert "100 of 100" in overlap(t, e).sentence  # none of the others comes near .5
    e[150] = 0.7
    assert overlap(t, e).value == pytest.approx(0.10)
