"""When something is due, against a walk over every minute; and which dates are meant."""

from __future__ import annotations

import datetime as dt
import itertools
import time
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import ParameterError
from segkit.project.dates import is_relative, resolve_date
from segkit.schedule.occurrences import ask_cron, last_occurrences, latest_occurrence, next_occurrence, occurrences

U = dt.UTC
BERLIN = "Europe/Berlin"


def walked(minute: int, hour: int, zone: str, after: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
    """Every day's hour:minute, found by walking over all quarters of an hour: skipped ones at the jump's far side, repeated ones once."""
    here = zoneinfo.ZoneInfo(zone)
    found = []
    day = after.astimezone(here).date() - dt.timedelta(days=1)
    while day <= until.astimezone(here).date() + dt.timedelta(days=1):
        start = dt.datetime.combine(day, dt.time(12), here).astimezone(U) - dt.timedelta(hours=14)
        minutes = [start + dt.timedelta(minutes=n) for n in range(0, 30 * 60, 15)]
        local = [m.astimezone(here) for m in minutes]
        at = [
            m
            for m, here_ in zip(minutes, local, strict=True)
            if (here_.hour, here_.minute, here_.date()) == (hour, minute, day)
        ]
        if not at:  # the clock skips it: as many minutes after midnight as it says
            first = next(m for m in minutes if m.astimezone(here).date() == day)
            at = [first + dt.timedelta(minutes=60 * hour + minute)]
        found.append(at[0])
        day += dt.timedelta(days=1)
    return [moment for moment in found if after < moment <= until]


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize(("minute", "hour"), [(0, 6), (30, 2), (0, 0)])
@pytest.mark.parametrize(
    "around", ["2024-03-31", "2024-10-27", "2024-03-10", "2024-11-03", "2024-04-07", "2024-10-06"]
)
def test_a_daily_run_is_due_once_a_day_on_days_of_23_24_and_25_hours(
    zone: str, minute: int, hour: int, around: str
) -> None:
    middle = dt.datetime.fromisoformat(around).replace(tzinfo=U)
    after, until = middle - dt.timedelta(days=1, hours=4), middle + dt.timedelta(days=1, hours=7)
    found = list(occurrences(f"{minute} {hour} * * *", zone, after, until))
    assert found == walked(minute, hour, zone, after, until)


@pytest.mark.parametrize(
    ("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25), ("2024-02-29", 24), ("2024-12-31", 24)]
)
def test_an_hourly_run_is_due_every_hour_that_there_is(day: str, hours: int) -> None:
    here = zoneinfo.ZoneInfo(BERLIN)
    start = dt.datetime.fromisoformat(day).replace(tzinfo=here)
    end = (dt.datetime.fromisoformat(day) + dt.timedelta(days=1)).replace(tzinfo=here)
    tick = dt.timedelta(seconds=1)
    found = list(occurrences("0 * * * *", BERLIN, start.astimezone(U) - tick, end.astimezone(U) - tick))
    assert found == [start.astimezone(U) + dt.timedelta(hours=n) for n in range(hours)]


@given(st.lists(st.integers(0, 60 * 24 * 20), min_size=1, max_size=12))
def test_however_the_time_is_cut_nothing_is_lost_or_doubled(cuts: list[int]) -> None:
    start = dt.datetime(2024, 10, 18, tzinfo=U)
    edges = [start + dt.timedelta(minutes=m) for m in sorted({0, *cuts, 60 * 24 * 20})]
    pieces = [m for a, b in itertools.pairwise(edges) for m in occurrences("20 2 * * *", BERLIN, a, b)]
    assert pieces == list(occurrences("20 2 * * *", BERLIN, edges[0], edges[-1]))


def test_the_last_moments_of_a_long_pause_are_found_without_a_walk_through_it() -> None:
    now = dt.datetime(2099, 3, 31, 12, tzinfo=U)
    began = time.process_time()
    found = last_occurrences("*/5 * * * *", BERLIN, dt.datetime(2024, 1, 1, tzinfo=U), now, 1000)
    assert time.process_time() - began < 5  # eight million moments lie between
    assert (len(found), found[-1], found[0]) == (1000, now, now - 999 * dt.timedelta(minutes=5))
    since = now - dt.timedelta(minutes=17)
    assert last_occurrences("*/5 * * * *", BERLIN, since, now, 1000) == list(
        occurrences("*/5 * * * *", BERLIN, since, now)
    )
    yearly = last_occurrences("0 0 29 2 *", "UTC", dt.datetime(2024, 1, 1, tzinfo=U), now, 3)
    assert [moment.year for moment in yearly] == [2088, 2092, 2096]


def test_the_latest_and_the_next() -> None:
    now = dt.datetime(2024, 3, 31, 12, tzinfo=U)
    assert latest_occurrence("0 6 29 2 *", BERLIN, now) == dt.datetime(2024, 2, 29, 5, tzinfo=U)
    assert next_occurrence("0 6 29 2 *", BERLIN, now) == dt.datetime(2028, 2, 29, 5, tzinfo=U)
    assert next_occurrence("0 6 * * 1", BERLIN, now) == dt.datetime(2024, 4, 1, 4, tzinfo=U)
    assert latest_occurrence("0 12 * * *", "UTC", now) == now
    assert next_occurrence("0 12 * * *", "UTC", now) == now + dt.timedelta(days=1)


@pytest.mark.parametrize("wrong", ["", "* * * *", "0 6 * * 1 *", "61 * * * *", "@daily", "often", "0 0 30 2 *"])
def test_what_is_no_cron_expression_is_refused(wrong: str) -> None:
    with pytest.raises(ParameterError, match="is no cron expression"):
        ask_cron(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2024-03-31"),
        ("yesterday", "2024-03-30"),
        ("last_sunday", "2024-03-24"),  # today is one
        ("last_saturday", "2024-03-30"),
        ("Last_Monday", "2024-03-25"),
        ("previous_month_end", "2024-02-29"),
        ("previous_month_start", "2024-02-01"),
        ("previous_quarter_end", "2023-12-31"),
        ("previous_year_end", "2023-12-31"),
        ("{{ today - 1 week }}", "2024-03-24"),
        ("today - 1 month", "2024-02-29"),
        ("today+1 day", "2024-04-01"),
        ("today - 13 months", "2023-02-28"),
        ("previous_month_end - 4 years", "2020-02-29"),
        ("2024-W09", "2024-03-03"),
        ("2020-W53", "2021-01-03"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_relative_dates(text: str, expected: str) -> None:
    assert resolve_date(text, dt.date(2024, 3, 31)).isoformat() == expected


@pytest.mark.parametrize(
    "wrong",
    ["tomorrowish", "2024-W54", "2023-02-29", "today - 1 fortnight", "last_sunday -", "", "today - 9999 years"],
)
def test_what_is_no_date_is_refused(wrong: str) -> None:
    with pytest.raises(ParameterError, match=r"is not a date\. Write 2024-03-31"):
        resolve_date(wrong, dt.date(2024, 3, 31))


def test_a_date_that_only_looks_wrong_is_not_taken_for_a_relative_one() -> None:
    assert [is_relative(value) for value in ("2024-13-01", "last_sunday", "2024-W09", 20240331, None)] == [
        False,
        True,
        True,
        False,
        False,
    ]
