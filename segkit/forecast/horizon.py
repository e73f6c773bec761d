"""What a forecast of value offers to everything that uses one, whatever the relation to customers."""

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
        since: the last day known; the horizon begins the day after.
        until: the last day of the horizon.
        annual_rate: the effective discount rate of a year; 0 counts all money alike.
        share: the share of revenue that counts as value.
    """

    since: dt.date
    until: dt.date
    annual_rate: float = 0.0
    share: float = 1.0

    @property
    def days(self) -> int:
        """The length in days."""
        return (self.until - self.since).days

    @property
    def mid_discount(self) -> float:
        """What money from the middle of the horizon counts at its beginning."""
        return float((1.0 + self.annual_rate) ** (-self.days / 365.25 / 2.0))


class Forecast(Protocol):
    """A fitted forecast. Below, `customers` is the customer table as of `horizon.since`."""

    @property
    def method(self) -> Method:
        """How it was made."""

    def score(self, customers: ir.Table, horizon: Horizon) -> ir.Table:
        """Return the customers with the columns `expected`, `future`, `risk` and `lost`, which are never NULL.

        `expected` is purchases or months in the horizon, `future` their value in whole minor units, discounted.
        `risk` is the probability, from 0 to 1, that the customer has left or leaves within the horizon. `lost` is
        what the customer would bring if they were certain to be there and to stay, less `future`, in whole minor
        units.
        """

    def relative_sd(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return the standard deviation of the value to come ÷ its mean, for each segment, then for the whole.

        Args:
            segmented: the customers with `segment`, 0 to groups − 1.
            horizon: the days, as in `score`.
            groups: how many segments there are.

        Returns:
            An array of shape (groups + 1,).
        """

    def chance_of_nothing(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return the probability that the customers of each segment bring nothing in the horizon.

        Args:
            segmented, horizon, groups: as in `relative_sd`.

        Returns:
            An array of shape (groups,).
        """


def whole_money(value: ir.FloatingValue) -> ir.IntegerValue:
    """Return a value rounded to whole minor units, so that sums are exact and the same on every engine; NULL is 0."""
    return (value + 0.5).floor().cast("int64").fill_null(0)


def zero(value: ir.FloatingValue) -> ir.FloatingValue:
    """Return the value, or 0.0 where it is NULL."""
    return ibis.coalesce(value, 0.0)
