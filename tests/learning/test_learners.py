"""The learners against libraries that fit the same."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import special
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from segkit.churn.models.drivers import effects, importance
from segkit.errors import ModelError
from segkit.learning.encoding import fit_encoding
from segkit.learning.learners import Boosted, Logistic, fit_learner
from tests.learning.made import FEATURES, PLANTED, world


@pytest.fixture(scope="module")
def made() -> tuple:
    raw, labels, p = world(20_000)
    encoding = fit_encoding(FEATURES, raw)
    return raw, labels, p, encoding, encoding.matrix(raw)


@pytest.fixture(scope="module")
def logistic(made: tuple) -> Logistic:
    _, labels, _, _, matrix = made
    return fit_learner("logistic", matrix, labels, customers=np.arange(labels.size) // 2)


def test_coefficients_and_errors_are_those_of_statsmodels(made: tuple, logistic: Logistic) -> None:
    _, labels, _, _, matrix = made
    peer = sm.GLM(labels, sm.add_constant(matrix), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": np.arange(labels.size) // 2}
    )
    # a slight ridge is all that differs
    np.testing.assert_allclose([logistic.intercept, *logistic.coefficients], peer.params, atol=6e-3)
    np.testing.assert_allclose(logistic.standard_errors, peer.bse[1:], rtol=8e-3)


def test_planted_effects_are_found(made: tuple, logistic: Logistic) -> None:
    raw, _, _, encoding, _ = made
    found = {
        (e.column.feature, e.column.op, *e.column.levels, e.column.low): e for e in effects(encoding, logistic, raw)
    }
    tickets = next(e for key, e in found.items() if key[0] == "tickets")
    prepaid = next(e for key, e in found.items() if "prepaid" in key)
    noise = next(e for key, e in found.items() if key[0] == "noise")
    assert tickets.step == 1
    assert abs(tickets.log_odds - PLANTED["tickets"]) < 3 * tickets.standard_error
    assert abs(prepaid.log_odds - PLANTED["prepaid"]) < 3 * prepaid.standard_error
    assert tickets.clear
    assert not noise.clear
    # the reference is the largest band, 24 months and more
    new = next(e for key, e in found.items() if key[0] == "months" and key[-1] == -np.inf)
    assert abs(new.log_odds - (PLANTED["months_new"] - PLANTED["months_old"])) < 3 * new.standard_error


def test_risk_differences_are_those_of_a_direct_computation(made: tuple, logistic: Logistic) -> None:
    raw, _, p, encoding, _ = made
    prepaid = next(e for e in effects(encoding, logistic, raw) if e.column.levels == ("prepaid",))
    odds = np.log(p / (1 - p)) - 0.8 * (raw["plan"] == "prepaid")
    truth = np.mean(1 / (1 + np.exp(-odds - 0.8)) - 1 / (1 + np.exp(-odds)))
    assert prepaid.low < truth < prepaid.high
    assert prepaid.high - prepaid.low < 0.03


def test_trees_say_what_their_library_says(made: tuple) -> None:
    _, labels, _, _, matrix = made
    labels, matrix = labels[:5_000], matrix[:5_000]
    ours = fit_learner("boosting", matrix, labels)
    assert isinstance(ours, Boosted)
    peer = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.1, max_leaf_nodes=8, max_depth=3, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=1,
    )  # fmt: skip
    with threadpool_limits(limits=1):
        peer.fit(matrix, labels)
    np.testing.assert_allclose(ours.log_odds(matrix), peer.decision_function(matrix), rtol=0, atol=4e-12)
    np.testing.assert_allclose(
        special.expit(ours.log_odds(matrix)), peer.predict_proba(matrix)[:, 1], rtol=0, atol=1e-12
    )


def test_the_readable_model_says_what_its_library_says(made: tuple) -> None:
    _, labels, _, _, matrix = made
    labels, matrix = labels[:5_000], matrix[:5_000]
    ours = fit_learner("logistic", matrix, labels)
    peer = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=200, tol=1e-8)
    with threadpool_limits(limits=1):
        peer.fit(matrix, labels)
    np.testing.assert_allclose(
        special.expit(ours.log_odds(matrix)), peer.predict_proba(matrix)[:, 1], rtol=0, atol=1e-12
    )


def test_shuffling_noise_costs_nothing(made: tuple, logistic: Logistic) -> None:
    _, _, _, encoding, _ = made
    raw, labels, _ = world(6_000, seed=2)
    ranked = importance(encoding, logistic, encoding.matrix(raw), labels)
    drops = {one.feature: one.drop for one in ranked}
    assert abs(drops["noise"]) < 0.004
    assert drops["tickets"] > 0.02
    assert ranked[-1].feature in ("noise", "usage")


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ([], "no customers to learn from"),
        ([0] * 50, "nobody left"),
        ([1] * 50, "everybody left"),
        ([1] * 5 + [0] * 90, "5 of 95 left"),
    ],
)
def test_labels_that_teach_nothing_are_refused(labels: list[int], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        fit_learner("logistic", np.zeros((len(labels), 1)), np.array(labels, dtype=float))
