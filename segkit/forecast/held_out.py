"""What customers did after an earlier date, beside the forecast that was made for each of them on that date.

The tables stay in the engine, with one row per customer; only sums of them leave it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.arrays import Floats
from segkit.customers import CustomerBase
from segkit.customers.calendar import elapsed
from segkit.customers.partition import SEGMENT
from segkit.data.spells import spells_by
from segkit.forecast.contracts import ContractForecast, with_month
from segkit.forecast.horizon import Forecast, Horizon, whole_money
from segkit.forecast.purchases import PurchaseForecast
from segkit.forecast.records import Method

BANDS_OF_FREQUENCY = 7
"""From this frequency on, all frequencies are one band."""
MONTH_BANDS = (6, 12, 24, 36)
"""Lower bounds of the bands of tenure, in months."""
_COLUMNS = ("customer_id", SEGMENT, "band", "expected", "future", "actual", "seen", "before", "cutoff")


@dataclasses.dataclass
class Origin:
    """One held-out period while it is worked out; money in minor units.

    Attributes:
        horizon: the held-out days.
        forecast: the forecast, fitted as of their beginning.
        sums: one row per segment: customers, and sums of what was expected and what came.
        spread: the forecast's relative standard deviation of each segment; of the whole last.
        table: one row per customer, as `outcomes` returns it.
        season: the factor on the forecast for the part of the year.
    """

    horizon: Horizon
    forecast: Forecast
    sums: pd.DataFrame
    spread: Floats
    table: ir.Table
    season: float = 1.0

    @property
    def totals(self) -> pd.Series:
        """Sums over all segments."""
        return self.sums.sum()


def outcomes(base: CustomerBase, forecast: Forecast, segmented: ir.Table, horizon: Horizon) -> ir.Table:
    """Return one row per customer known at `horizon.since`, with what was expected and what came.

    Args:
        base: the customers; their data must reach to `horizon.until`.
        forecast: the forecast, fitted as of `horizon.since`.
        segmented: the customer table as of `horizon.since`, with `segment`.
        horizon: the held-out days.

    Returns:
        Columns customer_id, segment, band (of frequency, or of tenure), expected and seen (purchases, or months). In
        whole minor units: future, actual, before (the naive forecast: the same as in the last period) and cutoff (the
        naive forecast with a recency cut-off; 0 under contract).
    """
    if isinstance(forecast, ContractForecast):
        return _of_contracts(base, forecast, segmented, horizon)
    assert isinstance(forecast, PurchaseForecast), "there are two kinds of relation"
    return _of_purchases(base, forecast, segmented, horizon)


def _of_purchases(base: CustomerBase, forecast: PurchaseForecast, segmented: ir.Table, horizon: Horizon) -> ir.Table:
    scored = forecast.score(segmented, horizon)
    joined = scored.left_join(_windows(base, horizon), [("customer_id", "window_id")])
    frequency = joined.frequency.cast("int64")
    repeats = joined.frequency.cast("float64").nullif(0.0)
    # a one-time buyer gets the mean gap of all repeat buyers
    facts = base.dataset.engine.collect(
        segmented.aggregate(days=segmented.recency_days.sum(), repeats=segmented.frequency.sum())
    ).iloc[0]
    gap = ibis.coalesce(joined.recency_days.cast("float64") / repeats, float(facts["days"]) / float(facts["repeats"]))
    alive = (joined.days_since_last_purchase.cast("float64") <= gap * 2.0).fill_null(False)
    a_day = joined.repeat_revenue.cast("float64") / joined.T_days.cast("float64").nullif(0.0)
    return joined.mutate(
        band=ibis.least(frequency, BANDS_OF_FREQUENCY),
        actual=joined.after.fill_null(0),
        seen=joined.visits.fill_null(0).cast("int64"),
        before=whole_money(joined.last.fill_null(0).cast("float64") * _scale(base, horizon)),
        cutoff=alive.ifelse(whole_money(a_day * (forecast.method.kept_share * horizon.days)), 0),
    ).select(*_COLUMNS)


def _windows(base: CustomerBase, horizon: Horizon) -> ir.Table:
    """Return each customer's net revenue in the period before the origin, and net revenue and purchase days after it."""
    days = base.daily_purchases()
    origin = ibis.date(horizon.since)
    first = max(base.dataset.known_from, horizon.since - dt.timedelta(days=horizon.days - 1))
    seen = days.filter((days.day >= ibis.date(first)) & (days.day <= ibis.date(horizon.until)))
    later = seen.day > origin
    return seen.group_by(window_id=seen.customer_id).aggregate(
        last=seen.revenue.sum(where=~later),
        after=seen.revenue.sum(where=later),
        visits=(later & (seen.orders > 0)).sum(),
    )


