"""The chart of moves between segments: in to the right, out to the left."""

from __future__ import annotations

from segkit.page import Block, Metric, Statement, day, literal, number, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import height
from segkit.page.charts.labels import beside, label_words, name_rows
from segkit.page.charts.style import ACTUAL, MUTED, PREVIOUS, canvas
from segkit.page.format import capital
from segkit.page.segments import keys, records
from segkit.page.table_cells import one_number
from segkit.page.tables import data_table
from segkit.segments.records import Migration
from segkit.segments.views.drawn_segments import MOST


def net_moves(migration: Migration) -> Block | None:
    """Draw who came into each segment (dark, right) and who left it (lighter, left), with the net beside it.

    Returns None where there is nothing to draw.
    """
    rows = records(migration.balance)
    prefixes = [f"{key}_move" for key in keys(migration.title, [str(r["segment"]) for r in rows])]
    busiest = sorted(range(len(rows)), key=lambda at: -((rows[at]["moved_in"] or 0) + (rows[at]["moved_out"] or 0)))
    chosen = sorted(busiest[:MOST])
    inward, outward, net = [], [], []
    for prefix, r in zip(prefixes, rows, strict=True):
        come = None if r["moved_in"] is None or r["arrived"] is None else r["moved_in"] + r["arrived"]
        inward.append(Metric(f"{prefix}_all_in", come, "customers"))
        outward.append(Metric(f"{prefix}_moved_out", r["moved_out"], "customers"))
        gap = None if come is None or r["moved_out"] is None else come - r["moved_out"]
        net.append(Metric(f"{prefix}_net", gap, "customers"))
    labels = [own_name(str(r["segment"]), 80).text for r in rows]
    with canvas(height(len(chosen) + 1)) as (figure, axes):
        places = list(range(len(chosen)))
        right = [inward[at].value or 0 for at in chosen]
        left = [outward[at].value or 0 for at in chosen]
        axes.barh(places, right, height=0.56, color=ACTUAL, linewidth=0)
        axes.barh(places, [-value for value in left], height=0.56, color=PREVIOUS, linewidth=0)
        axes.axvline(0, color=MUTED, linewidth=1)
        span = max([*right, *left, 1])
        for place, at in zip(places, chosen, strict=True):
            beside(axes, place, write(net[at], "signed"))
        for x, text, side in ((-0.04 * span, "out", "right"), (0.04 * span, "in", "left")):
            axes.text(x, -0.75, text, color=MUTED, ha=side, va="center")
        beside(axes, -0.75, "net", colour=MUTED, weight="normal")
        axes.set_xlim(-max(left, default=0) * 1.02 - 0.04 * span, max(right, default=0) * 1.02 + 0.04 * span)
        axes.set_ylim(len(places) - 0.45, -1.15)
        name_rows(axes, [labels[at] for at in chosen])
        axes.xaxis.set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        return assemble(
            figure,
            title=_title(migration),
            subtitle=Statement.of(
                "{unit} who came into and left each segment, {before} to {end}",
                unit=own_name(capital(migration.unit_name), 40),
                before=day(migration.previous_end),
                end=day(migration.end),
            ),
            alt=Statement.of(
                "Bars to both sides: {unit} into and out of each segment. {list}.",
                unit=own_name(migration.unit_name, 40),
                list=Statement.join(
                    [
                        Statement.of(
                            "{s} {i} in, {o} out, net {n}",
                            s=own_name(labels[at], 40),
                            i=inward[at],
                            o=outward[at],
                            n=number(net[at], "signed"),
                        )
                        for at in chosen
                    ],
                    "; ",
                ),
            ),
            table=data_table(
                Statement.of("{unit} in and out, new ones included", unit=own_name(capital(migration.unit_name), 40)),
                ["Segment", "In", "Out", "Net"],
                [
                    (own_words(label, 80), come, gone, one_number(gap, "signed"))
                    for label, come, gone, gap in zip(labels, inward, outward, net, strict=True)
                ],
            ),
            names=label_words(labels),
        )


def _title(migration: Migration) -> Statement:
    flows = records(migration.flows)
    prefix = keys(migration.title, ["all"])[0]
    moved = [r["moved_in"] for r in records(migration.balance)]
    if None in moved and flows:
        return Statement.of(
            "Most who changed segment went from {a} to {b}",
            a=own_name(str(flows[0]["from_segment"]), 24),
            b=own_name(str(flows[0]["to_segment"]), 24),
        )
    if None in moved or not sum(moved):
        return literal("Nobody changed segment") if None not in moved else literal("Moves between segments")
    total = Metric(f"{prefix}_move_moved_in", sum(moved), "customers")
    unit = own_name(migration.unit_name, 30)
    if not flows:
        return Statement.of("{n} {unit} changed segment", n=total, unit=unit)
    first = flows[0]
    return Statement.of(
        "{n} {unit} changed segment, most from {a} to {b}",
        n=total,
        unit=unit,
        a=own_name(str(first["from_segment"]), 24),
        b=own_name(str(first["to_segment"]), 24),
    )
