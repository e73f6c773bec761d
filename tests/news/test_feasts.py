"""Named weeks, against dates that everybody can look up."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from segkit.news.feasts import OwnEvent, marks


def week(end: str) -> tuple[dt.date, dt.date]:
    last = dt.date.fromisoformat(end)
    return last - dt.timedelta(6), last


@pytest.mark.parametrize(
    ("country", "end", "name", "major"),
    [
        ("US", "2017-12-10", "two weeks before Christmas", True),
        ("US", "2017-12-17", "the week before Christmas", True),
        ("US", "2017-12-24", "Christmas week", True),
        ("US", "2022-12-25", "Christmas week", True),
        ("US", "2017-12-31", "the week after Christmas", True),
        ("US", "2018-01-07", "the week of New Year's Day", False),
        ("US", "2017-11-26", "the week of Thanksgiving", True),
        ("US", "2017-12-03", "the week after Thanksgiving", True),
        ("US", "2017-04-16", "the week of Easter", True),
        ("US", "2017-07-09", "the week of Independence Day", False),
        ("GB", "2011-04-24", "the week of Easter", True),
        ("GR", "2021-05-02", "the week of Easter", True),
        ("DE", "2024-10-06", "the week of German Unity Day", False),
    ],
)
def test_named_weeks(country: str, end: str, name: str, major: bool) -> None:
    (mark,) = marks([week(end)], "week", country)
    assert mark is not None
    assert (mark.name, mark.major) == (name, major)


def test_weeks_without_a_name() -> None:
    assert marks([week("2017-08-06"), week("2017-03-12")], "week", "US") == (None, None)
    assert marks([week("2017-12-24")], "week") == (None,)


def test_the_same_week_of_another_year_has_the_same_key() -> None:
    first, second = marks([week("2023-04-09"), week("2024-03-31")], "week", "DE")
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_months_and_days() -> None:
    december, april, may = marks(
        [(dt.date(2023, m, 1), dt.date(2023, m, d)) for m, d in ((12, 31), (4, 30), (6, 30))], "month", "GB"
    )
    assert december is not None
    assert april is not None
    assert (december.name, april.name, may) == ("the month of Christmas", "the month of Easter", None)
    days = marks([(dt.date(2023, 12, d),) * 2 for d in (1, 15, 24, 25, 30)], "day", "GB")  # type: ignore[misc]
    assert [mark and mark.name for mark in days] == [
        None,
        "two weeks before Christmas",
        "the week before Christmas",
        "the day of Christmas",
        "the week after Christmas",
    ]


def test_own_events_go_first_and_may_do_anything() -> None:
    outage = OwnEvent("outage", dt.date(2017, 12, 20), dt.date(2017, 12, 26))
    found = marks([week("2017-12-17"), week("2017-12-24"), week("2017-12-31")], "week", "US", [outage])
    assert [mark and mark.name for mark in found] == ["the week before Christmas", "outage", "outage"]
    assert found[1] is not None
    assert found[1].factor == math.inf
