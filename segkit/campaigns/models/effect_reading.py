"""The reading of an interval: up, down, or inconclusive within stated bounds; never "no effect"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from segkit.errors import ParameterError
from segkit.statistics.effects import Effect
from segkit.statistics.inputs import positive, share
from segkit.statistics.reference import Normal


@dataclass(frozen=True, slots=True)
class EffectReading:
    """The words that an effect allows, as data; the page formats the numbers.

    Attributes:
        direction: "up", "down", or "inconclusive".
        lower, upper: bounds of what the effect could be, in the metric's unit.
        detectable: the smallest true effect that this comparison would have found four times in five. An inconclusive
            result speaks only against effects larger than this.
    """

    direction: Literal["up", "down", "inconclusive"]
    lower: float
    upper: float
    detectable: float

    def words(self, unit: str = "") -> str:
        """Return a phrase such as "inconclusive (could be −0.12 to +0.40)"."""
        low, high = signed_text(self.lower), signed_text(self.upper)
        tail = f" {unit}" if unit else ""
        if self.direction == "inconclusive":
            return f"inconclusive (could be {low} to {high}{tail})"
        return f"{self.direction} (by {low} to {high}{tail})"


def read(effect: Effect, *, power: float = 0.8) -> EffectReading:
    """Read an effect at its own confidence level."""
    direction: Literal["up", "down", "inconclusive"] = (
        "inconclusive" if not effect.significant else "up" if effect.difference > 0 else "down"
    )
    error = effect.standard_error * effect.inflation
    return EffectReading(
        direction, effect.lower, effect.upper, minimum_detectable(error, level=effect.level, power=power)
    )


def minimum_detectable(standard_error: float, *, level: float = 0.95, power: float = 0.8) -> float:
    """Return the smallest true effect that a two-sided test finds with that power: (z_level + z_power) x standard
    error.

    >>> round(minimum_detectable(1.0), 4)
    2.8016
    """
    if not (math.isfinite(standard_error) and standard_error >= 0):
        raise ParameterError(f"standard error: {standard_error!r} is not a finite number of zero or more.")
    upper = Normal().critical(2 * share(power, "power") - 1) if power > 0.5 else 0.0
    return (Normal().critical(share(level, "level")) + upper) * standard_error


def customers_for(
    standard_error: float, customers: int, effect: float, *, level: float = 0.95, power: float = 0.8
) -> int:
    """Return how many customers a repeat would need to find `effect`, from the precision that `customers` gave.

    The repeat is assumed to have the same split over arms and the same spread: customers x (detectable now /
    effect)^2.
    """
    target = positive(abs(effect), "effect")
    now = minimum_detectable(standard_error, level=level, power=power)
    return math.ceil(customers * (now / target) ** 2)


def signed_text(value: float) -> str:
    """Write a number with three significant digits and a typographic sign."""
    text = f"{abs(value):.3g}"
    return text if float(text) == 0 else f"{'+' if value > 0 else '−'}{text}"
