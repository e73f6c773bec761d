"""Records of a forecast: how it was made, and how it would have done on earlier dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segkit.forecast.models.forecast_errors import ForecastErrors

Used = Literal["model", "baseline"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a fitted model.

    Attributes:
        model: the model that it belongs to ("BG/NBD", "Gamma-Gamma", "sBG, Postpaid S").
        name: its name in the paper.
        estimate: its value, in the method's unit of time or of money (minor units).
        standard_error: the standard error of the estimate; None where the fit gives none.
    """

    model: str
    name: str
    estimate: float
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Method:
    """How the value to come was computed.

    Attributes:
        models: the names of the models used.
        parameters: the parameters of all of them.
        customers: how many customers the fit rests on.
        cells: how many distinct histories they have.
        time_unit: the unit of recency and T, or of tenure.
        resolution_days: the width of a cell in days (above 7: around a year, narrower below); 1 is exact.
        messages: sentences for the reader on choice and fit.
        spend_correlation: the correlation of frequency and mean spend, which the spend model takes to be 0; None
            without a spend model.
        kept_share: net ÷ gross revenue, the share that returns leave.
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
        origin: the last day that the fit saw; the period is the days after it up to `end`.
        customers: how many customers were known at the origin.
        actual: what they brought.
        predicted, low, high: the model's total and its interval, which is recalibrated on the other origins.
        baseline: the naive total: the same as in the last period.
        cutoff: the naive total with a recency cut-off; None under contract.
        covered: whether `actual` lies in the interval; None where there is no other origin to calibrate on.
        rank_correlation: Spearman's correlation of predicted and actual value over customers; None where either is
            constant.
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

    @property
    def start(self) -> dt.date:
        """The first day of the period; the fit had seen the day before."""
        return self.origin + dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the same computation would have said on earlier dates, against what came.

    Attributes:
        holdout_days: the length of a held-out period in days.
        periods: one held-out period per origin, the latest first.
        used: whose number the report uses: the model's, unless the baseline was nearer.
        model_error, baseline_error, cutoff_error: mean of |predicted ÷ actual − 1| over the periods.
        bias: mean of predicted ÷ actual − 1 of the model.
        errors: how the totals used were missed; intervals come from this.
        segment_errors: the same for each segment, all segments in their order.
        nothing: for each segment, the share of held-out periods in which it brought nothing.
        season: the factor on the horizon's forecast for its part of the year; None where season does not enter.
        season_told: how many held-out periods had their part of the year seen in an earlier year.
        grouping: what `by_group` groups by, in words.
        by_group: columns group (words), customers, predicted, actual: the mean per customer (purchases, or months).
            Groups that are too small to be shown, or would reveal such a group, are left out.
        counted: what is counted there ("purchases", "months").
        by_decile: columns decile (1 = highest prediction), customers, predicted, actual: the mean money per customer;
            empty where a decile is too small to be shown.
        tracking: columns date, predicted, actual: cumulative money of the latest origin.
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
    nothing: tuple[float, ...] = ()
    season: float | None = None
    season_told: int = 0
