"""Effects computed from cells: arms against each other, for each metric and each segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from segkit.campaigns.models.cuped import CupedHealth, adjust
from segkit.campaigns.models.drawn_groups import compare_groups
from segkit.campaigns.models.effect_reading import read
from segkit.campaigns.models.group_sequential import SequentialPlan, plan
from segkit.campaigns.models.heterogeneity import shrink
from segkit.campaigns.models.selection import best_segment
from segkit.campaigns.models.sequential import AlwaysValid
from segkit.campaigns.records import CampaignFacts, Comparison, LiftMetric, SegmentEffect, SegmentEffects
from segkit.customers.partition import Segment
from segkit.errors import DataError
from segkit.statistics.effects import Distribution, Effect, compare_means, compare_ratios, compare_sparse
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.multiplicity import family, pairs
from segkit.statistics.proportions import compare_proportions
from segkit.statistics.sparse import FEW, FEW_SKEWED, made_by_few
from segkit.statistics.told import Quoted, Told

_WORTH = 0.98
"""An adjustment that keeps a larger share of the variance than this is not worth its further assumption."""

CAPPED = "revenue_capped"
OPEN_LOOKS: Final = 13
"""The weekly look at which intervals of a campaign without an end are narrowest for its confidence: a quarter."""


def reference(facts: CampaignFacts) -> Distribution:
    """Return the distribution that every statistic of this look is compared with."""
    planned = facts.planned_looks or OPEN_LOOKS
    look = facts.look if facts.planned_looks is None else min(facts.look, planned)
    if facts.looks == "once" or facts.planned_looks == 1:
        return "t"
    if facts.looks == "always-valid":
        return AlwaysValid(look / planned, look, facts.planned_looks, facts.level)
    return sequential_plan(planned, facts.level).at(look)


@cache
def sequential_plan(looks: int, level: float) -> SequentialPlan:
    """Return a plan of one look per week."""
    return plan([(k + 1) / looks for k in range(looks)], level=level)


def compare_arms(
    arms: Mapping[str, Moments], treated: str, control: str, metric: LiftMetric, facts: CampaignFacts
) -> tuple[Effect | Refusal, Effect | Refusal, CupedHealth | None]:
    """Compare one arm with another: return the effect to read, the plain effect, and the health of the adjustment.

    Where groups were drawn, the effect counts groups and is not adjusted.
    """
    held = reference(facts)
    if facts.drawn_groups is not None:
        grouped = compare_groups(
            arms[treated], arms[control], metric.key, over=metric.over, level=facts.level, distribution=held
        )
        return grouped, grouped, None
    plain = _plain(arms[treated], arms[control], metric, held, facts.level)
    if metric.covariate is None or metric.over is not None or isinstance(plain, Refusal):
        return plain, plain, None
    if _few(arms[treated], arms[control], metric):  # an adjusted mean must be about normal, which these means are not
        return plain, plain, None
    try:
        adjusted = adjust({control: arms[control], treated: arms[treated]}, metric.key, (metric.covariate,))
    except DataError:
        return plain, plain, None
    health = adjusted.health
    if health.verdict.status != "ok" or health.variance_kept > _WORTH:
        return plain, plain, health
    return adjusted.effect(treated, control, level=facts.level, distribution=held), plain, health


def _plain(
    treated: Moments, control: Moments, metric: LiftMetric, held: Distribution, level: float
) -> Effect | Refusal:
    if metric.over is not None:
        return compare_ratios(treated, control, metric.key, metric.over, level=level, distribution=held)
    if metric.unit == "share":
        return compare_proportions(treated, control, metric.key, level=level, distribution=held)
    if metric.key == "profit" and _few(treated, control, metric):
        whole = compare_means(treated, control, metric.key, level=level, distribution=held, skewed=metric.skewed)
        if isinstance(whole, Refusal):
            return whole
        return compare_sparse(
            treated, control, "margin", level=level, distribution=held, less="cost", skewed=metric.skewed
        )
    return compare_means(
        treated,
        control,
        metric.key,
        level=level,
        distribution=held,
        skewed=metric.skewed,
        counts=metric.unit == "count",
    )


def _few(treated: Moments, control: Moments, metric: LiftMetric) -> bool:
    """Return whether few customers make an arm's outcome. Profit is judged by its margin, since everybody contacted
    has a cost.
    """
    key = metric.key
    if key == "profit" and {"margin", "cost"} <= set(treated.columns):
        key = "margin"
    counts = metric.unit != "money"
    return made_by_few(treated, control, key, counts=counts, fewest=FEW_SKEWED if metric.skewed else FEW)


def comparisons(
    arms: Mapping[str, Moments], metrics: Sequence[LiftMetric], facts: CampaignFacts
) -> tuple[Comparison, ...]:
    """Compare every arm with the control, then with each other, on each metric. P-values are adjusted within a
    metric.
    """
    found = []
    for metric in metrics:
        compared = {pair: compare_arms(arms, *pair, metric, facts) for pair in pairs(facts.arms, facts.control)}
        for pair in family({key: effects[0] for key, effects in compared.items()}):
            effect, plain, health = compared[pair.treated, pair.control]
            capped = None
            if metric.key == "revenue" and metric.over is None and CAPPED in arms[pair.treated].columns:
                cut = replace(metric, key=CAPPED, covariate=None)
                capped = compare_arms(arms, pair.treated, pair.control, cut, facts)[1]
            found.append(
                Comparison(
                    metric,
                    pair.treated,
                    pair.control,
                    effect,
                    plain,
                    health,
                    capped,
                    pair.holm,
                    pair.benjamini_hochberg,
                )
            )
    return tuple(found)


def segment_effects(
    total: Effect,
    by_segment: Mapping[Segment, Mapping[str, Moments]],
    arm: str,
    metric: LiftMetric,
    facts: CampaignFacts,
    segmentation: str,
) -> SegmentEffects:
    """Estimate the effect of one arm on one metric in every segment: heterogeneity first, then raw and shrunken
    estimates.
    """
    raw: dict[Segment, Effect | Refusal] = {}
    customers: dict[Segment, int] = {}
    for segment, arms in by_segment.items():
        customers[segment] = sum(cell.rows for cell in arms.values())
        if arm in arms and facts.control in arms:
            raw[segment] = compare_arms(arms, arm, facts.control, metric, facts)[0]
        else:
            raw[segment] = Refusal(
                Told.of(
                    "too few of this segment are in {arm} or in {control}",
                    arm=Quoted(arm),
                    control=Quoted(facts.control),
                ),
                0,
                0,
            )
    known = [(s, e) for s, e in raw.items() if isinstance(e, Effect)]
    shrunken = None
    best = None
    if known:
        effects = [e.difference for _, e in known]
        errors = [e.standard_error * e.inflation for _, e in known]
        weights = [customers[s] for s, _ in known]
        center = total.difference
        if len(known) < len(raw):  # the whole is then that of the segments that can be measured
            center = float(np.average(effects, weights=weights))
        shrunken = shrink(
            effects, errors, weights, center, total_error=total.standard_error * total.inflation, level=facts.level
        )
        if len(known) > 1:
            sign = 1.0 if metric.better == "up" else -1.0
            won = best_segment([sign * d for d in effects], errors, level=facts.level)
            flipped = won
            if sign < 0:
                flipped = replace(won, raw=-won.raw, corrected=-won.corrected, lower=-won.upper, upper=-won.lower)
            best = (known[won.index][0], flipped)
    at = {s: i for i, (s, _) in enumerate(known)}
    rows = []
    for segment, effect in raw.items():
        i = at.get(segment)
        three = (None, None, None)
        if shrunken is not None and i is not None:
            three = (shrunken.shrunken[i], shrunken.lower[i], shrunken.upper[i])  # type: ignore[assignment]
        reading = read(effect) if isinstance(effect, Effect) else None
        rows.append(SegmentEffect(segment, customers[segment], effect, *three, reading))
    test = shrunken.test if shrunken is not None and len(known) > 1 else None
    return SegmentEffects(metric, arm, segmentation, total, test, tuple(rows), best)
