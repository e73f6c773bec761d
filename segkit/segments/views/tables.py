"""The tables of a report: segments, who moved, how concentrated value is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from segkit.page import Block, Metric, Statement, day, literal, number, own_name, own_words
from segkit.page.notes import hidden_note
from segkit.page.segments import SegmentMetrics, relative
from segkit.page.tables import column, row, table
from segkit.page.telling import telling
from segkit.segments.records import Migration, SegmentSizes
from segkit.segments.views.reading import Balance, SizesReading, read_migration, read_sizes

MOST_ROWS: Final = 60
"""Segments with a row of their own; of more, the largest, and the rest together."""


def segment_table(sizes: SegmentSizes) -> Block:
    """Every segment in the fixed order: how many, one period ago, the difference, shares and value; the whole last.

    Changes outside normal variation are bold. What is too small to be shown is a dash, with a note.
    """
    reading = read_sizes(sizes)
    compared = reading.compared
    columns = [column("Segment", "text"), column(own_words(sizes.unit_name.capitalize(), 40))]
    if compared:
        columns += [column("Previous"), column("Δ"), column("Δ %")]
    columns += [column("Share"), column("Value"), column("Value share"), column("Mean value")]
    rows = []
    kept = _kept(reading)
    for segment, found in zip(sizes.segments, reading.segments, strict=True):
        if found not in kept:
            continue
        cells = [own_words(segment.name, 80), Statement.of("{n}", n=found.customers)]
        if compared:
            cells += [
                Statement.of("{n}", n=found.previous),
                Statement.of("{n}", n=number(found.change, "signed")),
                Statement.of("{n}", n=number(found.relative, "signed")),
            ]
        cells += [
            Statement.of("{n}", n=metric) for metric in (found.share, found.value, found.value_share, found.mean)
        ]
        news = compared and found.variation == "news"
        rows.append(row(cells, colour=segment.colour, quiet=found.hidden, strong=(3, 4) if news else ()))
    key = reading.customers.key.removesuffix("_customers")
    if len(kept) < len(reading.segments):
        rows.append(_others(reading, kept, compared))
    whole = Metric(f"{key}_share", 1.0, "share")
    cells = [literal("All"), Statement.of("{n}", n=reading.customers)]
    if compared:
        cells += [
            Statement.of("{n}", n=reading.previous),
            Statement.of("{n}", n=number(reading.change, "signed")),
            Statement.of("{n}", n=number(reading.relative, "signed")),
        ]
    cells += [Statement.of("{n}", n=metric) for metric in (whole, reading.value, whole, reading.mean)]
    rows.append(row(cells, total=True))
    caption = Statement.of(
        "{unit} by {title}, {end}; value is {value}",
        unit=own_name(sizes.unit_name.capitalize(), 40),
        title=own_name(sizes.title, 60),
        end=day(sizes.period.end),
        value=telling(sizes.value_name, "value", inside=True),
    )
    notes = []
    if compared and sizes.previous_end is not None:
        legend = "Previous is {day}." + (" Bold changes are outside normal variation." if reading.news else "")
        notes.append(Statement.of(legend, day=day(sizes.previous_end)))
    if any(segment.hidden for segment in reading.segments):
        notes.append(hidden_note(reading.smallest, sizes.unit_name))
    shown = {found.name for found in kept}
    terms = [
        (own_words(s.name, 200), telling(s.definition, f"{found.key}_defined", 10_000, inside=True))
        for s, found in zip(sizes.segments, reading.segments, strict=True)
        if s.name in shown
    ]
    return Block.of(
        "table",
        table(caption, columns, rows, notes=notes, terms=terms, terms_title="How each segment is defined"),
    )


def _kept(reading: SizesReading) -> list[SegmentMetrics]:
    """The segments with a row of their own, in the fixed order."""
    ranked = sorted(reading.segments, key=lambda found: -(found.customers.value or 0))[:MOST_ROWS]
    chosen = {found.key for found in ranked}
    return [found for found in reading.segments if found.key in chosen]


def _others(reading: SizesReading, kept: Sequence[SegmentMetrics], compared: bool) -> dict[str, Any]:
    """All segments without a row of their own, together: the whole less the rows shown."""
    key = reading.customers.key.removesuffix("_customers") + "_others"

    def rest(whole: Metric, part: str) -> Metric:
        value = None if whole.value is None else whole.value - sum(getattr(k, part).value or 0 for k in kept)
        return Metric(f"{key}_{part}", value, whole.unit, whole.currency)

    def share(part: Metric, whole: Metric, of: str) -> Metric:
        return Metric(f"{key}_{of}", part.value / whole.value if part.value and whole.value else None, "share")

    count = Metric(f"{key}_segments", len(reading.segments) - len(kept), "count")
    now, before, value = (
        rest(reading.customers, "customers"),
        rest(reading.previous, "previous"),
        rest(reading.value, "value"),
    )
    cells = [Statement.of("{n} smaller segments", n=count), Statement.of("{n}", n=now)]
    if compared:
        change = Metric(f"{key}_change", (now.value or 0) - (before.value or 0), "customers")
        cells += [
            Statement.of("{n}", n=before),
            Statement.of("{n}", n=number(change, "signed")),
            Statement.of("{n}", n=number(relative(f"{key}_relative", now.value, before.value), "signed")),
        ]
    mean = Metric(
        f"{key}_mean", value.value / now.value if value.value and now.value else None, "money", value.currency
    )
    rest_cells = (share(now, reading.customers, "share"), value, share(value, reading.value, "value_share"), mean)
    return row([*cells, *(Statement.of("{n}", n=metric) for metric in rest_cells)])


def migration_table(migration: Migration) -> Block:
    """Each segment's balance: previous + new + moved in − moved out = now; the whole last."""
    reading = read_migration(migration)
    colours = {segment.name: segment.colour for segment in migration.segments}

    def cells(label: Statement, balance: Balance) -> list[Statement]:
        return [
            label,
            Statement.of("{n}", n=balance.previous),
            Statement.of("{n}", n=number(balance.arrived, "signed")),
            Statement.of("{n}", n=number(balance.moved_in, "signed")),
            Statement.of("{n}", n=number(_negative(balance.moved_out), "signed")),
            Statement.of("{n}", n=balance.now),
        ]

    rows = [
        row(cells(own_words(balance.name, 80), balance), colour=colours.get(balance.name))
        for balance in reading.balances
    ]
    rows.append(row(cells(literal("All"), reading.total), total=True))
    caption = Statement.of(
        "How {unit} moved between segments, {before} to {now}",
        unit=own_name(migration.unit_name, 40),
        before=day(migration.previous_end),
        now=day(migration.end),
    )
    columns = [
        column("Segment", "text"),
        column("Previous"),
        column("New"),
        column("Moved in"),
        column("Moved out"),
        column("Now"),
    ]
    hidden = any(balance.moved_in.value is None for balance in reading.balances)
    notes = [hidden_note(reading.smallest, migration.unit_name)] if hidden else []
    return Block.of("table", table(caption, columns, rows, notes=notes))


