"""Kaplan-Meier against statsmodels, with late entry and weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from segkit.churn.models.product_limit import ProductLimit, product_limit


def kaplan_meier(
    time: np.ndarray, left: np.ndarray, entry: np.ndarray | float = 0.0, weight: np.ndarray | float = 1.0
) -> ProductLimit:
    """The curve of single customers: each enters once, and their time ends once."""
    entered, many = np.broadcast_to(entry, time.shape), np.broadcast_to(weight, time.shape)
    return product_limit(entered, many, time, left, many)


def test_as_statsmodels_with_late_entry() -> None:
    rng = np.random.default_rng(4)
    entry = np.where(rng.random(800) < 0.4, rng.integers(0, 12, 800), 0).astype(float)
    time = entry + rng.integers(1, 24, 800)
    left = (rng.random(800) < 0.6).astype(float)
    ours = kaplan_meier(time, left, entry=entry)
    peer = SurvfuncRight(time, left, entry=entry)
    np.testing.assert_array_equal(ours.time, peer.surv_times)
    np.testing.assert_allclose(ours.survival, peer.surv_prob, rtol=1e-12)
    np.testing.assert_allclose(ours.standard_error, peer.surv_prob_se, rtol=1e-9)
    np.testing.assert_array_equal(ours.at_risk, peer.n_risk)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 1), st.integers(1, 5)), min_size=1, max_size=30))
def test_weights_are_rows(rows: list[tuple[int, int, int]]) -> None:
    time, left, weight = (np.array(part) for part in zip(*rows, strict=True))
    weighted = kaplan_meier(time, left, weight=weight)
    repeated = kaplan_meier(np.repeat(time, weight), np.repeat(left, weight))
    np.testing.assert_allclose(weighted.survival, repeated.survival)
    assert (np.diff(weighted.survival) <= 0).all()


def test_where_nobody_leaves_everybody_stays() -> None:
    assert kaplan_meier(np.array([1.0, 2.0]), np.zeros(2)).at(2) == 1.0
    assert kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0])).at(2.5) == pytest.approx(2 / 3)
