"""What campaigns ask to decide: go on, stop, test again, or draw a control group next time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

from segkit.campaigns.models.evidence import Badge
from segkit.campaigns.models.profit import Profit
from segkit.campaigns.recent_records import RecentCampaigns
from segkit.campaigns.records import CampaignLift, Comparison
from segkit.campaigns.views.compared_together import Family, page_family
from segkit.campaigns.views.lift_words import (
    LIKELY,
    arm_key,
    can_repeat,
    change_of,
    chosen_reason,
    deciding_effects,
    interval,
    is_shown,
    is_wanted,
    metric_key,
)
from segkit.campaigns.views.programmes import programme_decisions
from segkit.campaigns.views.recent import named_after
from segkit.page import Metric, Statement, literal, number, own_name
from segkit.page.decision import Certainty, Decision
from segkit.page.segments import keys
from segkit.statistics.effects import Effect

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
    paid = {row.arm: row.profit for row in lift.money if row.segment is None and row.profit is not None}
    decisions = [_arm(lift, arm, profit) for arm, profit in paid.items() if is_shown(lift)]
    return decisions + [_end(lift, one) for one in _unwanted(lift) if one.treated not in paid]


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
    paid = [row.arm for row in lift.money if row.profit is not None and row.profit.decision != "test again"]
    clear = {f"lift_money_{arm_key(lift, arm)}": arm for arm in paid}
    clear |= {_end_key(lift, one.treated): one.treated for one in _unwanted(lift)}
    if decision.key not in clear or not family.unclear(lift, clear[decision.key]):
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
    ended = facts.ended
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


def _unwanted(lift: CampaignLift) -> list[Comparison]:
    """Return the arms whose deciding outcome surely went the wrong way, among all arms of the campaign (Holm)."""
    effects = deciding_effects(lift)
    return [
        one
        for one in lift.comparisons
        if one.metric == lift.metrics[0]
        and one.control == lift.facts.control
        and (effect := effects.get(one.treated)) is not None
        and effect.significant
        and not is_wanted(one.metric, effect)
        and (one.holm is None or one.holm < 1 - lift.facts.level)
    ]


def _end_key(lift: CampaignLift, arm: str) -> str:
    return f"lift_unwanted_{arm_key(lift, arm)}"


def _end(lift: CampaignLift, one: Comparison) -> Decision:
    """Return stop, or do not repeat, of an arm that did harm and whose money is not known."""
    assert isinstance(one.effect, Effect)
    facts, key = lift.facts, _end_key(lift, one.treated)
    own = f"{metric_key(one.metric)}_{arm_key(lift, one.treated)}"
    return Decision(
        key=key,
        todo=Statement.of(
            "Do not repeat {arm} of {c}" if facts.ended else "Stop {arm} of {c}",
            arm=own_name(one.treated, 24),
            c=own_name(facts.name, 40),
        ),
        certainty=_CERTAINTY[lift.evidence.badge],
        ground=Statement.of(
            "it changed {what} by {d} a customer ({i}), which is unwanted",
            what=own_name(one.metric.label[:1].lower() + one.metric.label[1:], 40),
            d=number(change_of(lift, one.metric, own, one.effect.difference), "signed"),
            i=interval(lift, one.metric, own, one.effect),
        ),
        customers=Metric(f"{key}_customers", facts.customers[facts.arms.index(one.treated)], "customers"),
        until=_until(facts.end, facts.as_of),
        source="CampaignLift.effects",
    )


def _until(end: dt.date | None, as_of: dt.date) -> dt.date | None:
    """Return the last day of a campaign that still runs; None where it has none."""
    return end if end is not None and end > as_of else None