def _scale(base: CustomerBase, horizon: Horizon) -> float:
    """Return the length of the horizon ÷ the length of the last period, as far as the data know it."""
    known = (horizon.since - base.dataset.known_from).days + 1
    return horizon.days / min(known, horizon.days)


def _of_contracts(base: CustomerBase, forecast: ContractForecast, segmented: ir.Table, horizon: Horizon) -> ir.Table:
    scored = forecast.score(segmented, horizon)
    naive = dataclasses.replace(forecast, naive=True).score(segmented, horizon)
    month = with_month(segmented, horizon.since)
    later = months_between(base, horizon.since, horizon.until)
    joined = scored.left_join(
        naive.select(naive_id=naive.customer_id, before=naive.future), [("customer_id", "naive_id")]
    )
    joined = joined.left_join(
        month.select("renewals", "month_amount", "running", month_id=month.customer_id),
        [("customer_id", "month_id")],
    )
    joined = joined.left_join(later.select("made", later_id=later.customer_id), [("customer_id", "later_id")])
    stayed = joined.running.ifelse(joined.made, 0).fill_null(0)
    band = ibis.literal(0, "int64")
    for bound in MONTH_BANDS:
        band = band + (joined.renewals >= bound).ifelse(1, 0)
    return (
        joined.filter(joined.running)
        .mutate(
            band=band,
            seen=stayed,
            actual=stayed * joined.month_amount,
            cutoff=ibis.literal(0, "int64"),
        )
        .select(*_COLUMNS)
    )


def months_between(base: CustomerBase, since: dt.date, until: dt.date) -> ir.Table:
    """Return each customer's renewals made after one day and by another: `made`, the whole months that came in.

    Months of a contract with which a customer came back count as well; months without a contract do not.
    """
    spells = spells_by(base.dataset.tables["subscriptions"], until)
    last = spells.end
    if "uncertain" in spells.columns:
        # whether it goes on is not certain, but no month after it has come in
        last = ibis.coalesce(last, (spells.uncertain <= ibis.date(until)).ifelse(spells.uncertain, ibis.null("date")))

    def renewals(day: dt.date) -> ir.FloatingValue:
        by = ibis.least(ibis.coalesce(last, ibis.date(day)), ibis.date(day))
        return ibis.greatest(elapsed(spells.start, by, "month").floor(), 0.0)

    one = spells.mutate(made=(renewals(until) - renewals(since)).cast("int64"))
    return one.group_by("customer_id").aggregate(made=one.made.sum())


@dataclasses.dataclass
class LastPeriod:
    """The naive forecast: each customer brings what the last period brought.

    Under contract, all customers leave at last year's rate. Risk and months come from the model all the same.

    Attributes:
        base: the customers.
        model: the fitted forecast that lost against the naive one.
    """

    base: CustomerBase
    model: Forecast

    @property
    def method(self) -> Method:
        """The method of the model."""
        return self.model.method

    def score(self, customers: ir.Table, horizon: Horizon) -> ir.Table:
        """Score customers as every `Forecast` does."""
        if isinstance(self.model, ContractForecast):
            return dataclasses.replace(self.model, naive=True).score(customers, horizon)
        scored = self.model.score(customers, horizon)
        windows = _windows(self.base, horizon)
        joined = scored.left_join(windows.select("window_id", "last"), [("customer_id", "window_id")])
        scale = _scale(self.base, horizon) * horizon.mid_discount * horizon.share
        future = whole_money(joined["last"].fill_null(0).cast("float64") * scale)
        # the last period's number ignores who has left since
        return joined.mutate(future=future, lost=whole_money(future.cast("float64") * joined.risk)).drop(
            "window_id", "last"
        )

    def relative_sd(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return the model's relative standard deviation; the backtest widens it to the naive forecast's misses."""
        return self.model.relative_sd(segmented, horizon, groups)

    def chance_of_nothing(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return the model's chance of nothing."""
        return self.model.chance_of_nothing(segmented, horizon, groups)
