"""Table and chart of who came back: buyers of the period before who bought again."""

from __future__ import annotations

from dataclasses import dataclass

from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.labels import clipped
from segkit.page.charts.style import ACTUAL, canvas
from segkit.page.notes import hidden_note
from segkit.page.segments import keys, records
from segkit.page.tables import column, row, table
from segkit.segments.records import Returning
from segkit.segments.views.choice import MOST


@dataclass(frozen=True, slots=True)
class _Row:
    """One segment's numbers, or those of all together, as metrics."""

    name: str
    before: Metric
    returned: Metric
    rate: Metric


def returning_table(found: Returning) -> Block:
    """Every segment in the fixed order: who bought before, who of them bought again; the whole last."""
    read = _read(found)
    rows = [
        row([own_words(one.name, 80), *_numbers(one)], colour=segment.colour, quiet=one.returned.value is None)
        for segment, one in zip(found.segments, read, strict=True)
    ]
    rows.append(row([literal("All"), *_numbers(_whole(found))], total=True))
    caption = Statement.of(
        "{unit} who bought in {before}, and those of them who bought again in {now}, by {title}",
        unit=own_name(found.unit_name.capitalize(), 40),
        before=day(found.previous_period.start, found.previous_period.end),
        now=day(found.period.start, found.period.end),
        title=own_name(found.title, 60),
    )
    notes = []
    if any(one.returned.value is None for one in (*read, _whole(found))):
        least = Metric(f"{keys(found.title, ['all'])[0]}_smallest", found.smallest, "customers")
        notes.append(hidden_note(least, found.unit_name))
    columns = [column("Segment", "text"), column("Bought before"), column("Bought again"), column("Share")]
    return Block.of("table", table(caption, columns, rows, notes=notes))


def returning_bars(found: Returning) -> Block | None:
    """The share of each segment's buyers who bought again. Nothing where no share can be shown."""
    shown = [one for one in _read(found) if one.rate.value is not None]
    if not shown:
        return None
    largest = sorted(shown, key=lambda one: -(one.before.value or 0))[:MOST]
    drawn = [one for one in shown if one in largest]
    best = max(drawn, key=lambda one: one.rate.value or 0.0)
    labels = [clipped(one.name) for one in drawn]
    with canvas(height(len(drawn))) as (figure, axes):
        draw_bars(
            axes,
            labels,
            [one.rate.value for one in drawn],
            [write(one.rate) for one in drawn],
            [ACTUAL] * len(drawn),
        )
        return assemble(
            figure,
            title=Statement.of("{s}: {rate} of buyers bought again", s=own_name(best.name, 40), rate=best.rate),
            subtitle=Statement.of(
                "Share of {unit} who bought in {before} and again in {now}",
                unit=own_name(found.unit_name, 40),
                before=day(found.previous_period.start, found.previous_period.end),
                now=day(found.period.start, found.period.end),
            ),
            alt=Statement.of(
                "Bars: share of buyers who bought again, by segment. {list}.",
                list=Statement.join(
                    [Statement.of("{s} {rate}", s=own_name(one.name, 40), rate=one.rate) for one in drawn]
                ),
            ),
            table=table(
                literal("Share of buyers who bought again"),
                [column("Segment", "text"), column("Share")],
                [row([own_words(one.name, 80), Statement.of("{n}", n=one.rate)]) for one in drawn],
            ),
            names=[own_words(label) for label in labels],
        )


def _numbers(one: _Row) -> list[Statement]:
    return [Statement.of("{n}", n=metric) for metric in (one.before, one.returned, one.rate)]


def _read(found: Returning) -> list[_Row]:
    rows = records(found.frame)
    starts = keys(found.title, [str(one["segment"]) for one in rows])
    return [
        _row(str(one["segment"]), start, one["bought_before"], one["returned"], one["rate"])
        for start, one in zip(starts, rows, strict=True)
    ]


def _whole(found: Returning) -> _Row:
    before, returned = found.total_bought_before, found.total_returned
    rate = returned / before if before and returned is not None else None
    return _row("All", keys(found.title, ["all"])[0], before, returned, rate)


def _row(called: str, start: str, before: int | None, returned: int | None, rate: float | None) -> _Row:
    return _Row(
        called,
        Metric(f"{start}_bought_before", before, "customers", label="bought in the period before"),
        Metric(f"{start}_bought_again", returned, "customers", label="of those, bought again in this period"),
        Metric(f"{start}_return_rate", rate, "share", label="share of buyers who bought again"),
    )
