"""Table and chart of who came back: buyers of the period before who bought again."""

from __future__ import annotations

from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.style import ACTUAL, canvas
from segkit.page.columns import Row, TableColumn, segment_rows, table_block, table_fields, whole_row
from segkit.page.notes import hidden_note
from segkit.page.precision import written_alike
from segkit.page.segments import records
from segkit.segments.records import Returning
from segkit.segments.views.drawn_segments import MOST

_RATE = TableColumn("Share", "rate", "share")


def returning_table(found: Returning) -> Block:
    """Show every segment in the fixed order: who bought before, who of them bought again; the whole last."""
    before, returned = found.total_bought_before, found.total_returned
    rate = returned / before if before and returned is not None else None
    whole = whole_row(_view(found), {"bought_before": before, "returned": returned, "rate": rate})
    rows = [*_rows(found), whole]
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn("Bought before", "bought_before", "customers"),
        TableColumn("Bought again", "returned", "customers"),
        _RATE,
    ]
    caption = Statement.of(
        "{unit} who bought in {before}, and those of them who bought again in {now}, by {title}",
        unit=own_name(found.unit_name.capitalize(), 40),
        before=day(found.previous_period.start, found.previous_period.end),
        now=day(found.period.start, found.period.end),
        title=own_name(found.title, 60),
    )
    notes = []
    if any(row.values["returned"] is None for row in rows):
        notes.append(hidden_note(Metric(f"{whole.key}_smallest", found.smallest, "customers"), found.unit_name))
    return table_block(caption, columns, rows, notes=notes)


def returning_bars(found: Returning) -> Block | None:
    """Show the share of each segment's buyers who bought again. Return nothing where no share can be shown."""
    shown = [row for row in _rows(found) if row.values["rate"] is not None]
    if not shown:
        return None
    largest = sorted(shown, key=lambda row: -(row.values["bought_before"] or 0))[:MOST]
    drawn = [row for row in shown if row in largest]
    rates = [_RATE.metric(row) for row in drawn]
    names = [str(row.values["segment"]) for row in drawn]
    best = max(range(len(drawn)), key=lambda at: rates[at].value or 0.0)
    labels = [own_name(one).text for one in names]
    with canvas(height(len(drawn))) as (figure, axes):
        draw_bars(
            axes,
            labels,
            [rate.value for rate in rates],
            written_alike(rates),
            [ACTUAL] * len(drawn),
        )
        return assemble(
            figure,
            title=Statement.of("{s}: {rate} of buyers bought again", s=own_name(names[best], 40), rate=rates[best]),
            subtitle=Statement.of(
                "Share of {unit} who bought in {before} and again in {now}",
                unit=own_name(found.unit_name, 40),
                before=day(found.previous_period.start, found.previous_period.end),
                now=day(found.period.start, found.period.end),
            ),
            alt=Statement.of(
                "Bars: share of buyers who bought again, by segment. {list}.",
                list=Statement.join(
                    [
                        Statement.of("{s} {rate}", s=own_name(s, 40), rate=rate)
                        for s, rate in zip(names, rates, strict=True)
                    ]
                ),
            ),
            table=table_fields(
                literal("Share of buyers who bought again"), [TableColumn("Segment", "segment", "own"), _RATE], drawn
            ),
            names=[own_words(label) for label in labels],
        )


def _view(found: Returning) -> str:
    return f"returning {found.title}"


def _rows(found: Returning) -> list[Row]:
    return segment_rows(_view(found), found.segments, records(found.frame))
