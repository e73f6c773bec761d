"""The frame of a campaign's page: how many came how far, and how everything was computed."""

from __future__ import annotations

from typing import Any

from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.lift_words import arm_key, guarded, is_shown
from segkit.page import Block, Metric, Statement, day, literal
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.notes import hidden_note, paragraphs
from segkit.page.table_cells import DASH


def lift_funnel(lift: CampaignLift) -> Block | None:
    """Tabulate how many of those assigned came how far. Shares are of the assigned, not of the reached."""
    steps = [
        s for s in ("sent", "opened", "clicked", "converted") if any(getattr(f, s) is not None for f in lift.funnel)
    ]
    if not steps:
        return None
    hide = lift.facts.randomised and not is_shown(lift)
    rows = []
    for step in lift.funnel:
        key = f"lift_funnel_{arm_key(lift, step.arm)}"
        values: dict[str, Any] = {"arm": step.arm, "assigned": step.assigned}
        for s in steps:
            count = getattr(step, s)
            values[s] = DASH
            if count is not None and not (s == "converted" and hide):
                share = Metric(f"{key}_{s}_share", count / step.assigned if step.assigned else None, "share")
                values[s] = Statement.of("{n} ({p})", n=Metric(f"{key}_{s}", count, "customers"), p=share)
        rows.append(Row(key, values))
    columns = [
        TableColumn("Arm", "arm", "own", longest=60),
        TableColumn("Assigned", "assigned", "customers"),
        *(TableColumn(s.capitalize(), s, "customers") for s in steps),
    ]
    caption = literal("From assigned to converted; shares are of all who were assigned")
    few = [hidden_note(Metric("lift_smallest", lift.smallest, "count"), lift.facts.unit_name)]
    notes = few if any(step.hidden for step in lift.funnel) else []
    return guarded(lift, table_block(caption, columns, rows, notes=notes))


def lift_method(lift: CampaignLift) -> Block:
    """Explain what was computed, from what, and what it does not say."""
    facts = lift.facts
    told = [
        Statement.of(
            "Everyone who was assigned counts, reached or not (intention to treat). Outcomes are counted from {start} "
            "to {last}, from transactions and contracts; conversions are those of the contact list, and are used once "
            "the campaign is over. Segments and covariates are those of the day before it began.",
            start=day(facts.start),
            last=day(facts.last),
        ),
        literal(
            "The engine gives counts, means, variances and covariances by arm, segment and channel; every figure is "
            "computed from these, and no customer’s row leaves it."
            if lift.ranking is None or not lift.ranking.rankings
            else "The engine gives counts, means, variances and covariances by arm, segment and channel; every figure "
            "but the ranking by uplift is computed from these. The ranking rests on a bounded sample of features, "
            "outcomes and arms, without ids."
        ),
    ]
    if facts.randomised:
        told.append(
            literal(
                "Segments are tested for differing at all before any is named. Shrunken estimates are empirical Bayes, "
                "hedged, and add up to the whole. A rule of sending is valued on the half of the customers that it was "
                "not learnt from, by inverse propensity within segments."
            )
        )
    if facts.drawn_groups is not None:
        told.append(
            literal(
                "Arms were drawn by whole groups, so the sample-ratio test, the balance before and every interval "
                "count groups. Nothing is adjusted by what customers did before, and neither channels nor rules of "
                "sending are compared: both would cut groups in two."
            )
        )
    return paragraphs(*told)
