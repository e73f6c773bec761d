"""The headline of a campaign's page, and its tiles: profit and effect of one arm, or why neither is shown."""

from __future__ import annotations

from typing import Final

from segkit.campaigns.records import CampaignLift, Comparison
from segkit.campaigns.views.lift_words import (
    LIKELY,
    arm_key,
    change_of,
    deciding_effects,
    groups_drawn,
    interval,
    is_shown,
    is_wanted,
    look_words,
    metric_key,
)
from segkit.customers.views.reach import reach_of
from segkit.page import Block, Metric, Statement, day, literal, name, number, own_name, own_words
from segkit.page.lead import FINDING, QUIET, Lead
from segkit.page.statement import Piece
from segkit.page.table_cells import one_number
from segkit.page.tile import plain_tile
from segkit.statistics.effects import Effect
from segkit.statistics.multiplicity import adjusted_p_values

_TILES: Final = 4


def lift_leads(lift: CampaignLift, about: str = "") -> list[Lead]:
    """Return what the campaign changed and whether it paid as the headline, or why neither is shown."""
    facts = lift.facts
    return [
        Lead(
            FINDING if is_shown(lift) else QUIET,
            _headlines(lift),
            subject=lift.subject,
            kicker=Statement.of(
                "{campaign} · {span}" + (", nothing has arrived since" if facts.cut_short else ""),
                campaign=own_name(facts.name, 60),
                span=day(facts.start, facts.last),
            ),
            as_of=facts.as_of,
            period=(facts.start, facts.last),
            reach=reach_of(facts.coverage),
        )
    ]


def _told(lift: CampaignLift) -> tuple[Comparison, Comparison | None] | None:
    """Choose what the head tells: the best arm on the metric that decides, and the surest other outcome.

    Where the deciding metric is open, both are about the same arm, so that nobody reads one arm's profit beside another
    arm's effect.
    """
    if not is_shown(lift) or not lift.metrics:
        return None
    metric = lift.metrics[0]
    against = [c for c in lift.comparisons if c.control == lift.facts.control and isinstance(c.effect, Effect)]
    deciding = [c for c in against if c.metric == metric]
    if not deciding:
        return None
    sign = -1.0 if metric.better == "down" else 1.0
    best = max(deciding, key=lambda c: sign * _effect(c).difference)
    # the surest of all is chosen, so that all of them are one family
    chances = adjusted_p_values([_effect(c).p_value for c in against], "holm")
    sure = [
        c
        for c, chance in zip(against, chances, strict=True)
        if c.metric != metric and _effect(c).significant and chance < 1 - lift.facts.level
    ]
    other = min(sure, key=lambda c: _effect(c).p_value, default=None)
    if other is not None and not _effect(best).significant:
        best = next((c for c in deciding if c.treated == other.treated), best)
    return best, other


def _effect(comparison: Comparison) -> Effect:
    assert isinstance(comparison.effect, Effect)
    return comparison.effect


def _headlines(lift: CampaignLift) -> tuple[Statement, ...]:
    """Say what was found and which arms cannot be judged beside it: the longest first, and the head takes what fits."""
    found = _finding(lift)
    wanted = (Statement.of("{said}, which is unwanted", said=found), found) if _is_unwanted(lift) else (found,)
    effects = deciding_effects(lift)
    unjudged = [arm for arm in lift.facts.arms[1:] if arm not in effects] if effects else []
    if not unjudged:
        return wanted
    named = Statement.join([own_words(arm, 24) for arm in unjudged], ", ")
    many = Metric("lift_unjudged", len(unjudged), "count")
    counted = Statement.of("{n} arm" if len(unjudged) == 1 else "{n} arms", n=many)
    beside = [
        Statement.of("{said}; {arms} cannot be judged", said=said, arms=arms)
        for arms in (named, counted)
        for said in wanted
    ]
    return (*beside, *wanted)


def _is_unwanted(lift: CampaignLift) -> bool:
    """Return whether the headline is about a sure result that went the wrong way."""
    told = _told(lift)
    return told is not None and _effect(told[0]).significant and not is_wanted(told[0].metric, _effect(told[0]))


