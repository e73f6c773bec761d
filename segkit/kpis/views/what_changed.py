"""What changed and why: at most five bullets, each with its number, its driver and whether the change is normal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from segkit.errors import ReportError
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.views.figure_reading import read_figure
from segkit.page import Block, Metric, Statement, direction, literal, name, number, own_name
from segkit.page.result import Nothing
from segkit.page.segments import SegmentMetrics
from segkit.segments.records import Migration, SegmentSizes
from segkit.segments.views.sizes_reading import MigrationReading, SizesReading, read_migration, read_sizes

_SEGMENTS: Final = 2
_FIGURES: Final = 2


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
        only = Statement.of(
            "{n} {unit}; the data of the period are not complete, so nothing is compared."
            if late
            else "{n} {unit}; this is the first period on record, so there is nothing to compare with.",
            n=reading.customers,
            unit=own_name(sizes.unit_name),
        )
        return Block.of("bullets", {"bullets": [_bullet(literal(""), only)]})
    read = read_migration(moves) if isinstance(moves, Migration) else None
    if read is not None:
        _agree(sizes, reading, read)
    bullets = [
        _figure_bullet(figure, sizes.money.currency)
        for figure in figures.figures
        if figure.variation == "news" and figure.change
    ][:_FIGURES]
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
    lead = Statement.of("{label} {by}.", label=own_name(figure.label, 60), by=number(reading.stated, "signed"))
    text = Statement.of(
        "From {before} to {now}, {verdict}",
        before=reading.previous,
        now=reading.value,
        verdict=direction(reading.change, figure.variation, "verdict"),
    )
    if figure.limit is not None:
        normal = Statement.of(" (a change of {limit} is normal)", limit=number(reading.limit, "size"))
        text = Statement.join([text, normal], "")
    if not reading.contributions:
        return _bullet(lead, Statement.of("{text}.", text=text))
    parts = [
        Statement.of("{amount} through {factor}", amount=number(amount, "signed"), factor=name(factor, 60))
        for factor, amount in sorted(reading.contributions, key=lambda part: -abs(part[1].value or 0))
    ]
    return _bullet(lead, Statement.of("{text}: {parts}.", text=text, parts=Statement.join(parts)))


def _segment_bullet(segment: SegmentMetrics, moves: MigrationReading | None) -> dict[str, Any]:
    lead = Statement.of(
        "{segment} {change}{relative}.",
        segment=own_name(segment.name, 60),
        change=number(segment.change, "signed"),
        relative=Statement(())
        if segment.relative.value is None
        else Statement.of(" ({by})", by=number(segment.relative, "signed")),
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
    verdict = Statement.of("{v}.", v=direction(segment.change, segment.variation, "verdict"))
    text = Statement.join([Statement.join(parts), verdict], "; ") if parts else _only(verdict)
    return _bullet(lead, text)


def _only(verdict: Statement) -> Statement:
    return Statement.join([literal("This is "), verdict], "")


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
    loud = [segment for segment in rest if segment.variation == "news"]
    judged = [segment for segment in rest if segment.variation != "unknown"]
    if loud:
        verdict = Statement.of(
            "{n} of them outside normal variation", n=Metric(f"{prefix}_other_news", len(loud), "count")
        )
    elif len(judged) == len(rest):
        verdict = literal("within normal variation")
    elif judged:
        verdict = literal("within normal variation where it can be judged")
    else:
        verdict = literal("with too little history to judge")
    total = Statement.of("In all {change} {unit}", change=number(whole, "signed"), unit=own_name(sizes.unit_name, 40))
    if moves is not None and moves.total.arrived.value is not None:
        total = Statement.of(
            "{total}: {new} new, {moved} moved between segments",
            total=total,
            new=moves.total.arrived,
            moved=moves.total.moved_in,
        )
    if not named:
        return _bullet(
            Statement.of("All {n} segments: {verdict}.", n=count, verdict=verdict),
            Statement.of("{total}.", total=total),
        )
    if not rest:
        return _bullet(literal(""), Statement.of("{total}.", total=total))
    lead = Statement.of("The other segments together {change}.", change=number(change, "signed"))
    return _bullet(lead, Statement.of("They are {n}, {verdict}. {total}.", n=count, verdict=verdict, total=total))
