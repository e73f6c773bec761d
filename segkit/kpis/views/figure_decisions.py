"""What key figures propose for the head: the change that is news, with its context, and what to find out."""

from __future__ import annotations

from typing import Any, Final

from segkit.customers.views.reach import reach_of
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import read_figure, year_ago
from segkit.news.judgement import Variation
from segkit.page import Metric, Statement, day, direction, literal, name, number, own_name
from segkit.page.decision import Decision
from segkit.page.format import capital, small
from segkit.page.judged_words import JudgedMetrics, why_news
from segkit.page.lead import CHANGE, EVENT, NONE_NEEDED, QUIET, WORSE, Lead
from segkit.page.segments import slug

_ENOUGH: Final = 8
"""Periods from which a record of them is worth a word."""


def variation_of(figure: KeyFigure) -> Variation:
    """Return what the last value is, news that moved nothing being none: the one place where the head asks for it."""
    return "normal" if figure.judgement.news and not figure.moved else figure.variation


def is_news(figure: KeyFigure) -> bool:
    """Return whether the last value is to be told: it changed at once, or slowly."""
    return variation_of(figure) in ("news", "slow")


def worse(figure: KeyFigure) -> bool:
    """Return whether the figure has moved for the worse."""
    moved = figure.moved or 0.0
    return (figure.better == "up" and moved < 0) or (figure.better == "down" and moved > 0)


def figure_leads(figures: KeyFigures, about: str = "") -> list[Lead]:
    """Return the changes of key figures that are news, those for the worse first.

    Where there are none, what the calendar explains is named; where there is nothing of that either, that no key figure
    left its normal range.
    """
    period = figures.period
    found: dict[str, Any] = {
        "subject": figures.subject,
        "kicker": Statement.of("{period} to {end}", period=name(period.name), end=day(period.end)),
        "as_of": period.end,
        "period": (period.start, period.end),
        "reach": reach_of(figures.coverage),
    }
    news = sorted((figure for figure in figures.figures if is_news(figure)), key=lambda figure: not worse(figure))
    if news:
        return [
            Lead(
                WORSE if worse(figure) else CHANGE,
                (
                    Statement.of("{said}{context}", said=_said(figures, figure), context=_context(figures, figure)),
                    _said(figures, figure),
                ),
                clause=_said(figures, figure, inside=True),
                **found,
            )
            for figure in news
        ]
    events = [_event(figures, figure, found) for figure in figures.figures if variation_of(figure) == "calendar"]
    few = [_few(figures, figure, found) for figure in figures.figures if variation_of(figure) == "few"]
    if events or few:
        return [*events, *few]
    if any(variation_of(figure) == "normal" for figure in figures.figures):
        quiet = literal("No key figure left its normal range")
        inside = literal("no key figure left its normal range")
        return [Lead(QUIET, (quiet,), inside, undecided=NONE_NEEDED, **found)]
    undecided = literal("No decision can rest on a change yet: it is too early to say what is normal.")
    return [Lead(QUIET, (literal("Too early to say what changed"),), undecided=undecided, **found)]


def _event(figures: KeyFigures, figure: KeyFigure, found: dict[str, Any]) -> Lead:
    """Return what the calendar explains, named instead of a verdict, with the year-ago figure or that there is none."""
    event = figure.judgement.event
    then = year_ago(figure, figures)
    told = Statement.of(
        "{event}: {label} {now}",
        event=own_name(capital(event), 60),
        label=own_name(small(figure.label), 40),
        now=read_figure(figure, figures.money.currency).value,
    )
    year = literal("; no year-ago figure")
    if then.value is not None:
        year = Statement.of("; a year ago {then}", then=then)
    context = literal("") if figure.stock else _among(figures, figure)
    return Lead(
        EVENT,
        (Statement.join([told, context, year], ""), Statement.join([told, year], ""), told),
        undecided=Statement.of(
            "No decision can rest on {event} alone: there is no earlier one to compare with.",
            event=own_name(event, 60),
        ),
        **found,
    )


def _few(figures: KeyFigures, figure: KeyFigure, found: dict[str, Any]) -> Lead:
    """Return a value outside of its past that a few customers make, as they do by chance."""
    reading = read_figure(figure, figures.money.currency)
    told = Statement.of(
        "{label} {by} to {now}: {why}",
        label=own_name(figure.label, 40),
        by=number(reading.stated, "signed"),
        now=reading.value,
        why=direction(reading.change, "few", "verdict"),
    )
    return Lead(EVENT, (told,), **found)


def _said(figures: KeyFigures, figure: KeyFigure, *, inside: bool = False, asked: bool = False) -> Statement:
    """Say how a figure changed: in a sentence, `inside` one, or after a question for the reason, `asked`."""
    label = small(figure.label) if inside else figure.label
    reading = read_figure(figure, figures.money.currency)
    told, called = reading.judged, own_name(label, 40)
    if variation_of(figure) == "slow" and told.judgement.since is not None:
        return Statement.of(
            "{label} {moved} {by} since {day}",
            label=called,
            moved=direction(told.moved, "slow"),
            by=number(told.moved, "size"),
            day=day(told.judgement.since),
        )
    if not told.agrees:
        return Statement.of(
            "{label} " + ("came to" if asked else "at") + " {now}, where {expected} was expected",
            label=called,
            now=reading.value,
            expected=told.expected,
        )
    return Statement.of(
        "{label} {moved} {by} to {now}",
        label=called,
        moved=direction(reading.change, variation_of(figure)),
        by=number(reading.stated, "size"),
        now=reading.value,
    )


def _context(figures: KeyFigures, figure: KeyFigure) -> Statement:
    """Return what a value that is news is among those of the periods before; of a stock, what moved it most.

    A stock that grows is at its highest in every period. Nothing is added to a slow change, nor to a value that is off
    the expected against its change.
    """
    if variation_of(figure) != "news" or not read_figure(figure, figures.money.currency).judged.agrees:
        return literal("")
    return _mostly(figure) if figure.stock else _among(figures, figure)


def _mostly(figure: KeyFigure) -> Statement:
    """Name the factor that brought most of a change; nothing where none brought more than half of it."""
    most = max(figure.contributions, key=lambda part: part.amount / (figure.change or 1.0), default=None)
    if most is None or not figure.change or most.amount / figure.change <= 0.5:
        return literal("")
    return Statement.of(", mostly through {factor}", factor=name(most.factor, 60))


def _among(figures: KeyFigures, figure: KeyFigure) -> Statement:
    """Return what a value is among those of the periods before: the highest, the lowest, or within a range."""
    before = figure.earlier
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
    return [
        Decision(
            key=f"why_{slug(figure.key)}",
            todo=Statement.of("Find out why {said}", said=_said(figures, figure, inside=True, asked=True)),
            certainty="descriptive",
            ground=_ground(figure, read_figure(figure, figures.money.currency).judged),
            stake=abs(figure.moved or 0.0) if figure.unit == "money" else 0.0,
            source="KeyFigures.changes",
        )
        for figure in figures.figures
        if is_news(figure) and (figure.better is None or worse(figure))
    ]


def _ground(figure: KeyFigure, told: JudgedMetrics) -> Statement:
    """Say why it is news, with the range that would have been normal."""
    if variation_of(figure) != "news" or told.low.value is None or told.high.value is None:
        return why_news(variation_of(figure))
    return Statement.of("normal: {low} to {high}", low=told.low, high=told.high)
