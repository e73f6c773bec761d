"""What goes with leaving: odds ratios and risk differences of a logistic model, and permutation importance.

Associations, each with all other features held; none of them is an effect that a campaign would have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from segkit.learning.encoding import Column, Encoding, Floats
from segkit.learning.learners import Logistic, Predictor
from segkit.learning.scores import ScoreTable, auc

_SEED: Final = 20_260_101
_WIDE: Final = 8.0


@dataclass(frozen=True, slots=True)
class Effect:
    """What goes with one step of one column.

    Attributes:
        column: of the design matrix.
        step: how far, in the feature's own unit; a factor (2 for a doubling) where the feature is logged; 1 for an
            indicator.
        log_odds, standard_error: of the step.
        odds_ratio, odds_low, odds_high: exp of it, with bounds.
        difference, low, high: mean over the rows of the change in risk, with bounds; a fraction.
    """

    column: Column
    step: float
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


def effects(encoding: Encoding, model: Logistic, matrix: Floats, *, level: float = 0.95) -> tuple[Effect, ...]:
    """Every column of a logistic model, in the matrix's order.

    Parameters
    ----------
    encoding, model: as fitted.
    matrix: rows over which risk differences are averaged.
    level: of the bounds.

    Notes
    -----
    An indicator is set to 1 against its reference (the feature's other indicators to 0); a number moves one step up.
    Bounds of risk differences are by the delta method.
    """
    z = float(special.ndtri(0.5 + level / 2))
    base = model.log_odds(matrix)
    asked = {feature.name: feature.step for feature in encoding.features}
    found = []
    for at, column in enumerate(encoding.columns):
        step, per_step = _step(column, asked[column.feature])
        beta = float(model.coefficients[at]) * per_step
        error = float(model.standard_errors[at]) * abs(per_step)
        difference, spread = _difference(encoding, model, matrix, base, at, per_step)
        found.append(
            Effect(
                column,
                step,
                beta,
                error,
                math.exp(beta),
                math.exp(beta - z * error),
                math.exp(beta + z * error),
                difference,
                difference - z * spread,
                difference + z * spread,
            )
        )
    return tuple(found)


def _step(column: Column, asked: float) -> tuple[float, float]:
    """A readable step in the feature's unit, and how far it moves the design column."""
    if column.op != "value":
        return 1.0, 1.0
    if column.log:
        return 2.0, math.log(2.0) / column.scale
    if asked:
        return asked, asked / column.scale
    step = 1.0 if column.scale <= _WIDE else 10.0 ** math.floor(math.log10(column.scale))
    if column.scale < 0.5:
        step = 10.0 ** math.floor(math.log10(column.scale))
    return step, step / column.scale


def _difference(
    encoding: Encoding, model: Logistic, matrix: Floats, base: Floats, at: int, move: float
) -> tuple[float, float]:
    """Mean change of risk and its standard error; only the columns that are set are computed anew."""
    column, beta = encoding.columns[at], model.coefficients
    if column.op == "value":
        cleared: list[int] = []
        before, after = base, base + move * beta[at]
    else:
        cleared = [i for i in encoding.groups[column.feature] if encoding.columns[i].op != "value"]
        before = base - matrix[:, cleared] @ beta[cleared]
        after = before + beta[at]
    p0, p1 = special.expit(before), special.expit(after)
    w0, w1 = p0 * (1 - p0), p1 * (1 - p1)
    # of the columns as they are, then of those that are set to something else
    gradient = matrix.T @ (w1 - w0)
    gradient[cleared] = 0.0
    gradient[at] += (move if column.op == "value" else 1.0) * w1.sum()
    gradient = np.concatenate([[np.mean(w1 - w0)], gradient / matrix.shape[0]])
    return float(np.mean(p1 - p0)), float(np.sqrt(max(gradient @ model.covariance @ gradient, 0.0)))


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse the model tells leavers apart when a feature is shuffled (Breiman 2001).

    Attributes:
        feature: its name.
        drop: mean fall of the area under the curve.
        spread: standard deviation over the shuffles.
    """

    feature: str
    drop: float
    spread: float


def importance(
    encoding: Encoding, model: Predictor, matrix: Floats, labels: Floats, *, repeats: int = 5
) -> tuple[Importance, ...]:
    """Permutation importance on rows that the model has not seen, the most important first; seeded."""
    matrix = matrix.copy()
    base = model.log_odds(matrix)
    whole = auc(ScoreTable.of(special.expit(base), labels))
    rng = np.random.default_rng(_SEED)
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
