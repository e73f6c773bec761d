"""Chances of being contacted: those of a library, and the same from cells as from customers."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from segkit.campaigns.models.propensity import cell_propensity
from segkit.errors import DataError, ModelError

from .oracles import propensity


def test_propensity_is_that_of_statsmodels() -> None:
    random = np.random.default_rng(3)
    x = random.normal(0, 1, (800, 2))
    t = (random.random(800) < 1 / (1 + np.exp(-(0.6 * x[:, 0] - 0.4 * x[:, 1] - 0.3)))).astype(float)
    oracle = sm.Logit(t, sm.add_constant(x)).fit(disp=0)
    np.testing.assert_allclose(propensity(t, x).values, oracle.predict(), atol=1e-7)


def test_groups_that_nothing_makes_comparable_are_a_model_error() -> None:
    x = np.r_[np.linspace(0, 1, 50), np.linspace(2, 3, 50)]
    with pytest.raises(ModelError, match="completely"):
        propensity(np.r_[np.zeros(50), np.ones(50)], x)


def test_cells_tell_what_their_customers_tell() -> None:
    random = np.random.default_rng(11)
    cells = np.array([[a, b] for a in (0.0, 1.0, 2.0) for b in (0.0, 1.0)])
    counts = random.integers(1, 90, (2, len(cells))).astype(float)
    t = np.concatenate([np.repeat([0.0, 1.0], [int(o), int(c)]) for o, c in counts.T])
    x = np.repeat(cells, counts.sum(axis=0).astype(int), axis=0)
    one, other = cell_propensity(counts, cells), propensity(t, x)
    np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=1e-9)
    np.testing.assert_allclose(one.information, other.information, rtol=1e-9, atol=1e-12)


def test_one_group_alone_has_no_propensity() -> None:
    with pytest.raises(DataError, match="both kinds"):
        propensity(np.ones(10), np.arange(10.0)[:, None])
