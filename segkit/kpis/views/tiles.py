"""Tiles: each has a key figure, its change, and a line of the last twelve periods."""

from __future__ import annotations

from typing import Any, Final

from segkit.errors import ReportError
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import FigureReading, read_figure
from segkit.page import Block, Statement, day, literal, own_words
from segkit.page.judged_words import change_words, would_be_news
from segkit.page.sparkline import sparkline
from segkit.page.table_cells import one_number

MOST: Final = 5
PERIODS: Final = 12
_SERIES: Final = {"day": "days", "week": "weeks", "month": "months"}


def tiles(figures: KeyFigures) -> Block:
    """Show a tile for each key figure, five at most.

    A change inside normal variation is called normal, not good or bad, and the tile says what would have been news.
    Without an earlier period the tile says so.

    Args:
        figures: the key figures in the order of the tiles.
    """
    if not 1 <= len(figures) <= MOST:
        raise ReportError(f"{len(figures)} tiles asked for; a page has one to {MOST}: choose the key figures")
    return Block.of("tiles", {"tiles": [_tile(figure, figures) for figure in figures.figures]})


def _tile(figure: KeyFigure, among: KeyFigures) -> dict[str, Any]:
    reading = read_figure(figure, among.money.currency, PERIODS)
    change, tone = _change(figure, reading)
    spark = sparkline(figure.values[-PERIODS:])
    return {
        "label": own_words(figure.label, 60),
        "value": one_number(reading.value),
        "change": change,
        "tone": tone,
        "versus": Statement.of("vs {day}", day=day(figure.dates[-2])) if figure.change is not None else None,
        "spark": spark,
        "range": None
        if spark is None
        else Statement.of(
            "{low} to {high} in {n} " + _SERIES[among.period.name],
            low=reading.low,
            high=reading.high,
            n=reading.periods,
        ),
        "limits": would_be_news(reading.judged) if figure.change is not None else None,
    }


def _change(figure: KeyFigure, reading: FigureReading) -> tuple[Statement, str]:
    """Say what changed, and return its tone: better, worse or neutral."""
    if figure.value is None:
        return literal("not known for this period"), "neutral"
    return change_words(reading.judged, reading.stated, figure.better)
