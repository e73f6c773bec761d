"""A key figure over time, with the range in which its last value would have been no news."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from segkit.data.schema import Money
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import read_figure
from segkit.news.feasts import OwnEvent
from segkit.page import Block, Metric, Statement, day, direction, literal, number, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.event_marks import event_marks
from segkit.page.charts.labels import at_point, outward
from segkit.page.charts.style import ACTUAL, BAD, BAND, MUTED, PREVIOUS, canvas
from segkit.page.judged_words import JudgedMetrics, verdict
from segkit.page.metric import Unit
from segkit.page.result import Blocks
from segkit.page.tables import data_table

PERIODS: Final = 24
"""How many periods are drawn."""


def control_chart(figure: KeyFigure, money: Money, events: Sequence[OwnEvent] = ()) -> Block:
    """Draw the figure's last periods; shaded is the range in which the last value is normal, dotted what was expected.

    Args:
        figure: the key figure with its history.
        money: the currency of its values, where they are money.
        events: what happened, the most important first.
    """
    import seaborn as sns

    unit: Unit = figure.unit
    currency = money.currency if unit == "money" else None
    values = figure.values[-PERIODS:]
    dates = figure.dates[-PERIODS:]
    reading = read_figure(figure, money.currency)
    now, by, judged = reading.value, reading.stated, reading.judged
    label = own_name(figure.label, 40)
    news = figure.variation == "news" and judged.agrees
    worse = figure.better is not None and (figure.moved or 0) * (1 if figure.better == "up" else -1) < 0
    places = list(range(len(values)))
    known = [value for value in values if value is not None]
    with canvas(2.6) as (drawing, axes):
        told = figure.judgement
        if told.low is not None and told.high is not None and told.expected is not None:
            here = [places[-1] - 0.5, places[-1] + 0.5]
            axes.fill_between(here, [told.low] * 2, [told.high] * 2, color=BAND, linewidth=0)
            for edge in (told.low, told.high):
                axes.plot(here, [edge, edge], color=PREVIOUS, linewidth=1.2)
            axes.plot(here, [told.expected] * 2, color=PREVIOUS, linewidth=0.8, linestyle=":")
            known += [told.low, told.high]
        if len(known) > 1:
            sns.lineplot(
                x=places,
                y=[math.nan if value is None else value for value in values],
                color=ACTUAL,
                linewidth=2.2,
                errorbar=None,
                estimator=None,
                legend=False,
                ax=axes,
            )
        if figure.value is not None:
            colour = BAD if worse else ACTUAL
            axes.plot([places[-1]], [figure.value], marker="o", markersize=8, color=colour)
            at_point(axes, places[-1] + 0.5, figure.value, write(now), weight="bold")
        bottom, top = min(known, default=0.0), max(known, default=1.0)
        room = (top - bottom) * 0.12 or abs(top) * 0.1 or 1.0
        axes.set_ylim(bottom - room, top + room)
        axes.set_xlim(0, max(len(places) - 1, 1) + 0.5)
        axes.locator_params(axis="y", nbins=4)
        ticks = [tick for tick in axes.get_yticks() if bottom - room <= tick <= top + room]
        axes.set_yticks(ticks, [write(Metric("tick", float(tick), unit, currency)) for tick in ticks])
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        ends = sorted({0, len(places) - 1})
        axes.set_xticks(ends, [day(dates[place]).text.rsplit(" ", 1)[0] for place in ends])
        outward(axes)
        marks = event_marks(events, dates)
        marks.draw(axes)
        axes.set_xlabel("")
        axes.set_ylabel("")
        if figure.value is None:
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
            else Statement.of("; shaded: normal, {low} to {high}", low=judged.low, high=judged.high)
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
                "{label}, {span}{normal}{marked}",
                label=label,
                span=span,
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
        )


def _said(judged: JudgedMetrics) -> Statement:
    """Say the verdict, where there is a change to speak of; what is known of it where there is none."""
    if judged.change.value is None and judged.judgement.state not in ("early", "missing"):
        return literal("no earlier period")
    return verdict(judged)


def control_charts(figures: KeyFigures, most: int = 2) -> Blocks:
    """Draw a control chart for each of the first `most` key figures, in their order."""
    return Blocks(control_chart(figure, figures.money, figures.events) for figure in figures.figures[:most])
