"""Quality of predicted probabilities, from a table of scores: how many customers had each score, and how many of them
left.

The table is a sufficient statistic, so that ten million scored customers leave the engine as a few thousand rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.statistics.told import Told

EDGE: Final = 1e-6
"""How far probabilities stay from 0 and 1, so that their log-odds are finite."""


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Scores in ascending order, with customers and leavers.

    Attributes:
        score: predicted probability (the mean of the customers who share a row).
        customers: how many customers have it.
        events: how many of them left.
    """

    score: Floats
    customers: Floats
    events: Floats

    @classmethod
    def of(cls, score: ArrayLike, events: ArrayLike, customers: ArrayLike | None = None) -> ScoreTable:
        """Build a table from columns, checked and sorted. Without `customers`, each row is one customer.

        Raises:
            ModelError: the columns have unequal lengths, a score lies outside 0 to 1, or there are more leavers than
                customers.
        """
        s, e = np.asarray(score, dtype=np.float64), np.asarray(events, dtype=np.float64)
        n = np.ones(s.shape) if customers is None else np.asarray(customers, dtype=np.float64)
        if not s.shape == e.shape == n.shape or s.ndim != 1 or not s.size:
            raise ModelError(
                "scores, events and customers must be columns of the same length, with at least one row."
            )
        if not ((s >= 0) & (s <= 1) & (n > 0) & (e >= 0) & (e <= n)).all():
            raise ModelError(
                Told.own("a score lies outside 0 to 1, or there are more leavers than customers with a score.")
            )
        order = np.argsort(s, kind="stable")
        return cls(s[order], n[order], e[order])

    @property
    def total(self) -> float:
        """The number of customers."""
        return float(self.customers.sum())

    @property
    def rate(self) -> float:
        """The share of customers who left."""
        return float(self.events.sum() / self.total)

    @property
    def mean_score(self) -> float:
        """Mean predicted probability."""
        return float(self.score @ self.customers / self.total)

    @property
    def log_odds(self) -> Floats:
        """Log-odds of the scores, which are kept off 0 and 1."""
        return np.asarray(special.logit(np.clip(self.score, EDGE, 1 - EDGE)))


def auc(table: ScoreTable) -> float:
    """Compute the probability that a leaver had a higher score than a stayer; ties count half (Hanley & McNeil 1982).

    >>> auc(ScoreTable.of([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1]))
    0.875
    """
    _, place = np.unique(table.score, return_inverse=True)
    left = np.bincount(place, weights=table.events)
    stayed = np.bincount(place, weights=table.customers - table.events)
    if left.sum() == 0 or stayed.sum() == 0:
        raise ModelError("the area under the curve needs leavers and stayers; there are only one or the other.")
    below = np.cumsum(stayed) - stayed
    return float(left @ (below + stayed / 2) / (left.sum() * stayed.sum()))


def brier(table: ScoreTable) -> float:
    """Compute the mean squared difference of score and outcome (Brier 1950)."""
    s, n, e = table.score, table.customers, table.events
    return float((e @ (1 - s) ** 2 + (n - e) @ s**2) / table.total)


def log_loss(table: ScoreTable) -> float:
    """Compute the mean negative log-likelihood."""
    s = np.clip(table.score, EDGE, 1 - EDGE)
    return float(-(table.events @ np.log(s) + (table.customers - table.events) @ np.log1p(-s)) / table.total)


@dataclass(frozen=True, slots=True)
class Recalibration:
    """Log-odds as they should be: intercept + slope × log-odds as they are (Cox 1958).

    Attributes:
        intercept: 0 where the scores are calibrated.
        slope: 1 where the scores are calibrated; below 1, they are too extreme.
    """

    intercept: float = 0.0
    slope: float = 1.0

    def applied(self, log_odds: Floats) -> Floats:
        """Return the recalibrated probabilities of these log-odds."""
        return np.asarray(special.expit(self.intercept + self.slope * log_odds))


def recalibration(table: ScoreTable) -> Recalibration:
    """Fit the outcome on the log-odds by maximum likelihood. The slope is the calibration slope.

    Raises:
        ModelError: all customers left, or all stayed.
    """
    if table.events.sum() in (0, table.total):
        raise ModelError("calibration needs leavers and stayers; there are only one or the other.")
    x, n, e = table.log_odds, table.customers, table.events
    if np.ptp(x) < 1e-9:
        return Recalibration(float(special.logit(table.rate)) - float(x[0]), 1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        z = point[0] + point[1] * x
        gap = n * special.expit(z) - e
        value = float((n * np.logaddexp(0.0, z) - e * z).sum())
        return value / table.total, np.array([gap.sum(), gap @ x]) / table.total

    found = optimize.minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS", options={"gtol": 1e-9})
    # the order of scores is never reversed: with a slope of zero, everybody has the mean
    slope = max(float(found.x[1]), 0.0)
    intercept = float(found.x[0]) if slope > 0 else float(special.logit(table.rate))
    return Recalibration(round(intercept, 10), round(slope, 10))


@dataclass(frozen=True, slots=True)
class Bin:
    """Customers with similar scores.

    Attributes:
        customers, events: how many customers, and how many of them left.
        predicted: mean score.
    """

    customers: float
    events: float
    predicted: float

    @property
    def observed(self) -> float:
        """The share of its customers who left."""
        return self.events / self.customers


def bins(table: ScoreTable, count: int = 10) -> tuple[Bin, ...]:
    """Divide customers into bins of about equal size, lowest scores first. Customers of one row of the table stay
    together.
    """
    middle = np.cumsum(table.customers) - table.customers / 2
    place = np.minimum((middle * count / table.total).astype(np.int64), count - 1)
    found = []
    for at in range(count):
        mine = place == at
        n = float(table.customers[mine].sum())
        if n > 0:
            found.append(
                Bin(n, float(table.events[mine].sum()), float(table.score[mine] @ table.customers[mine] / n))
            )
    return tuple(found)


def calibration_error(table: ScoreTable, count: int = 10) -> float:
    """Compute the mean over customers of |observed − predicted| in bins of similar scores (expected calibration
    error).
    """
    return sum(b.customers * abs(b.observed - b.predicted) for b in bins(table, count)) / table.total


def lift_at(table: ScoreTable, share: float = 0.1) -> float:
    """Compute the share that left among the highest-scored share of customers ÷ the share that left; a tied row
    counts in part.
    """
    wanted, taken, events = share * table.total, 0.0, 0.0
    for n, e in zip(table.customers[::-1], table.events[::-1], strict=True):
        part = min(n, wanted - taken)
        if part <= 0:
            break
        taken, events = taken + part, events + e * part / n
    return float(events / taken / table.rate) if table.rate > 0 and taken > 0 else float("nan")
