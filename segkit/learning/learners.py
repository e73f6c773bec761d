"""The two learners of churn: a logistic regression that can be read, and boosted trees that are strong.

Both compute log-odds from a design matrix by rules that are plain data, so that an engine can compute the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.statistics.seed import SEED
from segkit.statistics.told import Figure, Told

LearnerName = Literal["logistic", "boosting"]
LEARNERS: Final[tuple[LearnerName, ...]] = ("logistic", "boosting")
FEWEST_EVENTS: Final = 30
"""Fewest leavers, and fewest stayers, to fit a model."""
LEAF_UNITS: Final = 2.0**46
"""Parts of one in which leaves are counted. A leaf adds a whole number of them, so that a sum of leaves fits 64 bits."""
_TREES: Final = {"trees": 80, "leaves": 8, "depth": 3, "rate": 0.1}


class Predictor(Protocol):
    """A fitted learner."""

    def log_odds(self, matrix: Floats) -> Floats:
        """Compute ln(p ÷ (1 − p)) of each row, (n,)."""


@dataclass(frozen=True, eq=False)
class Logistic:
    """Logistic regression with a slight ridge.

    Attributes:
        intercept: log-odds where all columns are 0.
        coefficients: (columns,) added to the log-odds per unit of each column.
        covariance: (columns + 1, columns + 1) covariance of intercept and coefficients, robust to several rows per
            customer.
    """

    intercept: float
    coefficients: Floats
    covariance: Floats

    def log_odds(self, matrix: Floats) -> Floats:
        """See `Predictor`."""
        return np.asarray(self.intercept + matrix @ self.coefficients)

    @property
    def standard_errors(self) -> Floats:
        """Standard errors of the coefficients."""
        return np.asarray(np.sqrt(np.diag(self.covariance)[1:]))


@dataclass(frozen=True, eq=False)
class Tree:
    """A binary tree as arrays with one place per node; node 0 is the root.

    Attributes:
        column: column of the split; −1 in a leaf.
        threshold: rows with a value up to this go left.
        left, right: the next node on each side.
        value: what a leaf adds to the log-odds.
    """

    column: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats

    def values(self, matrix: Floats) -> Floats:
        """Return what the tree adds to each row."""
        at = np.zeros(matrix.shape[0], dtype=np.int64)
        rows = np.arange(matrix.shape[0])
        while True:
            split = self.column[at] >= 0
            if not split.any():
                return np.asarray(self.value[at])
            down = matrix[rows, np.maximum(self.column[at], 0)] <= self.threshold[at]
            at = np.where(split, np.where(down, self.left[at], self.right[at]), at)


@dataclass(frozen=True, eq=False)
class Boosted:
    """Gradient-boosted trees.

    Attributes:
        intercept: log-odds before the first tree.
        trees: each adds to the log-odds.
    """

    intercept: float
    trees: tuple[Tree, ...]

    def log_odds(self, matrix: Floats) -> Floats:
        """See `Predictor`."""
        total = np.full(matrix.shape[0], self.intercept)
        for tree in self.trees:
            total += tree.values(matrix)
        return total


def check_labels(labels: Floats, what: str = "a model of churn") -> None:
    """Refuse labels that nothing can be learnt from.

    Raises:
        ModelError: everybody stayed, everybody left, or too few did either.
    """
    events = int(labels.sum())
    stayed = labels.size - events
    if labels.size == 0:
        raise ModelError(Told.of("{what}: there are no customers to learn from.", what=what))
    if events == 0 or stayed == 0:
        who = "nobody left" if events == 0 else "everybody left"
        raise ModelError(
            Told.of(
                "{what}: {who} of {all}, so that leavers cannot be told from stayers.",
                what=what,
                who=who,
                all=Figure(labels.size, "count"),
            )
        )
    if min(events, stayed) < FEWEST_EVENTS:
        few, did = (events, "left") if events <= stayed else (stayed, "stayed")
        raise ModelError(
            Told.of(
                "{what}: {few} of {all} {did}; at least {least} are needed.",
                what=what,
                few=Figure(few, "count"),
                all=Figure(labels.size, "count"),
                did=did,
                least=Figure(FEWEST_EVENTS, "count"),
            )
        )


def fit_logistic(
    matrix: Floats,
    labels: Floats,
    *,
    customers: NDArray[np.int64] | None = None,
    strength: float = 1.0,
    errors: bool = True,
) -> Logistic:
    """Fit a logistic regression by penalised likelihood (scikit-learn's LogisticRegression, L2).

    Args:
        matrix: (n, columns), scaled; see `segkit.learning.encoding`.
        labels: (n,) 1 for leavers, 0 for stayers.
        customers: (n,) whole numbers. Rows with the same number are not independent (a customer seen on several days).
        strength: inverse of the penalty; 1 is slight where events are counted in hundreds.
        errors: whether to compute the covariance; if not, it is zero.

    The covariance is the sandwich of Liang & Zeger (1986) with the penalised information as bread.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    check_labels(labels)
    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=200, tol=1e-8)
    with threadpool_limits(limits=1):  # many threads on a busy machine wait for each other
        model.fit(matrix, labels)
    beta = np.concatenate([model.intercept_, model.coef_[0]])
    digits = 14  # the last digits depend on the machine's linear algebra
    if not errors:
        return Logistic(round(float(beta[0]), digits), np.round(beta[1:], digits), np.zeros((beta.size, beta.size)))
    design = np.column_stack([np.ones(matrix.shape[0]), matrix])
    p = special.expit(design @ beta)
    penalty = np.full(beta.size, 1.0 / strength)
    penalty[0] = 0.0
    information = (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty)
    scores = design * (labels - p)[:, None]
    groups = 1.0
    if customers is not None:
        _, place = np.unique(customers, return_inverse=True)
        count = int(place.max()) + 1
        scores = np.column_stack([np.bincount(place, weights=s, minlength=count) for s in scores.T])
        groups = count / max(count - 1, 1)
    bread = np.linalg.inv(information)
    covariance = bread @ (scores.T @ scores * groups) @ bread
    return Logistic(round(float(beta[0]), digits), np.round(beta[1:], digits), covariance)


