"""Key figures judged together: those that were chosen for a page, by histories longer than it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from segkit.customers import CustomerBase
from segkit.customers.timeline import history_ends, timeline
from segkit.kpis.records import FigureUnit, KeyFigure
from segkit.news.judgement import EARLY, HIDDEN, UNSETTLED, Judgement
from segkit.news.page_judgement import Series, judge_series
from segkit.news.transform import Scale

SCALES: Final[dict[FigureUnit, Scale]] = {
    "customers": "count",
    "orders": "count",
    "money": "money",
    "share": "share",
    "days": "number",
    "index": "number",
}
"""Unit of a key figure → how chance moves it."""


def judged(base: CustomerBase, figures: Sequence[KeyFigure], longer: Mapping[str, Series]) -> tuple[KeyFigure, ...]:
    """Return key figures with what is said of their last values; nothing is said where data are missing.

    Args:
        base: the customers.
        figures: those of the page; they share one chance of a false alarm.
        longer: histories over `history_ends`, by key; of the others it is what the page shows.
    """
    if base.coverage is not None and not base.coverage.complete:
        return tuple(replace(figure, judgement=EARLY) for figure in figures)
    ends = history_ends(base)
    time = timeline(base, ends)
    series = [_of(figure, ends, longer) for figure in figures]
    return tuple(
        replace(figure, judgement=_said(figure, judgement), history=one.values)
        for figure, judgement, one in zip(figures, judge_series(series, time), series, strict=True)
    )


def _said(figure: KeyFigure, judgement: Judgement) -> Judgement:
    """Return a judgement as far as there is one: what is not settled or not shown is not judged."""
    return UNSETTLED if figure.is_unsettled else HIDDEN if figure.is_hidden else judgement


def _of(figure: KeyFigure, ends: Sequence[dt.date], longer: Mapping[str, Series]) -> Series:
    shown = dict(zip(figure.dates, figure.values, strict=True))
    if figure.key not in longer:
        return Series(tuple(shown.get(end) for end in ends), SCALES[figure.unit], stock=figure.stock)
    # the value that is judged is the one that is shown
    series = longer[figure.key]
    return replace(series, values=(*series.values[:-1], figure.value))
