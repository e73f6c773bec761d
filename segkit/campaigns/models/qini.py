"""Qini and uplift curves of a ranking, as scikit-uplift 0.5.1 defines them.

Every library means something else by "Qini" and "AUUC". Here they are normalised areas between 0 (a random ranking)
and 1 (the perfect one), as in Radcliffe (2007) and Devriendt, Guns & Verbeke (2020). Customers with the same score
form one step of the curve, which is a straight line, so that neither ties nor the order of rows change a number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segkit.arrays import Floats
from segkit.errors import DataError
from segkit.statistics.inputs import Numbers, indicator, vector

DEFINITION = (
    "area between the curve and the random line, divided by that of the perfect ranking; curves, perfect rankings "
    "and names as in scikit-uplift 0.5.1 (qini_auc_score with negative_effect=True, uplift_auc_score)"
)


@dataclass(frozen=True, slots=True)
class GainsCurve:
    """Points of a curve, from no customer to all.

    Attributes:
        customers: how many customers with the highest scores are taken; it starts at 0 and has one point per distinct
            score.
        gains: extra responses among them, as the curve defines them.
    """

    customers: Floats
    gains: Floats

    @property
    def area(self) -> float:
        """Area under the curve, by trapezoids."""
        return float(np.trapezoid(self.gains, self.customers))


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well a score ranks customers by uplift.

    Attributes:
        qini: normalised area of the Qini curve.
        auuc: normalised area of the uplift curve.
        qini_curve, uplift_curve: their points.
        definition: what the areas are, in words for the page.
    """

    qini: float
    auuc: float
    qini_curve: GainsCurve
    uplift_curve: GainsCurve
    definition: str = DEFINITION


def ranking(outcome: Numbers, score: Numbers, treated: Numbers) -> Ranking:
    """Compute Qini and AUUC of a score.

    Args:
        outcome: (n,) 0 or 1.
        score: (n,) numbers; customers with a higher score are taken sooner.
        treated: (n,) 0 or 1.

    Raises:
        DataError: an arm is empty; or the perfect ranking is no better than chance, so that nothing can be
            normalised.
    """
    y, s, t = _checked(outcome, score, treated)
    found_qini, found_uplift = qini_curve(y, s, t), uplift_curve(y, s, t)
    perfect_qini = qini_curve(y, y * (2 * t - 1), t)
    control_responders, treated_rest = ((y == 1) & (t == 0)).sum(), ((y == 0) & (t == 1)).sum()
    perfect_uplift = uplift_curve(y, 2.0 * (y == t) + (y if control_responders > treated_rest else t), t)
    return Ranking(
        _normalised(found_qini, perfect_qini), _normalised(found_uplift, perfect_uplift), found_qini, found_uplift
    )


def qini_curve(outcome: Numbers, score: Numbers, treated: Numbers) -> GainsCurve:
    """Compute responders among the treated, less responders of the control scaled to their number (Radcliffe 2007)."""
    customers, nt, yt, nc, yc = _steps(*_checked(outcome, score, treated))
    return _started(customers, yt - yc * np.divide(nt, nc, out=np.zeros_like(nt), where=nc != 0))


def uplift_curve(outcome: Numbers, score: Numbers, treated: Numbers) -> GainsCurve:
    """Compute the difference of response rates among those taken, times their number (Devriendt et al. 2020)."""
    customers, nt, yt, nc, yc = _steps(*_checked(outcome, score, treated))
    rate_t = np.divide(yt, nt, out=np.zeros_like(yt), where=nt != 0)
    rate_c = np.divide(yc, nc, out=np.zeros_like(yc), where=nc != 0)
    return _started(customers, (rate_t - rate_c) * customers)


def _checked(outcome: Numbers, score: Numbers, treated: Numbers) -> tuple[Floats, Floats, Floats]:
    y = indicator(outcome, "outcome")
    s, t = vector(score, "score", length=len(y)), indicator(treated, "treated", length=len(y))
    if not 0 < t.sum() < len(t):
        raise DataError(
            f"{t.sum():g} of {len(t)} customers are treated; judging a ranking needs customers of both arms."
        )
    return y, s, t


def _steps(y: Floats, s: Floats, t: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    values, place = np.unique(-s, return_inverse=True)
    size = len(values)

    def total(weights: Floats) -> Floats:
        return np.cumsum(np.bincount(place, weights=weights, minlength=size))

    everyone, nt, yt, yall = total(np.ones(len(s))), total(t), total(y * t), total(y)
    return everyone, nt, yt, everyone - nt, yall - yt


def _started(customers: Floats, gains: Floats) -> GainsCurve:
    return GainsCurve(np.r_[0.0, customers], np.r_[0.0, gains])


def _normalised(found: GainsCurve, perfect: GainsCurve) -> float:
    chance = 0.5 * perfect.customers[-1] * perfect.gains[-1]
    best = perfect.area - chance
    if best <= 0:
        raise DataError("the perfect ranking is no better than chance on these outcomes; the area has no scale.")
    return float((found.area - chance) / best)
