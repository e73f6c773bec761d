"""A campaign's checks, which come before any number, and its effects, which a blocking check hides."""

from __future__ import annotations

from typing import Final

from segkit.campaigns.models.verdict import worst
from segkit.campaigns.records import CampaignLift, Comparison, LiftMetric
from segkit.campaigns.views.lift_words import (
    arm_key,
    change_of,
    groups_drawn,
    interval,
    is_shown,
    metric_key,
    reading,
    unit_of,
)
from segkit.page import Block, Metric, Statement, day, literal, name, number, own_name
from segkit.page.columns import Row, TableColumn, table_block, table_fields
from segkit.page.notes import paragraphs
from segkit.page.segments import keys
from segkit.page.table_cells import DASH, between, one_number
from segkit.page.telling import telling
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal

FEW_MADE: Final = "exact"
"""Part of a reference's name that says that few customers made the outcome."""
_MARKS: Final = {"ok": "Passed", "warn": "Look", "blocked": "Blocks"}


def lift_checks(lift: CampaignLift) -> Block:
    """Tabulate every check: its verdict and what it found. Those that block or warn stand open, those that passed fold
    behind them.
    """
    found = [*lift.checks, *(lift.chosen.verdicts if lift.chosen is not None else ())]
    names = keys("lift check", [v.check for v in found])
    order = ("blocked", "warn", "ok")
    rows = [
        Row(
            key,
            {"check": v.check, "outcome": literal(_MARKS[v.status]), "found": telling(v.sentence, key)},
            strong=() if v.status == "ok" else ("outcome",),
            quiet=v.status == "ok",
        )
        for v, key in sorted(zip(found, names, strict=True), key=lambda one: order.index(one[0].status))
    ]
    state = worst(found)
    passed = [row for row in rows if row.quiet] if state != "ok" else []
    if state == "blocked":
        caption = (
            "No: a check blocks, and no result of this campaign is shown"
            if lift.facts.randomised
            else "Not as a result: the groups are not comparable, and what follows is a description"
        )
    elif state == "warn":
        caption = "Yes, with what is said first in mind"
    else:
        caption = "Yes: every check passed"
    if not lift.facts.randomised and state != "blocked":
        caption += "; recipients were chosen, so that no check can prove them alike"
    columns = [
        TableColumn("Check", "check", "words", longest=60),
        TableColumn("Outcome", "outcome", "own"),
        TableColumn("What was found", "found", "words"),
    ]
    fields = table_fields(
        literal(caption),
        columns,
        [row for row in rows if row not in passed],
        folded=passed,
        folded_title=Statement.of("{n} checks that passed", n=Metric("lift_checks_passed", len(passed), "count")),
        line=literal(caption),
    )
    return Block.of("table", {**fields, "wide": True, "words": True, "unfolded": state != "ok"})


def lift_effects(lift: CampaignLift) -> Block | None:
    """Tabulate the effects of every arm against the control and against each other, on every outcome; or say why
    there are none.
    """
    if not is_shown(lift):
        if not lift.facts.randomised:
            return None
        return paragraphs(
            *(
                Statement.of("No result is shown. {why}.", why=telling(reason, f"lift_reason_{at}"))
                for at, reason in enumerate(lift.evidence.reasons, 1)
            )
        )
    shown = [c for c in lift.comparisons if c.control == lift.facts.control and _is_told(lift, c)]
    against = [_effect_row(lift, c) for c in shown]
    others = [_effect_row(lift, c) for c in lift.comparisons if c not in shown]
    columns = [
        TableColumn("Outcome a customer, arms", "what", "words"),
        TableColumn("Control", "control", "level"),
        TableColumn("Treated", "treated", "level"),
        TableColumn("Difference", "difference", "change", "signed"),
        TableColumn("Interval", ("low", "high"), "change", "signed"),
        TableColumn("Lift", "lift", "share"),
        TableColumn("p, Holm", "holm", "index"),
        TableColumn("p, BH", "bh", "index"),
        TableColumn("Reading", "reading", "words"),
    ]
    caption = Statement.of(
        "{badge}: what being assigned to an arm changed, {span}, {level} intervals",
        badge=name(lift.evidence.badge.value),
        span=day(lift.facts.start, lift.facts.last),
        level=Metric("lift_level", lift.facts.level, "share"),
    )
    more = Statement.of(
        "{n} further comparisons: where nothing sure was found, and of the arms with each other",
        n=Metric("lift_between", len(others), "count"),
    )
    return table_block(
        caption,
        columns,
        against,
        asides=_effect_notes(lift),
        asides_title="How these numbers were computed",
        folded=others,
        folded_title=more,
    )


def _is_told(lift: CampaignLift, comparison: Comparison) -> bool:
    """Return whether a comparison is told at once: it decides, something sure was found, or it could not be made."""
    effect = comparison.effect
    return comparison.metric == lift.metrics[0] or isinstance(effect, Refusal) or effect.significant


