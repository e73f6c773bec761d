"""Two campaigns from plain numbers: one drawn at random, one whose recipients were chosen."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np

from segkit.campaigns.chosen_records import BalanceRow, Chosen
from segkit.campaigns.measure.campaign_money import money_rows
from segkit.campaigns.measure.compare import comparisons, segment_effects
from segkit.campaigns.measure.ranking import STEPS
from segkit.campaigns.models.agreement import campaign_overlap
from segkit.campaigns.models.evidence import Badge, Evidence
from segkit.campaigns.models.targeting import (
    Places,
    auuc,
    effect_scores,
    gain_at,
    gain_of_difference,
    gain_within,
    mean_gain,
    places,
    qini,
)
from segkit.campaigns.models.verdict import Verdict
from segkit.campaigns.ranking_records import Fifth, RankedRule, RankingOptions, RuleKey, UpliftRanking, UpliftRankings
from segkit.campaigns.records import CampaignFacts, CampaignLift, FunnelStep, LiftMetric
from segkit.customers.partition import Segment
from segkit.data.schema import Money
from segkit.statistics.effects import Effect
from segkit.statistics.moments import Moments, merge_all
from segkit.statistics.told import Figure, Told

SEGMENTS = (Segment("North", "", "#2a6fbb"), Segment("South & <East>", "", "#d0661c"), Segment("West", "", "#1d8a7d"))
PROFIT = LiftMetric("profit", "Margin less campaign cost", "money", "up", True, None)
FACTS = CampaignFacts(
    "offer", "The offer", dt.date(2024, 9, 2), dt.date(2024, 10, 27), dt.date(2024, 10, 27), dt.date(2024, 10, 27),
    True, ("control", "offer"), (1_200, 1_200), False, "customers", Money("EUR", 2), 8, 8, "group-sequential", 0.95,
)  # fmt: skip


@cache
def randomised() -> CampaignLift:
    """An offer that pays in the first segment."""
    draw = np.random.default_rng(1)
    cells = {
        segment: {
            arm: Moments.from_arrays(
                {"profit": draw.normal(10, 5, 400) + gain, "cost": np.full(400, cost), "sent": np.full(400, cost > 0)}
            )
            for arm, gain, cost in (("control", 0.0, 0.0), ("offer", 3.0 if at == 0 else 0.0, 0.5))
        }
        for at, segment in enumerate(SEGMENTS)
    }
    arms = {arm: merge_all(parts[arm] for parts in cells.values()) for arm in FACTS.arms}
    compared = comparisons(arms, (PROFIT,), FACTS)
    total = compared[0].effect
    assert isinstance(total, Effect)
    return CampaignLift(
        FACTS,
        Evidence(Badge.RANDOMISED, (), True),
        (
            Verdict("Sample ratio", "ok", Told.of("the arms have the planned sizes ({p})", p=Figure(0.8, "p")), 0.8),
            campaign_overlap(
                {"control": 40, "offer": 120}, dict(zip(FACTS.arms, FACTS.customers, strict=True)), "June"
            ),
        ),
        (PROFIT,),
        SEGMENTS,
        "Region",
        (FunnelStep("control", 1_200, 0, 0, 0, 90), FunnelStep("offer", 1_200, 1_150, 600, 200, 150)),
        comparisons=compared,
        by_segment=(segment_effects(total, cells, "offer", PROFIT, FACTS, "Region"),),
        money=money_rows(arms, cells, FACTS, PROFIT),
    )


@cache
def chosen() -> CampaignLift:
    """A mailing to the best customers."""
    rows = (
        BalanceRow("revenue_before", "revenue before", 400.0, 150.0, 0.97, -0.02),
        BalanceRow("plan", "plan", 3.0, 2.0, 0.2, 0.01),
    )
    verdict = Verdict(
        "Balance",
        "ok",
        Told.of("no covariate differs by more than {most} standard deviations", most=Figure(0.1, "index")),
        0.02,
    )
    return replace(
        randomised(),
        facts=replace(FACTS, randomised=False),
        evidence=Evidence(Badge.ADJUSTED, ("recipients were chosen, not drawn",), True),
        comparisons=(),
        by_segment=(),
        money=(),
        chosen=Chosen(rows, (verdict,), (), 40),
    )


@cache
def ranked(differs: float = 0.2) -> CampaignLift:
    """A campaign whose customers are ranked on conversions by how much the offer moves them, which is known here."""
    draw = np.random.default_rng(2)
    n = 6_000
    moved, value, part = draw.random(n), draw.lognormal(3, 1, n), draw.integers(2, 6, n)
    treated = (draw.random(n) < 0.5).astype(float)
    y = (draw.random(n) < 0.1 + treated * (0.05 + differs * (moved - 0.5))).astype(float)
    scores, by_uplift, by_value = effect_scores(y, treated, 0.5), places(moved, part), places(value, part)
    options = RankingOptions()

    def rule(key: RuleKey, at: Places | None) -> RankedRule:
        everybody = mean_gain(scores)
        return RankedRule(
            key,
            None if at is None else qini(scores, at),
            tuple(everybody if at is None else gain_at(scores, at, s).times(1 / s) for s in options.shares),
            None if at is by_uplift else gain_of_difference(scores, by_uplift, at, 0.3).times(1 / 0.3),
            tuple(everybody.times(s) if at is None else gain_at(scores, at, s) for s in STEPS),
        )

    one = UpliftRanking(
        "offer", "converted", int(treated.sum()), int(n - treated.sum()), judged=n,
        average=mean_gain(scores), qini=qini(scores, by_uplift), auuc=auuc(scores, by_uplift), normalised=(0.12, 0.06),
        steps=STEPS, rules=(rule("x", by_uplift), rule("value", by_value), rule("random", None)),
        fifths=tuple(Fifth(n // 5, 0.1 - k / 50, gain_within(scores, by_uplift, k / 5, (k + 1) / 5)) for k in range(5)),
        answer="more" if differs else "no more", best_simple="value", paid=mean_gain(10 * scores),
    )  # fmt: skip
    return replace(
        randomised(),
        metrics=(PROFIT, LiftMetric("converted", "Conversion", "share", "up", False, None)),
        ranking=UpliftRankings(options, None, (one,), 4, 12, {"age": "it differs between the arms"}),
    )
