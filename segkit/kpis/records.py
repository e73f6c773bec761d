"""Records of key figures: a number a period, and what made it change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from segkit.statistics.variation import Variation

Unit = Literal["customers", "money", "share", "orders", "days", "index"]
"""What a number counts. `money` is in major units (dollars, not cents) of the record's currency;
`share` is a fraction of one."""


Better = Literal["up", "down"]
"""Which direction is good for the business; None where neither is."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor of a key figure brought to its last change.

    Attributes:
        factor: what a reader calls it ("orders per buyer").
        amount: in the figure's unit; the contributions of all factors sum to the change.
    """

    factor: str
    amount: float


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number that leadership follows, with its history.

    Attributes:
        key: snake_case name, unique on a page; the key in metrics.json.
        label: what a reader calls it.
        unit: what it counts.
        better: which direction is good.
        dates: period ends, oldest first; the last is the period of the report.
        values: one a date, None where the data do not reach or too few customers are behind it. `money` in major
            units.
        variation: whether the last change is outside the limits of the changes before it.
        limit: the largest absolute change that is still normal; None when unknown.
        definition: one sentence that says how it is computed.
        contributions: what its factors brought to the last change; none where it has no factors, or one of them was
            not positive.
    """

    key: str
    label: str
    unit: Unit
    better: Better | None
    dates: tuple[dt.date, ...]
    values: tuple[float | None, ...]
    variation: Variation
    limit: float | None
    definition: str
    contributions: tuple[Contribution, ...] = ()

    @property
    def value(self) -> float | None:
        """The figure of the report's period."""
        return self.values[-1]

    @property
    def previous(self) -> float | None:
        """The figure one period earlier; None where the data do not reach."""
        return self.values[-2] if len(self.values) > 1 else None

    @property
    def change(self) -> float | None:
        """Value less previous; None where either is missing."""
        if self.value is None or self.previous is None:
            return None
        return self.value - self.previous
