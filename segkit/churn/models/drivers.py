"""What goes with leaving: odds ratios and risk differences of a logistic model, and permutation importance.

Each association holds all other features fixed. None of them is an effect that a campaign would have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from segkit.arrays import Floats
from segkit.learning.encoding import EncodedColumn, Encoding, Raw
from segkit.learning.learners import Logistic, Predictor
from segkit.learning.scores import ScoreTable, auc
from segkit.statistics.seed import SEED

_WIDE: Final = 8.0
_ENOUGH: Final = 0.1
"""A step is stated only if this share of the rows that have a value can take it."""


@dataclass(frozen=True, slots=True)
class DriverEffect:
    """What goes with one step of one column, by the model, averaged over the rows that can take the step.

    Attributes:
        column: the column of the design matrix.
        step: the length of the step in the feature's own unit; the factor 2 where `doubling`; 1 for an indicator.
        doubling: whether the step doubles the feature.
        log_odds, standard_error: the mean change of the log-odds.
        odds_ratio, odds_low, odds_high: its exponential, with bounds.
        difference, low, high: the mean change of the risk, a fraction, with bounds.
    """

    column: EncodedColumn
    step: float
    doubling: bool
    log_odds: float
    standard_error: float
    odds_ratio: float
    odds_low: float
    odds_high: float
    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the bounds of the odds ratio lie on one side of 1."""
        return self.odds_low > 1 or self.odds_high < 1


@dataclass(frozen=True, eq=False)
class _Move:
    """A step: which rows take it, and the feature's columns before and after it."""

    step: float
    doubling: bool
    rows: NDArray[np.bool_]
    before: Floats
    after: Floats


def effects(encoding: Encoding, model: Logistic, raw: Raw, *, level: float = 0.95) -> tuple[DriverEffect, ...]:
    """Return the effect of every column of a logistic model, in the matrix's order.

    An indicator is set to 1 for everybody and compared with its reference (the feature's other indicators are 0).
    "Not known" is compared with the known value, for rows that have one. A number moves one step, for rows whose step
    stays within the range that the fit has seen. Bounds of risk differences follow from the delta method.

    Args:
        encoding, model: as fitted.
        raw: features of the rows over which differences are averaged.
        level: of the bounds.
    """
    z = float(special.ndtri(0.5 + level / 2))
    matrix = encoding.matrix(raw)
    asked = {feature.name: feature.step for feature in encoding.features}
    found = []
    for at, column in enumerate(encoding.columns):
        move = _move(encoding, matrix, raw, at, asked[column.feature])
        odds, error, difference, spread = _difference(model, matrix, encoding.groups[column.feature], move)
        found.append(
            DriverEffect(
                column,
                move.step,
                move.doubling,
                odds,
                error,
                math.exp(odds),
                math.exp(odds - z * error),
                math.exp(odds + z * error),
                difference,
                difference - z * spread,
                difference + z * spread,
            )
        )
    return tuple(found)


def _move(encoding: Encoding, matrix: Floats, raw: Raw, at: int, asked: float) -> _Move:
    """Return the step of a column. All columns of its feature move with it."""
    column, x = encoding.columns[at], raw[encoding.columns[at].feature]
    mine = encoding.groups[column.feature]
    if column.op == "value":
        numbers = x.astype(np.float64)
        step, doubling, after, rows = _step(column, numbers, asked)
    elif column.op == "unknown":
        text = x.dtype.kind == "U"
        after = np.full_like(x, "" if text else np.nan)
        step, doubling, rows = 1.0, False, x != "" if text else ~np.isnan(x.astype(np.float64))
    else:
        none = np.zeros((x.size, len(mine)))
        one = none.copy()
        one[:, mine.index(at)] = 1.0
        return _Move(1.0, False, np.ones(x.size, dtype=bool), none, one)
    moved = np.column_stack([encoding.columns[i].of({column.feature: after}) for i in mine])
    return _Move(step, doubling, rows, matrix[:, mine], moved)


