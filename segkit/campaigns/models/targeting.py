"""What contacting the first customers of a ranking brings, and how good the ranking is: Qini and AUUC.

Everything follows from two things: where the ranking puts each customer, and a score for each customer. The mean
score of any group is that group's effect (augmented inverse propensity, Robins, Rotnitzky & Zhao 1994). Let G(u) be
the gain from contacting the first share u, divided by the number of all customers. Then

    AUUC = ∫ G(u) du           Qini = ∫ (G(u) − u G(1)) du,

The second is Radcliffe's (2007) area between the curve and the random line. It is also the rank-weighted average
treatment effect with weight u of Yadlowsky, Fleming, Shah, Brunskill & Wager (2025). Customers with the same score
share their places, so that neither ties nor the order of rows change anything: every number is its mean over all
orders of tied customers.
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
"""How far from the edge of a share customers may be to estimate what one more contact brings there."""


@dataclass(frozen=True, slots=True)
class Gain:
    """An estimate with its normal interval.

    Attributes:
        value: the gain per customer, in the outcome's unit.
        standard_error: its standard error.
        lower, upper: its interval.
        p_value: two-sided, against zero.
    """

    value: float
    standard_error: float
    lower: float
    upper: float
    p_value: float

    def times(self, factor: float) -> Gain:
        """Return the same gain in another unit. The factor must be above zero."""
        return Gain(
            self.value * factor,
            self.standard_error * factor,
            self.lower * factor,
            self.upper * factor,
            self.p_value,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where a ranking puts each customer within the customer's part, as a share of it: 0 is first, 1 last.

    Attributes:
        first, last: (n,) bounds of the places that a customer shares with those of the same score.
        part: (n,) part of each customer. Each part is ranked by itself, since its scores come from models of its own.
    """

    first: Floats
    last: Floats
    part: Whole

    @property
    def middle(self) -> Floats:
        """(n,) mean place of each customer."""
        return (self.first + self.last) / 2

    def within(self, low: float, high: float) -> Floats:
        """Return how much of each customer lies between two shares, (n,): 1 or 0, or a fraction where tied customers
        are cut.
        """
        inside = np.minimum(self.last, high) - np.maximum(self.first, low)
        return np.clip(inside / (self.last - self.first), 0.0, 1.0)


def places(score: Numbers, part: Any = None) -> Places:
    """Rank customers, the highest score first.

    Args:
        score: (n,) score of each customer.
        part: (n,) part of each customer, a whole number; None to rank all together.
    """
    s = vector(score, "score")
    if not len(s):
        raise DataError("there are no customers to rank; a ranking needs at least one.")
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
    """Compute a number per customer, (n,), whose mean over any group known beforehand is the effect in that group.

    Args:
        outcome: (n,) observed.
        treated: (n,) 0 or 1, drawn with the propensity.
        propensity: chance of treatment.
        predicted: (n, 2) expected outcome without and with treatment, from models that have not seen these customers;
            None for inverse propensity alone, centred on the mean of all.
    """
    y = vector(outcome, "outcome")
    t, p = indicator(treated, "treated", length=len(y)), share(propensity, "propensity")
    if predicted is None:
        # centring changes no mean effect, and removes the noise of the level
        low = high = np.full(len(y), y.mean())
    else:
        model = np.asarray(predicted, dtype=np.float64)
        if model.shape != (len(y), 2) or not np.isfinite(model).all():
            raise DataError(f"predicted has shape {model.shape}; it must be ({len(y)}, 2), without missing numbers.")
        low, high = model[:, 0], model[:, 1]
    return np.asarray(high - low + t / p * (y - high) - (1 - t) / (1 - p) * (y - low))


def mean_gain(scores: Numbers, *, level: float = 0.95) -> Gain:
    """Estimate the effect of contacting everybody."""
    g = vector(scores, "scores")
    return _estimate(float(g.mean()), g - g.mean(), level)


def gain_at(scores: Numbers, ranked: Places, top: float, *, level: float = 0.95) -> Gain:
    """Estimate the gain, per customer of the whole, from contacting the first share of a ranking.

    The same share is contacted in every part. The error allows for the share's edge being estimated, too.
    """
    return _estimate(*_stretch(_scores(scores, ranked), ranked, 0.0, _top(top)), level)


