"""Tables of segments: their sizes and values, and who moved between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from segkit.customers.periods import months_before
from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words
from segkit.page.columns import Row, TableColumn, table_block, values_of
from segkit.page.notes import hidden_note, unsettled_note
from segkit.page.segments import SegmentMetrics, records, relative, slug
from segkit.page.telling import telling
from segkit.segments.records import Migration, SegmentSizes
from segkit.segments.views.drawn_segments import sizes_line
from segkit.segments.views.sizes_reading import Balance, SizesReading, read_migration, read_sizes

NO_AMOUNTS: Final = "The data hold no amounts, so that nothing is said of value."
MOST_ROWS: Final = 60
"""Segments with a row of their own; of more, the largest, and the rest together."""
_COMPARED: Final = (
    TableColumn("Previous", "previous", "customers"),
    TableColumn("Δ", "change", "customers", "signed"),
    TableColumn("Δ %", "relative", "share", "signed"),
)


def segment_table(sizes: SegmentSizes) -> Block:
    """Tabulate every segment in the fixed order: how many, one period ago, the difference, shares and value; the
    whole comes last.

    Changes outside normal variation are bold. What is too small to be shown is a dash, with a note.
    """
    reading = read_sizes(sizes)
    compared, then = reading.compared, year_ago_sizes(sizes)
    kept = _kept(reading)
    names = {found.name for found in kept}
    rows = [
        Row(
            found.key,
            {**values_of(found), "year_ago": (then or {}).get(found.name)},
            colour=segment.colour,
            quiet=found.hidden,
            strong=("change", "relative") if found.variation in ("news", "slow") else (),
        )
        for segment, found in zip(sizes.segments, reading.segments, strict=True)
        if found.name in names
    ]
    key = reading.customers.key.removesuffix("_customers")
    if len(kept) < len(reading.segments):
        rows.append(_others(reading, kept, then))
    share = Metric(f"{key}_share", 1.0, "share")
    whole = {
        **values_of(reading),
        "name": literal("All"),
        "share": share,
        "value_share": share,
        "year_ago": _sum(then),
    }
    rows.append(Row(key, whole, total=True))
    columns = [
        TableColumn("Segment", "name", "own"),
        TableColumn(own_words(sizes.unit_name.capitalize(), 40), "customers", "customers"),
        *(_COMPARED if compared else ()),
        *([] if then is None else [TableColumn("A year ago", "year_ago", "customers")]),
        TableColumn("Share", "share", "share"),
    ]
    if sizes.valued:
        columns.append(TableColumn("Value", "value", sizes.money.currency))
        columns.append(TableColumn("Value share", "value_share", "share"))
        columns.append(TableColumn("Mean value", "mean", sizes.money.currency))
    caption = Statement.of(
        "{unit} by {title}, {end}" + ("; value is {value}" if sizes.valued else ""),
        unit=own_name(sizes.unit_name.capitalize(), 40),
        title=own_name(sizes.title, 60),
        end=day(sizes.period.end),
        **({"value": telling(sizes.value_name, "value", inside=True)} if sizes.valued else {}),
    )
    notes = [] if sizes.valued else [literal(NO_AMOUNTS)]
    if sizes.total_left:
        left = Metric(f"{key}_left", sizes.total_left, "customers")
        notes.append(
            Statement.of(
                "Counted are all who ever were {unit}: {here} are, {left} have left.",
                unit=own_name(sizes.unit_name, 40),
                here=Metric("customers_present", sizes.total_customers - sizes.total_left, "customers"),
                left=left,
            )
        )
    if compared and sizes.previous_end is not None:
        legend = "Previous is {day}." + (" Bold changes are outside normal variation." if reading.news else "")
        notes.append(Statement.of(legend, day=day(sizes.previous_end)))
    if sizes.certain_after:
        notes.append(unsettled_note(key, sizes.certain_after))
    if any(segment.hidden for segment in reading.segments):
        notes.append(hidden_note(reading.smallest, sizes.unit_name))
    terms = [
        (own_words(s.name, 200), telling(s.definition, f"{found.key}_defined", 10_000, inside=True))
        for s, found in zip(sizes.segments, reading.segments, strict=True)
        if s.name in names
    ]
    table = table_block(
        caption,
        columns,
        rows,
        notes=notes,
        terms=terms,
        terms_title="How each segment is defined",
        line=sizes_line(sizes, reading.segments),
    )
    if not sizes.rule:
        return table
    return Block.of(table.kind, {**table.fields, "definitions": {f"segments by {sizes.title}": sizes.rule}})


def _kept(reading: SizesReading) -> list[SegmentMetrics]:
    """Return the segments with a row of their own, in the fixed order."""
    ranked = sorted(reading.segments, key=lambda found: -(found.customers.value or 0))[:MOST_ROWS]
    chosen = {found.key for found in ranked}
    return [found for found in reading.segments if found.key in chosen]


def year_ago_sizes(sizes: SegmentSizes) -> dict[str, int | None] | None:
    """Return each segment's customers of the same week, or month, a year ago; None where the history is shorter."""
    end, kind = sizes.period.end, sizes.period.name
    then = end - dt.timedelta(weeks=52) if kind == "week" else months_before(end, 12) if kind == "month" else None
    rows = [row for row in records(sizes.history) if then is not None and row["date"] == then]
    return {row["segment"]: row["customers"] for row in rows} or None


