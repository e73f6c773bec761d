"""Tables of a held-out period: what was expected and what came, by group, by decile, and as the days went by."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.periods import months_before
from segkit.data.scaled import MICRO, micro
from segkit.forecast.contracts import ContractForecast
from segkit.forecast.held_out import BANDS_OF_FREQUENCY, MONTH_BANDS, Origin
from segkit.forecast.purchases import PurchaseForecast
from segkit.privacy.suppression import hidden_cells, which_too_few


def by_group(base: CustomerBase, origin: Origin, contractual: bool) -> pd.DataFrame:
    """Return expected and actual purchase days (months under contract) per customer, by what customers did so far.

    Groups with too few customers are left out.
    """
    table = origin.table
    by = table.group_by("band").aggregate(
        customers=table.count(),
        predicted=micro(table.expected).sum(),
        actual=table.seen.sum(),
    )
    frame = base.dataset.engine.collect(by.order_by("band")).astype("float64")
    hidden = hidden_cells([int(n) for n in frame["customers"]], base.smallest)
    frame = frame[~np.array(hidden, dtype=bool)].reset_index(drop=True)
    bounds = (0, *MONTH_BANDS)
    names = []
    for band in frame["band"].astype(int):
        if contractual:
            last = band == len(bounds) - 1
            names.append(f"{bounds[band]}+" if last else f"{bounds[band]}–{bounds[band + 1] - 1}")
        else:
            names.append(f"{band}+" if band == BANDS_OF_FREQUENCY else str(band))
    return pd.DataFrame(
        {
            "group": names,
            "customers": frame["customers"].astype("int64"),
            "predicted": frame["predicted"] / MICRO / frame["customers"] * origin.season,
            "actual": frame["actual"] / frame["customers"],
        }
    )


def by_decile(base: CustomerBase, origin: Origin, scale: int) -> pd.DataFrame:
    """Return value per customer, forecast and actual, by tenth of the forecast; no rows where a tenth is too small."""
    table = origin.table
    n = int(origin.totals["customers"])
    place = ibis.row_number().over(ibis.window(order_by=[table.future.desc(), table.customer_id]))
    ranked = table.mutate(decile=(place.cast("float64") * 10.0 / float(n)).floor().cast("int64") + 1)
    by = ranked.group_by("decile").aggregate(
        customers=ranked.count(), predicted=ranked.future.sum(), actual=ranked.actual.sum()
    )
    frame = base.dataset.engine.collect(by.order_by("decile")).astype("float64")
    if which_too_few(frame["customers"], base.smallest).any():
        frame = frame.iloc[:0]
    return pd.DataFrame(
        {
            "decile": frame["decile"].astype("int64"),
            "customers": frame["customers"].astype("int64"),
            "predicted": frame["predicted"] / frame["customers"] / scale * origin.season,
            "actual": frame["actual"] / frame["customers"] / scale,
        }
    )


def tracking(base: CustomerBase, origin: Origin, scale: int) -> pd.DataFrame:
    """Return cumulative value after the latest origin, forecast and actual, at thirteen dates at most."""
    since, until = origin.horizon.since, origin.horizon.until
    if isinstance(origin.forecast, ContractForecast):
        table = origin.table
        by = table.group_by("seen").aggregate(amount=table.actual.sum())
        frame = base.dataset.engine.collect(by.filter(by.seen > 0))
        made, amount = frame["seen"].to_numpy(float), frame["amount"].to_numpy(float)
        months = list(range(1, max(1, round((until - since).days / 30.4375)) + 1))
        predicted = origin.forecast.expected_totals(base.customers(since), since, months)
        actual = [float((amount / made) @ np.minimum(made, month)) for month in months]
        ends = [months_before(since, -month) for month in months]
    else:
        assert isinstance(origin.forecast, PurchaseForecast), "there are two kinds of relation"
        days = (until - since).days
        steps = min(13, max(1, days // 7))
        ends = [since + dt.timedelta(days=round(days * step / steps)) for step in range(1, steps + 1)]
        predicted = origin.forecast.expected_totals(ends)
        table = base.daily_purchases()
        known = base.customers(since).select("customer_id")
        seen = table.filter((table.day > ibis.date(since)) & (table.day <= ibis.date(until))).semi_join(
            known, "customer_id"
        )
        by_day = seen.group_by("day").aggregate(revenue=seen.revenue.sum())
        revenue = base.dataset.engine.collect(by_day)
        dates = [pd.Timestamp(day).date() for day in revenue["day"]]
        amounts = revenue["revenue"].to_numpy(float)
        actual = [float(amounts[np.array([day <= end for day in dates], dtype=bool)].sum()) for end in ends]
    return pd.DataFrame(
        {"date": ends, "predicted": np.array(predicted) / scale * origin.season, "actual": np.array(actual) / scale}
    )
