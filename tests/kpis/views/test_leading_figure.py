"""The chart at the head of a page is of the figure that the headline is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.leading_figure import leading_figure
from segkit.news.judgement import Variation
from tests.kpis.views.sample import figures, key_figures


def judged(figure: KeyFigure, state: Variation) -> KeyFigure:
    """The figure with another verdict on its last value."""
    return replace(figure, judgement=replace(figure.judgement, state=state))


def drawn(read: KeyFigures) -> str:
    """What the chart is titled."""
    block = leading_figure(read)
    assert block is not None
    return str(block.fields["title"].text)


@pytest.mark.parametrize(
    ("of_revenue", "of_risk", "first"),
    [
        ("news", "normal", "Revenue, week"),
        ("news", "few", "Revenue, week"),
        ("normal", "few", "At risk of leaving"),
        ("calendar", "few", "Revenue, week"),
        ("normal", "normal", "Active households"),
    ],
)
def test_news_come_before_the_calendar_and_a_few_customers(
    of_revenue: Variation, of_risk: Variation, first: str
) -> None:
    active, revenue, risk, _ = key_figures().figures
    assert drawn(figures(active, judged(revenue, of_revenue), judged(risk, of_risk))) == first


def test_of_two_that_are_news_the_worse_is_drawn() -> None:
    active, revenue, risk, _ = key_figures().figures
    better = replace(risk, better="up")
    assert drawn(figures(active, better, revenue)) == "Revenue, week"
