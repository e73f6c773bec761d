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
    least = _if_all_had_left(base, figures, series, said)
    otherwise = judge_series(least, time) if least else said
    either_way = [
        one.state == other.state == "news" and _rose(one, counted) == _rose(other, without)
        for one, other, counted, without in zip(said, otherwise, series, least or series, strict=True)
    ]
    return tuple(
        replace(_told(figure, judgement, sure=sure), history=one.values)
        for figure, judgement, one, sure in zip(figures, said, series, either_way, strict=True)
    )


def _told(figure: KeyFigure, judgement: Judgement, *, sure: bool) -> KeyFigure:
    """Return a figure with its judgement, as far as there is one: what is not settled or not shown is not judged.

    Args:
        figure: as it is counted.
        judgement: of the figure as it is counted.
        sure: whether it is the same news if everybody whose contract may have ended has left.
    """
    if figure.is_unsettled and figure.stock and sure and figure.unsettled == figure.dates[-1:]:
        return replace(figure, judgement=judgement, unsettled=())
    if figure.is_unsettled:
        return replace(figure, judgement=UNSETTLED, contributions=())
    return replace(figure, judgement=HIDDEN if figure.is_hidden else judgement)


def _if_all_had_left(
    base: CustomerBase, figures: Sequence[KeyFigure], series: Sequence[Series], said: Sequence[Judgement]
) -> list[Series]:
    """Return the histories with stocks as they are without the customers in doubt; none where that decides nothing."""
    places = [
        at
        for at, (figure, judgement) in enumerate(zip(figures, said, strict=True))
        if figure.is_unsettled and figure.key in _OF_CONTRACTS and judgement.state == "news"
    ]
    if not places:
        return []
    customers, amount = amounts_in_doubt(base)
    less = {"under_contract": customers, "recurring_revenue": amount / 10**base.dataset.spec.money.decimals}
    found = list(series)
    for at in places:
        counted = figures[at].value
        if counted is not None:
            found[at] = replace(found[at], values=(*found[at].values[:-1], counted - less[figures[at].key]))
    return found


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
