"""Rolling-origin backtest: the same forecast is made on earlier dates and compared with what came after them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir
import numpy as np

from segkit.arrays import Floats
from segkit.customers import CustomerBase
from segkit.customers.observation import ends_known_from
from segkit.customers.partition import SEGMENT, Segmentation
from segkit.customers.periods import months_before
from segkit.errors import ModelError
from segkit.forecast.contracts import ContractForecast
from segkit.forecast.held_out import Origin, outcomes
from segkit.forecast.held_out_tables import by_decile, by_group, tracking
from segkit.forecast.horizon import Forecast, Horizon
from segkit.forecast.models.forecast_errors import ForecastErrors, forecast_errors
from segkit.forecast.options import ValueOptions
from segkit.forecast.records import Backtest, HeldOut, Used
from segkit.forecast.season import YEAR, log_season
from segkit.statistics.told import Figure, Told

_SHORTEST = 14
_SMALLEST_SD = 1e-6
_FEWEST_SEASONS = 3
_LEAST_STEP = 56
_EXPLAINED = 0.7
_UNTESTED = ForecastErrors(tests=0, bias=0.0, bias_sd=0.0, factor=1.0, said_sd=0.0, freedom=10**9)
"""Errors that leave the model's own interval as it is."""

FitForecast = Callable[[CustomerBase, dt.date, ValueOptions], Forecast]


def backtest(base: CustomerBase, segmentation: Segmentation, fit: FitForecast, options: ValueOptions) -> Backtest:
    """Fit on what was known at earlier dates, and compare the forecasts with what came.

    Args:
        base: the customers.
        segmentation: the segmentation whose segments get intervals.
        fit: makes a forecast as of a date.
        options: the options of the forecast.

    Raises:
        ModelError: the history is too short for a single held-out period; the message says what is missing.
    """
    horizons = _horizons(base, options)
    origins = []
    reason = ""
    for horizon in horizons:
        try:
            origins.append(_origin(base, segmentation, fit, options, horizon))
        except ModelError as error:
            reason = reason or error.told
    if not origins:
        raise ModelError(
            Told.of(
                "no earlier date allows a test of the forecast: {why} A number that cannot be tested is not shown.",
                why=reason or "the history is too short",
            )
        )
    origins, season, season_told = _with_season(base, origins, options)
    actual, model, naive, cutoff = (
        np.array([float(origin.totals[name]) for origin in origins])
        for name in ("actual", "future", "before", "cutoff")
    )
    if (actual <= 0).any() or (model <= 0).any():
        raise ModelError("customers brought nothing in a held-out period, so that no forecast can be judged.")
    contractual = isinstance(origins[0].forecast, ContractForecast)
    model_error, naive_error = _error(model, actual), _error(naive, actual)
    used: Used = "baseline" if naive_error < model_error else "model"
    column = "before" if used == "baseline" else "future"
    errors, alone = _errors(origins, column)
    scale = 10**base.dataset.spec.money.decimals
    periods = tuple(
        _held_out(base, origin, column, alone[at], options.level, scale, contractual)
        for at, origin in enumerate(origins)
    )
    latest = origins[0]
    return Backtest(
        holdout_days=latest.horizon.days,
        periods=periods,
        used=used,
        model_error=model_error,
        baseline_error=naive_error,
        cutoff_error=None if contractual else _error(cutoff, actual),
        bias=float(np.mean(model / actual - 1.0)),
        errors=errors,
        segment_errors=_segment_errors(origins, column, base.smallest),
        grouping="months under contract so far" if contractual else "repeat purchase days so far",
        by_group=by_group(base, latest, contractual),
        counted="months" if contractual else "purchase days",
        by_decile=by_decile(base, latest, scale),
        tracking=tracking(base, latest, scale),
        nothing=_nothing(origins, base.smallest),
        season=season if used == "model" else None,
        season_told=season_told,
    )


