"""The distribution that a test statistic is compared with: one object gives both the limit and the p-value.

An interval and a test can only contradict each other if they are computed from two different distributions, so
every comparison takes one `Reference` and uses it for the absolute difference and for the relative lift alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from scipy import special


class Reference(Protocol):
    """The distribution that a comparison needs: a limit at a level, and the p-value that belongs to it."""

    @property
    def name(self) -> str:
        """The name that the page gives it."""
        ...

    def critical(self, level: float) -> float:
        """Return the two-sided limit on |estimate / standard error| at a confidence level."""
        ...

    def p_value(self, statistic: float) -> float:
        """Return the two-sided p-value, which is below 1 - level exactly where |statistic| is above
        `critical(level)`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Normal:
    """The standard normal distribution."""

    @property
    def name(self) -> str:
        return "normal"

    def critical(self, level: float) -> float:
        """Return the two-sided normal quantile."""
        return float(special.ndtri(0.5 + level / 2))

    def p_value(self, statistic: float) -> float:
        """Return twice the upper tail."""
        return float(2 * special.ndtr(-abs(statistic)))


@dataclass(frozen=True, slots=True)
class Student:
    """Student's t distribution.

    Attributes:
        df: degrees of freedom, above zero, not necessarily whole.
    """

    df: float

    @property
    def name(self) -> str:
        return f"Student t, {self.df:,.1f} degrees of freedom"

    def critical(self, level: float) -> float:
        """Return the two-sided t quantile."""
        if math.isinf(self.df):
            return Normal().critical(level)
        return float(special.stdtrit(self.df, 0.5 + level / 2))

    def p_value(self, statistic: float) -> float:
        """Return twice the upper tail."""
        if math.isinf(self.df):
            return Normal().p_value(statistic)
        return float(2 * special.stdtr(self.df, -abs(statistic)))
