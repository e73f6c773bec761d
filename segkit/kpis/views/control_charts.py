"""A key figure over time, with the range in which its last value would have been no news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from segkit.data.schema import Money
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_decisions import worse
from segkit.kpis.views.figure_reading import read_figure
from segkit.news.feasts import OwnEvent
from segkit.page import Block, Metric, Statement, day, direction, literal, number, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.event_marks import event_marks
from segkit.page.charts.series import SERIES_HEIGHT, draw_series
from segkit.page.charts.style import ACTUAL, BAD, canvas
from segkit.page.judged_words import JudgedMetrics, verdict
from segkit.page.metric import Unit
from segkit.page.result import Blocks
from segkit.page.tables import data_table

PERIODS: Final = 24
"""How many periods are drawn."""


def control_chart(
    figure: KeyFigure, money: Money, events: Sequence[OwnEvent] = (), *, leading: bool = False
) -> Block:
    """Draw the figure's last periods; shaded is the range in which the last value is normal, dotted what was expected.

    Args:
        figure: the key figure with its history.
        money: the currency of its values, where they are money.
        events: what happened, the most important first.
        leading: whether it stands at the head of the page, whose headline says what the title would.
    """
    unit: Unit = figure.unit
    currency = money.currency if unit == "money" else None
    values = figure.values[-PERIODS:]
    dates = figure.dates[-PERIODS:]
    reading = read_figure(figure, money.currency)
    now, by, judged = reading.value, reading.stated, reading.judged
    label = own_name(figure.label, 40)
    news = figure.variation == "news" and judged.agrees
    told = figure.judgement
    with canvas(SERIES_HEIGHT) as (drawing, axes):
        draw_series(
            axes,
            values,
            dates,
            lambda value: write(Metric("drawn", value, unit, currency)),
            normal=(told.low, told.high) if told.expected is not None else (None, None),
            expected=told.expected,
            colour=BAD if news and worse(figure) else ACTUAL,
        )
        marks = event_marks(events, dates)
        marks.draw(axes)
        if leading:
            title = Statement.of("{label}", label=label)
        elif figure.is_hidden or (figure.value is None and figure.is_unsettled):
            title = Statement.of("{label}: {verdict}", label=label, verdict=verdict(judged))
        elif figure.value is None:
            title = Statement.of("{label} is not known for this period", label=label)
        elif news:
            title = Statement.of(
                "{label} {moved} {by} to {now}, {verdict}",
                label=label,
                moved=direction(judged.change, figure.variation),
                by=number(by, "size"),
                now=now,
                verdict=verdict(judged),
            )
        else:
            title = Statement.of("{label} at {now}: {verdict}", label=label, now=now, verdict=_said(judged))
        span = Statement.of("{a} to {b}", a=day(dates[0]), b=day(dates[-1]))
        normal = (
            Statement(())
            if judged.low.value is None
            else Statement.of("Shaded: normal, {low} to {high}", low=judged.low, high=judged.high)
        )
        low_value = Metric(
            f"{figure.key}_charted_low", min((v for v in values if v is not None), default=None), unit, currency
        )
        high_value = Metric(
            f"{figure.key}_charted_high", max((v for v in values if v is not None), default=None), unit, currency
        )
        data = []
        for position, (date, value) in enumerate(zip(dates, values, strict=True)):
            at = len(values) - 1 - position
            key = figure.key if at == 0 else f"{figure.key}_{at}_before"
            cell = now if at == 0 else Metric(key, value, unit, currency)
            data.append((Statement((day(date),)), cell))
        return assemble(
            drawing,
            title=title,
            subtitle=Statement.of(
                "{span}{normal}{marked}",
                span=literal("") if leading else Statement.of("{span}. " if normal else "{span}", span=span),
                normal=normal,
                marked=marks.told(f"{figure.key}_charted"),
            ),
            alt=Statement.of(
                "Line: {label} from {span}, between {low} and {high}, last {now}: {verdict}.",
                label=label,
                span=span,
                low=low_value,
                high=high_value,
                now=now,
                verdict=_said(judged),
            ),
            table=data_table(
                Statement.of("{label} over time", label=label), ["Period end", own_words(figure.label, 40)], data
            ),
            shows=f"{figure.key}_over_time",
        )


def _said(judged: JudgedMetrics) -> Statement:
    """Say the verdict, where there is a change to speak of; what is known of it where there is none."""
    if judged.change.value is None and judged.judgement.state == "news":
        return literal("outside normal variation")
    return verdict(judged)


def control_charts(figures: KeyFigures, most: int = 2) -> Blocks:
    """Draw a control chart for each of the first `most` key figures, in their order."""
    return Blocks(control_chart(figure, figures.money, figures.events) for figure in figures.figures[:most])