def _negative(metric: Metric) -> Metric:
    return Metric(f"{metric.key}_less", None if metric.value is None else -metric.value, metric.unit)


def flows_table(migration: Migration, most: int = 10) -> Block | None:
    """The largest moves from segment to segment. Nothing for no moves.

    Args:
        migration: the moves.
        most: rows shown.
    """
    reading = read_migration(migration)
    shown = reading.flows[:most]
    rows = [
        row(
            [
                own_words(flow.from_segment, 80),
                own_words(flow.to_segment, 80),
                Statement.of("{n}", n=flow.customers),
                Statement.of("{n}", n=flow.value),
            ]
        )
        for flow in shown
    ]
    caption = Statement.of(
        "Largest moves, {before} to {now}", before=day(migration.previous_end), now=day(migration.end)
    )
    notes = [Statement.of("Moves of fewer than {n} are not shown.", n=reading.smallest)]
    if len(shown) < len(reading.flows):
        left = Metric(f"{reading.smallest.key}_left_off", len(reading.flows) - len(shown), "count")
        notes.append(Statement.of("{n} smaller moves are left off.", n=left))
    columns = [
        column("From", "text"),
        column("To", "text"),
        column(own_words(migration.unit_name.capitalize(), 40)),
        column("Value now"),
    ]
    return Block.of("table", table(caption, columns, rows, notes=notes))