def _with_season(
    base: CustomerBase, origins: list[Origin], options: ValueOptions
) -> tuple[list[Origin], float | None, int]:
    """Put the part of the year into the forecasts of held-out periods, where that explains how they missed.

    Season enters if it leaves less than `_EXPLAINED` of the error of at least three periods whose part of the year was
    seen before, and if that of the horizon was, too. The forecast is then tested on those periods alone.

    Returns:
        The periods, the factor of the horizon (None where season does not enter), and how many periods had a known
        season.
    """
    wanted = Horizon(base.as_of, options.horizon_end(base.as_of))
    if base.dataset.spec.relation == "contractual" or wanted.days >= YEAR:
        return origins, None, 0
    told = [(origin, log_season(base, origin.horizon)) for origin in origins]
    seasonal = [
        replace(origin, season=math.exp(at), sums=origin.sums.assign(future=origin.sums["future"] * math.exp(at)))
        for origin, at in told
        if at is not None
    ]
    plain = [origin for origin, at in told if at is not None]
    ahead = log_season(base, wanted)
    if len(seasonal) < _FEWEST_SEASONS or ahead is None:
        return origins, None, len(seasonal)
    actual = np.array([float(origin.totals["actual"]) for origin in plain])
    if (actual <= 0).any():
        return origins, None, len(seasonal)
    before, after = (
        _error(np.array([float(origin.totals["future"]) for origin in some]), actual) for some in (plain, seasonal)
    )
    if after >= _EXPLAINED * before:
        return origins, None, len(seasonal)
    return seasonal, math.exp(ahead), len(seasonal)


