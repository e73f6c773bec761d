"""Group-sequential plans: a stated number of looks, and an error budget spent over them (Lan & DeMets 1983).

At the planned end intervals are narrower than those of a confidence sequence. The price is that only the planned
looks may be taken, and that the campaign is judged for the last time at its end. Limits are found by numeric
integration of the joint distribution of the statistics at successive looks (Armitage, McPherson & Rowe 1969; Jennison
& Turnbull 2000, chapter 19).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy import optimize, special

from segkit.arrays import Floats
from segkit.errors import ParameterError
from segkit.statistics.inputs import share

Spending = Literal["obrien-fleming", "pocock"]

_POINTS = 241
"""Gauss-Legendre points per look; limits are then right to 1e-8."""


def spent(fraction: float, alpha: float, spending: Spending) -> float:
    """Return the two-sided error spent when this share of the information is in (Lan & DeMets 1983, alpha / 2 on each
    side).

    "obrien-fleming" spends almost nothing early; "pocock" spends about evenly.
    """
    t = min(max(fraction, 0.0), 1.0)
    if t == 0:
        return 0.0
    if spending == "obrien-fleming":
        return float(4 * special.ndtr(-special.ndtri(1 - alpha / 4) / math.sqrt(t)))
    if spending == "pocock":
        return alpha * math.log1p((math.e - 1) * t)
    raise ParameterError(f"spending: {spending!r} is not known. Write 'obrien-fleming' or 'pocock'.")


@dataclass(frozen=True, slots=True)
class SequentialPlan:
    """The looks of a plan, and their limits.

    Attributes:
        fractions: share of the planned information at each look, rising, the last at most 1.
        limits: limit on |estimate / standard error| at each look.
        spent: two-sided error spent up to and including each look.
        level: confidence level over all looks together.
        spending: how the error is spent.
    """

    fractions: tuple[float, ...]
    limits: tuple[float, ...]
    spent: tuple[float, ...]
    level: float
    spending: Spending

    def at(self, look: int) -> PlannedLook:
        """Return the reference for `compare` at a look; the first look is 1.

        Raises:
            ParameterError: the plan has no such look.
        """
        if not 1 <= look <= len(self.limits):
            raise ParameterError(
                f"look {look} is not in this plan of {len(self.limits)} looks. Make a plan with all looks that are taken."
            )
        return PlannedLook(self.limits[look - 1], look, len(self.limits), self.level, self.spending)


@dataclass(frozen=True, slots=True)
class PlannedLook:
    """A reference for `compare` at one look of a plan: repeated confidence interval (Jennison & Turnbull 1989).

    Attributes:
        limit: limit on |estimate / standard error|.
        look, planned_looks: number of this look, and of the last one.
        level: the plan's confidence level; intervals at another level are refused.
        spending: how the plan spends its error.
    """

    limit: float
    look: int
    planned_looks: int
    level: float
    spending: Spending

    @property
    def name(self) -> str:
        return f"group-sequential ({self.spending} spending), look {self.look} of {self.planned_looks}"

    def critical(self, level: float) -> float:
        """Return the plan's limit at this look."""
        if abs(level - self.level) > 1e-12:
            raise ParameterError(
                f"the plan was made for the level {self.level:g}; an interval at {level:g} needs its own plan."
            )
        return self.limit

    def p_value(self, statistic: float) -> float:
        """Return the nominal p-value, scaled to the plan: it is below 1 - level exactly where |statistic| is above
        the limit.

        At 95 % it is 2 (1 - Phi(|z| x 1.96 / limit)). This is a monotone rescaling, to be compared with 1 - level
        only.
        """
        return float(2 * special.ndtr(-abs(statistic) * special.ndtri(0.5 + self.level / 2) / self.limit))


def plan(fractions: Sequence[float], *, level: float = 0.95, spending: Spending = "obrien-fleming") -> SequentialPlan:
    """Compute the limits of a plan.

    Args:
        fractions: share of the planned information at each look, such as (0.25, 0.5, 0.75, 1.0).
        level: confidence level over all looks.
        spending: "obrien-fleming" or "pocock".

    >>> [round(z, 3) for z in plan([0.2, 0.4, 0.6, 0.8, 1.0]).limits]
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    t = _fractions(fractions)
    alpha = 1 - share(level, "level")
    budget = [spent(float(f), alpha, spending) for f in t]
    limits: list[float] = []
    density = _Survivors()
    for number, f in enumerate(t):
        step = budget[number] - (budget[number - 1] if number else 0.0)
        limits.append(density.limit(float(f), step))
        density.advance(float(f), limits[-1])
    return SequentialPlan(tuple(float(f) for f in t), tuple(limits), tuple(budget), float(level), spending)


class _Survivors:
    """The density of the score (statistic x sqrt(information)) over the paths that have crossed no limit so far."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self.points: Floats = np.zeros(1)
        self.weights: Floats = np.ones(1)  # density x quadrature weight; at the start all mass is at zero

    def exit(self, fraction: float, limit: float) -> float:
        spread = math.sqrt(fraction - self.fraction)
        edge = limit * math.sqrt(fraction)
        out = special.ndtr((-edge - self.points) / spread) + special.ndtr((self.points - edge) / spread)
        return float(self.weights @ out)

    def limit(self, fraction: float, error: float) -> float:
        if error <= 0:
            return 38.0  # nothing may be spent, and no statistic reaches this limit
        if self.exit(fraction, 38.0) >= error:
            return 38.0
        return float(optimize.brentq(lambda z: self.exit(fraction, z) - error, 0.0, 38.0, xtol=1e-12))

    def advance(self, fraction: float, limit: float) -> None:
        spread = math.sqrt(fraction - self.fraction)
        edge = min(limit, 9.0) * math.sqrt(fraction)
        nodes, weights = _quadrature()
        points = edge * nodes
        kernel = np.exp(-0.5 * ((points[:, None] - self.points[None, :]) / spread) ** 2) / (
            spread * math.sqrt(2 * math.pi)
        )
        self.weights = edge * weights * (kernel @ self.weights)
        self.points, self.fraction = points, fraction


@cache
def _quadrature() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    return nodes, weights


def _fractions(fractions: Sequence[float]) -> Floats:
    t = np.asarray(fractions, dtype=np.float64)
    if t.ndim != 1 or not len(t) or (t <= 0).any() or (t > 1 + 1e-12).any() or (np.diff(t) <= 0).any():
        raise ParameterError(
            f"information fractions are {list(fractions)!r}. Write one per look, rising from above 0 to at most 1."
        )
    return np.minimum(t, 1.0)