def _effect_row(lift: CampaignLift, c: Comparison) -> Row:
    against = "" if c.control == lift.facts.control else f"_against_{arm_key(lift, c.control)}"
    key = f"{metric_key(c.metric)}_{arm_key(lift, c.treated)}{against}"
    label = Statement.of(
        "{m}: {a} against {b}", m=own_name(c.metric.label, 60), a=own_name(c.treated, 30), b=own_name(c.control, 30)
    )
    if isinstance(c.effect, Refusal):
        told = {"what": label, "reading": reading(lift, c.metric, key, c.effect)}
        return Row(f"lift_{key}", told, partial=True)
    e = c.effect
    if e.lift.lower is None or e.lift.upper is None:
        relative = literal("not estimable")
    else:
        relative = Statement.of(
            "{v} ({i})",
            v=number(Metric(f"lift_{key}_relative", e.lift.value, "share"), "signed"),
            i=between(
                Metric(f"lift_{key}_relative_low", e.lift.lower, "share"),
                Metric(f"lift_{key}_relative_high", e.lift.upper, "share"),
                "signed",
            ),
        )
    values = {
        "what": label,
        "control": e.control.value,
        "treated": e.treated.value,
        "difference": change_of(lift, c.metric, key, e.difference),
        "low": e.lower,
        "high": e.upper,
        "lift": relative,
        "holm": _p(f"lift_{key}_holm", c.holm),
        "bh": _p(f"lift_{key}_bh", c.benjamini_hochberg),
        "reading": literal(_direction(c.metric, e)),
    }
    strong = ("difference",) if e.significant else ()
    return Row(f"lift_{key}", values, unit=unit_of(lift, c.metric), strong=strong)


def _direction(metric: LiftMetric, effect: Effect) -> str:
    if not effect.significant:
        return "Inconclusive"
    return "As wanted" if (effect.difference > 0) == (metric.better == "up") else "Unwanted"


def _p(key: str, value: float | None) -> Statement:
    if value is None:
        return DASH
    if value < 0.001:
        return Statement.of("< {n}", n=Metric("lift_p_least", 0.001, "index"))
    return one_number(Metric(key, value, "index"))


def _effect_notes(lift: CampaignLift) -> list[Statement]:
    facts = lift.facts
    notes = [_looks_note(lift)]
    if facts.drawn_groups is not None:
        notes.append(
            Statement.of(
                "Whole groups ({name}) were drawn, {n} of them: values are per customer, intervals and tests count "
                "groups (variance of group totals, Student’s t).",
                name=own_name(facts.drawn_groups.name, 60),
                n=groups_drawn(lift),
            )
        )
    adjusted = [c for c in lift.comparisons if c.effect is not c.plain and c.health is not None]
    if adjusted:
        keep = min(c.health.variance_kept for c in adjusted if c.health is not None)
        names = ", ".join(dict.fromkeys(c.metric.label for c in adjusted))
        notes.append(
            Statement.of(
                "{what}: adjusted by what customers did before the campaign (CUPED), which leaves as little as {k} of "
                "the variance; arms' values are adjusted too.",
                what=own_name(names, 200),
                k=Metric("lift_variance_kept", keep, "share"),
            )
        )
    capped = [c for c in lift.comparisons if c.capped is not None and c.control == facts.control]
    if lift.cap is not None and capped:
        money = facts.money.currency
        parts = []
        for c in capped:
            if isinstance(c.capped, Effect):
                key = f"capped_{arm_key(lift, c.treated)}"
                parts.append(
                    Statement.of(
                        "{arm} {d} ({i})",
                        arm=own_name(c.treated, 30),
                        d=number(change_of(lift, c.metric, key, c.capped.difference), "signed"),
                        i=interval(lift, c.metric, key, c.capped),
                    )
                )
        notes.append(
            Statement.of(
                "Net revenue with amounts above {cap} taken as {cap}: {list}. Customers above the cap bring {share} "
                "of revenue.",
                cap=Metric("lift_cap", lift.cap.value, "money", money),
                list=Statement.join(parts, "; ") if parts else DASH,
                share=Metric("lift_above_cap", lift.cap.share_above, "share"),
            )
        )
    if any(c.metric.skewed for c in lift.comparisons):
        notes.append(literal("Intervals of money that is not adjusted are widened for its skewness."))
    if any(isinstance(c.effect, Effect) and FEW_MADE in c.effect.reference for c in lift.comparisons):
        notes.append(
            literal(
                "Where few customers make an outcome, as where nobody of an arm bought, lift and p are exact given the "
                "buyers of both arms, and no spread is taken to be zero because none was seen."
            )
        )
    notes.append(literal("Lift is the difference by the control’s mean, with Fieller’s interval from the same test."))
    return notes


def _looks_note(lift: CampaignLift) -> Statement:
    facts = lift.facts
    if facts.planned_looks is None:
        look = Metric("lift_look", facts.look, "count")
        if facts.looks == "always-valid":
            return Statement.of(
                "Weekly look {a} of a campaign without an end: intervals hold however often one looks "
                "(confidence sequence).",
                a=look,
            )
        return Statement.of("Intervals are for a single look, number {a}.", a=look)
    numbers = {
        "a": Metric("lift_look", facts.look, "count"),
        "b": Metric("lift_planned_looks", facts.planned_looks, "count"),
    }
    if facts.looks == "group-sequential" and facts.planned_looks > 1:
        return Statement.of(
            "Look {a} of {b} weekly ones: intervals hold at all looks together (group-sequential plan, "
            "O’Brien-Fleming spending).",
            **numbers,
        )
    if facts.looks == "always-valid" and facts.planned_looks > 1:
        return Statement.of(
            "Look {a} of {b} weekly ones: intervals hold however often one looks (confidence sequence).", **numbers
        )
    return Statement.of("Intervals are for a single look, number {a} of {b}.", **numbers)