def gain_of_difference(
    scores: Numbers, ranked: Places, other: Places | None, top: float, *, level: float = 0.95
) -> Gain:
    """Estimate the gain of one ranking's first share less that of another's, on the same customers. None is a random
    order.
    """
    g, top = _scores(scores, ranked), _top(top)
    value, influence = _stretch(g, ranked, 0.0, top)
    if other is None:
        return _estimate(value - top * float(g.mean()), influence - top * (g - g.mean()), level)
    less, own = _stretch(g, other, 0.0, top)
    return _estimate(value - less, influence - own, level)


def gain_within(scores: Numbers, ranked: Places, low: float, high: float, *, level: float = 0.95) -> Gain:
    """Estimate the mean effect on the customers whom a ranking puts between two shares."""
    if not 0 <= low < high <= 1:
        raise ParameterError(f"the shares are {low!r} to {high!r}. Write two rising shares between 0 and 1.")
    return _estimate(*_stretch(_scores(scores, ranked), ranked, low, high), level).times(1 / (high - low))


def auuc(scores: Numbers, ranked: Places, *, level: float = 0.95) -> Gain:
    """Estimate the area under the curve of gains, as the module defines it."""
    return _area(scores, ranked, 1.0, level)


def qini(scores: Numbers, ranked: Places, *, level: float = 0.95) -> Gain:
    """Estimate the area between the curve of gains and the random line, as the module defines it."""
    return _area(scores, ranked, 0.5, level)


def _area(scores: Numbers, ranked: Places, reach: float, level: float) -> Gain:
    return _estimate(*_area_parts(scores, ranked, reach), level)


def _area_parts(scores: Numbers, ranked: Places, reach: float) -> tuple[float, Floats]:
    """Compute the mean of score × (reach − place), and each customer's influence on it.

    A place depends on the scores of others, so that the mean is a U-statistic of pairs. A customer has influence by
    being ranked, and by ranking others (Hoeffding 1948).
    """
    g = _scores(scores, ranked)
    own = g * (reach - ranked.middle)
    others = np.empty(len(g))
    for group in np.unique(ranked.part):
        mine = ranked.part == group
        _, place = np.unique(ranked.first[mine], return_inverse=True)
        sums = np.bincount(place, weights=g[mine])
        below = sums.sum() - np.cumsum(sums) + sums / 2  # those ranked behind, and half of the tied
        found = -below[place] / mine.sum()
        others[mine] = found - found.mean()
    value = float(own.mean())
    return value, own - value + others


def _stretch(g: Floats, ranked: Places, low: float, high: float) -> tuple[float, Floats]:
    """Compute the gain, per customer of the whole, of those between two shares, and each customer's influence on it.

    The bounds of the stretch depend on everybody's scores: one more customer ahead pushes another one out.
    """
    weight = ranked.within(low, high)
    value = float((g * weight).mean())
    ahead = _edge(g, ranked, low) * (ranked.within(0.0, low) - low) if low > 0 else 0.0
    behind = _edge(g, ranked, high) * (ranked.within(0.0, high) - high) if high < 1 else 0.0
    return value, g * weight - value + ahead - behind


def _edge(g: Floats, ranked: Places, at: float) -> float:
    """Estimate the effect on customers near the edge of a share."""
    near = ranked.within(max(at - _NEAR, 0.0), min(at + _NEAR, 1.0))
    return float((g * near).sum() / near.sum())


def _scores(scores: Numbers, ranked: Places) -> Floats:
    return vector(scores, "scores", length=len(ranked.first))


def _estimate(value: float, influence: Floats, level: float) -> Gain:
    n = len(influence)
    if n < 2:
        raise DataError(f"an interval needs at least two customers; there are {n}.")
    error = math.sqrt(float((influence**2).sum()) / (n * (n - 1)))
    half = Normal().critical(share(level, "level")) * error
    p = 1.0 if error == 0 else Normal().p_value(value / error)
    return Gain(value, error, value - half, value + half, p)


def _top(top: float) -> float:
    if not 0 < top <= 1:
        raise ParameterError(f"top: {top!r} is not a share above 0 and up to 1. Write such as 0.3.")
    return float(top)
