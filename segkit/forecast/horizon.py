"""What a forecast of value is to everything that uses one, whatever the relation to customers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

import ibis
import ibis.expr.types as ir

from segkit.arrays import Floats
from segkit.forecast.records import Method


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days that a forecast speaks of, and how money in them counts.

    Attributes:
        since: last day known; the horizon begins the day after.
        until: its last day.
        annual_rate: effective discount rate of a year; 0 counts all money alike.
        share: share of revenue that counts as value.
    """

    since: dt.date
    until: dt.date
    annual_rate: float = 0.0
    share: float = 1.0

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.until - self.since).days

    @property
    def mid_discount(self) -> float:
        """What money of the middle of the horizon counts at its beginning."""
        return float((1.0 + self.annual_rate) ** (-self.days / 365.25 / 2.0))


class Forecast(Protocol):
    """A fitted forecast. `customers` below is the customer table as of `horizon.since`."""

    @property
    def method(self) -> Method:
        """How it was made."""

    def score(self, customers: ir.Table, horizon: Horizon) -> ir.Table:
        """The customers with four more columns.

        `expected` (purchases or months in the horizon), `future` (their value, whole minor units, discounted), `risk`
        (probability that the customer has left, or leaves within the horizon, from 0 to 1) and `lost` (what the customer
        would bring who is certain to be there, or to stay, less `future`; whole minor units). Never NULL.
        """

    def relative_sd(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Standard deviation of the value to come ÷ its mean: of each segment, then of the whole; (groups + 1,).

        Args:
            segmented: the customers with `segment`, 0 to groups − 1.
            horizon: as in `score`.
            groups: how many segments.
        """

    def chance_of_nothing(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Probability that the customers of a segment bring nothing in the horizon; (groups,).

        Args:
            segmented, horizon, groups: as in `relative_sd`.
        """


def whole_money(value: ir.FloatingValue) -> ir.IntegerValue:
    """Rounded to whole minor units, so that sums are exact and the same on every engine; NULL is 0."""
    return (value + 0.5).floor().cast("int64").fill_null(0)


def zero(value: ir.FloatingValue) -> ir.FloatingValue:
    """The value, 0.0 where it is NULL."""
    return ibis.coalesce(value, 0.0)
