"""What changed and why: at most five bullets, each with its number, its driver and whether the change is normal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from segkit.errors import ReportError
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import FigureReading, read_figure
from segkit.page import Block, Metric, Statement, day, direction, literal, name, number, own_name
from segkit.page.judged_words import verdict
from segkit.page.result import Nothing
from segkit.page.segments import SegmentMetrics
from segkit.segments.records import Migration, SegmentSizes
from segkit.segments.views.sizes_reading import MigrationReading, SizesReading, read_migration, read_sizes

_SEGMENTS: Final = 2
_FIGURES: Final = 2
_UNJUDGED: Final = ("early", "missing", "hidden", "unsettled")


def what_changed(figures: KeyFigures, sizes: SegmentSizes, moves: Migration | Nothing | None = None) -> Block:
    """Show in bullets what left normal variation; the last bullet accounts for all the rest.

    The changes of the segments named and of the rest sum to the change of all customers.

    Args:
        figures: the key figures of the tiles.
        sizes: the segments' sizes now and one period ago.
        moves: moves between the same two dates, which show where movers came from.

    Raises:
        ReportError: sizes and moves contradict each other.
    """
    reading = read_sizes(sizes)
    if not reading.compared:
        late = figures.coverage is not None and not figures.coverage.complete
        why = "this is the first period on record, so there is nothing to compare with."
        if late:
            why = "the data of the period are not complete, so nothing is compared."
        elif sizes.listed:
            why = "the data are a list of them as they stand, which knows no earlier state to compare with."
        only = Statement.of(
            "{n} {unit}; " + why,
            n=reading.customers,
            unit=own_name(sizes.unit_name),
        )
        return Block.of("bullets", {"bullets": [_bullet(literal(""), only)]})
    read = read_migration(moves) if isinstance(moves, Migration) else None
    if read is not None:
        _agree(sizes, reading, read)
    if isinstance(moves, Migration) and moves.certain_after:
        read = None  # who left is not settled, so that nothing is said of who moved
    bullets = [_figure_bullet(figure, sizes.money.currency) for figure in figures.figures if figure.moved][:_FIGURES]
    bullets += _calendar_bullet(figures)
    bullets += [_few_bullet(figure, sizes.money.currency) for figure in figures.figures if figure.variation == "few"]
    named = reading.news[:_SEGMENTS]
    bullets += [_segment_bullet(segment, read) for segment in named]
    bullets.append(_rest_bullet(sizes, reading, named, read))
    return Block.of("bullets", {"bullets": bullets})


def _bullet(lead: Statement, text: Statement) -> dict[str, Any]:
    return {"lead": lead if lead else None, "text": text}


def _agree(sizes: SegmentSizes, reading: SizesReading, moves: MigrationReading) -> None:
    balances = {balance.name: balance for balance in moves.balances}
    for segment in reading.segments:
        balance = balances.get(segment.name)
        if balance is None:
            continue
        for here, there in ((segment.customers, balance.now), (segment.previous, balance.previous)):
            if here.value is not None and there.value is not None and here.value != there.value:
                raise ReportError(
                    f"{sizes.title}, {segment.name}: {here.value} in the sizes, {there.value} in the migration; "
                    "both must speak of the same two dates"
                )


def _figure_bullet(figure: KeyFigure, currency: str) -> dict[str, Any]:
    reading = read_figure(figure, currency)
    judged = reading.judged
    if figure.variation == "slow" and judged.judgement.since is not None:
        return _slow_bullet(figure, reading, currency)
    lead = Statement.of("{label} {by}.", label=own_name(figure.label, 60), by=number(reading.stated, "signed"))
    text = Statement.of(
        "From {before} to {now}, {verdict} (expected {expected}, normal {low} to {high})",
        before=reading.previous,
        now=reading.value,
        verdict=verdict(judged),
        expected=judged.expected,
        low=judged.low,
        high=judged.high,
    )
    if not reading.contributions:
        return _bullet(lead, Statement.of("{text}.", text=text))
    parts = [
        Statement.of("{amount} through {factor}", amount=number(amount, "signed"), factor=name(factor, 60))
        for factor, amount in sorted(reading.contributions, key=lambda part: -abs(part[1].value or 0))
    ]
    return _bullet(lead, Statement.of("{text}: {parts}.", text=text, parts=Statement.join(parts)))


def _calendar_bullet(figures: KeyFigures) -> list[dict[str, Any]]:
    """Say what the calendar explains: its name, and the figures outside the range of ordinary periods."""
    found = [figure for figure in figures.figures if figure.variation == "calendar"]
    if not found:
        return []
    currency = figures.money.currency
    parts = [
        Statement.of(
            "{label} {by}",
            label=own_name(figure.label, 60),
            by=number(read_figure(figure, currency).stated, "signed"),
        )
        for figure in found
    ]
    event = found[0].judgement.event
    lead = Statement.of("{event}.", event=name(event[:1].upper() + event[1:], 60))
    text = Statement.of(
        "{parts}: outside the range of ordinary {period}s, and there is no earlier one of the kind to compare with.",
        parts=Statement.join(parts),
        period=name(figures.period.name),
    )
    return [_bullet(lead, text)]


def _few_bullet(figure: KeyFigure, currency: str) -> dict[str, Any]:
    """Say that a few customers make the difference of a figure that is outside the range of its past."""
    reading = read_figure(figure, currency)
    lead = Statement.of("{label} {by}.", label=own_name(figure.label, 60), by=number(reading.stated, "signed"))
    text = Statement.of(
        "From {before} to {now}: {why}. They come and go by chance, so that it says nothing of all others.",
        before=reading.previous,
        now=reading.value,
        why=direction(reading.change, "few", "verdict"),
    )
    return _bullet(lead, text)


def _slow_bullet(figure: KeyFigure, reading: FigureReading, currency: str) -> dict[str, Any]:
    """Describe a slow change: how far the last periods lie from those before them, and since when."""
    judged = reading.judged
    assert judged.judgement.since is not None
    lead = Statement.of(
        "{label} {by} since {day}.",
        label=own_name(figure.label, 60),
        by=number(judged.moved, "signed"),
        day=day(judged.judgement.since),
    )
    unit = reading.value.unit
    money = currency if unit == "money" else None
    now = Metric(f"{figure.key}_lately", judged.judgement.lately, unit, money)
    before = Metric(f"{figure.key}_long_before", judged.judgement.before, unit, money)
    how = "From {before} to {now}" if figure.stock else "On average {now} in the last four periods, {before} before"
    text = Statement.of(how + ": a slow change, told this once.", now=now, before=before)
    return _bullet(lead, text)


def _segment_bullet(segment: SegmentMetrics, moves: MigrationReading | None) -> dict[str, Any]:
    if segment.variation == "slow" and segment.since is not None:
        lead = Statement.of(
            "{segment} {change}{relative} since {day}.",
            segment=name(segment.name, 60),
            change=number(segment.slow_change, "signed"),
            relative=_in_brackets(segment.slow_relative),
            day=day(segment.since),
        )
        text = Statement.of(
            "From {before} to {now}, a little more every period: a slow change, told this once.",
            before=segment.slow_before,
            now=segment.customers,
        )
        return _bullet(lead, text)
    lead = Statement.of(
        "{segment} {change}{relative}.",
        segment=own_name(segment.name, 60),
        change=number(segment.change, "signed"),
        relative=_in_brackets(segment.relative),
    )
    parts: list[Statement] = []
    balance = next((b for b in moves.balances if b.name == segment.name), None) if moves else None
    if moves is not None and balance is not None and balance.moved_in.value is not None:
        sources = [f for f in moves.flows if f.to_segment == segment.name][:2]
        targets = [f for f in moves.flows if f.from_segment == segment.name][:2]
        inward = Statement.of("{n} moved in", n=balance.moved_in)
        outward = Statement.of("{n} moved out", n=balance.moved_out)
        came = [Statement.of("{n} from {s}", n=f.customers, s=own_name(f.from_segment, 60)) for f in sources]
        went = [Statement.of("{n} to {s}", n=f.customers, s=own_name(f.to_segment, 60)) for f in targets]
        growing = (segment.change.value or 0) > 0
        if came and growing:
            inward = Statement.of("{all} ({come})", all=inward, come=Statement.join(came))
        if went and not growing:
            outward = Statement.of("{all} ({went})", all=outward, went=Statement.join(went))
        parts = [inward, outward] if growing else [outward, inward]
        if balance.arrived.value:
            parts.append(Statement.of("{n} new", n=balance.arrived))
    told = Statement.of("{v}.", v=direction(segment.change, segment.variation, "verdict"))
    text = Statement.join([Statement.join(parts), told], "; ") if parts else _only(told)
    return _bullet(lead, text)


def _in_brackets(share: Metric) -> Statement:
    return Statement(()) if share.value is None else Statement.of(" ({by})", by=number(share, "signed"))


def _only(said: Statement) -> Statement:
    return Statement.join([literal("This is "), said], "")


def _rest_bullet(
    sizes: SegmentSizes,
    reading: SizesReading,
    named: Sequence[SegmentMetrics],
    moves: MigrationReading | None,
) -> dict[str, Any]:
    """Return a bullet on the other segments together, and the sum: named + rest = change of all customers."""
    whole = reading.change
    rest = [segment for segment in reading.segments if segment not in named]
    prefix = whole.key.removesuffix("_change")
    count = Metric(f"{prefix}_other_segments", len(rest), "count")
    change = Metric(
        f"{prefix}_other_change",
        None if whole.value is None else whole.value - sum(s.change.value or 0 for s in named),
        "customers",
    )
    loud = [segment for segment in rest if segment.variation in ("news", "slow")]
    judged = [segment for segment in rest if segment.variation not in _UNJUDGED]
    if loud:
        told = Statement.of(
            "{n} of them outside normal variation", n=Metric(f"{prefix}_other_news", len(loud), "count")
        )
    elif len(judged) == len(rest):
        told = literal("within normal variation")
    elif judged:
        told = literal("within normal variation where it can be judged")
    elif rest and all(segment.variation == "unsettled" for segment in rest):
        told = literal("not settled yet")
    else:
        told = literal("too early to say")
    total = _in_all(sizes, whole, moves)
    if not named:
        stable = not loud and len(judged) == len(rest)
        lead = literal("Segments stable.") if stable else Statement.of("Segments: {verdict}.", verdict=told)
        return _bullet(lead, Statement.of("{total}.", total=total))
    if not rest:
        return _bullet(literal(""), Statement.of("{total}.", total=total))
    lead = Statement.of(
        ("The other segment" if len(rest) == 1 else "The other {n} segments together") + " {change}: {verdict}.",
        n=count,
        change=number(change, "signed"),
        verdict=told,
    )
    return _bullet(lead, Statement.of("{total}.", total=total))


def _in_all(sizes: SegmentSizes, whole: Metric, moves: MigrationReading | None) -> Statement:
    """Say who switched, most from where to where, who is new, and what that makes in all."""
    unit = own_name(sizes.unit_name, 40)
    # a bare zero reads as if there were nobody
    total = literal("as many in all as before")
    if whole.value:
        total = Statement.of("{change} in all", change=number(whole, "signed"))
    if moves is None or not moves.flows:
        if whole.value == 0:
            return Statement.of("As many {unit} in all as before", unit=unit)
        return Statement.of("{change} {unit} in all", change=number(whole, "signed"), unit=unit)
    most = moves.flows[0]
    ends = {"a": own_name(most.from_segment, 60), "b": own_name(most.to_segment, 60)}
    if moves.total.moved_in.value is None:
        return Statement.of(
            "Most who switched, {n}, went from {a} to {b}; {total}", n=most.customers, total=total, **ends
        )
    said = Statement.of(
        "{moved} {unit} switched, most from {a} to {b}", moved=moves.total.moved_in, unit=unit, **ends
    )
    new = moves.total.arrived
    came = [] if not new.value else [Statement.of("{new} new", new=new)]
    return Statement.join([said, Statement.join([*came, total])], "; ")
