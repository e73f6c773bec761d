"""A typing model: it predicts someone's class from what is known of everybody, and states how often it is right.

The model is a multinomial logistic regression with a small ridge (Hosmer, Lemeshow & Sturdivant 2013, ch. 8). Its
accuracy is that of predictions for people whom the fit had not seen (stratified cross-validation; Stone 1974).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.statistics.told import Figure, Quoted, Told

FOLDS: Final = 5
_RIDGE: Final = 1.0
_STEPS: Final = 500
_Z: Final = 1.959963984540054
"""Normal quantile for an interval of 95 %."""


@dataclass(frozen=True, slots=True)
class TypingModel:
    """A fitted typing model.

    Attributes:
        intercepts: (classes,) intercept of each class.
        weights: (classes, features) weights of the features as they were given. The predicted class is the one with the
            largest intercept plus weighted sum.
        accuracy: share of held-out people whose class was predicted right.
        accuracy_low: lower bound of its interval (Wilson, 95 %).
        baseline: share that would be right if everybody were put into the largest class.
        people: how many people it was fitted to.
    """

    intercepts: Floats
    weights: Floats
    accuracy: float
    accuracy_low: float
    baseline: float
    people: int

    def predict(self, features: ArrayLike) -> NDArray[np.int64]:
        """Predict the class of each row of features, (n, features)."""
        scores = np.asarray(features, dtype=np.float64) @ self.weights.T + self.intercepts
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def fit_typing_model(features: ArrayLike, classes: ArrayLike, *, seed: int = 0) -> TypingModel:
    """Fit a typing model to people whose class is known.

    Args:
        features: (n, features) finite numbers, each of about unit size.
        classes: (n,) class of each, from 0.
        seed: seed of the folds.

    Raises:
        ModelError: a class has fewer people than there are folds, or there is only one.
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(classes, dtype=np.int64)
    if x.ndim != 2 or len(x) != len(y) or not np.isfinite(x).all():
        raise ModelError(
            Told.own(f"features have shape {x.shape} for {len(y)} people; give one row of finite numbers per person.")
        )
    sizes = np.bincount(y) if len(y) else np.zeros(0, dtype=np.int64)
    if len(sizes) < 2 or sizes.min() < FOLDS:
        raise ModelError(
            Told.of(
                "classes of {sizes} people; a typing model needs at least two classes of {least} or more.",
                sizes=Quoted(", ".join(map(str, sizes))),
                least=Figure(FOLDS, "count"),
            )
        )
    order = np.lexsort((*x.T[::-1], y))  # the order of rows is the engine's; folds must not depend on it
    x, y = x[order], y[order]
    fold = _folds(y, seed)
    right = 0
    for held in range(FOLDS):
        inside = fold != held
        right += int((_fitted(x[inside], y[inside]).predict(x[~inside]) == y[~inside]).sum())
    whole = _fitted(x, y)
    # six digits, since the last ones differ between machines
    intercepts, weights = whole.intercept_.round(6), whole.coef_.round(6)
    if len(sizes) == 2:  # scikit-learn returns only those of the second class
        intercepts, weights = np.array([0.0, intercepts[0]]), np.vstack([np.zeros(x.shape[1]), weights[0]])
    n = len(y)
    return TypingModel(intercepts, weights, right / n, _wilson_low(right, n), float(sizes.max() / n), n)


def _wilson_low(right: int, n: int) -> float:
    """Return the lower bound of a share (Wilson 1927)."""
    p, z2 = right / n, _Z * _Z
    return float((p + z2 / (2 * n) - _Z * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n))


def _folds(y: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Deal each class evenly to the folds, at random."""
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(y), dtype=np.int64)
    for c in range(int(y.max()) + 1):
        members = np.flatnonzero(y == c)
        fold[members] = rng.permutation(np.arange(len(members)) % FOLDS)
    return fold


def _fitted(x: Floats, y: NDArray[np.int64]) -> Any:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):  # many threads on a busy machine wait for each other
        return LogisticRegression(C=_RIDGE, max_iter=_STEPS, tol=1e-8).fit(x, y)
