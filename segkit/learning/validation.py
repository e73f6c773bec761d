"""Cross-validation: what a learner predicts for customers whom it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from segkit.arrays import Floats
from segkit.learning.encoding import Feature, Raw, fit_encoding
from segkit.learning.learners import LearnerName, check_labels, fit_strengths
from segkit.learning.scores import Recalibration, ScoreTable, log_loss, recalibration
from segkit.statistics.seed import SEED

STRENGTHS: Final[dict[LearnerName, tuple[float, ...]]] = {"logistic": (0.1, 1.0), "boosting": (0.5, 1.0)}
"""Strengths that cross-validation chooses from: see `fit_logistic` and `fit_boosting`."""


def folds(labels: Floats, count: int, customers: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Assign each row a fold, with leavers spread evenly. The rows of a customer stay together; the draw has a fixed
    seed.
    """
    rng = np.random.default_rng(SEED)
    if customers is not None:
        _, place = np.unique(customers, return_inverse=True)
        return np.asarray((rng.permutation(int(place.max()) + 1) % count)[place])
    found = np.zeros(labels.size, dtype=np.int64)
    for label in (0.0, 1.0):
        rows = rng.permutation(np.flatnonzero(labels == label))
        found[rows] = np.arange(rows.size) % count
    return found


def out_of_fold(
    name: LearnerName,
    features: Sequence[Feature],
    raw: Raw,
    labels: Floats,
    *,
    strength: float = 1.0,
    count: int = 5,
    customers: NDArray[np.int64] | None = None,
) -> Floats:
    """Predict the log-odds of each row from fits, encoding included, on the other folds."""
    return _odds(name, features, raw, labels, (strength,), count, customers)[strength]


def _odds(
    name: LearnerName,
    features: Sequence[Feature],
    raw: Raw,
    labels: Floats,
    strengths: Sequence[float],
    count: int,
    customers: NDArray[np.int64] | None,
) -> dict[float, Floats]:
    """Return out-of-fold log-odds by strength. The folds and their encodings are the same for all."""
    place = folds(labels, count, customers)
    found = {strength: np.zeros(labels.size) for strength in strengths}
    for fold in range(count):
        train, test = place != fold, place == fold
        if not test.any():
            continue
        part = {key: values[train] for key, values in raw.items()}
        encoding = fit_encoding(features, part)
        fitted = fit_strengths(name, encoding.matrix(part), labels[train], strengths)
        rest = encoding.matrix({key: values[test] for key, values in raw.items()})
        for strength, model in fitted.items():
            found[strength][test] = model.log_odds(rest)
    return found


@dataclass(frozen=True, slots=True)
class Tuned:
    """A learner's setting, chosen by cross-validation.

    Attributes:
        strength: the chosen strength.
        log_loss: log loss of the recalibrated out-of-fold predictions.
        calibration: the recalibration that brings out-of-fold log-odds to what was observed.
    """

    strength: float
    log_loss: float
    calibration: Recalibration


def tune(
    name: LearnerName,
    features: Sequence[Feature],
    raw: Raw,
    labels: Floats,
    *,
    count: int = 3,
    customers: NDArray[np.int64] | None = None,
) -> Tuned:
    """Choose the strength with the least out-of-fold log loss, and fit the recalibration that its predictions need."""
    check_labels(labels)
    best: Tuned | None = None
    for strength, odds in _odds(name, features, raw, labels, STRENGTHS[name], count, customers).items():
        change = recalibration(ScoreTable.of(special.expit(odds), labels))
        loss = log_loss(ScoreTable.of(change.applied(odds), labels))
        if best is None or loss < best.log_loss:
            best = Tuned(strength, loss, change)
    assert best is not None, "there are settings to choose from"
    return best
