"""A hand-made record of customer value; every total reconciles."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from segkit.customers.windows import TimeWindow
from segkit.forecast.models.forecast_errors import ForecastErrors
from segkit.forecast.records import Backtest, HeldOut, Method, Parameter
from segkit.statistics.told import Figure, Told
from segkit.value.measure.value_change import value_change
from segkit.value.records import CustomerValue, Spread
from tests.kpis.views import sample

PAST = (10_000.0, 900_000.0, 90_000.0)
FUTURE = (20_000.0, 700_000.0, 30_000.0)
COUNTS = (100, 2_000, 400)
ERRORS = ForecastErrors(tests=2, bias=0.05, bias_sd=0.01, factor=1.2, said_sd=0.02, freedom=1)


def value(refusal: str | None = None) -> CustomerValue:
    """Three segments of a retailer, tested on two held-out periods."""
    names = sample.NAMES[:3]
    rows = [
        {
            "segment": segment,
            "customers": n,
            "past": past,
            "future": future,
            "low": future * 0.8,
            "high": future * 1.25,
            "total": past + future,
            "share": (past + future) / (sum(PAST) + sum(FUTURE)),
            "mean": (past + future) / n,
            "risk_value": future * 0.1,
            "suppressed": False,
        }
        for segment, n, past, future in zip(names, COUNTS, PAST, FUTURE, strict=True)
    ]
    change = value_change(
        list(names),
        (pd.Series([90, 2_010, 380]).to_numpy(), pd.Series([28_000, 1_580_000, 115_000]).to_numpy() * 100),
        (pd.Series(COUNTS).to_numpy(), pd.Series(FUTURE).to_numpy() * 100),
        windows=(
            TimeWindow.after(sample.BEFORE, dt.date(2018, 12, 17), 12),
            TimeWindow.after(sample.END, dt.date(2018, 12, 24), 12),
        ),
        scale=100,
        hidden=(False,) * 3,
    )
    whole = CustomerValue(
        title="Lifecycle",
        unit_name="households",
        relation="non_contractual",
        money=sample.MONEY,
        end=sample.END,
        horizon_end=dt.date(2018, 12, 24),
        horizon_months=12,
        annual_rate=0.1,
        margin_share=1.0,
        value_name="net revenue",
        known_from=dt.date(2017, 1, 1),
        refusal=None,
        segments=sample.segments()[:3],
        frame=pd.DataFrame(rows).astype({"customers": "Int64"}),
        customers=sum(COUNTS),
        past=sum(PAST),
        future=sum(FUTURE),
        low=sum(FUTURE) * 0.9,
        high=sum(FUTURE) * 1.1,
        total=sum(PAST) + sum(FUTURE),
        risk_value=sum(FUTURE) * 0.1,
        smallest=5,
        level=0.9,
        method=Method(
            ("BG/NBD", "Gamma-Gamma"),
            (Parameter("BG/NBD", "r", 0.24, 0.01), Parameter("BG/NBD", "b", 2.4, None)),
            2_500,
            900,
            "week",
            7,
            (
                Told.of(
                    "BG/NBD is used: the least AIC of the sound fits ({figures}).",
                    figures=Told.of("BG/NBD {aic}", aic=Figure(100.0, "number")),
                ),
            ),
            0.01,
            0.97,
        ),
        backtest=backtest(),
        spread=Spread(
            dataclasses.replace(sample.concentration(), value_name="past and future net revenue"),
            0.6,
            0.66,
            pd.DataFrame(
                {
                    "decile": range(1, 11),
                    "customers": [250] * 10,
                    "past": [100_000.0 * (11 - at) / 5.5 for at in range(1, 11)],
                    "future": [75_000.0 * (11 - at) / 5.5 for at in range(1, 11)],
                    "total": [175_000.0 * (11 - at) / 5.5 for at in range(1, 11)],
                    "share": [(11 - at) / 55 for at in range(1, 11)],
                    "frequency": [20.0 - at for at in range(1, 11)],
                    "days_since": [3.0 * at for at in range(1, 11)],
                    "risk": [0.05 * at for at in range(1, 11)],
                }
            ),
            (12, -340.5),
        ),
        change=change,
    )
    if refusal is None:
        return whole
    empty = dict.fromkeys(("method", "backtest", "spread", "change"))
    return dataclasses.replace(whole, refusal=refusal, segments=(), frame=whole.frame.iloc[:0], **empty)  # type: ignore[arg-type]


def backtest() -> Backtest:
    """Two held-out periods; the model wins."""
    periods = tuple(
        HeldOut(origin, origin + dt.timedelta(days=84), 2_400, 100.0, 95.0, 80.0, 113.0, 90.0, 70.0, True, 0.61)
        for origin in (dt.date(2017, 10, 1), dt.date(2017, 8, 20))
    )
    return Backtest(
        holdout_days=84,
        periods=periods,
        used="model",
        model_error=0.05,
        baseline_error=0.1,
        cutoff_error=0.3,
        bias=-0.05,
        errors=ERRORS,
        segment_errors=(ERRORS,) * 3,
        grouping="repeat purchase days so far",
        by_group=pd.DataFrame(
            {
                "group": ["0", "1", "7+"],
                "customers": [900, 800, 700],
                "predicted": [0.2, 0.6, 4],
                "actual": [0.3, 0.5, 5],
            }
        ),
        counted="purchase days",
        by_decile=pd.DataFrame(
            {"decile": [1, 2], "customers": [1_200, 1_200], "predicted": [9.0, 2.0], "actual": [8.0, 3.0]}
        ),
        tracking=pd.DataFrame(
            {
                "date": [dt.date(2017, 11, 5), dt.date(2017, 12, 24)],
                "predicted": [50.0, 95.0],
                "actual": [48.0, 100.0],
            }
        ),
    )
