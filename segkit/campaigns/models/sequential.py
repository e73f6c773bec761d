"""Inference that stays valid however often one looks.

A report that runs every week and stops when its readers like what they see turns a 5 % test into one that is wrong in
a fifth of the cases. A confidence sequence holds at all looks together, whenever one stops. This one is the
asymptotic sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024, Theorem 2.2), a normal mixture as in
Robbins (1970):

    |estimate| / standard error <= sqrt( (1 + 1 / (f c)) log( (1 + f c) / alpha^2 ) )

Here f is the share of the planned information that is in, and c is a constant that makes the sequence narrowest at
the planned end. The limit depends on f alone, so that one number serves both the difference and the Fieller interval
of lift, and the two cannot disagree. Looks before the planned end, at it, and after it are all covered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from segkit.errors import ParameterError
from segkit.statistics.inputs import positive, share


@dataclass(frozen=True, slots=True)
class AlwaysValid:
    """A reference for `compare` that allows any number of looks.

    Attributes:
        fraction: customers observed so far as a share of those planned; above 1 after the planned end.
        look: number of this look, 1 for the first. It is shown, and not used.
        planned_looks: looks until the planned end; None where there is none. It is shown, and not used.
        design_level: the confidence level at which the sequence is narrowest at the planned end.
    """

    fraction: float
    look: int
    planned_looks: int | None
    design_level: float = 0.95

    def __post_init__(self) -> None:
        positive(self.fraction, "fraction of the planned information")
        share(self.design_level, "design_level")
        if self.look < 1 or (self.planned_looks is not None and self.planned_looks < 1):
            raise ParameterError(f"look {self.look} of {self.planned_looks} planned looks: both are counted from 1.")

    @property
    def name(self) -> str:
        planned = "" if self.planned_looks is None else f" of {self.planned_looks} planned"
        return f"always valid (confidence sequence), look {self.look}{planned}"

    @property
    def tuning(self) -> float:
        """The constant c, which minimises the width at f = 1 (Waudby-Smith et al. 2024, eq. 25, solved exactly)."""
        return _tuning(1 - self.design_level)

    def critical(self, level: float) -> float:
        """Return the limit on |estimate / standard error| at this look."""
        x = self.fraction * self.tuning
        return math.sqrt((1 + 1 / x) * (math.log1p(x) - 2 * math.log(1 - level)))

    def p_value(self, statistic: float) -> float:
        """Return the always-valid p-value of this look: the smallest alpha whose limit is reached (Johari et al.
        2017).
        """
        x = self.fraction * self.tuning
        return min(1.0, math.exp(0.5 * math.log1p(x) - 0.5 * statistic**2 * x / (1 + x)))


def _tuning(alpha: float) -> float:
    """Minimise (1 + 1/c) log((1 + c) / alpha^2) over c > 0. The contraction is c = log(1 + c) - 2 log(alpha)."""
    c = 1.0
    for _ in range(200):
        following = math.log1p(c) - 2 * math.log(alpha)
        if abs(following - c) < 1e-14 * c:
            break
        c = following
    return c
