"""Measures of predictions against scikit-learn and statsmodels, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from sklearn import metrics

from segkit.errors import ModelError
from segkit.learning.scores import ScoreTable, auc, bins, brier, calibration_error, lift_at, log_loss, recalibration

PAIRS = st.lists(st.tuples(st.integers(1, 99), st.integers(0, 1)), min_size=2, max_size=60).filter(
    lambda rows: 0 < sum(label for _, label in rows) < len(rows)
)


@given(PAIRS)
def test_as_scikit_learn(rows: list[tuple[int, int]]) -> None:
    score, label = np.array([s / 100 for s, _ in rows]), np.array([y for _, y in rows])
    table = ScoreTable.of(score, label)
    assert auc(table) == pytest.approx(metrics.roc_auc_score(label, score))
    assert brier(table) == pytest.approx(metrics.brier_score_loss(label, score))
    assert log_loss(table) == pytest.approx(metrics.log_loss(label, score))


@given(PAIRS)
def test_grouped_or_not_is_the_same(rows: list[tuple[int, int]]) -> None:
    score, label = np.array([s / 100 for s, _ in rows]), np.array([float(y) for _, y in rows])
    values, place = np.unique(score, return_inverse=True)
    grouped = ScoreTable.of(values, np.bincount(place, weights=label), np.bincount(place))
    single = ScoreTable.of(score, label)
    for measure in (auc, brier, log_loss):
        assert measure(grouped) == pytest.approx(measure(single))
    assert sum(b.customers for b in bins(grouped)) == len(rows)
    assert lift_at(grouped, 1.0) == pytest.approx(1.0)


def test_calibration_is_cox() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(-2, 1, 4_000)
    label = (rng.random(4_000) < special.expit(0.3 + 0.7 * x)).astype(float)
    found = recalibration(ScoreTable.of(special.expit(x), label))
    peer = sm.GLM(label, sm.add_constant(x), family=sm.families.Binomial()).fit()
    assert (found.intercept, found.slope) == pytest.approx(tuple(peer.params), abs=1e-5)
    fixed = ScoreTable.of(found.applied(x), label)
    assert recalibration(fixed).slope == pytest.approx(1, abs=1e-5)
    assert calibration_error(fixed) < calibration_error(ScoreTable.of(special.expit(x), label))


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ModelError, match="leavers and stayers; there are only one"):
        recalibration(ScoreTable.of([0.1, 0.2], [0, 0]))
    with pytest.raises(ModelError, match="outside 0 to 1"):
        ScoreTable.of([1.2], [0])
