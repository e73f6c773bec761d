"""What a page says of a judgement: its verdict, the range it expected, and what would have been news."""

from __future__ import annotations

from dataclasses import dataclass

from segkit.news.judgement import Judgement, Variation
from segkit.page.metric import Metric, Unit
from segkit.page.segments import relative
from segkit.page.statement import Statement, day, direction, literal, number, own_name
from segkit.page.variation import Better


@dataclass(frozen=True, slots=True)
class JudgedMetrics:
    """The numbers of a judgement.

    Attributes:
        judgement: itself.
        value: the last value.
        change: the difference from the period before; in points for a share.
        expected, low, high: what was expected, and the normal range.
        below, above: the changes beyond which it would have been news; None where there is no such.
        moved: how far a slow change has gone: relative, in points for a share; None where there is none.
    """

    judgement: Judgement
    value: float | None
    change: Metric
    expected: Metric
    low: Metric
    high: Metric
    below: Metric
    above: Metric
    moved: Metric

    @property
    def agrees(self) -> bool:
        """Whether the change from the period before points the way in which the value is off the expected."""
        if self.value is None or self.expected.value is None or self.change.value is None:
            return False
        return (self.value - self.expected.value) * self.change.value > 0


def judged_metrics(
    key: str,
    judgement: Judgement,
    value: float | None,
    previous: float | None,
    unit: Unit,
    currency: str | None = None,
) -> JudgedMetrics:
    """Return the numbers of a judgement as metrics.

    Args:
        key: the figure's key, before those of its numbers.
        judgement: of the last value.
        value: the last value.
        previous: that of the period before.
        unit: of the figure.
        currency: of money.
    """
    gap: Unit = "points" if unit == "share" else unit
    change = None if value is None or previous is None else value - previous
    j = judgement
    return JudgedMetrics(
        judgement,
        value,
        Metric(f"{key}_change", change, gap, currency),
        Metric(f"{key}_expected", j.expected, unit, currency),
        Metric(f"{key}_normal_low", j.low, unit, currency),
        Metric(f"{key}_normal_high", j.high, unit, currency),
        _edge(f"{key}_news_below", j.low, previous, unit, currency, least=0.0),
        _edge(f"{key}_news_above", j.high, previous, unit, currency, most=1.0),
        relative(f"{key}_slow_change", j.lately, j.before)
        if unit != "share"
        else Metric(f"{key}_slow_change", None if j.lately is None else j.lately - (j.before or 0.0), "points"),
    )


def _edge(
    key: str,
    at: float | None,
    previous: float | None,
    unit: Unit,
    currency: str | None,
    least: float | None = None,
    most: float | None = None,
) -> Metric:
    """Return a limit as the change from the previous value (of a share in points); None where nothing lies beyond."""
    gap: Unit = "points" if unit == "share" else unit
    beyond = least is not None and unit != "money" and at is not None and at <= least
    full = most is not None and unit == "share" and at is not None and at >= most
    if at is None or previous is None or beyond or full:
        return Metric(key, None, gap, currency)
    if unit == "share" or previous <= 0:
        return Metric(key, at - previous, gap, currency)
    return Metric(key, (at - previous) / previous, "share")


def would_be_news(judged: JudgedMetrics) -> Statement | None:
    """Say what would have been news, or of news what was normal; None where it is not known.

    >>> found = judged_metrics("orders", Judgement("normal", 100, 59, 151, "lately"), 103, 100, "orders")
    >>> print(would_be_news(found).text.replace(chr(0x202F), " "))
    would be news below −41 % or above +51 %
    """
    if judged.judgement.state == "news" and judged.below.value is not None and judged.above.value is not None:
        return Statement.of(
            "normal: {low} to {high}", low=number(judged.below, "signed"), high=number(judged.above, "signed")
        )
    if not judged.judgement.compared and judged.below.value is not None and judged.above.value is not None:
        return Statement.of(
            "ordinary: {low} to {high}", low=number(judged.below, "signed"), high=number(judged.above, "signed")
        )
    edges = []
    if judged.below.value is not None:
        edges.append(Statement.of("below {n}", n=number(judged.below, "signed")))
    if judged.above.value is not None:
        edges.append(Statement.of("above {n}", n=number(judged.above, "signed")))
    return Statement.of("would be news {edges}", edges=Statement.join(edges, " or ")) if edges else None


def why_news(variation: Variation) -> Statement:
    """Say on what ground a change is news: all at once, or slowly."""
    if variation == "slow":
        return literal("the last four periods together lie apart from the year before them")
    return literal("outside what its past leads to expect")


def verdict(judged: JudgedMetrics) -> Statement:
    """Say what the change is: news, normal, explained by a named event, too early to say."""
    judgement = judged.judgement
    event = None if not judgement.event else own_name(judgement.event, 60)
    if judgement.state == "calendar" and event is not None:
        return Statement.of("{event}, with no earlier one to compare with", event=event)
    word = Statement.of("{v}", v=direction(judged.change, judgement.state, "verdict"))
    if judgement.state == "few":
        return word
    if judgement.compared == "the same event before" and event is not None:
        return Statement.of("{word} for {event}", word=word, event=event)
    if judgement.compared == "the same week a year ago":
        return Statement.of("{word}, a year ago considered", word=word)
    if judgement.since is not None and judgement.state in ("normal", "news"):
        return Statement.of("{word}; a slow change since {day}", word=word, day=day(judgement.since))
    return word


def slow_words(judged: JudgedMetrics, better: Better | None) -> tuple[Statement, str]:
    """Say how far a slow change has gone and since when, and its tone."""
    assert judged.judgement.since is not None
    since = day(judged.judgement.since)
    if judged.moved.value is None:
        return Statement.of("a slow change since {since}", since=since), "neutral"
    said = Statement.of(
        "{arrow} {by} since {since}",
        arrow=direction(judged.moved, "slow", "arrow"),
        by=number(judged.moved, "size"),
        since=since,
    )
    if better is None:
        return said, "neutral"
    tone = direction(judged.moved, "slow", "judgement", better)
    return Statement.of("{said} ({tone})", said=said, tone=tone), tone.text


def change_words(judged: JudgedMetrics, stated: Metric, better: Better | None) -> tuple[Statement, str]:
    """Return what a tile says of a change, and its tone: better, worse or neutral.

    Args:
        judged: the judgement's numbers.
        stated: the change as a reader wants it.
        better: which direction is good.
    """
    if judged.change.value is None:
        return literal("no earlier period"), "neutral"
    if judged.judgement.state == "slow":
        return slow_words(judged, better)
    if judged.judgement.state != "news" or not judged.agrees:
        if not judged.change.value:
            return literal("no change"), "neutral"
        return Statement.of("{by}, {verdict}", by=number(stated, "signed"), verdict=verdict(judged)), "neutral"
    arrow = Statement.of("{arrow} {by}", arrow=direction(judged.change, "news", "arrow"), by=number(stated, "size"))
    if better is None:
        return arrow, "neutral"
    tone = direction(judged.change, "news", "judgement", better)
    return Statement.of("{arrow} ({tone})", arrow=arrow, tone=tone), tone.text
