"""Events on charts over time."""

from __future__ import annotations

import dataclasses
import datetime as dt

from segkit.kpis.views.control_charts import control_charts
from segkit.news.feasts import OwnEvent
from segkit.page.charts.event_marks import event_marks
from segkit.segments.views.trend_chart import segment_trend
from tests.kpis.views import sample

WEEKS = sample.DATES


def event(name: str, day: dt.date) -> OwnEvent:
    return OwnEvent(name, day, day)


def test_an_event_is_marked_in_the_period_in_which_it_began() -> None:
    found = event_marks([event("opening", WEEKS[3]), event("price rise", WEEKS[3] + dt.timedelta(days=1))], WEEKS)
    assert [(mark.letter, mark.place, mark.event.name) for mark in found.marks] == [
        ("a", 3, "opening"),
        ("b", 4, "price rise"),
    ]
    assert found.told("x").text == "; began: (a) opening, (b) price rise"


def test_what_began_before_the_chart_is_not_marked() -> None:
    week = dt.timedelta(days=7)
    assert event_marks([event("early", WEEKS[0] - week)], WEEKS).marks == ()
    assert (
        event_marks([event("in its first week", WEEKS[0] - week + dt.timedelta(days=1))], WEEKS).marks[0].place == 0
    )
    assert event_marks([event("later", WEEKS[-1] + dt.timedelta(days=1))], WEEKS).marks == ()
    assert event_marks([event("alone", WEEKS[0])], WEEKS[:1]).marks == ()


def test_of_many_those_given_first_are_marked_and_the_others_counted() -> None:
    found = event_marks([event(f"offer {at}", WEEKS[-1 - at]) for at in range(7)], WEEKS)
    assert [mark.event.name for mark in found.marks] == ["offer 3", "offer 2", "offer 1", "offer 0"]
    assert found.told("x").text == "; began: (a) offer 3, (b) offer 2, (c) offer 1, (d) offer 0, and 3 more"


def test_both_charts_over_time_name_what_happened() -> None:
    opening = (event("opening in Bonn", WEEKS[-2]),)
    trend = segment_trend(dataclasses.replace(sample.sizes(), events=opening))
    assert trend.fields["subtitle"].text.endswith("; began: (a) opening in Bonn")
    charts = control_charts(dataclasses.replace(sample.key_figures(), events=opening), most=2)
    assert all(chart.fields["subtitle"].text.endswith("; began: (a) opening in Bonn") for chart in charts)
    assert "opening" not in segment_trend(sample.sizes()).html
