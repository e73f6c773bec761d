"""The head of a page: what happened in one sentence, and what has to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segkit.customers.views.reach import reach_of
from segkit.errors import ReportError
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import read_figure
from segkit.page import Block, Metric, Statement, day, direction, name, number, own_name
from segkit.page.head import LONGEST, head
from segkit.page.result import Nothing
from segkit.page.segments import SegmentMetrics
from segkit.page.statement import Name
from segkit.page.telling import telling
from segkit.segments.records import Migration, SegmentSizes
from segkit.segments.views.sizes_reading import SizesReading, read_migration, read_sizes


def headline(
    figures: KeyFigures,
    sizes: SegmentSizes,
    moves: Migration | Nothing | None = None,
    *,
    subject: str = "",
    decision: str | None = None,
) -> Block:
    """Show the page's first lines: subject and period, the headline, the decision.

    The headline leads with the segment that changed most beyond normal variation. If there is none, it leads with the
    key figure that did; if there is none either, it says that nothing changed beyond normal variation.

    Args:
        figures: the key figures of the tiles.
        sizes: the sizes of the segmentation that the page is about.
        moves: moves between its segments, which show where movers came from; None leaves that out.
        subject: whom the page is about; empty for the dataset's title.
        decision: what the reader has to decide, in the analyst's words; None for what the data say.
    """
    reading, key_figures = read_sizes(sizes), figures.figures
    migration = moves if isinstance(moves, Migration) else None
    sentence = next((found for found in _sentences(key_figures, sizes, reading) if len(found.text) <= LONGEST), None)
    if sentence is None:
        raise ReportError(f"no headline of {LONGEST} characters can be made: shorten the names of {sizes.title}")
    period = sizes.period
    return head(
        sentence,
        _decision(key_figures, sizes, reading, migration),
        subject=subject or figures.subject,
        kicker=Statement.of(
            "{title} · {period} to {end}", title=own_name(sizes.title), period=name(period.name), end=day(period.end)
        ),
        as_of=period.end,
        period=(period.start, period.end),
        decision=decision,
        reach=reach_of(figures.coverage),
    )


def _sentences(key_figures: Sequence[KeyFigure], sizes: SegmentSizes, reading: SizesReading) -> Iterator[Statement]:
    """Return headlines from the longest to the shortest; the first that fits is taken."""
    currency = sizes.money.currency
    news = [figure for figure in key_figures if figure.moved]
    # bad news leads
    news.sort(key=lambda figure: 0 if _worse(figure) else 1)
    effects = [_figure_sentence(figure, currency, inside=False) for figure in news]
    further = [_figure_sentence(figure, currency, inside=True) for figure in news]
    for longest in (48, 28, 18):
        unit = own_name(sizes.unit_name, longest)
        whole: dict[str, Metric | Name] = {"n": reading.customers, "unit": unit, "value": reading.value}
        value_name = telling(sizes.value_name, "value", inside=True)
        for segment in reading.news[:1]:
            subject = _segment_sentence(segment, unit, longest)
            for effect in further:
                yield Statement.of("{subject}; {effect}", subject=subject, effect=effect)
            held: dict[str, Metric | Name | Statement] = {
                "subject": subject,
                "value": segment.value,
                "share": segment.value_share,
                "what": value_name,
            }
            if segment.value.value is not None:
                if segment.value_share.value is not None:
                    yield Statement.of("{subject}; they hold {value} ({share}) of {what}", **held)
                yield Statement.of("{subject}; they hold {value} of {what}", **held)
                yield Statement.of("{subject}; they hold {value}", **held)
            yield subject
        for first, second in zip(effects, further[1:], strict=False):
            yield Statement.of("{first}; {second}", first=first, second=second)
        for effect in effects:
            if not reading.news and _judged(reading):
                yield Statement.of("{effect}; no segment left its normal range", effect=effect)
            yield effect
        for figure in key_figures if not effects and not reading.news else ():
            if figure.variation == "calendar":
                yield _calendar_sentence(figure, currency, whole=True)
                yield _calendar_sentence(figure, currency, whole=False)
        if not effects and not reading.news:
            if not reading.compared:
                rest = "the first period on record"
            elif _judged(reading):
                rest = "no segment left its normal range"
            else:
                rest = "too early to say what changed"
            yield Statement.of("{n} {unit} hold {value} of {what}; " + rest, what=value_name, **whole)
            yield Statement.of("{n} {unit} hold {value}; " + rest, **whole)
            yield Statement.of("{n} {unit}; " + rest, **whole)


def _worse(figure: KeyFigure) -> bool:
    change = figure.moved or 0.0
    return (figure.better == "up" and change < 0) or (figure.better == "down" and change > 0)


def _judged(reading: SizesReading) -> bool:
    return any(segment.variation in ("normal", "slow") for segment in reading.segments)


def _segment_sentence(segment: SegmentMetrics, unit: Name, longest: int) -> Statement:
    if segment.variation == "slow" and segment.since is not None:
        by = segment.slow_change if segment.slow_relative.value is None else segment.slow_relative
        return Statement.of(
            "{segment} {moved} {by} since {day}, to {now} {unit}",
            segment=name(segment.name, longest),
            moved=direction(segment.slow_change, "slow"),
            by=number(by, "size"),
            day=day(segment.since),
            now=segment.customers,
            unit=unit,
        )
    by = segment.change if segment.relative.value is None else segment.relative
    return Statement.of(
        "{segment} {moved} {by} to {now} {unit}",
        segment=own_name(segment.name, longest),
        moved=direction(segment.change, segment.variation),
        by=number(by, "size"),
        now=segment.customers,
        unit=unit,
    )


def _figure_sentence(figure: KeyFigure, currency: str, inside: bool) -> Statement:
    label = figure.label
    if inside and label[1:2].islower():
        label = label[:1].lower() + label[1:]
    reading = read_figure(figure, currency)
    judged, called = reading.judged, name(label, 40)
    if figure.variation == "slow" and judged.judgement.since is not None:
        return Statement.of(
            "{label} {moved} {by} since {day}",
            label=called,
            moved=direction(judged.moved, "slow"),
            by=number(judged.moved, "size"),
            day=day(judged.judgement.since),
        )
    if not judged.agrees:
        return Statement.of(
            "{label} at {now}, where {expected} was expected",
            label=called,
            now=reading.value,
            expected=judged.expected,
        )
    return Statement.of(
        "{label} {moved} {by} to {now}",
        label=called,
        moved=direction(reading.change, figure.variation),
        by=number(reading.stated, "size"),
        now=reading.value,
    )


def _calendar_sentence(figure: KeyFigure, currency: str, whole: bool) -> Statement:
    """Name what the calendar explains, named instead of a verdict."""
    return Statement.of(
        "{label} at {now} in {event}" + (", which has no earlier one to compare with" if whole else ""),
        label=name(figure.label, 40),
        now=read_figure(figure, currency).value,
        event=name(figure.judgement.event, 60),
    )


def _decision(
    key_figures: Sequence[KeyFigure],
    sizes: SegmentSizes,
    reading: SizesReading,
    migration: Migration | None,
) -> Statement:
    if reading.news:
        segment = reading.news[0]
        question = Statement.of("To decide: whether {segment} calls for action.", segment=own_name(segment.name, 60))
        source = None if migration is None else _source(segment, migration)
        return question if source is None else Statement.join([question, source], " ")
    news = [figure for figure in key_figures if figure.moved]
    if news and all(figure.better is not None and not _worse(figure) for figure in news):
        return Statement.of("No decision is needed: what left its normal range did so in the wanted direction.")
    if news:
        return Statement.of("To decide: whether {label} calls for action.", label=own_name(news[0].label, 60))
    feast = next((figure.judgement.event for figure in key_figures if figure.variation == "calendar"), None)
    if feast is not None:
        return Statement.of(
            "No decision can rest on {event} alone: there is no earlier one to compare with.",
            event=own_name(feast, 60),
        )
    if reading.compared and _judged(reading):
        return Statement.of("No decision is needed: nothing moved beyond normal variation.")
    return Statement.of("No decision can rest on a change yet: it is too early to say what is normal.")


def _source(segment: SegmentMetrics, migration: Migration) -> Statement | None:
    """Return where most of the movers came from, or went to."""
    reading = read_migration(migration)
    balance = next((found for found in reading.balances if found.name == segment.name), None)
    inward = (segment.change.value or 0) > 0
    flows = [flow for flow in reading.flows if (flow.to_segment if inward else flow.from_segment) == segment.name]
    moved = None if balance is None else balance.moved_in if inward else balance.moved_out
    if balance is None or moved is None or moved.value is None or not flows:
        return None
    if inward:
        return Statement.of(
            "Of the {all} who moved in, {n} came from {other}.",
            all=balance.moved_in,
            n=flows[0].customers,
            other=own_name(flows[0].from_segment, 60),
        )
    return Statement.of(
        "Of the {all} who moved out, {n} went to {other}.",
        all=balance.moved_out,
        n=flows[0].customers,
        other=own_name(flows[0].to_segment, 60),
    )
