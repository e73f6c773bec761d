"""The records of customer value: what each segment has brought and will bring, and how far to trust it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segkit.measures.records import Concentration
from segkit.models import ForecastErrors
from segkit.schema import Money
from segkit.segmentation.segment import Segment

Used = Literal["model", "baseline"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a fitted model.

    Attributes:
        model: whose ("BG/NBD", "Gamma-Gamma", "sBG, Postpaid S").
        name: as in the paper.
        estimate: its value, in the method's unit of time or of money (minor units).
        standard_error: None where the fit gives none.
    """

    model: str
    name: str
    estimate: float
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Method:
    """How the value to come was computed.

    Attributes:
        models: names of the models used.
        parameters: of all of them.
        customers: how many the fit rests on.
        cells: into how many distinct histories they fall.
        time_unit: unit of recency and T, or of tenure.
        resolution_days: width of a cell in days (above 7: around a year, narrower below); 1 is exact.
        messages: what is to be said of choice and fit, in words; a sentence each.
        spend_correlation: of frequency and mean spend, which the spend model takes to be 0; None without one.
        kept_share: net ÷ gross revenue: what returns leave.
    """

    models: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    customers: int
    cells: int
    time_unit: str
    resolution_days: int
    messages: tuple[str, ...]
    spend_correlation: float | None
    kept_share: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One held-out period. Money in major units, undiscounted revenue.

    Attributes:
        origin: last day that the fit saw; the period is the days after it up to `end`.
        customers: known at the origin.
        actual: what they brought.
        predicted, low, high: the model's total and its interval; the interval is recalibrated on the other origins.
        baseline: the naive total: same as last period.
        cutoff: the naive total of a recency cut-off; None under contract.
        covered: whether `actual` lies in the interval; None where there is no other origin to calibrate on.
        rank_correlation: Spearman's, of predicted and actual value over customers; None where either is constant.
    """

    origin: dt.date
    end: dt.date
    customers: int
    actual: float
    predicted: float
    low: float
    high: float
    baseline: float
    cutoff: float | None
    covered: bool | None
    rank_correlation: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the same computation would have said on earlier dates, against what came.

    Attributes:
        holdout_days: length of a held-out period.
        periods: one an origin, the latest first.
        used: whose number the report uses: the model's, unless the baseline was nearer.
        model_error, baseline_error, cutoff_error: mean of |predicted ÷ actual − 1| over the periods.
        bias: mean of predicted ÷ actual − 1 of the model.
        errors: how the totals used were missed; intervals come from it.
        segment_errors: the same of each segment, all segments in their order.
        grouping: what `by_group` groups by, in words.
        by_group: columns group (words), customers, predicted, actual: a customer's mean (purchases, or months).
        counted: what is counted there ("purchases", "months").
        by_decile: columns decile (1 = highest prediction), customers, predicted, actual: a customer's mean, money.
        tracking: columns date, predicted, actual: cumulative, money, latest origin.
    """

    holdout_days: int
    periods: tuple[HeldOut, ...]
    used: Used
    model_error: float
    baseline_error: float
    cutoff_error: float | None
    bias: float
    errors: ForecastErrors
    segment_errors: tuple[ForecastErrors, ...]
    grouping: str
    by_group: pd.DataFrame
    counted: str
    by_decile: pd.DataFrame
    tracking: pd.DataFrame


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Why total value changed since the period before: size + mix + rate = change.

    Both dates are valued with the same model, so that the change is the customers'.

    Attributes:
        previous_end, end: the two dates.
        previous, now: total value, major units.
        size: more or fewer customers, at the mean value of before.
        mix: customers in other segments than before, at the segments' mean values of before.
        rate: another value a customer within segments.
        frame: a row a segment, columns segment, previous, now, size_and_mix, rate, suppressed.
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
    """How unevenly total value lies, with the Gini coefficient's interval.

    Attributes:
        concentration: of total value, as measured.
        gini_low, gini_high: bounds at `level`, large-sample (Davidson 2009); None where the total is not positive.
        deciles: columns decile (1 = most valuable), customers, past, future, total, share, frequency,
            days_since (mean days since the last purchase; months under contract), risk (mean churn risk).
        losses: customers whose margin to date is below zero, and what they cost; None where margin is not known.
    """

    concentration: Concentration
    gini_low: float | None
    gini_high: float | None
    deciles: pd.DataFrame
    losses: tuple[int, float] | None


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """Past and future value by segment, with its interval, its backtest and its spread. Money in major units.

    Attributes:
        title, unit_name: of the segmentation; of a customer.
        relation: contractual or non_contractual: decides the models.
        end, horizon_end, horizon_months: the as-of date and the last day that counts.
        annual_rate, margin_share: discount; share of revenue that counts as value (1 where margin is not known).
        value_name: what value is ("net revenue", "margin").
        known_from: first day that past value knows.
        refusal: why there is no prediction, in a sentence; None where there is one. Then all below is None or empty.
        segments: in the fixed order, Unassigned only if someone is in it.
        frame: a row a segment, columns segment, customers (<NA> if suppressed), past, future, low, high (of future),
            total, share (of total), mean (total a customer), risk_value (future value × churn risk), suppressed.
        past, future, low, high, total, risk_value, customers: of the whole, which the rows sum to (low, high do not).
        smallest: cells with fewer customers are not shown.
        level: share of held-out periods that intervals are to cover.
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
