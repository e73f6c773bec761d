"""Charts of a campaign: effects of segments, the funnel, profit by segment, balance. Each is None where nothing may
be shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segkit.campaigns.records import CampaignLift, LiftMetric, SegmentEffects
from segkit.campaigns.views.lift_words import balance_label, each_interval
from segkit.page import Block, Metric, Statement, literal, name, number, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.labels import few_ticks, label_words, name_rows
from segkit.page.charts.style import ACTUAL, BAD, INK, MUTED, PREVIOUS, RULE, canvas
from segkit.page.result import Blocks
from segkit.page.segments import keys
from segkit.page.table_cells import one_number
from segkit.page.tables import column, data_table, row, table
from segkit.statistics.effects import Effect

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 24
_MOST_ROWS = 12
"""How many covariates the chart shows; the table has all."""


def change(lift: CampaignLift, metric: LiftMetric, key: str, value: float | None) -> Metric:
    """Return a difference of an outcome as a metric. Differences of shares are in percentage points."""
    if metric.unit == "money":
        return Metric(key, value, "money", lift.facts.money.currency)
    return Metric(key, value, "points" if metric.unit == "share" else "index")


def segment_forest(lift: CampaignLift, which: int = 0) -> Block | None:
    """Draw the effects by segment: raw ones with intervals (light), shrunken ones (dark), and the whole as a line.

    Args:
        lift: the record.
        which: place in the record's `by_segment`.
    """
    if which >= len(lift.by_segment):
        return None
    effects = lift.by_segment[which]
    rows = [r for r in effects.rows if isinstance(r.raw, Effect) and r.shrunken is not None][:_MOST]
    if not rows:
        return None
    prefixes = keys(f"forest_{which}", [r.segment.name for r in rows])
    metric = effects.metric
    known = [(p, r, r.raw) for p, r in zip(prefixes, rows, strict=True) if isinstance(r.raw, Effect)]
    raw = [change(lift, metric, f"{p}_raw", e.difference) for p, _, e in known]
    low = [change(lift, metric, f"{p}_low", e.lower) for p, _, e in known]
    high = [change(lift, metric, f"{p}_high", e.upper) for p, _, e in known]
    best = [change(lift, metric, f"{p}_shrunken", r.shrunken) for p, r, _ in known]
    whole = change(lift, metric, f"forest_{which}_all", effects.total.difference)
    labels = [own_name(r.segment.name, 80).text for r in rows]
    with canvas(height(len(rows) + 1) + 0.35) as (figure, axes):
        for at, (r, a, b, c, d) in enumerate(zip(rows, raw, low, high, best, strict=True)):
            axes.plot([_v(b), _v(c)], [at, at], color=PREVIOUS, linewidth=2.0)
            axes.plot(
                [_v(a)], [at], marker="o", markersize=6, markerfacecolor="white", markeredgecolor=MUTED, zorder=3
            )
            axes.plot([_v(d)], [at], marker="D", markersize=7, color=r.segment.colour, zorder=4)
        axes.plot([0, 0], [-0.5, len(rows)], color=INK, linewidth=1)
        axes.plot([_v(whole)] * 2, [-0.5, len(rows)], color=ACTUAL, linewidth=1.2, linestyle=(0, (4, 3)))
        _rows(axes, labels)
        _ticks(axes, lift, metric)
        axes.text(
            0.0, -0.95, "○ raw   ◆ shrunken   ┊ all", color=MUTED, va="center", transform=axes.get_yaxis_transform()
        )
        axes.set_ylim(len(rows) - 0.45, -1.35)
        return assemble(
            figure,
            title=_forest_title(lift, effects, whole),
            subtitle=Statement.of(
                "{badge}: {m} a customer, {arm} less {control}, {level} intervals",
                badge=name(lift.evidence.badge.value),
                m=own_name(metric.label, 40),
                arm=own_name(effects.arm, 24),
                control=own_name(lift.facts.control, 24),
                level=Metric("lift_level", lift.facts.level, "share"),
            ),
            alt=Statement.of(
                "Points with intervals, a segment each. All: {all}. {list}.",
                all=number(whole, "signed"),
                list=Statement.join(
                    [
                        Statement.of("{one}, shrunken {d}", one=one, d=number(d, "signed"))
                        for one, d in zip(each_interval(labels, raw, low, high), best, strict=True)
                    ],
                    "; ",
                ),
            ),
            table=data_table(
                Statement.of("{m} by segment, {arm}", m=own_name(metric.label, 40), arm=own_name(effects.arm, 24)),
                [
                    # a page draws every arm, and each row is of one
                    Statement.of("Segment, {arm}", arm=own_name(effects.arm, 24)),
                    *("Raw", "From", "To", "Shrunken"),
                ],
                [
                    [own_words(label, 80), *(one_number(m, "signed") for m in cells)]
                    for label, *cells in zip(labels, raw, low, high, best, strict=True)
                ],
            ),
            names=label_words(labels),
        )


def _forest_title(lift: CampaignLift, effects: SegmentEffects, whole: Metric) -> Statement:
    arm = own_name(effects.arm, 24)
    if effects.test is not None and effects.test.p_value < 0.05:
        return Statement.of("What {arm} changed differs between segments", arm=arm)
    return Statement.of("No sign that segments differ in what {arm} changed: {d}", arm=arm, d=number(whole, "signed"))


def segment_forests(lift: CampaignLift) -> Blocks:
    """Draw the effects by segment for each outcome and arm that is shown by segment, in at most four charts."""
    return Blocks(block for which in range(4) if (block := segment_forest(lift, which)) is not None)


def lift_profit(lift: CampaignLift) -> Block | None:
    """Draw the profit per customer by segment with its interval, for the most promising arm of each segment."""
    rows: list[Any] = []
    for segment in lift.segments:
        found = [r for r in lift.money if r.segment == segment and r.profit is not None]
        if found:
            rows.append(max(found, key=lambda r: r.profit.probability if r.profit else 0.0))
    rows = rows[:_MOST]
    if not rows:
        return None
    prefixes = keys("profit", [r.segment.name for r in rows])
    currency = lift.facts.money.currency
    each, low, high = (
        [
            Metric(f"{p}_{part}", getattr(r.profit, part), "money", currency)
            for p, r in zip(prefixes, rows, strict=True)
        ]
        for part in ("per_customer", "lower", "upper")
    )
    chances = [Metric(f"{p}_chance", r.profit.probability, "share") for p, r in zip(prefixes, rows, strict=True)]
    labels = [own_name(r.segment.name, 80).text for r in rows]
    sends = Metric("profit_sends", sum(r.profit.decision == "send" for r in rows), "count")
    with canvas(height(len(rows) + 1) + 0.35) as (figure, axes):
        for at, (r, a, b, c) in enumerate(zip(rows, each, low, high, strict=True)):
            colour = {"send": ACTUAL, "hold": BAD}.get(r.profit.decision, PREVIOUS)
            axes.plot([_v(b), _v(c)], [at, at], color=colour, linewidth=2.2)
            axes.plot([_v(a)], [at], marker="s", markersize=7, color=colour, zorder=3)
        axes.axvline(0, color=INK, linewidth=1)
        _rows(axes, labels)
        _ticks(axes, lift, None)
        axes.set_ylim(len(rows) - 0.45, -0.6)
        return assemble(
            figure,
            title=Statement.of(
                "In {n} of {k} segments the campaign surely paid",
                n=sends,
                k=Metric("profit_segments", len(rows), "count"),
            ),
            subtitle=Statement.of(
                "{badge}: margin less cost a customer, {c}, each segment’s likeliest arm",
                badge=name(lift.evidence.badge.value),
                c=own_name(currency),
            ),
            alt=Statement.of(
                "Points with intervals: profit a customer by segment. {list}.",
                list=Statement.join(each_interval(labels, each, low, high), "; "),
            ),
            table=table(
                literal("Profit a customer by segment"),
                [
                    column("Segment", "text"),
                    column("Arm", "text"),
                    column("Profit"),
                    column("From"),
                    column("To"),
                    column("Chance of profit"),
                ],
                [
                    row(
                        [own_words(label, 80), own_words(r.arm, 40), *(one_number(m, "signed") for m in (a, b, c)), p]
                    )
                    for label, r, a, b, c, p in zip(labels, rows, each, low, high, chances, strict=True)
                ],
            ),
            names=label_words(labels),
        )


def lift_funnel_chart(lift: CampaignLift) -> Block | None:
    """Draw how many of the contacted arms' assigned customers came how far, and the control's conversion beside them."""
    arms = [s for s in lift.funnel if s.arm != lift.facts.control and s.sent]
    if not arms or any(s.assigned == 0 for s in lift.funnel):
        return None
    steps = [s for s in ("assigned", "sent", "opened", "clicked") if all(getattr(a, s) is not None for a in arms)]
    counts = {s: sum(getattr(a, s) for a in arms) for s in steps}
    if (lift.evidence.publishable or not lift.facts.randomised) and all(a.converted is not None for a in arms):
        counts["converted"] = sum(a.converted or 0 for a in arms)
    assigned = counts["assigned"]
    totals = {s: Metric(f"funnel_{s}", n, "customers") for s, n in counts.items()}
    shares = {s: Metric(f"funnel_{s}_share", n / assigned, "share") for s, n in counts.items()}
    labels = [s.capitalize() for s in counts]
    last = list(counts)[-1]
    with canvas(height(len(counts)) + 0.2) as (figure, axes):
        draw_bars(
            axes,
            labels,
            [m.value for m in totals.values()],
            [f"{write(totals[s])} ({write(shares[s])})" for s in counts],
            [ACTUAL] * len(counts),
        )
        return assemble(
            figure,
            title=Statement.of("{p} of the assigned {what}", p=shares[last], what=literal(last)),
            subtitle=Statement.of(
                "Treated {unit}, share of all who were assigned", unit=own_name(lift.facts.unit_name, 40)
            ),
            alt=Statement.of(
                "Bars: {list}.",
                list=Statement.join(
                    [Statement.of("{l} {n} ({p})", l=literal(s), n=totals[s], p=shares[s]) for s in counts], ", "
                ),
            ),
            table=data_table(
                literal("Treated customers by step"),
                ["Step", "Customers", "Share of assigned"],
                [(literal(s.capitalize()), totals[s], shares[s]) for s in counts],
            ),
        )


def balance_plot(lift: CampaignLift, most: int = _MOST_ROWS) -> Block | None:
    """Draw the standardised differences before (light) and after weighting (dark), with the limits within which arms
    are balanced.

    Args:
        lift: the record.
        most: how many covariates, those that differed most; the table has all.
    """
    if lift.chosen is None or not lift.chosen.balance:
        return None
    apart = sorted(enumerate(lift.chosen.balance), key=lambda item: -max(abs(item[1].before), abs(item[1].after)))
    rows = sorted(apart[:most], key=lambda item: item[0])
    before = [Metric(f"lift_balance_{i}_before", r.before, "index") for i, r in rows]
    after = [Metric(f"lift_balance_{i}_after", r.after, "index") for i, r in rows]
    labels = [balance_label(lift, r) for _, r in rows]
    worst = max(before, key=lambda m: abs(_v(m)))
    with canvas(height(len(rows) + 1) + 0.35) as (figure, axes):
        for edge in (-0.1, 0.1):
            axes.plot([edge] * 2, [-0.5, len(rows)], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        axes.plot([0, 0], [-0.5, len(rows)], color=INK, linewidth=1)
        for at, (a, b) in enumerate(zip(before, after, strict=True)):
            axes.plot([_v(a), _v(b)], [at, at], color=RULE, linewidth=1.5)
            axes.plot([_v(a)], [at], marker="o", markersize=8, markerfacecolor="white", markeredgecolor=MUTED)
            axes.plot([_v(b)], [at], marker="o", markersize=8, color=ACTUAL)
        _rows(axes, labels, 18)
        axes.set_ylim(len(rows) - 0.45, -1.25)
        axes.text(0.0, -0.9, "○ as they were   ● after weighting", color=MUTED, transform=axes.get_yaxis_transform())
        few_ticks(axes, lambda tick: write(Metric("tick", tick, "index"), "signed"))
        return assemble(
            figure,
            title=Statement.of(
                "Before the campaign they differed by as much as {d} standard deviations", d=number(worst, "size")
            ),
            subtitle=literal("Contacted less other customers, in standard deviations; dashed: balanced within"),
            alt=Statement.of(
                "Points: {list}.",
                list=Statement.join(
                    [
                        Statement.of(
                            "{l} {a} before, {b} after weighting",
                            l=own_name(label, 40),
                            a=number(a, "signed"),
                            b=number(b, "signed"),
                        )
                        for label, a, b in zip(labels, before, after, strict=True)
                    ],
                    "; ",
                ),
            ),
            table=data_table(
                literal("Standardised differences"),
                ["Known the day before", "As they were", "After weighting"],
                [
                    (own_words(label, 60), one_number(b, "signed"), one_number(a, "signed"))
                    for label, b, a in zip(labels, before, after, strict=True)
                ],
            ),
            names=label_words(labels, 18),
            shows="lift_balance",
        )


def _v(metric: Metric) -> float:
    return float(metric.value or 0.0)


def _rows(axes: Axes, labels: list[str], longest: int = 16) -> None:
    name_rows(axes, labels, longest)
    axes.tick_params(axis="x", length=0, labelcolor=MUTED)
    axes.spines["left"].set_visible(False)


def _ticks(axes: Axes, lift: CampaignLift, metric: LiftMetric | None) -> None:
    unit = metric or LiftMetric("profit", "", "money", "up", False, None)
    few_ticks(axes, lambda tick: write(change(lift, unit, "tick", tick), "signed"))
