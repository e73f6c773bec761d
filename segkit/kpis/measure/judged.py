"""Key figures judged together: those that were chosen for a page, by histories longer than it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from segkit.customers import CustomerBase
from segkit.customers.settling import amounts_in_doubt
from segkit.customers.timeline import history_ends, timeline
from segkit.kpis.records import FigureUnit, KeyFigure
from segkit.news.judgement import EARLY, HIDDEN, UNSETTLED, Judgement
from segkit.news.page_judgement import Series, Timeline, judge_series
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
_OF_CONTRACTS: Final = ("under_contract", "recurring_revenue")


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
    said = judge_series(series, time)
    sure = _news_either_way(base, figures, series, said, time)
    return tuple(
        replace(_told(figure, judgement, sure=figure.key in sure), history=one.values)
        for figure, judgement, one in zip(figures, said, series, strict=True)
    )


def _told(figure: KeyFigure, judgement: Judgement, *, sure: bool) -> KeyFigure:
    """Return a figure with its judgement, as far as there is one: what is not settled or not shown is not judged.

    Args:
        figure: as it is counted.
        judgement: of the figure as it is counted.
        sure: whether it is the same news if everybody whose contract may have ended has left.
    """
    if sure:
        return replace(figure, judgement=judgement, unsettled=())
    if figure.is_unsettled:
        return replace(figure, judgement=UNSETTLED, contributions=())
    return replace(figure, judgement=HIDDEN if figure.is_hidden else judgement)


def _news_either_way(
    base: CustomerBase,
    figures: Sequence[KeyFigure],
    series: Sequence[Series],
    said: Sequence[Judgement],
    time: Timeline,
) -> frozenset[str]:
    """Return the keys of figures that are not settled and are the same news if everybody in doubt has left."""
    asked = [
        at
        for at, (figure, judgement) in enumerate(zip(figures, said, strict=True))
        if figure.key in _OF_CONTRACTS and judgement.state == "news" and figure.unsettled == figure.dates[-1:]
    ]
    if not asked:
        return frozenset()
    customers, amount = amounts_in_doubt(base)
    less = {"under_contract": customers, "recurring_revenue": amount / 10**base.dataset.spec.money.decimals}
    least = list(series)
    for at in asked:
        *earlier, last = series[at].values
        least[at] = replace(series[at], values=(*earlier, (last or 0.0) - less[figures[at].key]))
    otherwise = judge_series(least, time)
    return frozenset(
        figures[at].key
        for at in asked
        if otherwise[at].state == "news" and _rose(said[at], series[at]) == _rose(otherwise[at], least[at])
    )


def _rose(judgement: Judgement, series: Series) -> bool:
    value = series.values[-1]
    return value is not None and judgement.expected is not None and value > judgement.expected


def _of(figure: KeyFigure, ends: Sequence[dt.date], longer: Mapping[str, Series]) -> Series:
    shown = dict(zip(figure.dates, figure.values, strict=True))
    if figure.key not in longer:
        return Series(tuple(shown.get(end) for end in ends), SCALES[figure.unit], stock=figure.stock)
    # the value that is judged is the one that is shown
    series = longer[figure.key]
    return replace(series, values=(*series.values[:-1], figure.value))