def _finding(lift: CampaignLift) -> Statement:
    campaign = own_name(lift.facts.name, 40)
    told = _told(lift)
    if told is not None:
        best, other = told
        key = f"{metric_key(best.metric)}_{arm_key(lift, best.treated)}"
        pieces: dict[str, Piece | Statement] = {
            "c": campaign,
            "arm": own_name(best.treated, 24),
            "what": own_name(best.metric.label[:1].lower() + best.metric.label[1:], 40),
            "d": number(change_of(lift, best.metric, key, _effect(best).difference), "signed"),
            "i": interval(lift, best.metric, key, _effect(best)),
        }
        likely = _likely(lift, best)
        if likely is not None:
            pieces["likely"] = likely
        if _effect(best).significant:
            return Statement.of("{c}: {arm} changed {what} by {d} a customer ({i})", **pieces)
        if other is not None and other.treated == best.treated:
            key = f"{metric_key(other.metric)}_{arm_key(lift, other.treated)}"
            pieces["other"] = own_name(other.metric.label[:1].lower() + other.metric.label[1:], 24)
            pieces["e"] = number(change_of(lift, other.metric, key, _effect(other).difference), "signed")
            open_ = "{likely}" if likely is not None else "whether it paid is open"
            return Statement.of("{c}: {arm} changed {other} by {e}; " + open_ + " ({i} a customer)", **pieces)
        if likely is not None:
            return Statement.of("{c}: {arm} {d} a customer ({i}); {likely}", **pieces)
        return Statement.of("{c}: inconclusive; {arm} {d} a customer, could be {i}", **pieces)
    if is_shown(lift):
        return Statement.of("{c}: too little data to tell what it changed", c=campaign)
    if lift.facts.randomised:
        return Statement.of("{c}: a check of the data forbids to show what it changed", c=campaign)
    if lift.evidence.publishable:
        return Statement.of("{c}: recipients were chosen; what follows is adjusted, not proven", c=campaign)
    return Statement.of("{c}: recipients were chosen, and no comparison group is like them", c=campaign)


def _likely(lift: CampaignLift, best: Comparison) -> Statement | None:
    """Say that an arm whose profit is open is likely a loss, or to pay, as the head's decisions do; None where neither."""
    row = next((r for r in lift.money if r.segment is None and r.arm == best.treated), None)
    if best.metric.key != "profit" or row is None or row.profit is None or row.profit.decision != "test again":
        return None
    key, chance = f"lift_money_{arm_key(lift, best.treated)}", row.profit.probability
    if chance <= 1 - LIKELY:
        return Statement.of("{p} likely a loss", p=Metric(f"{key}_chance_of_loss", 1 - chance, "share"))
    return Statement.of("{p} likely to pay", p=Metric(f"{key}_chance", chance, "share")) if chance >= LIKELY else None


def lift_tiles(lift: CampaignLift) -> Block:
    """Show the findings, the badge and the customers as tiles, and the look where there is room for it."""
    facts = lift.facts
    context: list[tuple[Statement, Statement | Metric, Statement]] = [
        (
            literal("Evidence"),
            Statement((name(lift.evidence.badge.value),)),
            Statement.of("{meaning}", meaning=name(lift.evidence.badge.meaning, 200)),
        ),
        (
            own_words(facts.unit_name.capitalize(), 30),
            Metric("lift_customers", sum(facts.customers), "customers"),
            Statement.of(
                "{k} arms, {control} is the control"
                + ("" if facts.drawn_groups is None else "; drawn in {n} groups"),
                k=Metric("lift_arms", len(facts.arms), "count"),
                control=own_name(facts.control, 30),
                n=groups_drawn(lift),
            ),
        ),
        (
            literal("Weekly look"),
            look_words(facts),
            literal("no planned end") if facts.end is None else Statement.of("planned end {end}", end=day(facts.end)),
        ),
    ]
    tiles: list[tuple[Statement, Statement | Metric, Statement]] = []
    for c in _told(lift) or ():
        if c is None:
            continue
        key = f"{metric_key(c.metric)}_{arm_key(lift, c.treated)}"
        tiles.append(
            (
                Statement.of("{m}, {arm}", m=own_name(c.metric.label, 40), arm=own_name(c.treated, 24)),
                one_number(change_of(lift, c.metric, key, _effect(c).difference), "signed"),
                interval(lift, c.metric, key, _effect(c)),
            )
        )
    return Block.of("tiles", {"tiles": [plain_tile(*tile) for tile in [*tiles, *context][:_TILES]]})
