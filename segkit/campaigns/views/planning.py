"""A planned campaign on the page: how many customers each arm needs, and how many weeks that takes, by segment."""

from __future__ import annotations

from segkit.campaigns.planning_records import CampaignPlan, PlannedSegment
from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words
from segkit.page.format import MISSING
from segkit.page.segments import keys
from segkit.page.tables import column, row, table
from segkit.page.telling import telling


def campaign_plan_table(plan: CampaignPlan) -> Block:
    """Customers now, newcomers, customers needed in each arm, weeks, and what today's customers would find."""
    if plan.refusal is not None or plan.metric is None:
        why = Statement.of(
            "No campaign can be planned: {why}.",
            why=telling(plan.refusal or "there is no outcome", "plan_refused", inside=True),
        )
        return Block.of("notes", {"paragraphs": [why], "terms": []})
    prefixes = keys("planned", ["all customers" if r.segment is None else r.segment.name for r in plan.rows])
    rows = [_row(plan, r, key) for r, key in zip(plan.rows, prefixes, strict=True)]
    columns = [
        column("Segment", "text"),
        column(own_words(f"{plan.unit_name.capitalize()} now", 40)),
        column("New a week"),
        column("Needed in each arm"),
        column("Weeks in all"),
        column("Today’s would find"),
        column("What it says", "text"),
    ]
    caption = Statement.of(
        "To find a difference of {e} in {m} a customer four times in five, in a campaign of {w} weeks, by {s}, {end}",
        e=_amount(plan, "planned_effect", plan.effect),
        m=own_name(plan.metric.label[:1].lower() + plan.metric.label[1:], 40),
        w=Metric("planned_weeks", plan.weeks, "count"),
        s=own_name(plan.segmentation, 60),
        end=day(plan.as_of),
    )
    return Block.of("table", table(caption, columns, rows, notes=_notes(plan)))


def _row(plan: CampaignPlan, r: PlannedSegment, key: str) -> dict[str, object]:
    label = literal("All") if r.segment is None else own_words(r.segment.name, 80)
    cells = [
        label,
        Statement.of("{n}", n=Metric(f"{key}_customers", r.customers, "customers")),
        Statement.of("{n}", n=Metric(f"{key}_weekly", round(r.weekly, 1), "index")),
    ]
    colour = None if r.segment is None else r.segment.colour
    if r.per_arm is None:
        return row(
            [*cells, *[literal(MISSING)] * 3, telling(r.reason or MISSING, "plan_refused")], colour=colour, quiet=True
        )
    weeks = literal(MISSING)
    if r.weeks is not None:
        weeks = Statement.of("{n}", n=Metric(f"{key}_weeks", r.weeks, "count"))
    return row(
        [
            *cells,
            Statement.of("{n}", n=Metric(f"{key}_per_arm", r.per_arm, "customers")),
            weeks,
            Statement.of("{n}", n=_amount(plan, f"{key}_detectable", r.detectable)),
            _says(r, key),
        ],
        colour=colour,
        quiet=r.waiting is None,
        strong=(6,) if r.waiting == 0 else (),
    )


def _says(r: PlannedSegment, key: str) -> Statement:
    if r.waiting == 0:
        return literal("Enough today")
    if r.waiting is None:
        return literal("Too few, also in two years")
    return Statement.of("Enough after {n} weeks of newcomers", n=Metric(f"{key}_waiting", r.waiting, "count"))


def _amount(plan: CampaignPlan, key: str, value: float | None) -> Metric:
    assert plan.metric is not None
    if plan.metric.unit == "money":
        return Metric(key, value, "money", plan.money.currency)
    return Metric(key, value, "points" if plan.metric.unit == "share" else "index")


def _notes(plan: CampaignPlan) -> list[Statement]:
    whole = plan.rows[0]
    found = [
        Statement.of(
            "One arm and a control of the same size. The spread is that of the last {w} weeks, by the segments of the "
            "day before them; what customers did in the weeks before those explains {x} of it over all and is taken out.",
            w=Metric("planned_weeks", plan.weeks, "count"),
            x=Metric("planned_explained", whole.explained, "share"),
        ),
        Statement.of(
            "Weeks in all are those until enough customers are there, at the newcomers of the last {f} weeks, and the "
            "campaign’s own. Where there are too few, plan for the difference that today’s would find, or test the "
            "segment together with others.",
            f=Metric("planned_flow_weeks", plan.flow_weeks, "count"),
        ),
    ]
    if plan.inflation > 1:
        found.append(
            Statement.of(
                "Looking every week takes {x} more customers than looking once, which is counted.",
                x=Metric("planned_looks", plan.inflation - 1, "share"),
            )
        )
    return found