def _horizons(base: CustomerBase, options: ValueOptions) -> list[Horizon]:
    """Return the held-out periods, the latest first; neighbours overlap, and each has as much history before it."""
    contractual = base.dataset.spec.relation == "contractual"
    # nobody could be seen to leave before ends of contracts were known
    as_of, known = base.as_of, ends_known_from(base) if contractual else base.dataset.known_from
    history = (as_of - known).days
    wanted = (options.horizon_end(as_of) - as_of).days
    if contractual:
        months = max(1, round(options.holdout_days / 30.4375) if options.holdout_days else 0)
        if not options.holdout_days:
            months = min(options.horizon_months, max(1, int(history / 4 / 30.4375)))
        step = max(1, months // 2)
        pairs = [
            (months_before(as_of, months + step * k), months_before(as_of, step * k)) for k in range(options.origins)
        ]
    else:
        days = options.holdout_days or min(wanted, history // 4 // 7 * 7)
        step = max(7, days // 2 // 7 * 7)
        # a year has every season once: where history has room for periods of a year, season causes no error
        room = (history - 2 * YEAR) // max(options.origins - 1, 1) // 7 * 7
        if not options.holdout_days and days < YEAR <= wanted and room >= _LEAST_STEP:
            days, step = YEAR, min(room, YEAR // 2)
        pairs = [
            (as_of - dt.timedelta(days=days + step * k), as_of - dt.timedelta(days=step * k))
            for k in range(options.origins)
        ]
    length = (pairs[0][1] - pairs[0][0]).days
    if length < _SHORTEST or (pairs[0][0] - known).days < _SHORTEST:
        raise ModelError(
            Told.of(
                "the history is too short: it covers {history} days; to hold {held} days out and fit on the rest, at "
                "least {least} are needed.",
                history=Figure(history, "count"),
                held=Figure(max(length, _SHORTEST), "count"),
                least=Figure(4 * _SHORTEST, "count"),
            )
        )
    return [
        Horizon(since, until)
        for number, (since, until) in enumerate(pairs)
        if number == 0 or (since - known).days >= (until - since).days
    ]


def _origin(
    base: CustomerBase, segmentation: Segmentation, fit: FitForecast, options: ValueOptions, horizon: Horizon
) -> Origin:
    forecast = fit(base, horizon.since, options)
    groups = len(segmentation.all_segments)
    segmented = segmentation.assign(base.customers(horizon.since))
    table = base.dataset.engine.keep("outcomes", outcomes(base, forecast, segmented, horizon))
    by = table.group_by(SEGMENT).aggregate(
        customers=table.count(),
        future=table.future.sum(),
        actual=table.actual.sum(),
        before=table.before.sum(),
        cutoff=table.cutoff.sum(),
    )
    sums = base.dataset.engine.collect(by).set_index(SEGMENT).reindex(range(groups)).fillna(0).astype("float64")
    return Origin(horizon, forecast, sums, forecast.relative_sd(segmented, horizon, groups), table)


def _error(predicted: Floats, actual: Floats) -> float:
    return float(np.mean(np.abs(predicted / actual - 1.0)))


def _overlap(origins: Sequence[Origin]) -> Floats:
    """Return the share of days that each two held-out periods have in common."""

    def shared(one: Horizon, other: Horizon) -> float:
        days = (min(one.until, other.until) - max(one.since, other.since)).days
        return max(days, 0) / math.sqrt(one.days * other.days)

    return np.array([[shared(one.horizon, other.horizon) for other in origins] for one in origins])


def _errors(origins: Sequence[Origin], column: str) -> tuple[ForecastErrors, list[ForecastErrors | None]]:
    """Return how totals were missed, and for each origin how they were missed at the other origins."""
    actual = np.array([[float(o.totals["actual"])] for o in origins])
    mean = np.array([[max(float(o.totals[column]), 1.0)] for o in origins])
    sd = mean * np.array([[max(float(o.spread[-1]), _SMALLEST_SD)] for o in origins])
    overlap = _overlap(origins)
    alone: list[ForecastErrors | None] = [None] * len(origins)
    if len(origins) > 1:
        for at in range(len(origins)):
            rest = np.arange(len(origins)) != at
            (alone[at],) = forecast_errors(actual[rest], mean[rest], sd[rest], overlap[np.ix_(rest, rest)])
    (errors,) = forecast_errors(actual, mean, sd, overlap)
    return errors, alone


def _segment_errors(origins: Sequence[Origin], column: str, smallest: int) -> tuple[ForecastErrors, ...]:
    """Return how the totals of segments were missed, in order; periods with too few customers do not count."""
    actual, mean, sd = (np.full((len(origins), len(origins[0].sums)), np.nan) for _ in range(3))
    for at, origin in enumerate(origins):
        sums, relative = origin.sums, origin.spread[:-1]
        told = (sums["customers"] >= smallest) & (sums["actual"] > 0) & (sums[column] > 0) & (relative > 0)
        actual[at] = np.where(told, sums["actual"], np.nan)
        mean[at] = np.where(told, sums[column], np.nan)
        sd[at] = np.where(told, sums[column] * np.maximum(relative, _SMALLEST_SD), np.nan)
    if np.isnan(actual).all():
        (whole, _) = _errors(origins, column)
        return (whole,) * actual.shape[1]
    return forecast_errors(actual, mean, sd, _overlap(origins))


def _nothing(origins: Sequence[Origin], smallest: int) -> tuple[float, ...]:
    """Return for each segment the share of periods in which it had customers who brought nothing."""
    there = np.array([origin.sums["customers"] >= smallest for origin in origins])
    none = np.array([origin.sums["actual"] <= 0 for origin in origins]) & there
    return tuple(float(share) for share in none.sum(axis=0) / np.maximum(there.sum(axis=0), 1))


def _held_out(
    base: CustomerBase,
    origin: Origin,
    column: str,
    errors: ForecastErrors | None,
    level: float,
    scale: int,
    contractual: bool,
) -> HeldOut:
    totals = origin.totals
    actual, mean = float(totals["actual"]), max(float(totals[column]), 1.0)
    sd = mean * max(float(origin.spread[-1]), _SMALLEST_SD)
    low, high = (errors or _UNTESTED).interval(mean, sd, level)
    return HeldOut(
        origin=origin.horizon.since,
        end=origin.horizon.until,
        customers=int(totals["customers"]),
        actual=actual / scale,
        predicted=float(totals["future"]) / scale,
        low=low / scale,
        high=high / scale,
        baseline=float(totals["before"]) / scale,
        cutoff=None if contractual else float(totals["cutoff"]) / scale,
        covered=None if errors is None else low <= actual <= high,
        rank_correlation=rank_correlation(base, origin.table, "future", "actual"),
    )


def rank_correlation(base: CustomerBase, table: ir.Table, first: str, second: str) -> float | None:
    """Return Spearman's rank correlation of two columns, ties at their mean rank; None where either is constant."""
    rows = table.select(a=table[first], b=table[second])
    both = rows.mutate(
        x=ibis.rank().over(ibis.window(order_by=rows.a)).cast("float64") * 2.0
        + rows.count().over(ibis.window(group_by=rows.a)).cast("float64"),
        y=ibis.rank().over(ibis.window(order_by=rows.b)).cast("float64") * 2.0
        + rows.count().over(ibis.window(group_by=rows.b)).cast("float64"),
    )
    sums = base.dataset.engine.collect(
        both.aggregate(
            n=both.count(), x=both.x.sum(), y=both.y.sum(),
            xx=(both.x * both.x).sum(), yy=(both.y * both.y).sum(), xy=(both.x * both.y).sum(),
        )
    ).iloc[0].astype("float64")  # fmt: skip
    n = float(sums["n"])
    if n < 2:
        return None
    spread = (sums["xx"] - sums["x"] ** 2 / n) * (sums["yy"] - sums["y"] ** 2 / n)
    if spread <= 0:
        return None
    # rounded, since the last digits depend on the order of summation
    return round(float((sums["xy"] - sums["x"] * sums["y"] / n) / math.sqrt(spread)), 6)
