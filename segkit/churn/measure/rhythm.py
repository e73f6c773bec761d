"""Lapsing by one's own rhythm: being silent for longer than a stated multiple of one's usual gap between purchases.

The usual gap is the mean number of days from one purchase day to the next, and at least one day. A customer who has
bought on one day only has no gap; a stated number of days stands in for it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from segkit.data.scaled import MICRO, micro


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a silence is a lapse.

    Attributes:
        multiple: a silence of more than this many usual gaps is a lapse.
        single_gap: the usual gap, in days, of a customer who has bought on one day only.
    """

    multiple: float
    single_gap: float

    def limit(self, frequency: ir.IntegerValue, recency_days: ir.IntegerValue) -> ir.FloatingValue:
        """Return the longest silence that is no lapse, in days.

        Args:
            frequency: repeat purchase days.
            recency_days: days from the first to the last purchase day.
        """
        own = recency_days.cast("float64") / frequency.cast("float64").nullif(0.0)
        gap = ibis.greatest(own.fill_null(self.single_gap), 1.0)
        # to a millionth of a day: quotients differ in their last digits between engines
        # to a millionth of a day, since quotients differ in their last digits between engines;
        # Spark reads 1000000.0 as a decimal and would divide as decimals do
        return micro(gap * self.multiple).cast("float64") / MICRO

    def status(self, purchases: ir.Table, day: dt.date) -> ir.Table:
        """Return everyone who had bought by a day, and whether they had lapsed by its end.

        Args:
            purchases: columns customer_id and day, with any number of rows for a day.
            day: the last day that is seen.

        Returns:
            Columns customer_id, longest (the longest silence that is no lapse, in days), silent (days since the last
            purchase), lapsed (0 or 1).
        """
        days = purchases.filter(purchases.day <= ibis.date(day)).select("customer_id", "day").distinct()
        by = days.group_by("customer_id").aggregate(first=days.day.min(), last=days.day.max(), n=days.count())
        limit = self.limit(by.n - 1, by["last"].delta(by["first"], unit="day"))
        silent = ibis.date(day).delta(by["last"], unit="day")
        told = by.select("customer_id", longest=limit, silent=silent)
        return told.mutate(lapsed=(told.silent.cast("float64") > told.longest).ifelse(1, 0).cast("int64"))