def fit_boosting(matrix: Floats, labels: Floats, *, strength: float = 1.0) -> Boosted:
    """Fit shallow gradient-boosted trees (scikit-learn's HistGradientBoostingClassifier).

    Args:
        matrix, labels: as in `fit_logistic`.
        strength: factor on the number of trees; a fit with fewer trees is more careful.

    There are 80 trees at strength 1, each of at most 8 leaves and 3 levels: small enough to be an expression in an
    engine.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    check_labels(labels)
    model = HistGradientBoostingClassifier(
        max_iter=_tree_count(strength),
        learning_rate=_TREES["rate"],
        max_leaf_nodes=int(_TREES["leaves"]),
        max_depth=int(_TREES["depth"]),
        min_samples_leaf=max(20, matrix.shape[0] // 500),
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )
    with threadpool_limits(limits=1):  # many threads on a busy machine wait for each other
        model.fit(matrix, labels)
    base = float(np.ravel(model._baseline_prediction)[0])
    trees = tuple(_tree(found[0].nodes) for found in model._predictors)
    return Boosted(round(base, 12), trees)


def _tree_count(strength: float) -> int:
    return max(10, round(_TREES["trees"] * strength))


def _tree(nodes: NDArray[Any]) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        column=np.where(leaf, -1, nodes["feature_idx"].astype(np.int64)),
        threshold=np.where(leaf, 0.0, nodes["num_threshold"].astype(np.float64)),
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        value=np.where(leaf, np.round(nodes["value"] * LEAF_UNITS) / LEAF_UNITS, 0.0),
    )


def fit_learner(
    name: LearnerName,
    matrix: Floats,
    labels: Floats,
    *,
    customers: NDArray[np.int64] | None = None,
    strength: float = 1.0,
    errors: bool = True,
) -> Logistic | Boosted:
    """Fit one of `LEARNERS` by name."""
    if name == "logistic":
        return fit_logistic(matrix, labels, customers=customers, strength=strength, errors=errors)
    if name == "boosting":
        return fit_boosting(matrix, labels, strength=strength)
    raise ModelError(Told.own(f"learner `{name}` of churn is not known. Write one of {', '.join(LEARNERS)}."))


def fit_strengths(
    name: LearnerName, matrix: Floats, labels: Floats, strengths: Sequence[float]
) -> dict[float, Logistic | Boosted]:
    """Fit several strengths on the same rows, without standard errors.

    Trees grow one after the other, so that the fit with the most trees holds all the others.
    """
    if name != "boosting":
        return {one: fit_learner(name, matrix, labels, strength=one, errors=False) for one in strengths}
    whole = fit_boosting(matrix, labels, strength=max(strengths))
    return {one: Boosted(whole.intercept, whole.trees[: _tree_count(one)]) for one in strengths}
