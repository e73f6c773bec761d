"""The chart at the head of a page on key figures: the figure that its headline is about."""

from __future__ import annotations

from segkit.kpis.records import KeyFigures
from segkit.kpis.views.control_charts import control_chart
from segkit.kpis.views.figure_decisions import is_news, variation_of, worse
from segkit.page import Block


def leading_figure(figures: KeyFigures, about: str = "") -> Block | None:
    """Draw the figure that the headline is about, or the first whose last value can be judged; None where there is none.

    The order is that of the headline: news, those for the worse first, then what the calendar explains, then what a few
    customers make.
    """
    known = [figure for figure in figures.figures if figure.value is not None and len(figure.values) > 1]
    if not known:
        return None

    def rank(at: int) -> tuple[bool, ...]:
        figure = known[at]
        news, state = is_news(figure), variation_of(figure)
        judged = state != "calendar", state != "few", state != "normal", state == "unsettled"
        return not news, not (news and worse(figure)), *judged

    first = min(range(len(known)), key=rank)
    return control_chart(known[first], figures.money, figures.events, leading=True)
