"""What is said of a figure's last period: examples with one thing in each, and what holds of all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.news.feasts import OwnEvent, marks
from segkit.news.judgement import Judgement
from segkit.news.page_judgement import Series, Timeline, judge_series
from segkit.news.trading import Daily
from segkit.news.transform import Scale, logarithmic, restored, transformed
from tests.news.simulation import week_spans

SUNDAY = dt.date(2024, 8, 25)


def time(periods: int, last: dt.date = SUNDAY, country: str = "", events: Any = ()) -> Timeline:
    spans = week_spans(last, periods)
    return Timeline(spans, "week", marks(spans, "week", country, events))


def one(values: Any, scale: Scale = "count", when: Timeline | None = None, **given: Any) -> Judgement:
    series = Series(tuple(None if v is None else float(v) for v in values), scale, **given)
    return judge_series([series], when or time(len(series.values)))[0]


def noise(n: int, seed: int = 1, mean: float = 400.0, spread: float = 20.0) -> list[float]:
    return [float(round(v)) for v in np.random.default_rng(seed).normal(mean, spread, n)]


def test_a_step_is_news_and_the_same_value_a_second_time_is_less_so() -> None:
    calm = one(noise(40))
    assert calm.state == "normal"
    assert calm.low is not None
    assert calm.high is not None
    assert calm.low < 400 < calm.high
    assert one([*noise(40), 560]).state == "news"
    assert one([*noise(40), 260]).state == "news"


def test_a_return_to_the_level_is_no_news() -> None:
    """The gate before this one called the week after an odd one news: it looked at the last step alone."""
    assert one([*noise(40), 560, 400]).state == "normal"


def test_a_count_that_poisson_explains_is_no_news() -> None:
    """89 and then 66 is 1.85 standard deviations."""
    counts = np.random.default_rng(4).poisson(80, 30).tolist()
    assert one([*counts, 89, 66]).state == "normal"


@pytest.mark.parametrize("n", range(8))
def test_too_early_below_eight_periods(n: int) -> None:
    assert one([*noise(n), 900]).state == "early"


def test_what_is_not_known() -> None:
    assert one([*noise(20), None]).state == "missing"
    assert judge_series([], time(10)) == ()


def test_sampling_is_a_floor() -> None:
    assert one([*noise(40, spread=2), 430]).state == "news"
    assert one([*noise(40, spread=2), 430], error=20.0).state == "normal"
    assert one([*noise(40, spread=20), 560], error=0.1).state == "news"


def test_a_period_without_a_customer_is_news() -> None:
    """An error of the usual size, taken at nothing, once excused any fall: up to +563 % would have been no news."""
    counts = np.random.default_rng(3).poisson(24, 70).tolist()
    found = one([*counts, 0], error=4.5)
    assert found.state == "news"
    assert found.high is not None
    assert found.high < 60
    # where nothing is usual, nothing is no news
    assert one([0.0, 1.0] * 20 + [0.0], error=1.0).state == "normal"


def test_what_a_few_customers_make_is_named_and_is_no_news() -> None:
    """One large contract: outside of the past by the series alone, inside of what single customers do by chance."""
    steady = noise(40, spread=2)
    assert one([*steady, 430], error=20.0, by_few=True).state == "few"
    assert one([*steady, 401], error=20.0, by_few=True).state == "normal"
    assert one([*steady, 560], error=20.0, by_few=True).state == "news"
    assert one([*steady, 430], error=20.0, by_few=True, at_least=50.0).state == "normal"


def test_a_move_of_too_few_customers_is_no_news() -> None:
    still = [7.0] * 12
    assert one([*still, 9], stock=True).state == "news"
    assert one([*still, 9], stock=True, at_least=5.0).state == "normal"


def test_a_stock_is_judged_by_its_change() -> None:
    growing = np.cumsum(np.random.default_rng(3).poisson(40, 60)) + 10_000.0
    assert one(growing, stock=True).state == "normal"
    assert one([*growing, growing[-1] - 20], stock=True).state == "news"


def test_a_segment_that_grows_46_percent_in_seven_weeks_is_news() -> None:
    """The case that the gate before this one missed: no single week was beyond its limit."""
    draw = np.random.default_rng(11)
    calm = 200 * np.exp(np.cumsum(draw.normal(0, 0.02, 6)))
    grown = calm[-1] * np.exp(np.cumsum(np.log(1.46) / 7 + draw.normal(0, 0.02, 7)))
    said = [one(np.round([*calm, *grown[: k + 1]]), stock=True) for k in range(2, 7)]
    told = [judgement for judgement in said if judgement.state in ("news", "slow")]
    assert told
    assert [judgement.state for judgement in said].count("slow") <= 1
    final = said[-1]
    assert final.since is not None


def test_a_slow_change_is_told_once_and_kept() -> None:
    values = noise(40, spread=10) + [v + 25 for v in noise(12, 9, spread=10)]
    states = [one(values[:last], when=time(last, SUNDAY + dt.timedelta(weeks=last))) for last in range(40, 53)]
    assert [s.state for s in states].count("slow") == 1
    told = next(s for s in states if s.state == "slow")
    assert told.lately is not None
    assert told.before is not None
    assert 10 < told.lately - told.before < 30  # some of the four are from before the step
    after = states[states.index(told) + 1]
    assert after.since == told.since
    assert after.state != "slow"


CHRISTMAS = dt.date(2023, 12, 24)


def test_an_ordinary_first_christmas_is_told_with_the_range_of_ordinary_weeks() -> None:
    """How far Christmas might have gone (four times a week and more) is no range that a reader can use."""
    said = one([*noise(44), 410], when=time(45, CHRISTMAS, "GB"))
    assert (said.state, said.compared) == ("normal", "")
    assert said.low is not None
    assert said.high is not None
    assert 300 < said.low < said.high < 500


def test_a_first_christmas_is_named() -> None:
    said = one([*noise(44), 640], when=time(45, CHRISTMAS, "GB"))
    assert (said.state, said.event) == ("calendar", "Christmas week")
    # but no Christmas makes ten times as much
    assert one([*noise(44), 4_000], when=time(45, CHRISTMAS, "GB")).state == "news"


def test_a_second_christmas_is_compared_with_the_first() -> None:
    """With one earlier event, both the ordinary range and what it did before have to be left."""
    year = noise(53, 2)
    year[0] = 640.0
    before = [*noise(30, 3), *year]
    assert one([*before[:-1], 650], when=time(83, CHRISTMAS, "GB")).state == "normal"
    assert one([*before[:-1], 1_000], when=time(83, CHRISTMAS, "GB")).state == "news"
    assert one([*before[:-1], 200], when=time(83, CHRISTMAS, "GB")).state == "news"


def test_a_public_holiday_takes_a_day() -> None:
    when = time(31, dt.date(2024, 10, 6), "DE")
    values = noise(30, spread=5)
    assert one([*values, 360], when=when).state == "calendar"
    assert one([*values, 200], when=when).state == "news"


def test_an_own_event_explains_anything_once() -> None:
    outage = OwnEvent("outage", dt.date(2024, 8, 20), dt.date(2024, 8, 21))
    said = one([*noise(30), 20], when=time(31, SUNDAY, "", [outage]))
    assert (said.state, said.event) == ("calendar", "outage")


def test_last_years_same_week_is_considered() -> None:
    values = noise(104)
    values[51] = 560.0
    assert one([*values[:-1], 560]).state == "normal"
    assert one([*values[:-1], 560]).compared == "the same week a year ago"
    values[51] = 400.0
    assert one([*values[:-1], 560]).state == "news"


def billed(weeks: int, last: dt.date, factor: float = 1.0) -> tuple[list[float], Daily, Timeline]:
    """Nine tenths of the money on the 1st to the 3rd; the last week times a factor."""
    spans = week_spans(last, weeks)
    days = [spans[0][0] + dt.timedelta(at) for at in range(7 * weeks)]
    draw = np.random.default_rng(6)
    totals = np.array([(900.0 if day.day <= 3 else 10.0) * draw.normal(1, 0.04) for day in days])
    totals[-7:] *= factor
    values = [float(week) for week in totals.reshape(weeks, 7).sum(axis=1)]
    return values, Daily(spans[0][0], totals[None, :]), Timeline(spans, "week", (None,) * weeks)


@pytest.mark.parametrize(
    "last", [dt.date(2024, 6, 2), dt.date(2024, 6, 9), dt.date(2024, 6, 16), dt.date(2024, 7, 7)]
)
def test_a_billing_week_is_compared_with_billing_weeks(last: dt.date) -> None:
    values, daily, when = billed(52, last)
    assert one(values, "money", when, daily=daily).state == "normal"
    values, daily, when = billed(52, last, 1.6)
    assert one(values, "money", when, daily=daily).state == "news"


def test_a_billing_cycle_of_two_months_is_too_early_to_tell() -> None:
    values, daily, when = billed(10, dt.date(2024, 6, 2))
    assert one(values, "money", when, daily=daily).state == "early"


def test_a_month_with_five_saturdays_is_no_news() -> None:
    """A shop that takes nine tenths on Saturdays: June 2024 has five of them, and is normal."""
    starts = [dt.date(2022 + m // 12, m % 12 + 1, 1) for m in range(30)]
    spans = tuple((a, b - dt.timedelta(1)) for a, b in zip(starts, [*starts[1:], dt.date(2024, 7, 1)], strict=True))
    days = [spans[0][0] + dt.timedelta(at) for at in range((spans[-1][1] - spans[0][0]).days + 1)]
    draw = np.random.default_rng(6)
    totals = np.array([(540.0 if day.weekday() == 5 else 10.0) * draw.normal(1, 0.02) for day in days])
    values = [float(totals[[a <= d <= b for d in days]].sum()) for a, b in spans]
    when = Timeline(spans, "month", (None,) * len(spans))
    daily = Daily(spans[0][0], totals[None, :])
    assert one(values, "money", when, daily=daily).state == "normal"
    values[-1] *= 1.15
    assert one(values, "money", when, daily=daily).state == "news"


@given(
    st.lists(st.lists(st.floats(1, 1e6), min_size=20, max_size=20), min_size=1, max_size=4),
    st.sampled_from(["count", "money", "number"]),
)
def test_a_value_is_news_if_and_only_if_it_is_outside_the_range_told(rows: list[list[float]], scale: Scale) -> None:
    for values, said in zip(rows, judge_series([Series(tuple(row), scale) for row in rows], time(20)), strict=True):
        if said.low is None or said.high is None:
            continue
        room = 1e-9 * max(1.0, abs(values[-1]))
        if said.state == "news":
            assert not said.low + room < values[-1] < said.high - room
        else:
            assert said.low - room <= values[-1] <= said.high + room


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=9))
def test_scales_come_back(values: list[float]) -> None:
    given_values = np.array(values)
    for scale in ("count", "share", "money", "number"):
        judged = transformed(given_values, scale)
        back = restored(judged, scale, logarithmic(given_values))
        assert back == pytest.approx(given_values, rel=1e-9, abs=1e-9)
