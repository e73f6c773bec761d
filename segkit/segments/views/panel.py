"""Blocks on whether segments can be relied on, and on several segmentations side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from segkit.page import Block, Metric, Statement, day, literal, name, own_name, own_words
from segkit.page.columns import Row, TableColumn, named_rows, segment_rows, table_block, table_fields, values_of
from segkit.page.notes import hidden_note
from segkit.page.segments import keys, records
from segkit.page.table_cells import DASH
from segkit.page.telling import telling
from segkit.segments.profile_records import CrossTable, PanelEntry, SegmentPanel
from segkit.segments.quality_records import SegmentQuality
from segkit.segments.views.size_tables import NO_AMOUNTS

_MOST: Final = 12
_COLUMNS: Final = 6
_BOLD: Final = 1.5
"""Times what the column has of all, from which a share is bold."""


def segment_quality_table(quality: SegmentQuality) -> Block:
    """Show whether the segments hold: shares now and before, drift, stability; the verdict and its reasons below."""
    fitted = quality.stability is not None
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn("Share", "share", "share"),
        TableColumn("Previous", "previous_share", "share"),
        TableColumn("Drift", "psi", "index"),
        *([TableColumn("Stability", "stability", "index")] if fitted else []),
    ]
    rounded = [{part: _rounded(r[part]) for part in ("psi", "stability")} for r in records(quality.frame)]
    read = [one | told for one, told in zip(records(quality.frame), rounded, strict=True)]
    rows = named_rows(f"quality {quality.title}", read, "segment")
    whole = keys(f"quality {quality.title}", ["all"])[0]
    verdict = name(quality.verdict)
    notes = [Statement.of("Verdict: {v}.", v=verdict), *_reasons(quality, whole, 400)]
    if quality.psi is not None:
        notes.append(
            Statement.of(
                "Drift is each segment's part of the population stability index, {psi} together (below {a} none, to "
                "{b} moderate, above large).",
                psi=Metric(f"{whole}_psi", _rounded(quality.psi), "index"),
                a=Metric("quality_psi_moderate", 0.1, "index"),
                b=Metric("quality_psi_large", 0.25, "index"),
            )
        )
    if quality.separation is not None:
        share = Metric(f"{whole}_separation", quality.separation, "share")
        notes.append(Statement.of("{s} of the variance of value lies between the segments.", s=share))
    if quality.stability is not None:
        notes.append(
            Statement.of(
                "Fits to bootstrap samples agree with an adjusted Rand index of {s}; Stability is each segment's mean "
                "Jaccard index with them.",
                s=Metric(f"{whole}_stability", quality.stability, "index"),
            )
        )
    notes += [telling(quality.method, f"{whole}_method", 400, inside=True)] if quality.method else []
    caption = Statement.of(
        "How far {title} can be relied on, {end}", title=own_name(quality.title, 60), end=day(quality.end)
    )
    line = Statement.of("{title}: {v}", title=own_name(quality.title, 60), v=verdict)
    return table_block(caption, columns, rows, notes=notes, line=line)


def _rounded(psi: float | None) -> float | None:
    return None if psi is None else round(psi, 4)


def _reasons(quality: SegmentQuality, key: str, longest: int) -> list[Statement]:
    return [telling(text, f"{key}_reason_{at}", longest, inside=True) for at, text in enumerate(quality.sentences, 1)]


def panel_table(panel: SegmentPanel) -> Block:
    """Show one row per segmentation: its model, its largest segment, whom it leaves out, and whether it holds."""
    rows = named_rows("panel", [_entry(entry) for entry in panel.entries], "name")
    caption = Statement.of(
        "Ways to divide {n} {unit}, {end}",
        n=Metric("panel_customers", panel.customers, "customers"),
        unit=own_name(panel.unit_name, 40),
        end=day(panel.end),
    )
    notes = [
        literal(
            "Value told apart is the share of its variance that lies between segments; drift is since the previous "
            "period (population stability index)."
        )
    ]
    # the table of quality says how the page's own segments were found
    notes += [
        Statement.of(
            "{t}: {w}",
            t=own_name(entry.title, 60),
            w=Statement.join(_reasons(entry.quality, keys("panel", [entry.name])[0], 600), " "),
        )
        for entry in panel.entries[1:]
        if entry.quality.method and entry.quality.sentences
    ]
    columns = [
        TableColumn("Segmentation", "title", "own", longest=60),
        TableColumn("Model", "model", "words", longest=40),
        TableColumn("Segments", "segments", "count"),
        TableColumn("Largest", "largest", "words"),
        TableColumn("In none", "unassigned", "share"),
        TableColumn("Value told apart", "separation", "share"),
        TableColumn("Drift", "psi", "index"),
        TableColumn("Verdict", "verdict", "words", longest=40),
    ]
    line = Statement.of("{n} ways to divide them", n=Metric("panel_entries", len(panel.entries), "count"))
    return table_block(caption, columns, rows, notes=notes, line=line if len(panel.entries) > 1 else None)


def _entry(entry: PanelEntry) -> dict[str, Any]:
    found = [r for r in records(entry.frame) if r["segment"] != "Unassigned"]
    top = max((r for r in found if r["share"] is not None), key=lambda r: r["share"], default=None)
    largest = DASH
    if top is not None:
        share = Metric(f"{keys('panel', [entry.name])[0]}_largest_share", top["share"], "share")
        largest = Statement.of("{s} ({n})", s=own_name(str(top["segment"]), 32), n=share)
    quality = entry.quality
    return {
        "name": entry.name,
        "title": entry.title,
        "model": entry.model.capitalize(),
        "segments": len(found),
        "largest": largest,
        "unassigned": quality.unassigned,
        "separation": quality.separation,
        "psi": _rounded(quality.psi),
        "verdict": quality.verdict.capitalize(),
        "suppressed": not found,
    }


def absent_models_table(panel: SegmentPanel) -> Block | None:
    """Tabulate those of the nine models that are not on the page, and why. What would add them is for the owner of the
    dataset file (`panel.absent` has the lines), not for a reader of the page.

    Returns None where all nine are there.
    """
    if not panel.absent:
        return None
    rows = named_rows(
        "absent", [{**values_of(absent), "model": absent.model.capitalize()} for absent in panel.absent], "model"
    )
    caption = literal("Models of segmentation that are not on this page, and why")
    columns = [
        TableColumn("Model", "model", "words", longest=40),
        TableColumn("Why not", "reason", "words", longest=300),
    ]
    return Block.of("table", {**table_fields(caption, columns, rows), "wide": True, "words": True})


def panel_segments_table(panel: SegmentPanel) -> Block:
    """Show every segment of every segmentation: how many, their share, and their value. The first segmentation stands
    open, the others are folded, the largest twelve of each; the file beside the page has all.
    """
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn(own_words(panel.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Share", "share", "share"),
    ]
    if panel.value_name:
        columns.append(TableColumn("Value share", "value_share", "share"))
        columns.append(TableColumn("Times the mean", "value_index", "index"))
    rows: list[Row] = []
    others: list[Row] = []
    beyond: list[Row] = []
    for at, entry in enumerate(panel.entries):
        found = segment_rows(f"panel {entry.name}", entry.segments, records(entry.frame))
        largest = sorted(found, key=lambda row: -(row.values["customers"] or 0))[:_MOST]
        model = Statement.of("{t} ({m})", t=own_name(entry.title, 60), m=name(entry.model, 40))
        if left := len(found) - len(largest):
            more = Metric(f"{keys('panel', [entry.name])[0]}_left_off", left, "count")
            model = Statement.of("{t}, the largest; {n} more", t=model, n=more)
        empty = dict.fromkeys((column.parts[0] for column in columns), literal(""))
        told = others if at else rows
        told += [Row("", {**empty, "segment": model}, total=True), *(row for row in found if row in largest)]
        beyond += [row for row in found if row not in largest]
    caption = Statement.of("Segments of each segmentation, {end}", end=day(panel.end))
    notes = [literal(NO_AMOUNTS)]
    if panel.value_name:
        caption = Statement.of(
            "Segments of each segmentation, {end}; value is {value}",
            end=day(panel.end),
            value=telling(panel.value_name, "value", inside=True),
        )
        notes = [literal("Times the mean is value a customer over that of all.")]
    if any(row.values.get("suppressed") for row in (*rows, *others)):
        smallest = Metric("panel_smallest_shown", panel.smallest, "count")
        notes.append(hidden_note(smallest, panel.unit_name, also="the other segmentations"))
    return table_block(
        caption,
        columns,
        rows,
        folded=others,
        folded_title=Statement.of(
            "Segments of {n} other segmentations", n=Metric("panel_others", max(len(panel.entries) - 1, 0), "count")
        ),
        beyond=beyond,
        notes=notes,
    )


def cross_table_block(cross: CrossTable) -> Block | None:
    """Tabulate a row's customers by column, in shares, for the largest columns of two segmentations crossed.

    Returns None where there is nothing to cross.
    """
    found = records(cross.frame)
    cells = {(str(r["row"]), str(r["column"])): r for r in found}
    sums = {c.name: sum(cells[s.name, c.name]["customers"] or 0 for s in cross.rows) for c in cross.columns}
    order = [c.name for c in cross.columns]
    kept = sorted(sorted(order, key=lambda c: (-sums[c], order.index(c)))[:_COLUMNS], key=order.index)
    # two free names in one key could be read in two ways, so columns are numbered
    parts = {c: f"column_{at}" for at, c in enumerate(kept, 1)}
    columns = [
        TableColumn("Segment", "segment", "own"),
        *(TableColumn(own_words(c, 40), parts[c], "share") for c in kept),
    ]
    read = [{"segment": s.name, **{part: cells[s.name, c]["share"] for c, part in parts.items()}} for s in cross.rows]
    rows = [
        replace(row, strong=[part for c, part in parts.items() if _stands_out(cells[row.values["segment"], c])])
        for row in segment_rows(f"cross {cross.first}", cross.rows, read)
    ]
    caption = Statement.of(
        "{first} (rows) by {second} (columns): share of each row's {unit}, {end}",
        first=own_name(cross.first, 60),
        second=own_name(cross.second, 60),
        unit=own_name(cross.unit_name, 40),
        end=day(cross.end),
    )
    notes = [
        Statement.of("Bold: {n} times or more what the column has of all.", n=Metric("cross_bold", _BOLD, "index"))
    ]
    if cross.cramers_v is not None:
        notes.append(
            Statement.of("Association (Cramér’s V): {v}.", v=Metric("cross_association", cross.cramers_v, "index"))
        )
    if len(kept) < len(order):
        left = Metric("cross_columns_left_off", len(order) - len(kept), "count")
        notes.append(Statement.of("{n} smaller columns are left off.", n=left))
    if any(r["suppressed"] for r in found):
        notes.append(hidden_note(Metric("cross_smallest_shown", cross.smallest, "count"), cross.unit_name))
    return table_block(caption, columns, rows, notes=notes)


def _stands_out(cell: Mapping[str, Any]) -> bool:
    return cell["index"] is not None and cell["index"] >= _BOLD and not cell["suppressed"]
