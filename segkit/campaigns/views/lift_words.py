"""How a campaign's numbers are named and written, and which words their badge allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from segkit.campaigns.chosen_records import BalanceRow
from segkit.campaigns.models.evidence import Badge, require_words
from segkit.campaigns.models.profit import Profit
from segkit.campaigns.records import CampaignFacts, CampaignLift, LiftMetric
from segkit.page import Block, Metric, Statement, literal, number, own_name
from segkit.page.segments import slug
from segkit.page.table_cells import DASH, between, metric_of
from segkit.page.telling import telling
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal

LIKELY: Final = 0.9
"""The chance of a loss, or of a gain, from which an arm is stopped, or goes on, though its interval holds zero."""


def change_of(lift: CampaignLift, metric: LiftMetric, key: str, value: float | None) -> Metric:
    """Return a difference of an outcome as a metric; a difference of shares is in percentage points."""
    unit = unit_of(lift, metric)
    return metric_of(f"lift_{key}", value, "points" if unit == "share" else unit)


def metric_key(metric: LiftMetric) -> str:
    """Return the outcome's part of a metric's key."""
    return metric.key if metric.over is None else f"{metric.key}_over_{metric.over}"


def arm_key(lift: CampaignLift, arm: str) -> str:
    """Return the arm's part of a metric's key."""
    return slug(arm) or f"arm_{lift.facts.arms.index(arm)}"


def chosen_key(lift: CampaignLift, metric: LiftMetric, arm: str) -> str:
    """Return the key that a chosen arm's numbers are named after; it names only the outcome where there is one arm."""
    own = f"_{arm_key(lift, arm)}" if len(lift.facts.arms) > 2 else ""
    return f"chosen_{metric_key(metric)}{own}"


def balance_label(lift: CampaignLift, b: BalanceRow) -> str:
    """Name a covariate in words; add the arm where there are several, and whether it is only tested."""
    label = b.label[:1].upper() + b.label[1:]
    label += f", {b.arm}" if len(lift.facts.arms) > 2 and b.arm else ""
    return label if b.adjusted else f"{label} (not adjusted)"


def unit_of(lift: CampaignLift, metric: LiftMetric) -> str:
    """Return the unit of an outcome's numbers, for columns that show a level or a change."""
    if metric.unit == "money":
        return lift.facts.money.currency
    return "share" if metric.unit == "share" else "index"


def interval(lift: CampaignLift, metric: LiftMetric, key: str, effect: Effect | Refusal) -> Statement:
    """Write the interval of a difference; an en dash where there is none."""
    if isinstance(effect, Refusal):
        return DASH
    low, high = ends_of(lift, metric, key, effect)
    return between(low, high, "signed")


def ends_of(lift: CampaignLift, metric: LiftMetric, key: str, effect: Effect) -> tuple[Metric, Metric]:
    """Return both ends of a difference's interval."""
    low, high = effect.lower, effect.upper
    return change_of(lift, metric, f"{key}_low", low), change_of(lift, metric, f"{key}_high", high)


def deciding_effects(lift: CampaignLift) -> dict[str, Effect]:
    """Return arm → its difference from the control on the outcome that decides; nothing where no effect may be shown."""
    if not is_shown(lift) or not lift.metrics:
        return {}
    return {
        one.treated: one.effect
        for one in lift.comparisons
        if one.control == lift.facts.control and one.metric == lift.metrics[0] and isinstance(one.effect, Effect)
    }


def each_interval(
    labels: Sequence[str], values: Sequence[Metric], low: Sequence[Metric], high: Sequence[Metric]
) -> list[Statement]:
    """Say each point of a chart with its interval, for those who cannot see it."""
    return [
        Statement.of(
            "{s} {a} ({b} to {c})",
            s=own_name(label, 40),
            a=number(a, "signed"),
            b=number(b, "signed"),
            c=number(c, "signed"),
        )
        for label, a, b, c in zip(labels, values, low, high, strict=True)
    ]


def reading(lift: CampaignLift, metric: LiftMetric, key: str, effect: Effect | Refusal) -> Statement:
    """Say what an interval lets one say: never "no effect"."""
    if isinstance(effect, Refusal):
        return telling(effect.reason, f"lift_{key}_refused")
    if effect.significant:
        return literal("As wanted" if is_wanted(metric, effect) else "Unwanted")
    return Statement.of("Inconclusive (could be {i})", i=interval(lift, metric, key, effect))


def is_wanted(metric: LiftMetric, effect: Effect) -> bool:
    """Return whether an outcome went the way that is good."""
    return (effect.difference > 0) == (metric.better == "up")


def money_verdict(lift: CampaignLift, key: str, found: Profit) -> Statement:
    """Say send or hold; whether it likely pays; to test again with how many customers; or that this cannot be settled.

    The decisions of the page's head go by the same chances.

    Args:
        lift: the campaign.
        key: what the keys of the numbers begin with.
        found: the profit of an arm, or of a segment in it.
    """
    if found.decision != "test again":
        return literal(found.decision)
    if found.probability <= 1 - LIKELY:
        return literal("likely a loss: do not repeat")
    if found.probability >= LIKELY:
        return literal("likely to pay: repeat")
    if found.repeat_customers is None:
        return literal("nothing to gain by another test")
    if not can_repeat(lift, found):
        return literal("cannot be settled with your customers")
    return Statement.of(
        "test again, with {n} customers", n=Metric(f"{key}_repeat", found.repeat_customers, "customers")
    )


def can_repeat(lift: CampaignLift, found: Profit) -> bool:
    """Return whether the company has as many customers as a repeat needs that settles whether it pays."""
    reachable = lift.facts.reachable if lift.facts.reachable is not None else sum(lift.facts.customers)
    return found.repeat_customers is not None and found.repeat_customers <= reachable


def guarded(lift: CampaignLift, block: Block) -> Block:
    """Return the block, if none of its own words claims more than the campaign's badge allows.

    Raises:
        ReportError: a word such as "caused" stands beside a difference that is not randomised.
    """
    badge = lift.evidence.badge
    if badge is not Badge.RANDOMISED:
        for statement in block.statements():
            require_words("".join(piece for piece in statement.pieces if isinstance(piece, str)), badge)
    return block


def look_words(facts: CampaignFacts) -> Statement:
    """Say which weekly look this is, and of how many where the campaign has an end."""
    look = Metric("lift_look", facts.look, "count")
    if facts.planned_looks is None:
        return Statement.of("{look}", look=look)
    return Statement.of(
        "{look} of {planned}", look=look, planned=Metric("lift_planned_looks", facts.planned_looks, "count")
    )


def is_shown(lift: CampaignLift) -> bool:
    """Return whether the campaign's effects may be shown."""
    return lift.facts.randomised and lift.evidence.publishable


def chosen_reason(lift: CampaignLift) -> Statement:
    """Say in half a sentence why a campaign whose recipients were chosen cannot be judged."""
    if lift.evidence.publishable:
        return literal("is adjusted for what is known of its recipients, and not proven: they were chosen")
    return literal("cannot be judged: its recipients were chosen, and no others are like them")


def groups_drawn(lift: CampaignLift) -> Metric:
    """Return how many groups were drawn over all arms; the metric has no value where customers were drawn one by
    one.
    """
    groups = lift.facts.drawn_groups
    return Metric("lift_drawn_groups", None if groups is None else sum(groups.counts), "count")
