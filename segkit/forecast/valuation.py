"""The forecast of value that a page uses, chosen by its backtest, and what it says of each customer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.partition import Segmentation
from segkit.errors import ModelError
from segkit.forecast.backtest import backtest
from segkit.forecast.contracts import fit_contracts
from segkit.forecast.held_out import LastPeriod
from segkit.forecast.horizon import Forecast, Horizon, whole_money
from segkit.forecast.options import ValueOptions
from segkit.forecast.purchases import fit_purchases
from segkit.forecast.records import Backtest


@dataclass(frozen=True, slots=True)
class Share:
    """The share of revenue that counts as value, what that value is called, and whether the data gave it."""

    share: float
    name: str
    from_data: bool


@dataclass(frozen=True)
class Valuation:
    """How past and future value of a customer base are computed.

    Attributes:
        base: the customers.
        options: horizon, discount, margin and models.
        share: the share of revenue that counts.
        forecast: the fitted models, or the naive forecast where that was nearer in held-out periods.
        tested: the backtest.
    """

    base: CustomerBase
    options: ValueOptions
    share: Share
    forecast: Forecast
    tested: Backtest

    def horizon(self, since: dt.date) -> Horizon:
        """Return the days after a date that future value covers."""
        return Horizon(since, self.options.horizon_end(since), self.options.annual_rate, self.share.share)

    @property
    def moved(self) -> float:
        """The factor on the forecast, for the part of the year and for a bias that is known."""
        return self.tested.errors.point(1.0) * (self.tested.season or 1.0)

    def scored(self, customers: ir.Table, when: dt.date) -> ir.Table:
        """Return the customers as of a date with `past`, `future` and `total` value, in whole minor units, never
        NULL.

        Future value is moved for the part of the year, and by the bias of earlier forecasts, where these are known.
        `expected` and `risk` are those of the forecast (see `Forecast.score`).
        """
        scored = self.forecast.score(customers, self.horizon(when))
        moved = self.moved
        if moved != 1.0:
            scored = scored.mutate(
                **{name: whole_money(scored[name].cast("float64") * moved) for name in ("future", "lost")}
            )
        past = past_value(scored, self.share)
        return scored.mutate(past=past, total=past + scored.future)


def valuation(base: CustomerBase, segmentation: Segmentation, options: ValueOptions, share: Share) -> Valuation:
    """Fit the forecast, test it on earlier dates, and choose between it and the naive one by which is nearer.

    Args:
        base: the customers.
        segmentation: its segments get errors in the backtest; it does not decide which forecast is nearer.
        options: the options of the forecast.
        share: what `value_share` returned.

    Raises:
        ModelError: the data do not allow a forecast, or none that can be tested.
    """
    if base.is_list:
        raise ModelError("the data are a list of customers, which does not say when they bought or left.")
    fit = fit_contracts if base.dataset.spec.relation == "contractual" else fit_purchases
    model: Forecast = fit(base, base.as_of, options)
    tested = backtest(base, segmentation, fit, options)
    return Valuation(base, options, share, LastPeriod(base, model) if tested.used == "baseline" else model, tested)


def past_value(customers: ir.Table, share: Share) -> ir.IntegerValue:
    """Return what each customer has brought, in whole minor units; 0 where there are no purchases in the data."""
    if "revenue" not in customers.columns:
        return ibis.literal(0, "int64")
    past: ir.IntegerValue = customers.revenue.fill_null(0).cast("int64")
    if share.share < 1.0:
        past = (past.cast("float64") * share.share + 0.5).floor().cast("int64")
    return customers.margin.cast("int64").fill_null(past) if share.from_data else past


def value_share(base: CustomerBase, options: ValueOptions) -> Share:
    """Return the share of revenue that counts as value: the margin that is stated or known, else all revenue."""
    if options.margin is not None:
        return Share(options.margin, "margin", False)
    customers = base.customers()
    if "margin" not in customers.columns:
        return Share(1.0, "net revenue", False)
    facts = base.dataset.engine.collect(
        customers.aggregate(
            margin=customers.margin.sum(), revenue=customers.revenue.sum(where=customers.margin.notnull())
        )
    ).iloc[0]
    if pd.isna(facts["margin"]) or pd.isna(facts["revenue"]) or facts["revenue"] <= 0 or facts["margin"] <= 0:
        return Share(1.0, "net revenue", False)
    return Share(min(float(facts["margin"]) / float(facts["revenue"]), 1.0), "margin", True)