def _step(column: EncodedColumn, x: Floats, asked: float) -> tuple[float, bool, Floats, NDArray[np.bool_]]:
    """Return a readable step in the feature's unit, whether it is a doubling, where it leads, and which rows can take
    it.

    A logged feature is doubled; another one takes the step that was asked for. Where hardly any row could take it
    within the range that the fit has seen, the step is a round number that fits the spread.
    """
    known = ~np.isnan(x)
    inside = np.zeros(x.size, dtype=bool)
    inside[known] = (x[known] >= column.low) & (x[known] <= column.high)

    def can(after: Floats) -> NDArray[np.bool_]:
        found = inside & (after != x)
        at = np.where(found, after, np.inf)
        return np.asarray((at >= column.low) & (at <= column.high), dtype=bool)

    enough = max(_ENOUGH * int(inside.sum()), 1)
    if column.log and (rows := can(2.0 * x)).sum() >= enough:
        return 2.0, True, 2.0 * x, rows
    if asked and not column.log and (rows := can(x + asked)).sum() >= enough:
        return asked, False, x + asked, rows
    spread = float(np.std(x[inside])) if column.log and inside.any() else column.scale
    step = 1.0 if 0.5 <= spread <= _WIDE else 10.0 ** math.floor(math.log10(max(spread, 1e-12)))
    rows = can(x + step)
    while rows.sum() < enough and step > 1e-9 * spread:
        step /= 10.0
        rows = can(x + step)
    return step, False, x + step, rows


def _difference(model: Logistic, matrix: Floats, mine: list[int], move: _Move) -> tuple[float, float, float, float]:
    """Return the mean change of log-odds and of risk over the rows that take the step, each with its standard error."""
    rows, beta = move.rows, model.coefficients
    if not rows.any():
        return 0.0, 0.0, 0.0, 0.0
    kept, before, after = matrix[rows], move.before[rows], move.after[rows]
    rest = model.log_odds(kept) - kept[:, mine] @ beta[mine]
    one, two = rest + before @ beta[mine], rest + after @ beta[mine]
    p0, p1 = special.expit(one), special.expit(two)
    w0, w1 = p0 * (1 - p0), p1 * (1 - p1)
    straight = np.zeros(beta.size + 1)
    straight[1:][mine] = np.mean(after - before, axis=0)
    gradient = np.concatenate([[(w1 - w0).sum()], kept.T @ (w1 - w0)])
    gradient[1:][mine] = after.T @ w1 - before.T @ w0
    gradient /= w0.size
    error, spread = (math.sqrt(max(float(by @ model.covariance @ by), 0.0)) for by in (straight, gradient))
    return float(straight[1:] @ beta), error, float(np.mean(p1 - p0)), spread


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse the model tells leavers apart when a feature is shuffled (Breiman 2001).

    Attributes:
        feature: the feature's name.
        drop: the mean fall of the area under the curve.
        spread: its standard deviation over the shuffles.
    """

    feature: str
    drop: float
    spread: float


def importance(
    encoding: Encoding, model: Predictor, matrix: Floats, labels: Floats, *, repeats: int = 5
) -> tuple[Importance, ...]:
    """Return the permutation importance of features on rows that the model has not seen, the most important first.

    The shuffles are seeded.
    """
    matrix = matrix.copy()
    base = model.log_odds(matrix)
    whole = auc(ScoreTable.of(special.expit(base), labels))
    rng = np.random.default_rng(SEED)
    orders = [rng.permutation(labels.size) for _ in range(repeats)]
    found = []
    for name, columns in encoding.groups.items():
        kept = matrix[:, columns]
        drops = []
        for order in orders:
            if isinstance(model, Logistic):
                odds = base + (kept[order] - kept) @ model.coefficients[columns]
            else:
                matrix[:, columns] = kept[order]
                odds = model.log_odds(matrix)
            drops.append(whole - auc(ScoreTable.of(special.expit(odds), labels)))
        matrix[:, columns] = kept
        found.append(Importance(name, round(float(np.mean(drops)), 6), round(float(np.std(drops)), 6)))
    return tuple(sorted(found, key=lambda one: (-one.drop, one.feature)))
