"""What contacting the first so many customers of a ranking brings, and how good the ranking is: Qini and AUUC.

Everything is read off two things: a score for each customer whose mean over any group is that group's effect
(augmented inverse propensity, Robins, Rotnitzky & Zhao 1994), and where the ranking puts them. With G(u) the gain a
customer of the whole when the first share u is contacted,

    AUUC = ∫ G(u) du           Qini = ∫ (G(u) − u G(1)) du,

the second being Radcliffe's (2007) area between the curve and the random line, and the rank-weighted average
treatment effect with weight u of Yadlowsky, Fleming, Shah, Brunskill & Wager (2025). Customers with the same score
share their places, so that ties and the order of rows change nothing: every number is its mean over all orders of
the tied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from segkit.arrays import Floats, Whole
from segkit.errors import DataError, ParameterError
from segkit.statistics.inputs import Numbers, indicator, share, vector
from segkit.statistics.reference import Normal

_NEAR: Final = 0.05
"""Customers up to so far from the edge of a share tell what one more contact brings there."""


@dataclass(frozen=True, slots=True)
class Gain:
    """An estimate with its normal interval.

    Attributes:
        value: in the outcome's unit, a customer.
        standard_error: of the value.
        lower, upper: interval.
        p_value: two-sided, against zero.
    """

    value: float
    standard_error: float
    lower: float
    upper: float
    p_value: float

    def times(self, factor: float) -> Gain:
        """The same in another unit; the factor is above zero."""
        return Gain(
            self.value * factor,
            self.standard_error * factor,
            self.lower * factor,
            self.upper * factor,
            self.p_value,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where a ranking puts each customer within their part, as shares of it: 0 is first, 1 last.

    Attributes:
        first, last: (n,) bounds of the places that a customer shares with those of the same score.
        part: (n,) the ranking of each part of the customers stands alone: its scores come from other models.
    """

    first: Floats
    last: Floats
    part: Whole

    @property
    def middle(self) -> Floats:
        """(n,) the mean place."""
        return (self.first + self.last) / 2

    def within(self, low: float, high: float) -> Floats:
        """(n,) how much of each customer lies between two shares: 1 or 0, and a part where the tied are cut."""
        inside = np.minimum(self.last, high) - np.maximum(self.first, low)
        return np.clip(inside / (self.last - self.first), 0.0, 1.0)


def places(score: Numbers, part: Any = None) -> Places:
    """Rank customers, the highest score first.

    Parameters:
        score: (n,) numbers.
        part: (n,) whole numbers; None for one ranking of all.
    """
    s = vector(score, "score")
    if not len(s):
        raise DataError("there is nobody to rank.")
    groups = (
        np.zeros(len(s), dtype=np.int64) if part is None else vector(part, "part", length=len(s)).astype(np.int64)
    )
    first, last = np.empty(len(s)), np.empty(len(s))
    for group in np.unique(groups):
        mine = groups == group
        _, place, counts = np.unique(-s[mine], return_inverse=True, return_counts=True)
        ends = np.cumsum(counts) / mine.sum()
        first[mine], last[mine] = np.r_[0.0, ends[:-1]][place], ends[place]
    return Places(first, last, groups)


def effect_scores(outcome: Numbers, treated: Numbers, propensity: float, predicted: Any = None) -> Floats:
    """A number a customer, (n,), whose mean over any group known beforehand is the effect in that group.

    Parameters:
        outcome: (n,) observed.
        treated: (n,) 0 or 1, drawn with the propensity.
        propensity: chance of treatment.
        predicted: (n, 2) expected outcome without and with treatment, from models that have not seen these
            customers; None for inverse propensity alone, about the mean of all.
    """
    y = vector(outcome, "outcome")
    t, p = indicator(treated, "treated", length=len(y)), share(propensity, "propensity")
    if predicted is None:
        # centring changes no mean effect, and takes the noise of the level away
        low = high = np.full(len(y), y.mean())
    else:
        model = np.asarray(predicted, dtype=np.float64)
        if model.shape != (len(y), 2) or not np.isfinite(model).all():
            raise DataError(f"predicted has shape {model.shape}; ({len(y)}, 2) known numbers are needed.")
        low, high = model[:, 0], model[:, 1]
    return np.asarray(high - low + t / p * (y - high) - (1 - t) / (1 - p) * (y - low))


def mean_gain(scores: Numbers, *, level: float = 0.95) -> Gain:
    """Effect of contacting everybody."""
    g = vector(scores, "scores")
    return _estimate(float(g.mean()), g - g.mean(), level)


