"""A planned campaign on the page: how many customers each arm needs, and how many weeks that takes, by segment."""

from __future__ import annotations

from typing import Any

from segkit.campaigns.planning_records import CampaignPlan, PlannedSegment
from segkit.page import Block, Metric, Statement, day, literal, note, own_name, own_words
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.format import MISSING
from segkit.page.segments import keys
from segkit.page.table_cells import metric_of
from segkit.page.telling import telling


def campaign_plan_table(plan: CampaignPlan) -> Block:
    """Tabulate customers now, newcomers, customers that each arm needs, weeks, and what today's customers would find."""
    if plan.refusal is not None or plan.metric is None:
        return note(
            "No campaign can be planned: {why}.",
            why=telling(plan.refusal or "there is no outcome", "plan_refused", inside=True),
        )
    prefixes = keys("planned", ["all customers" if r.segment is None else r.segment.name for r in plan.rows])
    rows = [_row(plan, r, key) for r, key in zip(plan.rows, prefixes, strict=True)]
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn(own_words(f"{plan.unit_name.capitalize()} now", 40), "customers", "customers"),
        TableColumn("New a week", "weekly", "index"),
        TableColumn("Needed in each arm", "per_arm", "customers"),
        TableColumn("Weeks in all", "weeks", "count"),
        TableColumn("Today’s would find", "detectable", "change"),
        TableColumn("What it says", "says", "words"),
    ]
    caption = Statement.of(
        "To find a difference of {e} in {m} a customer four times in five, in a campaign of {w} weeks, by {s}, {end}",
        e=_effect(plan),
        m=own_name(plan.metric.label[:1].lower() + plan.metric.label[1:], 40),
        w=Metric("planned_weeks", plan.weeks, "count"),
        s=own_name(plan.segmentation, 60),
        end=day(plan.as_of),
    )
    line = None
    if plan.rows[0].per_arm is not None:
        line = Statement.of(
            "All together: {says}, {n} in each arm",
            says=_says(plan.rows[0], prefixes[0]),
            n=Metric(f"{prefixes[0]}_per_arm", plan.rows[0].per_arm, "customers"),
        )
    return table_block(caption, columns, rows, notes=_notes(plan), line=line)


def _row(plan: CampaignPlan, r: PlannedSegment, key: str) -> Row:
    values: dict[str, Any] = {
        "segment": literal("All") if r.segment is None else r.segment.name,
        "customers": r.customers,
        "weekly": round(r.weekly, 1),
    }
    colour = None if r.segment is None else r.segment.colour
    if r.per_arm is None:
        values["says"] = telling(r.reason or MISSING, "plan_refused")
        return Row(key, values, colour=colour, quiet=True, partial=True)
    values |= {"per_arm": r.per_arm, "weeks": r.weeks, "detectable": r.detectable, "says": _says(r, key)}
    return Row(
        key,
        values,
        unit=_unit(plan),
        colour=colour,
        quiet=r.waiting is None,
        strong=("says",) if r.waiting == 0 else (),
    )


def _says(r: PlannedSegment, key: str) -> Statement:
    if r.waiting == 0:
        return literal("Enough today")
    if r.waiting is None:
        return literal("Too few, also in two years")
    return Statement.of("Enough after {n} weeks of newcomers", n=Metric(f"{key}_waiting", r.waiting, "count"))


def _unit(plan: CampaignPlan) -> str:
    assert plan.metric is not None
    if plan.metric.unit == "money":
        return plan.money.currency
    return "share" if plan.metric.unit == "share" else "index"


def _effect(plan: CampaignPlan) -> Metric:
    unit = _unit(plan)
    return metric_of("planned_effect", plan.effect, "points" if unit == "share" else unit)


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