def _sum(counts: dict[str, int | None] | None) -> int | None:
    """Return the sum; None where one of them is not shown."""
    found = list((counts or {}).values())
    return None if not found or None in found else sum(count or 0 for count in found)


def _others(reading: SizesReading, kept: Sequence[SegmentMetrics], then: dict[str, int | None] | None) -> Row:
    """Return all segments without a row of their own, together: the whole less the rows shown."""
    key = reading.customers.key.removesuffix("_customers") + "_others"

    def rest(part: str) -> float | None:
        whole = getattr(reading, part).value
        return None if whole is None else whole - sum(getattr(one, part).value or 0 for one in kept)

    def over(part: float | None, whole: float | None) -> float | None:
        return part / whole if part and whole else None

    count = Metric(f"{key}_segments", len(reading.segments) - len(kept), "count")
    now, before, value = rest("customers"), rest("previous"), rest("value")
    return Row(
        key,
        {
            "name": Statement.of("{n} smaller segments", n=count),
            "customers": now,
            "previous": before,
            "change": (now or 0) - (before or 0),
            "relative": relative(f"{key}_relative", now, before, counted=True),
            "share": over(now, reading.customers.value),
            "value": value,
            "value_share": over(value, reading.value.value),
            "mean": over(value, now),
            "year_ago": _sum({n: count for n, count in (then or {}).items() if n not in {one.name for one in kept}}),
        },
    )


def migration_table(migration: Migration) -> Block:
    """Tabulate each segment's balance, previous + new + moved in − moved out = now; the whole comes last."""
    reading = read_migration(migration)
    colours = {segment.name: segment.colour for segment in migration.segments}
    rows = [Row("", _moves(balance, balance.name), colour=colours.get(balance.name)) for balance in reading.balances]
    rows.append(Row("", _moves(reading.total, literal("All")), total=True))
    caption = Statement.of(
        "How {unit} moved between segments, {before} to {now}",
        unit=own_name(migration.unit_name, 40),
        before=day(migration.previous_end),
        now=day(migration.end),
    )
    columns = [
        TableColumn("Segment", "name", "own"),
        TableColumn("Previous", "previous", "customers"),
        TableColumn("New", "arrived", "customers", "signed"),
        TableColumn("Moved in", "moved_in", "customers", "signed"),
        TableColumn("Moved out", "moved_out", "customers", "signed"),
        TableColumn("Now", "now", "customers"),
    ]
    hidden = any(balance.moved_in.value is None for balance in reading.balances)
    notes = [hidden_note(reading.smallest, migration.unit_name)] if hidden else []
    if migration.certain_after:
        notes.append(unsettled_note(f"{slug(migration.title)}_moves", migration.certain_after))
    return table_block(caption, columns, rows, notes=notes)


def _moves(balance: Balance, label: str | Statement) -> dict[str, Any]:
    out = balance.moved_out
    less = Metric(f"{out.key}_less", None if out.value is None else -out.value, "customers")
    return {**values_of(balance), "name": label, "moved_out": less}


def flows_table(migration: Migration, most: int = 10) -> Block | None:
    """Tabulate the largest moves from segment to segment. Return None where there are no moves.

    Args:
        migration: the moves.
        most: how many rows to show.
    """
    reading = read_migration(migration)
    shown = reading.flows[:most]
    valued = any(flow.value.value is not None for flow in shown)
    caption = Statement.of(
        "Largest moves, {before} to {now}", before=day(migration.previous_end), now=day(migration.end)
    )
    notes = [Statement.of("Moves of fewer than {n} are not shown.", n=reading.smallest)]
    if len(shown) < len(reading.flows):
        left = Metric(f"{reading.smallest.key}_left_off", len(reading.flows) - len(shown), "count")
        notes.append(Statement.of("{n} smaller moves are left off.", n=left))
    columns = [
        TableColumn("From", "from_segment", "own"),
        TableColumn("To", "to_segment", "own"),
        TableColumn(own_words(migration.unit_name.capitalize(), 40), "customers", "customers"),
        *([TableColumn("Value now", "value", migration.money.currency)] if valued else []),
    ]
    return table_block(caption, columns, [Row("", values_of(flow)) for flow in shown], notes=notes)
