"""Points and bounds of value: moved by a known bias, sums kept, nothing within the bounds of who brings nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from segkit.forecast.horizon import Horizon
from segkit.forecast.models.forecast_errors import ForecastErrors
from segkit.forecast.season import log_season
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value
from segkit.value.measure.value_bounds import chances_of_nothing, segment_moves
from tests.value.measure.coverage import AS_OF, brought, season
from tests.value.measure.value_worlds import simulated
from tests.value.views.value_sample import backtest


def errors(bias: float, bias_sd: float, tests: int = 4) -> ForecastErrors:
    return ForecastErrors(tests, bias, bias_sd, 1.0, 0.02, max(tests - 1, 1))


def test_segments_are_moved_by_their_own_bias_and_keep_the_sum() -> None:
    tested = dataclasses.replace(
        backtest(),
        errors=errors(-0.15, 0.01),
        segment_errors=(errors(-0.15, 0.20), errors(0.40, 0.05), errors(0.40, 0.05, tests=3)),
    )
    whole = np.exp(-0.15)
    told = np.array([100.0, 50.0, 50.0]) * whole
    moved = np.array(segment_moves(told, tested))
    assert told @ moved == pytest.approx(told.sum())
    # the second alone has a bias of its own that is known; the others stay where the whole is
    assert moved[1] / moved[0] == pytest.approx(np.exp(0.40) / whole)
    assert moved[0] == moved[2]
    plain = dataclasses.replace(tested, segment_errors=(errors(-0.15, 0.20),) * 3)
    assert segment_moves(told, plain) == (1.0, 1.0, 1.0)


def test_periods_in_which_a_segment_brought_nothing_tell_of_longer_ones() -> None:
    tested = dataclasses.replace(backtest(), nothing=(0.0, 0.25, 1.0), holdout_days=91)
    found = chances_of_nothing(np.array([0.2, 0.01, 0.0]), tested, 182)
    assert found == pytest.approx([0.2, 0.25**2, 1.0])


def test_a_forecast_that_runs_high_each_time_is_taken_down(tmp_path: Path) -> None:
    """Everybody buys ever less often: a model that takes rates for steady says too much, by about as much each time."""
    pace = np.exp(-0.9 * np.arange(-1092, 366) / 365.25)
    base = simulated(tmp_path, 6_000, days=1092, pace=pace, after=366)
    value = customer_value(segment(base, "value"), horizon_months=3, annual_rate=0.0)
    assert value.backtest is not None
    assert value.backtest.errors.known
    assert value.backtest.errors.bias < -0.05
    log = f"SELECT customer_id, time::DATE AS day, amount FROM read_parquet('{tmp_path / 'log.parquet'}')"
    came = sum(brought(base, "value", log, value).values())
    assert value.low < value.future < value.high
    assert value.low <= came <= value.high
    assert value.frame["future"].sum() == pytest.approx(value.future, abs=0.02)
    # the model's own number, before it is moved
    said = value.future / np.exp(value.backtest.errors.bias)
    assert abs(value.future / came - 1) < abs(said / came - 1)


def test_a_part_of_the_year_is_what_it_was_the_year_before(tmp_path: Path) -> None:
    base = simulated(tmp_path, 3_000, days=1092, pace=season(1092, 0.5), after=366)
    for first, days in ((0, 91), (91, 91), (182, 91)):
        since = AS_OF - np.timedelta64(first, "D").astype(object)
        found = log_season(base, Horizon(since, since + np.timedelta64(days, "D").astype(object)))
        place = (np.arange(days) - first + 0.5) / 365.25
        wanted = np.log(np.mean(1 + 0.5 * np.cos(2 * np.pi * place)))
        assert found == pytest.approx(wanted, abs=0.12)
    assert log_season(base, Horizon(AS_OF - np.timedelta64(800, "D").astype(object), AS_OF)) == 0.0
    assert log_season(base, Horizon(base.dataset.known_from, AS_OF.replace(month=3, day=1, year=2022))) is None
