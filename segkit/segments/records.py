"""Records of segments' sizes and of the moves between them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from segkit.customers.partition import Segment
from segkit.customers.periods import Period
from segkit.customers.windows import TimeWindow
from segkit.data.coverage import Coverage
from segkit.data.schema import Money
from segkit.news.feasts import OwnEvent
from segkit.page.result import Result
from segkit.privacy.suppression import too_few


@dataclass(frozen=True, slots=True, repr=False)
class SegmentSizes(Result):
    """How big each segment is and what it brought, now and one period ago.

    Attributes:
        subject: what it is about, the dataset's title.
        title: the segmentation as a reader calls it ("Lifecycle").
        unit_name: what a customer is called ("households", "subscribers").
        value_name: what the value column counts, e.g. "revenue, last 12 months"; empty where the data hold no amounts.
        segments: the segments in the one fixed order; "Unassigned" last, only if a customer is or was in it.
        frame: one row per segment, in that order, columns
            segment; customers, previous_customers (whole, or <NA> when suppressed or unknown);
            share (fraction of customers); value, previous_value (major units; NaN where suppressed or unknown);
            value_share; mean_value (value per customer); variation (whether the number of customers is news, or why
            not: see `segkit.news.judgement.Variation`); slow_since (first day of a slow change that is told now) and
            before_slow (customers before it), missing where there is none;
            normal_low and normal_high (the range in which the number of customers is no news; NaN where unknown);
            suppressed (True: fewer than `smallest` customers, or hidden so that such a cell stays hidden).
        total_customers, total_previous, total_value, total_previous_value: the whole, to which the rows add up before
            suppression; the previous totals are None where the data do not reach back, the previous value
            also where it would not cover the same length of time.
        smallest: cells with fewer customers than this are not shown.
        history: one row per date and segment, columns date, segment, customers (<NA> when suppressed).
        coverage: how far the data reach.
        rule: what the dataset file says of the segmentation, in a line.
        listed: whether all that is known is a list of customers as they stand, which has no earlier state.
        value_window: the days that value counts; None where it is what contracts bring on the last day.
        events: what happened, the most important first, for the charts over time.
        total_left: how many of the customers have left, where that is known of a day; None where nobody can, where it is
            not known, or where it would tell a number that is not shown.
        certain_after: where segments depend on contracts that may still be followed by others (their variation is
            `unsettled`), how many days must pass before an end is certain; 0 where none does.
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
    subject: str = ""
    coverage: Coverage | None = None
    value_window: TimeWindow | None = None
    events: tuple[OwnEvent, ...] = ()
    total_left: int | None = None
    listed: bool = False
    rule: str = ""
    certain_after: int = 0

    @property
    def valued(self) -> bool:
        """Whether anything is known of value."""
        return bool(self.value_name)

    @property
    def is_of_few(self) -> bool:
        """Whether all customers together are too few to show a number of them."""
        return too_few(self.total_customers, self.smallest)

    def describe(self) -> str:
        return f"{self.title}, {len(self.segments)} segments, {self.total_customers:,} {self.unit_name}, {self.period.end}"


@dataclass(frozen=True, slots=True, repr=False)
class Migration(Result):
    """Moves of customers between segments from one period end to the next: previous + in − out = now.

    Attributes:
        balance: one row per segment in fixed order, columns segment, previous, arrived (customers who were not yet
            customers before), moved_in, moved_out, now. previous + arrived + moved_in − moved_out = now. <NA> where
            suppressed: the whole row, or the three in the middle where one of them is small or would give a small move
            away.
        flows: one row per pair of segments with at least `smallest` movers (except those that would give smaller flows
            away), largest first, columns
            from_segment, to_segment, customers, value (their value now, major units).
        smallest: smaller flows are not shown.
        certain_after: where moves depend on contracts that may still be followed by others, how many days must pass
            before an end is certain; 0 where none does.
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
    certain_after: int = 0

    def describe(self) -> str:
        return f"{self.title}, {len(self.flows)} moves shown, {self.previous_end} to {self.end}"


@dataclass(frozen=True, slots=True, repr=False)
class Returning(Result):
    """Buyers of the period before, and how many of them bought again in this one.

    Attributes:
        title: the segmentation as a reader calls it.
        unit_name: what a customer is called.
        period, previous_period: this period and the one before.
        segments: segments as of the report's date, in the one fixed order.
        frame: one row per segment, in that order, columns
            segment; bought_before (bought in the period before; whole); returned (those among them who bought again in
            this period; whole); rate (returned ÷ bought_before; NaN where no customer bought before);
            suppressed (True: the numbers are <NA> and NaN, since one of them, or the number of those who did not come
            back, counts fewer than `smallest` customers or would give such a number away).
        total_bought_before, total_returned: sums over all segments; None where suppressed.
        smallest: groups of fewer customers are not shown.
    """

    title: str
    unit_name: str
    period: Period
    previous_period: Period
    segments: tuple[Segment, ...]
    frame: pd.DataFrame
    total_bought_before: int | None
    total_returned: int | None
    smallest: int

    def describe(self) -> str:
        return f"{self.title}, {len(self.segments)} segments, {self.previous_period.end} to {self.period.end}"
