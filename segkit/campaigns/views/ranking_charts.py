"""The curve of gains of a ranking by uplift, beside the best simple rule and a random order."""

from __future__ import annotations

from segkit.campaigns.ranking_records import RULES, RuleKey, UpliftRanking
from segkit.campaigns.records import CampaignLift, LiftMetric
from segkit.campaigns.views.lift_charts import change
from segkit.page import Block, Metric, Statement, literal, name, own_name, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.style import ACTUAL, BAND, INK, MUTED, PREVIOUS, canvas
from segkit.page.result import Blocks
from segkit.page.segments import slug
from segkit.page.table_cells import one_number
from segkit.page.tables import data_table

_TABLED = 2
"""Every how many steps of the curve the chart's table has a row."""


def qini_chart(lift: CampaignLift, which: int = 0) -> Block | None:
    """Draw what contacting the first customers gains: by predicted uplift, by the best simple rule, and at random.

    Args:
        lift: the record.
        which: place among the arms that were ranked.
    """
    made = [r for r in lift.ranking.rankings if r.refusal is None] if lift.ranking is not None else []
    if which >= len(made):
        return None
    ranking = made[which]
    best = ranking.best_simple or "random"
    metric = next(m for m in lift.metrics if m.key == ranking.outcome)
    drawn: tuple[RuleKey, ...] = ("x",) if best == "random" else ("x", best)
    with canvas(2.9) as (figure, axes):
        steps = [0.0, *ranking.steps]
        first = ranking.rule("x").curve
        axes.fill_between(steps, [0.0, *(g.lower for g in first)], [0.0, *(g.upper for g in first)], color=BAND, lw=0)
        whole = first[-1].value
        axes.plot([0, 1], [0, whole], color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
        for key in reversed(drawn):
            colour, width = (ACTUAL, 2.2) if key == "x" else (PREVIOUS, 1.8)
            axes.plot(steps, [0.0, *(g.value for g in ranking.rule(key).curve)], color=colour, linewidth=width)
        axes.axhline(0, color=INK, linewidth=1)
        axes.set_xlim(0, 1)
        shares = (0.0, 0.25, 0.5, 0.75, 1.0)
        axes.set_xticks(shares, [write(Metric("tick", share, "share")) for share in shares])
        axes.locator_params(axis="y", nbins=4)
        low, high = axes.get_ylim()
        ticks = [t for t in axes.get_yticks() if low <= t <= high]
        axes.set_yticks(ticks, [write(change(lift, metric, "tick", round(float(t), 10)), "signed") for t in ticks])
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y")
        legend = "━ by uplift" + ("" if best == "random" else f"   ─ by {RULES[best].lower()}") + "   ┄ at random"
        axes.set_title(legend, loc="left", color=MUTED, fontsize=12)
        return assemble(
            figure,
            title=_title(lift, ranking, best),
            subtitle=Statement.of(
                "{badge}: {m} gained, a customer of all, by share contacted; {n} held-out customers; shaded: {level} "
                "interval",
                badge=name(lift.evidence.badge.value),
                m=own_name(metric.label[:1].lower() + metric.label[1:], 40),
                n=Metric(f"lift_rank_{_arm(lift, ranking)}_judged", ranking.judged, "customers"),
                level=Metric("lift_level", lift.facts.level, "share"),
            ),
            alt=_alt(lift, ranking, metric, drawn),
            table=_table(lift, ranking, metric),
            names=[Statement((name(legend, 120),))],
        )


def _arm(lift: CampaignLift, ranking: UpliftRanking) -> str:
    return slug(ranking.arm) or f"arm_{lift.facts.arms.index(ranking.arm)}"


def _title(lift: CampaignLift, ranking: UpliftRanking, best: RuleKey) -> Statement:
    arm = own_name(ranking.arm, 24)
    if ranking.answer == "more":
        return Statement.of("{arm}: ranking by uplift finds more than any simple rule", arm=arm)
    found = "less" if ranking.answer == "less" else "no more"
    if best == "random":
        return Statement.of("{arm}: ranking by uplift finds {f} than chance", arm=arm, f=literal(found))
    return Statement.of(
        "{arm}: ranking by uplift finds {f} than {rule}", arm=arm, f=literal(found), rule=literal(RULES[best].lower())
    )


def _point(lift: CampaignLift, ranking: UpliftRanking, metric: LiftMetric, key: RuleKey, at: int) -> Metric:
    share = round(100 * ranking.steps[at])
    named = f"lift_curve_{_arm(lift, ranking)}_{key}_{share}"
    return change(lift, metric, named, ranking.rule(key).curve[at].value)


def _alt(lift: CampaignLift, ranking: UpliftRanking, metric: LiftMetric, drawn: tuple[RuleKey, ...]) -> Statement:
    at = [len(ranking.steps) // 4 - 1, len(ranking.steps) // 2 - 1, len(ranking.steps) - 1]
    lines = [
        Statement.of(
            "{rule} {points}",
            rule=literal(RULES[key].lower().split(",")[0]),
            points=Statement.join([one_number(_point(lift, ranking, metric, key, k), "signed") for k in at]),
        )
        for key in (*drawn, "random")
    ]
    return Statement.of(
        "Lines of what is gained when a quarter, half and all are contacted: {list}.",
        list=Statement.join(lines, "; "),
    )


def _table(lift: CampaignLift, ranking: UpliftRanking, metric: LiftMetric) -> dict[str, object]:
    lines: list[list[Statement | Metric]] = []
    for at in range(_TABLED - 1, len(ranking.steps), _TABLED):
        share = Metric(f"lift_curve_share_{round(100 * ranking.steps[at])}", ranking.steps[at], "share")
        cells = [_point(lift, ranking, metric, rule.rule, at) for rule in ranking.rules]
        lines.append([share, *(one_number(cell, "signed") for cell in cells)])
    return data_table(
        Statement.of(
            "{m} gained, a customer of all, {arm}", m=own_name(metric.label, 40), arm=own_name(ranking.arm, 24)
        ),
        ["Contacted", *(RULES[rule.rule] for rule in ranking.rules)],
        lines,
    )


def qini_charts(lift: CampaignLift) -> Blocks:
    """Draw the Qini curve of each arm that was ranked, in at most two charts."""
    return Blocks(block for which in range(2) if (block := qini_chart(lift, which)) is not None)
