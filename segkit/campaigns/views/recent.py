"""Campaigns on a page about something else: one row per campaign and arm, with the numbers of the campaign's own
page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from segkit.campaigns.models.evidence import Badge, require_words
from segkit.campaigns.models.observational import AdjustedEstimate
from segkit.campaigns.recent_records import CampaignRefusal, RecentCampaigns
from segkit.campaigns.records import CampaignFacts, CampaignLift, Comparison, LiftMetric, MoneyRow
from segkit.campaigns.views.compared_together import ALONE, Family, page_family
from segkit.campaigns.views.lift_words import (
    LIKELY,
    arm_key,
    change_of,
    chosen_key,
    interval,
    is_shown,
    look_words,
    metric_key,
    money_verdict,
    reading,
)
from segkit.page import Block, Metric, Statement, day, literal, note, number, own_name, own_words, words
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.format import capital
from segkit.page.segments import keys
from segkit.page.statement import Direction, Number, Piece
from segkit.page.table_cells import DASH, between, one_number
from segkit.page.telling import telling
from segkit.statistics.effects import Effect
from segkit.statistics.told import Told

_Cells = dict[str, Statement]
"""A row's cells by the columns' parts; those that it does not have are dashes."""
_MEANINGS: Final = {
    Badge.RANDOMISED: "Randomised: drawn by chance, so that the difference was caused by the campaign.",
    Badge.ADJUSTED: (
        "Adjusted: recipients were chosen; the differences that its own page lists are taken out, others are not."
    ),
    Badge.DESCRIPTIVE: "Descriptive: nothing can be said of what the campaign did, and no number is shown.",
}


def campaigns_table(recent: RecentCampaigns) -> Block | None:
    """Tabulate every campaign that runs or ended lately: its evidence, look, difference and money, and what to do.

    Where checks block a campaign, the reason stands instead of its numbers. Returns None where the dataset has no
    campaigns, or where the page asks for none.
    """
    if not recent.asked:
        return None
    if not recent.campaigns:
        return note(
            "No campaign runs, and none ended in the last {n}.", n=Metric("campaign_days", recent.days, "days")
        )
    ids = [c.campaign_id if isinstance(c, CampaignRefusal) else c.facts.campaign_id for c in recent.campaigns]
    with_money = any(isinstance(c, CampaignLift) and _money(c) for c in recent.campaigns)
    rows, clear = [], []
    family = page_family(recent)
    for campaign, prefix in zip(recent.campaigns, keys("campaign", ids), strict=True):
        if isinstance(campaign, CampaignRefusal):
            rows.append(_refused(campaign))
            continue
        for cells, told in campaign_cells(campaign, prefix, family):
            quiet = told is None and not campaign.evidence.publishable
            rows.append(Row(prefix, cells, quiet=quiet, partial=True))
            clear += [told] if told is not None else []
    columns = [
        TableColumn("Campaign", "campaign", "own", longest=60),
        TableColumn("Evidence", "evidence", "words"),
        TableColumn("Weekly look", "look", "words"),
        TableColumn("Assigned", "assigned", "customers"),
        TableColumn("Outcome a customer", "outcome", "own", longest=60),
        TableColumn("Difference", "difference", "change"),
        *([TableColumn("Net money", "money", "change")] if with_money else []),
        TableColumn("What it says", "says", "words"),
    ]
    caption = Statement.of("Campaigns that run or ended lately, {end}", end=day(recent.as_of))
    many = Metric("campaigns_shown", len(recent.campaigns), "count")
    line = Statement.of(
        ("{n} campaign runs" if len(recent.campaigns) == 1 else "{n} campaigns run") + " or ended lately", n=many
    )
    if clear:
        line = Statement.of("{line}; clear enough to act on: {list}", line=line, list=Statement.join(clear, "; "))
    return table_block(caption, columns, rows, notes=_notes(recent, clear, family, with_money=with_money), line=line)


def _notes(
    recent: RecentCampaigns, clear: Sequence[Statement], family: Family, *, with_money: bool
) -> list[Statement]:
    notes = []
    if clear:
        notes.append(Statement.of("Clear enough to act on: {list}.", list=Statement.join(clear, "; ")))
    found = {c.evidence.badge for c in recent.campaigns if isinstance(c, CampaignLift)}
    notes += [literal(_MEANINGS[badge]) for badge in Badge if badge in found]
    if with_money:
        notes.append(
            Statement.of(
                "Net money is margin less contact and offer cost of all customers of the arm, against the control; "
                "send and hold are said where its whole interval is on one side of zero, likely from a chance of {likely} "
                "on.",
                likely=Metric("campaigns_likely", LIKELY, "share"),
            )
        )
    if family.many > 1:
        notes.append(
            Statement.of(
                "Clear is what stays so among the {n} comparisons of this page, of which some look clear by chance (Holm).",
                n=Metric("campaigns_compared", family.many, "count"),
            )
        )
    if recent.left_off:
        left = Metric("campaigns_left_off", recent.left_off, "count")
        notes.append(Statement.of("Not shown: {n} more; name those to be shown in the parameter campaigns.", n=left))
    notes.append(literal("A campaign’s own page (campaign lift) has its checks, its segments and its method."))
    return notes


def _refused(campaign: CampaignRefusal) -> Row:
    cells = {
        "campaign": campaign.name,
        "look": Statement((day(campaign.start, campaign.end),))
        if campaign.end is not None
        else Statement.of("since {start}", start=day(campaign.start)),
        "says": Statement.of("Cannot be measured: {why}", why=telling(campaign.reason, "lift_refused", 300)),
    }
    return Row("", cells, quiet=True, partial=True)


def campaign_cells(lift: CampaignLift, prefix: str, family: Family = ALONE) -> list[tuple[_Cells, Statement | None]]:
    """Return the cells of each arm, and what is clear enough to act on."""
    found: list[tuple[_Cells, Statement | None]]
    if is_shown(lift):
        found = [_arm(lift, c, family) for c in _told(lift)]
    elif lift.evidence.publishable and (told := _adjusted(lift)):
        found = [(_adjusted_cells(lift, *one), None) for one in told]
    else:
        reasons = lift.evidence.reasons
        why = _first(reasons[0]) if reasons else literal("nothing could be adjusted")
        found = [
            ({**_head(lift, lift.facts.arms[1]), "says": Statement.of("Cannot be judged: {why}", why=why)}, None)
        ]
    named = [({part: named_after(cell, prefix) for part, cell in cells.items()}, told) for cells, told in found]
    if lift.evidence.badge is not Badge.RANDOMISED:
        for cells, _ in named:
            for cell in cells.values():
                require_words("".join(p for p in cell.pieces if isinstance(p, str)), lift.evidence.badge)
    return [(cells, None if told is None else named_after(told, prefix)) for cells, told in named]


def _told(lift: CampaignLift) -> list[Comparison]:
    """Choose the outcome for an arm's row: the one that decides; where it is open, what customers did beside the
    money.
    """
    against = [c for c in lift.comparisons if c.control == lift.facts.control]
    beside = next((m for m in lift.metrics if m.key != "profit" and m.over is None), None)
    found = []
    for c in against:
        if c.metric != lift.metrics[0]:
            continue
        clear = isinstance(c.effect, Effect) and c.effect.significant
        other = next((o for o in against if o.metric == beside and o.treated == c.treated), c)
        found.append(c if clear or c.treated not in _money(lift) else other)
    return found


def _money(lift: CampaignLift) -> dict[str, MoneyRow]:
    return {r.arm: r for r in lift.money if r.segment is None and r.profit is not None} if is_shown(lift) else {}


def _head(lift: CampaignLift, arm: str) -> _Cells:
    facts = lift.facts
    label = own_words(facts.name, 60)
    if len(facts.arms) > 2:
        label = Statement.of("{c}: {arm}", c=own_name(facts.name, 60), arm=own_name(arm, 30))
    counts = dict(zip(facts.arms, facts.customers, strict=True))
    assigned = Metric(f"lift_funnel_{arm_key(lift, arm)}_assigned", counts[arm], "customers")
    return {
        "campaign": label,
        "evidence": words(lift.evidence.badge.value),
        "look": Statement.join((look_words(facts), _until(facts)), ", "),
        "assigned": one_number(assigned),
    }


def _until(facts: CampaignFacts) -> Statement:
    """Say when the campaign ends or ended, and how far the data reach where they stop before."""
    if facts.end is None:
        until = Statement.of("since {start}, without an end", start=day(facts.start))
    else:
        until = Statement.of("ended {end}" if facts.ended else "until {end}", end=day(facts.end))
    if facts.cut_short:
        until = Statement.of("{until}; data to {last}", until=until, last=day(facts.last))
    return until


def _arm(lift: CampaignLift, c: Comparison, family: Family) -> tuple[_Cells, Statement | None]:
    key = f"{metric_key(c.metric)}_{arm_key(lift, c.treated)}"
    found = DASH
    if isinstance(c.effect, Effect):
        found = _with_interval(
            change_of(lift, c.metric, key, c.effect.difference), interval(lift, c.metric, key, c.effect)
        )
    money, told, decided = DASH, None, None
    verdict = reading(lift, c.metric, key, c.effect)
    paid = _money(lift).get(c.treated)
    if paid is not None and paid.profit is not None:
        arm, p = arm_key(lift, c.treated), paid.profit
        money = one_number(Metric(f"lift_money_{arm}_total", p.total, "money", lift.facts.money.currency), "signed")
        decided = money_verdict(lift, f"lift_money_{arm}", p)
        verdict = Statement.of(
            "{d}; {chance} likely to pay",
            d=_opening(decided),
            chance=Metric(f"lift_money_{arm}_chance", p.probability, "share"),
        )
        clear = p.decision != "test again"
    else:
        clear = isinstance(c.effect, Effect) and c.effect.significant
    if clear and family.unclear(lift, c.treated):
        verdict = Statement.of(
            "{v}; not clear among {n} comparisons",
            v=verdict,
            n=Metric("lift_campaigns_compared", family.many, "count"),
        )
    elif clear and decided is not None:
        told = Statement.of(
            "{c}, {arm}: {d}", c=own_name(lift.facts.name, 60), arm=own_name(c.treated, 30), d=decided
        )
    outcome = own_words(c.metric.label, 60)
    told_cells = {"outcome": outcome, "difference": found, "money": money, "says": verdict}
    return {**_head(lift, c.treated), **told_cells}, told


def _adjusted(lift: CampaignLift) -> list[tuple[LiftMetric, str, AdjustedEstimate]]:
    """Return, for every arm, the doubly robust estimate of the first outcome that has one."""
    found: dict[str, tuple[LiftMetric, str, AdjustedEstimate]] = {}
    for c in lift.chosen.comparisons if lift.chosen is not None else ():
        for e in c.estimates:
            if e.estimator == "doubly-robust":
                found.setdefault(c.arm, (c.metric, c.arm, e))
    return list(found.values())


def _adjusted_cells(lift: CampaignLift, metric: LiftMetric, arm: str, e: AdjustedEstimate) -> _Cells:
    key = f"{chosen_key(lift, metric, arm)}_{e.estimator.replace('-', '_')}"
    low, high = change_of(lift, metric, f"{key}_low", e.lower), change_of(lift, metric, f"{key}_high", e.upper)
    span = between(low, high, "signed")
    open_ = e.lower <= 0 <= e.upper
    return {
        **_head(lift, arm),
        "outcome": own_words(metric.label, 60),
        "difference": _with_interval(change_of(lift, metric, key, e.value), span),
        "says": literal("Inconclusive, and not proven" if open_ else "Apart from the others, but not proven"),
    }


def _with_interval(value: Metric, span: Statement) -> Statement:
    return Statement.of("{v} ({span})", v=number(value, "signed"), span=span)


def _opening(statement: Statement) -> Statement:
    first, *rest = statement.pieces
    return Statement((capital(first), *rest)) if isinstance(first, str) else statement


def _first(reason: str) -> Statement:
    """Cut the reason off at its first colon."""
    told = reason.before(":") if isinstance(reason, Told) else reason.split(":")[0]
    return telling(told, "lift_reason", 200, inside=True)


def named_after(statement: Statement, prefix: str) -> Statement:
    """Return the same words, with the campaign's own metrics named after the campaign."""

    def piece(found: Piece) -> Piece:
        if isinstance(found, Number | Direction):
            key = f"{prefix}_{found.metric.key.removeprefix('lift_')}"
            return replace(found, metric=replace(found.metric, key=key))
        return found

    return Statement(tuple(piece(found) for found in statement.pieces))
