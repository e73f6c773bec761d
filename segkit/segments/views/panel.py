"""The blocks of a page on how far segments can be relied on, and on several segmentations side by side."""

from __future__ import annotations

from typing import Final

from segkit.page import Block, Metric, Statement, day, literal, name, own_name, own_words, words
from segkit.page.notes import hidden_note
from segkit.page.segments import keys, records
from segkit.page.tables import column, row, table
from segkit.page.telling import telling
from segkit.segments.profile_records import CrossTable, SegmentPanel
from segkit.segments.quality_records import SegmentQuality

_MOST: Final = 12
_COLUMNS: Final = 6


def segment_quality_table(quality: SegmentQuality) -> Block:
    """Whether the segments hold: shares now and before, drift, stability; the verdict and its reasons below."""
    found = records(quality.frame)
    prefixes = keys(f"quality {quality.title}", [str(r["segment"]) for r in found])
    fitted = quality.stability is not None
    parts: list[tuple[str, str]] = [("share", "Share"), ("previous_share", "Previous"), ("psi", "Drift")]
    parts += [("stability", "Stability")] if fitted else []
    rows = []
    for prefix, r in zip(prefixes, found, strict=True):
        cells = [
            Statement.of(
                "{n}",
                n=Metric(f"{prefix}_{key}", r[key], "share")
                if "share" in key
                else Metric(f"{prefix}_{key}", None if r[key] is None else round(r[key], 4), "index"),
            )
            for key, _ in parts
        ]
        rows.append(row([own_words(str(r["segment"]), 80), *cells], quiet=bool(r["suppressed"])))
    whole = keys(f"quality {quality.title}", ["all"])[0]
    verdict = name(quality.verdict)
    notes = [Statement.of("Verdict: {v}.", v=verdict), *_reasons(quality, whole, 400)]
    if quality.psi is not None:
        notes.append(
            Statement.of(
                "Drift is each segment's part of the population stability index, {psi} together (below {a} none, to "
                "{b} moderate, above large).",
                psi=Metric(f"{whole}_psi", round(quality.psi, 4), "index"),
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
    columns = [column("Segment", "text"), *(column(label) for _, label in parts)]
    return Block.of("table", table(caption, columns, rows, notes=notes))


def _reasons(quality: SegmentQuality, key: str, longest: int) -> list[Statement]:
    return [telling(text, f"{key}_reason_{at}", longest, inside=True) for at, text in enumerate(quality.sentences, 1)]


def panel_table(panel: SegmentPanel) -> Block:
    """A row a segmentation: its model, its largest segment, whom it leaves out, and whether it holds."""
    rows = []
    for entry in panel.entries:
        key = keys("panel", [entry.name])[0]
        found = [r for r in records(entry.frame) if r["segment"] != "Unassigned"]
        shown = [r for r in found if r["share"] is not None]
        top = max(shown, key=lambda r: r["share"]) if shown else None
        largest = literal("–")
        if top is not None:
            largest = Statement.of(
                "{s} ({n})",
                s=own_name(str(top["segment"]), 32),
                n=Metric(f"{key}_largest_share", top["share"], "share"),
            )
        q = entry.quality
        metrics = (
            Metric(f"{key}_unassigned", q.unassigned, "share"),
            Metric(f"{key}_separation", q.separation, "share"),
            Metric(f"{key}_psi", None if q.psi is None else round(q.psi, 4), "index"),
        )
        rows.append(
            row(
                [
                    own_words(entry.title, 60),
                    words(entry.model.capitalize(), 40),
                    Statement.of("{n}", n=Metric(f"{key}_segments", len(found), "count")),
                    largest,
                    *(Statement.of("{n}", n=metric) for metric in metrics),
                    words(q.verdict.capitalize(), 40),
                ],
                quiet=not found,
            )
        )
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
    # how the page's own segments were found stands with their quality
    notes += [
        Statement.of(
            "{t}: {w}",
            t=own_name(entry.title, 60),
            w=Statement.join(_reasons(entry.quality, keys("panel", [entry.name])[0], 600), " "),
        )
        for entry in panel.entries[1:]
        if entry.quality.method and entry.quality.sentences
    ]
    columns = [column("Segmentation", "text"), column("Model", "text"), column("Segments")]
    columns += [column("Largest", "text"), column("In none"), column("Value told apart"), column("Drift")]
    return Block.of("table", table(caption, [*columns, column("Verdict", "text")], rows, notes=notes))


def absent_models_table(panel: SegmentPanel) -> Block | None:
    """Of the nine models those that are not on the page: what is missing, and the lines that would bring each.

    None where all nine are there.
    """
    if not panel.absent:
        return None
    rows = [
        row(
            [
                words(absent.model.capitalize(), 40),
                telling(absent.reason, f"absent_{absent.model}"),
                own_words(absent.table, 200),
                own_words(absent.line, 200),
            ]
        )
        for absent in panel.absent
    ]
    caption = literal("Models of segmentation that are not on this page, why, and what would bring them")
    notes = [
        literal(
            "… stands for what only the owner of the data knows. With those lines in the dataset file the model is there."
        )
    ]
    columns = [column("Model", "text"), column("Why not", "text")]
    columns += [column("Under tables", "text"), column("Under segmentations", "text")]
    return Block.of("table", {**table(caption, columns, rows, notes=notes), "wide": True, "words": True})


def panel_segments_table(panel: SegmentPanel) -> Block:
    """Every segment of every segmentation, the largest twelve of each: how many, their share, and their value."""
    rows = []
    hidden = False
    for entry in panel.entries:
        prefix = keys(f"panel {entry.name}", [s.name for s in entry.segments])
        colours = {s.name: s.colour for s in entry.segments}
        found = list(zip(prefix, records(entry.frame), strict=True))
        largest = sorted(found, key=lambda pair: -(pair[1]["customers"] or 0))[:_MOST]
        kept = [pair for pair in found if pair in largest]
        left = len(found) - len(kept)
        model = Statement.of("{t} ({m})", t=own_name(entry.title, 60), m=name(entry.model, 40))
        if left:
            more = Metric(f"{keys('panel', [entry.name])[0]}_left_off", left, "count")
            model = Statement.of("{t}, the largest; {n} more", t=model, n=more)
        rows.append(row([model, *(literal("") for _ in range(4))], total=True))
        for key, r in kept:
            hidden = hidden or bool(r["suppressed"])
            metrics = [Metric(f"{key}_customers", r["customers"], "customers")]
            metrics += [Metric(f"{key}_{part}", r[part], "share") for part in ("share", "value_share")]
            metrics.append(Metric(f"{key}_value_index", r["value_index"], "index"))
            cells = [own_words(str(r["segment"]), 80), *(Statement.of("{n}", n=metric) for metric in metrics)]
            rows.append(row(cells, colour=colours[str(r["segment"])], quiet=bool(r["suppressed"])))
    caption = Statement.of(
        "Segments of each segmentation, {end}; value is {value}",
        end=day(panel.end),
        value=telling(panel.value_name, "value", inside=True),
    )
    notes = [literal("Times the mean is value a customer over that of all.")]
    if hidden:
        smallest = Metric("panel_smallest_shown", panel.smallest, "count")
        notes.append(hidden_note(smallest, panel.unit_name, also="the other segmentations"))
    columns = [column("Segment", "text"), column(own_words(panel.unit_name.capitalize(), 40))]
    columns += [column(label) for label in ("Share", "Value share", "Times the mean")]
    return Block.of("table", table(caption, columns, rows, notes=notes))


def cross_table_block(cross: CrossTable) -> Block | None:
    """Who is in which segment of two segmentations: a row's customers by column, in shares; the largest columns.

    None where there is nothing to cross.
    """
    found = records(cross.frame)
    cells = {(str(r["row"]), str(r["column"])): r for r in found}
    sums = {c.name: sum(cells[s.name, c.name]["customers"] or 0 for s in cross.rows) for c in cross.columns}
    order = [c.name for c in cross.columns]
    kept = sorted(sorted(order, key=lambda c: (-sums[c], order.index(c)))[:_COLUMNS], key=order.index)
    names = [f"{s.name} {c}" for s in cross.rows for c in kept]
    prefixes = dict(zip(names, keys(f"cross {cross.first}", [str(i) for i in range(len(names))]), strict=True))
    rows = []
    for segment in cross.rows:
        line = [own_words(segment.name, 80)]
        strong = []
        for at, c in enumerate(kept, 1):
            r, key = cells[segment.name, c], prefixes[f"{segment.name} {c}"]
            line.append(Statement.of("{n}", n=Metric(f"{key}_share", r["share"], "share")))
            if r["index"] is not None and r["index"] >= 1.5 and not r["suppressed"]:
                strong.append(at)
        rows.append(row(line, colour=segment.colour, strong=strong))
    caption = Statement.of(
        "{first} (rows) by {second} (columns): share of each row's {unit}, {end}",
        first=own_name(cross.first, 60),
        second=own_name(cross.second, 60),
        unit=own_name(cross.unit_name, 40),
        end=day(cross.end),
    )
    notes = [
        Statement.of("Bold: {n} times or more what the column has of all.", n=Metric("cross_bold", 1.5, "index"))
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
    columns = [column("Segment", "text"), *(column(own_words(c, 40)) for c in kept)]
    return Block.of("table", table(caption, columns, rows, notes=notes))
