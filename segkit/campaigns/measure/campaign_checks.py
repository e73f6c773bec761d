"""Checks of a campaign's validity, from counts and moments. They come before any effect; a check that blocks hides
them all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.campaigns.measure.drawn import DRAWN_GROUP
from segkit.campaigns.measure.population import Population
from segkit.campaigns.models.agreement import campaign_overlap, novelty
from segkit.campaigns.models.drawn_groups import GroupedMoments
from segkit.campaigns.models.sample_ratio import AS_THE_WHOLE, PLANNED, sample_ratio, sample_ratio_by_segment
from segkit.campaigns.models.validity import (
    contamination,
    counted_fault,
    duplicates,
    late_outcomes,
    post_treatment,
    pre_period_balance,
    several_arms,
)
from segkit.campaigns.models.verdict import RARE, Verdict
from segkit.campaigns.records import CampaignFacts
from segkit.customers.partition import Segment
from segkit.statistics.moments import Moments
from segkit.statistics.told import Figure, Told


def campaign_checks(
    population: Population,
    arms: Mapping[str, Moments],
    by_segment: Mapping[Segment, Mapping[str, Moments]],
    shares: Mapping[str, float],
    groups: Sequence[Verdict] = (),
) -> tuple[Verdict, ...]:
    """Run all checks on which a comparison of arms rests.

    Args:
        population: the campaign's customers.
        arms: arm → moments of all its customers.
        by_segment: the same for each segment.
        shares: planned share of each arm; empty where the analyst states none.
        groups: checks of the groups, where whole groups were drawn. Sizes and balance then count groups.
    """
    facts = population.facts
    found: list[Verdict] = []
    if facts.randomised:
        found += groups
        drawn = {segment: _drawn(cells) for segment, cells in by_segment.items()}
        found += chance_checks(facts, _drawn(arms), drawn, shares, population.covariates)
    if not facts.chosen_control:
        found.append(contamination(population.contacted_control, arms[facts.control].rows))
    found += _list_faults(population, sum(cell.rows for cell in arms.values()))
    found.append(_measured_before(population))
    found.append(_outcomes_in(facts))
    found += _overlaps(population)
    return tuple(found)


def _outcomes_in(facts: CampaignFacts) -> Verdict:
    """Check that the outcomes have arrived up to the campaign's end, or to the report's date where it has none."""
    if facts.cut_short:
        missing = facts.days_planned - facts.days_seen
        return Verdict(
            "Outcomes are in",
            "warn",
            Told.of(
                "nothing has arrived after {last}: outcomes of {missing} of {needed} days are not known, and the "
                "figures are preliminary",
                last=facts.last,
                missing=Figure(missing, "count"),
                needed=Figure(facts.days_planned, "count"),
            ),
            float(missing),
        )
    if facts.end is None:
        said = Told.of("the campaign has no end: outcomes are counted up to {last}", last=facts.last)
        return Verdict("Outcomes are in", "ok", said, None)
    return late_outcomes(facts.days_seen, facts.days_planned)


def _drawn(arms: Mapping[str, Moments]) -> dict[str, Moments]:
    """Return moments over what was drawn: over groups where there are any, else over customers."""
    return {arm: cell.groups if isinstance(cell, GroupedMoments) else cell for arm, cell in arms.items()}


def chance_checks(
    facts: CampaignFacts,
    arms: Mapping[str, Moments],
    by_segment: Mapping[Segment, Mapping[str, Moments]],
    shares: Mapping[str, float],
    covariates: Sequence[str],
) -> list[Verdict]:
    """Run the checks that chance alone decides in a sound campaign: sizes, balance before, early against late.

    They take plain numbers, so that a simulation can count their false alarms.
    """
    found = _sizes(facts.arms, arms, by_segment, shares)
    if covariates:
        found.append(pre_period_balance(arms, covariates))
    control = arms[facts.control]
    if {"revenue_early", "revenue_late"} <= set(control.columns) and facts.days_seen > 1:
        early = max(facts.days_seen // 2, 1)
        late = facts.days_seen - early
        novel = [
            novelty(arms[a], control, "revenue_early", "revenue_late", early_days=early, late_days=late)
            for a in facts.arms[1:]
        ]
        found.append(min(novel, key=lambda v: (v.status != "warn", 1.0 if v.value is None else v.value)))
    return found


def _sizes(
    names: tuple[str, ...],
    arms: Mapping[str, Moments],
    by_segment: Mapping[Segment, Mapping[str, Moments]],
    shares: Mapping[str, float],
) -> list[Verdict]:
    counts = {arm: arms[arm].rows for arm in names}
    found = []
    if shares:
        found.append(sample_ratio(counts, shares).verdict)
    else:
        found.append(
            Verdict(
                "Sample ratio",
                "warn",
                "the planned shares of the arms are not stated, so that it is not known whether customers were lost "
                "after the draw; state them in the dataset file, with the campaign",
                None,
            )
        )
    meant = PLANNED if shares else AS_THE_WHOLE
    planned = dict(shares) if shares else {arm: float(n) for arm, n in counts.items()}
    tested = sample_ratio_by_segment(
        {s.name: {a: c[a].rows if a in c else 0 for a in names} for s, c in by_segment.items()},
        planned,
        meant=meant,
    )
    if tested:
        worst = min(tested.values(), key=lambda r: r.p_value)
        if worst.verdict.status == "ok":
            found.append(
                Verdict(
                    "Sample ratio by segment",
                    "ok",
                    Told.of(
                        "in all {segments} segments the arms have {meant} ({p})",
                        meant=meant,
                        segments=Figure(len(tested), "count"),
                        p=Figure(worst.p_value, "p"),
                    ),
                    worst.p_value,
                )
            )
        else:
            found += [r.verdict for r in tested.values() if r.verdict.status != "ok"]
    return found


def _list_faults(population: Population, assigned: int) -> list[Verdict]:
    """Check the campaign's contact list for faults, those included that were settled when the data were read."""
    facts, repeats = population.facts, population.repeats
    listed = sum(facts.customers[1:] if facts.chosen_control else facts.customers)
    found = [
        duplicates(repeats.repeated, max(repeats.rows, listed)),
        several_arms(repeats.several, listed + repeats.several),
    ]
    found.append(
        counted_fault(
            "Arm known",
            population.unassigned_arms,
            assigned + population.unassigned_arms,
            what="have no arm in the contact list",
            consequence="nobody knows what they were given; they are left out, which may itself distort the arms",
            block_above=0.01,
        )
    )
    return found


