"""`country:` and `events:` of a dataset file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from segkit.customers.base import open_customers
from segkit.customers.own_calendar import own_events
from segkit.customers.timeline import timeline
from segkit.data import open_dataset
from segkit.errors import ParameterError
from segkit.news.feasts import OwnEvent
from tests.kpis.measure.made_shop import made_shop

END = "2024-03-28"


def test_events_from_the_list_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "happened.csv").write_text("name,from,to\nopening,2024-02-01,\noutage,2024-02-10,2024-02-12\n")
    path = made_shop(
        tmp_path,
        "country: de\nevents:\n  - {name: price rise, from: 2024-03-01, to: 2024-03-07}\n  - {path: happened.csv}\n",
    )
    dataset = open_dataset(path, END)
    assert dataset.spec.section("country") == "DE"
    assert own_events(dataset) == (
        OwnEvent("price rise", dt.date(2024, 3, 1), dt.date(2024, 3, 7)),
        OwnEvent("opening", dt.date(2024, 2, 1), dt.date(2024, 2, 1)),
        OwnEvent("outage", dt.date(2024, 2, 10), dt.date(2024, 2, 12)),
    )


def test_periods_know_their_events(tmp_path: Path) -> None:
    path = made_shop(tmp_path, "country: DE\nevents: [{name: price rise, from: 2024-03-01, to: 2024-03-07}]\n")
    base = open_customers(path, as_of=END, periods=6)
    marks = timeline(base, base.ends).marks
    named = {end: mark.name for end, mark in zip(base.ends, marks, strict=True) if mark is not None}
    assert named[dt.date(2024, 3, 7)] == "price rise"
    assert named[dt.date(2024, 3, 28)] == "the week before Easter"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("country: Germany\n", "two letters of ISO 3166"),
        ("events: [{name: opening}]\n", "needs `from`"),
        ("events: [{name: opening, from: 2024-02-03, to: 2024-02-01}]\n", "is before `from: 2024-02-03`"),
        ("events: [{name: opening, path: x.csv, from: 2024-02-03}]\n", "there is `name` and `path`"),
        ("events: [{name: opening, from: 2024-02-03, till: 2024-02-05}]\n", "`events.0.till` is not a known key"),
        ("events: [{path: nowhere.csv}]\n", "nowhere.csv`: no such file"),
        ("events: [{path: sales.csv}]\n", "has no column `name`"),
        ("events: [{path: odd.csv}]\n", "the event `fair` has the day `last week`"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "odd.csv").write_text("name,from\nfair,last week\n")
    path = made_shop(tmp_path, lines)
    with pytest.raises(ParameterError) as error:
        own_events(open_dataset(path, END))
    assert said in str(error.value)
    assert "shop.yaml, line" in str(error.value)
