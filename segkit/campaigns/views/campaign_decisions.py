"""What campaigns ask to decide: go on, stop, test again, or draw a control group next time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

from segkit.campaigns.models.evidence import Badge
from segkit.campaigns.models.profit import Profit
from segkit.campaigns.recent_records import RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.compared_together import Family, page_family
from segkit.campaigns.views.lift_words import LIKELY, arm_key, can_repeat, chosen_reason, is_shown
from segkit.campaigns.views.programmes import programme_decisions
from segkit.campaigns.views.recent import named_after
from segkit.page import Metric, Statement, literal, own_name
from segkit.page.decision import Certainty, Decision
from segkit.page.segments import keys

_CERTAINTY: Final[dict[Badge, Certainty]] = {
    Badge.RANDOMISED: "randomised",
    Badge.ADJUSTED: "adjusted",
    Badge.DESCRIPTIVE: "descriptive",
}


def lift_decisions(lift: CampaignLift, about: str = "") -> list[Decision]:
    """Return what to do with each arm of a campaign, or what has to come first where it cannot be judged."""
    if lift.facts.randomised and not lift.evidence.publishable:
        return [_repair(lift)]
    if not lift.facts.randomised:
        return [_draw(lift)]
    return [
        _arm(lift, row.arm, row.profit)
        for row in lift.money
        if row.segment is None and row.profit is not None and is_shown(lift)
    ]


def recent_decisions(recent: RecentCampaigns, about: str = "") -> list[Decision]:
    """Return the decisions of all campaigns that run or ended lately; of several that cannot be judged, one for all."""
    ids = [campaign.campaign_id if not isinstance(campaign, CampaignLift) else campaign.facts.campaign_id
           for campaign in recent.campaigns]  # fmt: skip
    family = page_family(recent)
    found: list[Decision] = []
    unjudged: list[CampaignLift] = []
    for campaign, prefix in zip(recent.campaigns, keys("campaign", ids), strict=True):
        if not isinstance(campaign, CampaignLift):
            continue
        if not campaign.facts.randomised:
            unjudged.append(campaign)
            continue
        found += [_named(_among(one, campaign, family), prefix) for one in lift_decisions(campaign)]
    if len(unjudged) == 1:
        found.append(replace(_draw(unjudged[0]), source="RecentCampaigns.table"))
    elif unjudged:
        found.append(
            Decision(
                key="campaign_control",
                todo=literal("Draw a control group at random for the next campaign"),
                certainty="descriptive",
                ground=Statement.of(
                    "whether {n} of the campaigns here paid cannot be judged: their recipients were chosen",
                    n=Metric("campaigns_unjudged", len(unjudged), "count"),
                ),
                source="RecentCampaigns.table",
            )
        )
    return [*found, *programme_decisions(recent)]


def _among(decision: Decision, lift: CampaignLift, family: Family) -> Decision:
    """Return a decision that says so where its ground is not clear among all that the page compares."""
    arms = [row.arm for row in lift.money if row.profit is not None and row.profit.decision != "test again"]
    if not any(decision.key == f"lift_money_{arm_key(lift, arm)}" and family.unclear(lift, arm) for arm in arms):
        return decision
    ground = Statement.of(
        "{ground}; not clear among {n} comparisons",
        ground=decision.ground,
        n=Metric("lift_campaigns_compared", family.many, "count"),
    )
    return replace(decision, ground=ground)


def _named(decision: Decision, prefix: str) -> Decision:
    """Return a decision with its numbers named after the campaign, as the table of campaigns names them."""

    def metric(found: Metric | None) -> Metric | None:
        return None if found is None else replace(found, key=f"{prefix}_{found.key.removeprefix('lift_')}")

    return replace(
        decision,
        key=f"{prefix}_{decision.key.removeprefix('lift_')}",
        todo=named_after(decision.todo, prefix),
        ground=named_after(decision.ground, prefix),
        where_wrong=named_after(decision.where_wrong, prefix),
        customers=metric(decision.customers),
        money=metric(decision.money),
        low=metric(decision.low),
        high=metric(decision.high),
        source="RecentCampaigns.table",
    )


def _repair(lift: CampaignLift) -> Decision:
    return Decision(
        key="lift_repair",
        todo=Statement.of("Find out what went wrong with the data of {c}", c=own_name(lift.facts.name, 60)),
        certainty="descriptive",
        ground=literal("a check of the draw failed, and until that is explained the campaign has no result"),
        source="CampaignLift.checks",
    )


def _draw(lift: CampaignLift) -> Decision:
    return Decision(
        key="campaign_control",
        todo=literal("Draw a control group at random for the next campaign"),
        certainty=_CERTAINTY[lift.evidence.badge],
        ground=Statement.of("what {c} did {why}", c=own_name(lift.facts.name, 60), why=chosen_reason(lift)),
        source="CampaignLift.checks",
    )


def _arm(lift: CampaignLift, arm: str, found: Profit) -> Decision:
    """Return go on, stop, test again or cannot be settled, with what the arm brought."""
    key = f"lift_money_{arm_key(lift, arm)}"
    facts = lift.facts
    named: dict[str, Any] = {"c": own_name(facts.name, 40), "arm": own_name(arm, 24)}
    ended = facts.end <= facts.as_of
    loss = Metric(f"{key}_chance_of_loss", 1 - found.probability, "share")
    gain = Metric(f"{key}_chance", found.probability, "share")
    if found.decision == "send" or (found.decision != "hold" and found.probability >= LIKELY):
        todo = Statement.of("Repeat {arm} of {c}" if ended else "Go on with {arm} of {c}", **named)
        ground = Statement.of("{p} likely to pay", p=gain)
    elif found.decision == "hold" or found.probability <= 1 - LIKELY:
        todo = Statement.of("Do not repeat {arm} of {c}" if ended else "Stop {arm} of {c}", **named)
        ground = Statement.of("{p} likely a loss", p=loss)
    elif can_repeat(lift, found) and found.repeat_customers is not None:
        todo = Statement.of(
            "Test {arm} of {c} again, with {n} customers in all arms",
            n=Metric(f"{key}_repeat", found.repeat_customers, "customers"),
            **named,
        )
        ground = Statement.of("{p} likely to pay, which settles nothing", p=gain)
    else:
        todo = Statement.of("Leave {arm} of {c}, or pool it with the next campaign", **named)
        ground = Statement.of("{p} likely to pay, which cannot be settled with your customers", p=gain)
    currency = facts.money.currency
    return Decision(
        key=key,
        todo=todo,
        certainty=_CERTAINTY[lift.evidence.badge],
        ground=ground,
        customers=Metric(f"{key}_customers", found.customers, "customers"),
        until=_until(facts.end, facts.as_of),
        money=Metric(f"{key}_total", found.total, "money", currency),
        low=Metric(f"{key}_total_low", found.total_lower, "money", currency),
        high=Metric(f"{key}_total_high", found.total_upper, "money", currency),
        when="so far",
        stake=abs(found.total),
        source="CampaignLift.money",
    )


def _until(end: dt.date, as_of: dt.date) -> dt.date | None:
    """Return the last day of a campaign that still runs."""
    return end if end > as_of else None
