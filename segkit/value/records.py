"""The records of customer value: what each segment has brought and will bring, and how far to trust it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from segkit.customers.partition import Segment
from segkit.data.coverage import Coverage
from segkit.data.schema import Money
from segkit.forecast.records import Backtest, Method
from segkit.page.result import Result
from segkit.value.concentration_records import Concentration


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Why the value to come changed since the period before: size + mix + rate = change.

    The same model values both dates, so that only customers make a difference.

    Attributes:
        previous_end, end: the two dates.
        previous, now: value to come, major units. What was brought so far is no part of it: it only grows with time.
        size: more or fewer customers, at the mean value of before.
        mix: customers in other segments than before, at the segments' mean values of before.
        rate: another mean value within segments.
        frame: a row for each segment, with columns segment, previous, now, size_and_mix, rate, suppressed.
    """

    previous_end: dt.date
    end: dt.date
    previous: float
    now: float
    size: float
    mix: float
    rate: float
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Spread:
    """How unevenly total value is spread, with the interval of the Gini coefficient.

    Attributes:
        concentration: the concentration of total value, as measured.
        gini_low, gini_high: large-sample bounds at `level` (Davidson 2009); None where the total is not positive.
        deciles: columns decile (1 = most valuable), customers, past, future, total, share, frequency,
            days_since (mean days since the last purchase; months under contract), risk (mean churn risk).
        losses: how many customers have a margin below zero to date, and what they cost; None where no margin is
            known.
    """

    concentration: Concentration
    gini_low: float | None
    gini_high: float | None
    deciles: pd.DataFrame
    losses: tuple[int, float] | None


@dataclass(frozen=True, slots=True, repr=False)
class CustomerValue(Result):
    """Past and future value by segment, with its interval, its backtest and its spread. Money in major units.

    Attributes:
        title: what the segmentation is called.
        unit_name: what customers are called.
        relation: contractual or non_contractual: decides the models.
        end, horizon_end, horizon_months: the as-of date and the last day that counts.
        annual_rate: the discount rate of a year.
        margin_share: the share of revenue that counts as value (1 where no margin is known).
        value_name: what value is ("net revenue", "margin").
        known_from: the first day that past value covers.
        refusal: why there is no prediction, in a sentence; None where there is one. With a refusal, all below is None
            or empty except segments, customers and, where there are purchases, what customers have brought.
        segments: the segments in the fixed order, Unassigned only if someone is in it.
        frame: a row for each segment, with columns segment, customers (<NA> if suppressed), past, future, low, high
            (of future), total, share (of total), mean (total per customer), risk_value (what would come if nobody
            left or had left, less what is expected), suppressed.
        past, future, low, high, total, risk_value, customers: the numbers of the whole. The rows sum to them, except
            for low and high.
        smallest: cells with fewer customers are not shown.
        level: the share of held-out periods that intervals should cover.
        coverage: how far the data reach.
        past_known: whether it is known what customers have brought; without purchases, contracts alone do not say it.
    """

    title: str
    unit_name: str
    relation: str
    money: Money
    end: dt.date
    horizon_end: dt.date
    horizon_months: int
    annual_rate: float
    margin_share: float
    value_name: str
    known_from: dt.date
    refusal: str | None
    segments: tuple[Segment, ...]
    frame: pd.DataFrame
    customers: int
    past: float
    future: float
    low: float
    high: float
    total: float
    risk_value: float
    smallest: int
    level: float
    method: Method | None
    backtest: Backtest | None
    spread: Spread | None
    change: ValueChange | None
    subject: str = ""
    coverage: Coverage | None = None
    past_known: bool = True

    def describe(self) -> str:
        return f"{self.title}, {self.value_name} of {self.horizon_months} months from {self.end}"
