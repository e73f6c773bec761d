"""Qini and AUUC do not depend on rows or ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.qini import qini_curve, ranking, uplift_curve
from segkit.errors import DataError


def customers(seed: int, n: int = 400, levels: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    score = random.integers(0, levels, n).astype(float)
    treated = (random.random(n) < 0.4).astype(float)
    outcome = (random.random(n) < 0.2 + 0.08 * score * treated).astype(float)
    return outcome, score, treated


@given(seed=st.integers(0, 10_000), levels=st.integers(1, 400))
def test_rows_and_ties_do_not_matter(seed: int, levels: int) -> None:
    y, s, t = customers(seed, levels=levels)
    found = ranking(y, s, t)
    order = np.random.default_rng(seed + 1).permutation(len(y))
    again = ranking(y[order], 3 * s[order] + 7, t[order])
    assert (again.qini, again.auuc) == (found.qini, found.auuc)


def test_all_alike_is_the_random_line() -> None:
    y, _, t = customers(3)
    found = ranking(y, np.zeros(len(y)), t)
    assert (found.qini, found.auuc) == (0.0, 0.0)


def test_the_perfect_ranking_is_one() -> None:
    y, _, t = customers(4)
    assert ranking(y, y * (2 * t - 1), t).qini == pytest.approx(1.0)


def test_curves_by_hand() -> None:
    """Four customers, scores 3 2 2 1."""
    y, s, t = [1, 0, 1, 1], [3, 2, 2, 1], [1, 1, 0, 0]
    qini = qini_curve(y, s, t)
    np.testing.assert_allclose(qini.customers, [0, 1, 3, 4])
    np.testing.assert_allclose(qini.gains, [0, 1, 1 - 1 * 2 / 1, 1 - 2 * 2 / 2])
    np.testing.assert_allclose(uplift_curve(y, s, t).gains, [0, 1, (0.5 - 1) * 3, (0.5 - 1) * 4])


@pytest.mark.filterwarnings("ignore:Function stable_cumsum is deprecated:FutureWarning")
def test_against_scikit_uplift() -> None:
    metrics = pytest.importorskip("sklift.metrics", reason="scikit-uplift is not installed; it is an oracle only")
    for seed in range(20):
        y, s, t = customers(seed, levels=1000)
        found = ranking(y, s, t)
        assert found.qini == pytest.approx(metrics.qini_auc_score(y, s, t), rel=1e-10)
        assert found.auuc == pytest.approx(metrics.uplift_auc_score(y, s, t), rel=1e-10)


def test_what_cannot_be_ranked_is_refused() -> None:
    y, s, t = customers(5)
    with pytest.raises(DataError, match="0 and 1 only"):
        ranking(y * 2, s, t)
    with pytest.raises(DataError, match="needs customers of both arms"):
        ranking(y, s, np.ones(len(y)))
    with pytest.raises(DataError, match="no scale"):
        ranking(np.zeros(len(y)), s, t)
