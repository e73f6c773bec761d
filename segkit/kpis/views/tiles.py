"""Tiles: each has a key figure, its change, and a line of the last twelve periods."""

from __future__ import annotations

from typing import Any, Final

from segkit.errors import ReportError
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import FigureReading, absent_words, few_words, read_figure, year_ago
from segkit.kpis.views.plan import plan_of
from segkit.page import Block, Metric, Statement, day, name, number, own_words
from segkit.page.judged_words import change_words, would_be_news
from segkit.page.sparkline import sparkline
from segkit.page.table_cells import one_number

MOST: Final = 5
PERIODS: Final = 12
_SERIES: Final = {"day": "days", "week": "weeks", "month": "months"}


def tiles(figures: KeyFigures) -> Block:
    """Show a tile for each key figure, five at most.

    A change inside normal variation is called normal, not good or bad, and the tile says what would have been news.
    Without an earlier period the tile says so. The year-ago figure and the plan stand beside it, where they are known.

    Args:
        figures: the key figures in the order of the tiles.
    """
    if not 1 <= len(figures) <= MOST:
        raise ReportError(f"{len(figures)} tiles asked for; a page has one to {MOST}: choose the key figures")
    return Block.of(
        "tiles",
        {
            "tiles": [_tile(figure, figures) for figure in figures.figures],
            # the next page says where it counts otherwise
            "definitions": {figure.label: str(figure.definition) for figure in figures.figures},
        },
    )


def _tile(figure: KeyFigure, among: KeyFigures) -> dict[str, Any]:
    reading = read_figure(figure, among.money.currency, PERIODS)
    change, tone = _change(figure, reading, among)
    spark = sparkline(figure.values[-PERIODS:])
    return {
        "label": own_words(figure.label, 60),
        "value": one_number(reading.value),
        "change": change,
        "tone": tone,
        "versus": Statement.of("vs {day}", day=day(figure.dates[-2])) if figure.change is not None else None,
        "spark": spark,
        "range": None if spark is None else _range(figure, reading, among),
        "limits": would_be_news(reading.judged) if figure.change is not None else None,
        "beside": [
            said
            for said in (_settled(figure, among), _year_ago(figure, among), _planned(figure, among))
            if said is not None
        ],
    }


def _range(figure: KeyFigure, reading: FigureReading, among: KeyFigures) -> Statement:
    """Say from what to what the periods shown reach, and of how many of them nothing is shown."""
    shown = Statement.of(
        "{low} to {high} in {n} " + _SERIES[among.period.name],
        low=reading.low,
        high=reading.high,
        n=reading.periods,
    )
    left_out = sum(end in figure.hidden for end in figure.dates[-PERIODS:])
    if not left_out:
        return shown
    return Statement.of(
        "{shown}; {n} more not shown ({few})",
        shown=shown,
        n=Metric(f"{figure.key}_periods_hidden", left_out, "count"),
        few=few_words(figure, among),
    )


def _settled(figure: KeyFigure, among: KeyFigures) -> Statement | None:
    """Say what an unsettled figure was when it was last known."""
    last = figure.last_settled if figure.is_unsettled else None
    if last is None:
        return None
    money = among.money.currency if figure.unit == "money" else None
    return Statement.of(
        "last known: {n}, " + among.period.name + " to {day}",
        n=Metric(f"{figure.key}_last_settled", last[1], figure.unit, money),
        day=day(last[0]),
    )


def _year_ago(figure: KeyFigure, among: KeyFigures) -> Statement | None:
    then = year_ago(figure, among)
    return None if then.value is None else Statement.of("a year ago {then}", then=then)


def _planned(figure: KeyFigure, among: KeyFigures) -> Statement | None:
    against = plan_of(figure, among)
    if against is None or against.gap.value is None:
        return None
    return Statement.of("plan {plan}: {gap}", plan=against.plan, gap=number(against.stated, "signed"))


def _change(figure: KeyFigure, reading: FigureReading, among: KeyFigures) -> tuple[Statement, str]:
    """Say what changed, and return its tone: better, worse or neutral."""
    absent = absent_words(figure, among)
    if absent is not None:
        return absent, "neutral"
    if figure.previous is None and len(figure.dates) > 1 and figure.dates[-2] in figure.hidden:
        return Statement.of(
            "the {period} before is not shown ({few})", period=name(among.period.name), few=few_words(figure, among)
        ), "neutral"
    return change_words(reading.judged, reading.stated, figure.better)
