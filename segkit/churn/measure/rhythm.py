"""Lapsed by one's own rhythm: silent for longer than a stated multiple of one's own usual gap between purchases.

The usual gap is the mean number of days between purchase days, from the first to the last, and a day at least. Who has
bought on one day only has none; a stated number of days stands for it.
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
        multiple: of the usual gap; a longer silence is a lapse.
        single_gap: usual gap of who has bought on one day only, in days.
    """

    multiple: float
    single_gap: float

    def limit(self, frequency: ir.IntegerValue, recency_days: ir.IntegerValue) -> ir.FloatingValue:
        """The longest silence that is no lapse, in days.

        Args:
            frequency: repeat purchase days.
            recency_days: from the first to the last purchase day.
        """
        own = recency_days.cast("float64") / frequency.cast("float64").nullif(0.0)
        gap = ibis.greatest(own.fill_null(self.single_gap), 1.0)
        # to a millionth of a day: quotients differ in their last digits between engines
        # to a millionth of a day: quotients differ in their last digits between engines;
        # Spark takes 1000000.0 for a decimal, and divides whole numbers by it as one
        return micro(gap * self.multiple).cast("float64") / MICRO

    def status(self, purchases: ir.Table, day: dt.date) -> ir.Table:
        """Everyone who had bought by a day, and whether they had lapsed by its end.

        Args:
            purchases: customer_id and day, any number of rows a day.
            day: nothing after it is seen.

        Returns:
            customer_id, longest (silence that is no lapse, days), silent (days since the last purchase), lapsed (0 or 1).
        """
        days = purchases.filter(purchases.day <= ibis.date(day)).select("customer_id", "day").distinct()
        by = days.group_by("customer_id").aggregate(first=days.day.min(), last=days.day.max(), n=days.count())
        limit = self.limit(by.n - 1, by["last"].delta(by["first"], unit="day"))
        silent = ibis.date(day).delta(by["last"], unit="day")
        told = by.select("customer_id", longest=limit, silent=silent)
        return told.mutate(lapsed=(told.silent.cast("float64") > told.longest).ifelse(1, 0).cast("int64"))
