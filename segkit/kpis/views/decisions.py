"""What key figures propose for the head: the change that is news, with its context, and what to find out."""

from __future__ import annotations

from typing import Final

from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import read_figure
from segkit.page import Metric, Statement, day, direction, literal, name, number, own_name
from segkit.page.decision import Decision
from segkit.page.lead import CHANGE, WORSE, Lead
from segkit.page.segments import slug
from segkit.statistics.normal_variation import Variation

_ENOUGH: Final = 8
"""Periods from which a record of them is worth a word."""


def judged(figure: KeyFigure) -> Variation:
    """Return whether the last change is news: the one place where the head asks for the judgement."""
    return figure.variation if figure.change else "normal" if figure.variation == "news" else figure.variation


def worse(figure: KeyFigure) -> bool:
    """Return whether the last change is for the worse."""
    change = figure.change or 0.0
    return (figure.better == "up" and change < 0) or (figure.better == "down" and change > 0)


def figure_leads(figures: KeyFigures, about: str = "") -> list[Lead]:
    """Return the changes of key figures that are news, those for the worse first."""
    news = sorted((figure for figure in figures.figures if judged(figure) == "news"), key=lambda f: not worse(f))
    period = figures.period
    return [
        Lead(
            WORSE if worse(figure) else CHANGE,
            (
                Statement.of("{said}{context}", said=_said(figures, figure), context=_context(figures, figure)),
                _said(figures, figure),
            ),
            clause=_said(figures, figure, inside=True),
            subject=figures.subject,
            kicker=Statement.of("{period} to {end}", period=name(period.name), end=day(period.end)),
            as_of=period.end,
            period=(period.start, period.end),
        )
        for figure in news
    ]


def _said(figures: KeyFigures, figure: KeyFigure, *, inside: bool = False) -> Statement:
    label = figure.label
    if inside and label[1:2].islower():
        label = label[:1].lower() + label[1:]
    reading = read_figure(figure, figures.money.currency)
    return Statement.of(
        "{label} {moved} {by} to {now}",
        label=own_name(label, 40),
        moved=direction(reading.change, judged(figure)),
        by=number(reading.stated, "size"),
        now=reading.value,
    )


def _context(figures: KeyFigures, figure: KeyFigure) -> Statement:
    """Return what the new value is among those of the periods before: the highest, the lowest, or within a range."""
    before = [value for value in figure.values[:-1] if value is not None]
    if figure.value is None or len(before) + 1 < _ENOUGH:
        return literal("")
    unit = name(f"{figures.period.name}s")
    key = slug(figure.key)
    if figure.value > max(before) or figure.value < min(before):
        record = "the highest" if figure.value > max(before) else "the lowest"
        return Statement.of(
            ", " + record + " of {n} {unit}", n=Metric(f"{key}_weighed", len(before) + 1, "count"), unit=unit
        )
    money = figures.money.currency if figure.unit == "money" else None
    return Statement.of(
        ", after {low} to {high} in the {n} {unit} before",
        low=Metric(f"{key}_before_low", min(before), figure.unit, money),
        high=Metric(f"{key}_before_high", max(before), figure.unit, money),
        n=Metric(f"{key}_before", len(before), "count"),
        unit=unit,
    )


def figure_decisions(figures: KeyFigures, about: str = "") -> list[Decision]:
    """Return what to find out: why a key figure changed that is not better for it."""
    found = []
    for figure in figures.figures:
        if judged(figure) != "news" or (figure.better is not None and not worse(figure)):
            continue
        found.append(
            Decision(
                key=f"why_{slug(figure.key)}",
                todo=Statement.of("Find out why {said}", said=_said(figures, figure, inside=True)),
                certainty="descriptive",
                ground=Statement.of(
                    "beyond what it changes by from one {period} to the next", period=name(figures.period.name)
                ),
                stake=abs(figure.change or 0.0) if figure.unit == "money" else 0.0,
                source="KeyFigures.changes",
            )
        )
    return found