def gain_at(scores: Numbers, ranked: Places, top: float, *, level: float = 0.95) -> Gain:
    """Gain, a customer of the whole, of contacting the first share of a ranking.

    The same share is contacted in every part, and the error counts that its edge is estimated too.
    """
    return _estimate(*_stretch(_scores(scores, ranked), ranked, 0.0, _top(top)), level)


def gain_of_difference(
    scores: Numbers, ranked: Places, other: Places | None, top: float, *, level: float = 0.95
) -> Gain:
    """Gain of the first share of a ranking less that of another of the same customers; None is a random order."""
    g, top = _scores(scores, ranked), _top(top)
    value, influence = _stretch(g, ranked, 0.0, top)
    if other is None:
        return _estimate(value - top * float(g.mean()), influence - top * (g - g.mean()), level)
    less, own = _stretch(g, other, 0.0, top)
    return _estimate(value - less, influence - own, level)


def gain_within(scores: Numbers, ranked: Places, low: float, high: float, *, level: float = 0.95) -> Gain:
    """Mean effect of the customers whom a ranking puts between two shares."""
    if not 0 <= low < high <= 1:
        raise ParameterError(f"the shares {low!r} to {high!r} are not a stretch between 0 and 1.")
    return _estimate(*_stretch(_scores(scores, ranked), ranked, low, high), level).times(1 / (high - low))


def auuc(scores: Numbers, ranked: Places, *, level: float = 0.95) -> Gain:
    """Area under the curve of gains; see the module."""
    return _area(scores, ranked, 1.0, level)


def qini(scores: Numbers, ranked: Places, *, level: float = 0.95) -> Gain:
    """Area between the curve of gains and the random line; see the module."""
    return _area(scores, ranked, 0.5, level)


def _area(scores: Numbers, ranked: Places, reach: float, level: float) -> Gain:
    return _estimate(*_area_parts(scores, ranked, reach), level)


def _area_parts(scores: Numbers, ranked: Places, reach: float) -> tuple[float, Floats]:
    """Mean of score × (reach − place), and each customer's influence on it.

    The place depends on the others' scores, so that the mean is a U-statistic of pairs; its influence is that of
    being ranked and that of ranking others (Hoeffding 1948).
    """
    g = _scores(scores, ranked)
    own = g * (reach - ranked.middle)
    others = np.empty(len(g))
    for group in np.unique(ranked.part):
        mine = ranked.part == group
        _, place = np.unique(ranked.first[mine], return_inverse=True)
        sums = np.bincount(place, weights=g[mine])
        below = sums.sum() - np.cumsum(sums) + sums / 2  # who is ranked behind, and half of the tied
        found = -below[place] / mine.sum()
        others[mine] = found - found.mean()
    value = float(own.mean())
    return value, own - value + others


def _stretch(g: Floats, ranked: Places, low: float, high: float) -> tuple[float, Floats]:
    """Gain of those between two shares, a customer of the whole, and each customer's influence on it.

    Where the stretch begins and ends depends on everybody's scores: one more customer ahead pushes one out.
    """
    weight = ranked.within(low, high)
    value = float((g * weight).mean())
    ahead = _edge(g, ranked, low) * (ranked.within(0.0, low) - low) if low > 0 else 0.0
    behind = _edge(g, ranked, high) * (ranked.within(0.0, high) - high) if high < 1 else 0.0
    return value, g * weight - value + ahead - behind


def _edge(g: Floats, ranked: Places, at: float) -> float:
    """Effect of the customers near a share."""
    near = ranked.within(max(at - _NEAR, 0.0), min(at + _NEAR, 1.0))
    return float((g * near).sum() / near.sum())


def _scores(scores: Numbers, ranked: Places) -> Floats:
    return vector(scores, "scores", length=len(ranked.first))


def _estimate(value: float, influence: Floats, level: float) -> Gain:
    n = len(influence)
    if n < 2:
        raise DataError(f"{n} customers are too few for an interval.")
    error = math.sqrt(float((influence**2).sum()) / (n * (n - 1)))
    half = Normal().critical(share(level, "level")) * error
    p = 1.0 if error == 0 else Normal().p_value(value / error)
    return Gain(value, error, value - half, value + half, p)


def _top(top: float) -> float:
    if not 0 < top <= 1:
        raise ParameterError(f"top is {top!r}; write a share above 0, up to 1, such as 0.3.")
    return float(top)
