"""The results that measures hand upward: documented records over small frames, units stated.

Figures and reports read these and nothing else of the data (but for the quality record of segkit.dataset), so a
number on a page can only come from here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segkit.customers.periods import Period
from segkit.schema import Money
from segkit.segmentation.segment import Segment

Unit = Literal["customers", "money", "share", "orders", "days", "index"]
"""What a number counts. `money` is in major units (dollars, not cents) of the record's currency;
`share` is a fraction of one."""

Better = Literal["up", "down"]
"""Which direction is good for the business; None where neither is."""

Variation = Literal["news", "normal", "unknown"]
"""Whether the last change is outside what this series does anyway (`news`), inside (`normal`), or whether
there is too little history to tell (`unknown`)."""


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


@dataclass(frozen=True, slots=True)
class SegmentSizes:
    """How big each segment is and what it brought, now and one period ago.

    Attributes:
        title: the segmentation as a reader calls it ("Lifecycle").
        unit_name: what a customer is called ("households", "subscribers").
        value_name: what the value column counts, e.g. "revenue, last 12 months".
        segments: in the one fixed order; "Unassigned" last, only if someone is in it now or was before.
        frame: a row a segment, in that order, columns
            segment; customers, previous_customers (whole, or <NA> when suppressed or unknown);
            share (fraction of customers); value, previous_value (major units; NaN likewise);
            value_share; mean_value (value a customer); variation ("news" | "normal" | "unknown");
            suppressed (True: fewer than `smallest` customers, or hidden so that such a one stays hidden).
        total_customers, total_previous, total_value, total_previous_value: the whole, which the rows sum to
            before suppression; previous ones None where the data do not reach.
        smallest: cells with fewer customers than this are not shown.
        history: a row a date and segment, columns date, segment, customers (<NA> when suppressed).
    """

    title: str
    unit_name: str
    value_name: str
    money: Money
    period: Period
    previous_end: dt.date | None
    segments: tuple[Segment, ...]
    frame: pd.DataFrame
    total_customers: int
    total_previous: int | None
    total_value: float
    total_previous_value: float | None
    smallest: int
    history: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Migration:
    """Who moved between segments from one period end to the next: previous + in − out = now.

    Attributes:
        balance: a row a segment in fixed order, columns segment, previous, arrived (customers who were not
            yet customers), moved_in, moved_out, now. previous + arrived + moved_in − moved_out = now. <NA> where
            suppressed: the whole row, or the three in the middle where they would give a small move away.
        flows: a row a pair of segments with at least `smallest` movers (but for those that would give smaller flows
            away), largest first, columns
            from_segment, to_segment, customers, value (their value now, major units).
        smallest: smaller flows are not shown.
    """

    title: str
    unit_name: str
    money: Money
    previous_end: dt.date
    end: dt.date
    segments: tuple[Segment, ...]
    balance: pd.DataFrame
    flows: pd.DataFrame
    smallest: int


@dataclass(frozen=True, slots=True)
class Concentration:
    """How unevenly value is spread over customers, as measured (not assumed to be 80/20).

    Groups are rounded up to whole customers; customers are ordered by value, ties by customer id.

    Attributes:
        customers: how many, those without value included.
        total: their net value, major units.
        top_shares: share of customers (0.01, 0.1, 0.2, 0.5) → share of net value that they bring. Not of fewer than
            `smallest` customers.
        share_for_80: smallest share of customers who bring 80 % of the value; None when the total is not positive.
        gini: Gini coefficient; customers with net value below zero count as zero in it.
        below_zero: customers with net value below zero.
        lorenz: columns customers_share, value_share, cumulative from the smallest customer up, 0 to 1 in 101 points,
            fewer where there would be fewer than `smallest` customers from one to the next.
        deciles: columns decile (1 = the most valuable tenth), customers, value, value_share, mean_value. No rows
            where a tenth is fewer than `smallest` customers.
        smallest: nothing is shown of groups of fewer customers.
    """

    value_name: str
    unit_name: str
    money: Money
    end: dt.date
    customers: int
    total: float
    top_shares: dict[float, float]
    share_for_80: float | None
    gini: float | None
    below_zero: int
    lorenz: pd.DataFrame
    deciles: pd.DataFrame
    smallest: int = 1