def _measured_before(population: Population) -> Verdict:
    """Check that no customer was assigned before the covariates end, which is on the day before the campaign."""
    assigned = population.early_assignments
    late = dict.fromkeys(population.covariates, 1 if assigned else 0)
    found = post_treatment({name.replace("_", " "): days for name, days in late.items()})
    if found.status == "ok":
        return found
    return Verdict(
        found.check,
        found.status,
        Told.of(
            "{assigned} customers were assigned before the campaign's first day: {found}",
            assigned=Figure(assigned, "count"),
            found=found.sentence,
        ),
        float(assigned),
    )


def _overlaps(population: Population) -> list[Verdict]:
    """Check other campaigns that ran at the same time, and report the one that reached the arms most unequally."""
    facts, dataset = population.facts, population.base.dataset
    campaigns, contacts = dataset.tables["campaigns"], dataset.tables["contacts"]
    end = campaigns.end if "end" in campaigns.columns else ibis.null("date")
    running = campaigns.filter(
        (campaigns.start <= _day(facts.last))
        & (end.isnull() | (end >= _day(facts.start)))
        & (campaigns.campaign_id.cast("string") != facts.campaign_id)
    )
    name = running.name if "name" in running.columns else ibis.null("string")
    label = ibis.coalesce(name, running.campaign_id.cast("string"))
    named = running.select("campaign_id", label=label)
    inside = contacts.select("customer_id", "campaign_id").join(named, "campaign_id")
    unit, of = (
        ("customer_id", facts.customers) if facts.drawn_groups is None else (DRAWN_GROUP, facts.drawn_groups.counts)
    )
    table = population.table.select("customer_id", "arm", unit=population.table[unit])
    both = inside.join(table, "customer_id")
    counts = dataset.engine.collect(both.group_by("label", "arm").aggregate(n=both.unit.nunique()))
    sizes = dict(zip(facts.arms, of, strict=True))
    found = []
    for other in sorted(set(counts["label"])):
        rows = counts[counts["label"] == other]
        members = dict.fromkeys(facts.arms, 0) | {
            facts.arms[int(arm)]: int(n) for arm, n in zip(rows["arm"], rows["n"], strict=True)
        }
        found.append(campaign_overlap(members, sizes, str(other)))
    if not found:
        return [Verdict("Overlap", "ok", "no other campaign ran at the same time", None)]
    # among many other campaigns some are unequal by chance, so they share the limit (Bonferroni)
    warned = [v for v in found if v.status != "ok" and (v.value or 0.0) * len(found) < RARE]
    if len(warned) > 1:
        most = max(warned, key=lambda v: _spread(v.check, counts, sizes, facts.arms))
        return [
            Verdict(
                "Overlap",
                "warn",
                Told.of(
                    "{others} other campaigns reached the arms unequally; most of all: {most}",
                    others=Figure(len(warned), "count"),
                    most=most.sentence,
                ),
                most.value,
            )
        ]
    said = Told.of("{others} other campaigns reached the arms alike", others=Figure(len(found), "count"))
    return warned or [Verdict("Overlap", "ok", said, None)]


def _spread(check: str, counts: pd.DataFrame, sizes: Mapping[str, int], arms: tuple[str, ...]) -> float:
    """Return how far apart the arms' shares of members of that other campaign are."""
    rows = counts[counts["label"] == check.removeprefix("Overlap with ")]
    members = dict(zip(rows["arm"].astype(int), rows["n"].astype(int), strict=True))
    shares = [members.get(i, 0) / sizes[arm] for i, arm in enumerate(arms) if sizes[arm]]
    return max(shares) - min(shares)


def _day(when: dt.date) -> ir.DateScalar:
    return ibis.date(when)
