"""The head of a campaign's page: of one arm at a time, and never surer than the checks allow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.campaigns.measure.compare import comparisons
from segkit.campaigns.models.evidence import Badge, Evidence
from segkit.campaigns.models.profit import profit
from segkit.campaigns.models.verdict import Verdict
from segkit.campaigns.records import CampaignLift, LiftMetric, MoneyRow
from segkit.campaigns.views.lift_head import lift_tiles
from segkit.page import head as page_head
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from tests.campaigns.views.lift_sample import FACTS, PROFIT, randomised

CONVERTED = LiftMetric("converted", "Conversion", "share", "up", False, None)


def campaign(margin: dict[str, float], converted: dict[str, float], n: int = 2_000) -> CampaignLift:
    """Three arms with these means, and money that varies by 10 a customer."""
    wave = np.linspace(-1, 1, n) * 10 * np.sqrt(3)
    arms = {
        arm: Moments.from_arrays({"profit": margin[arm] + wave, "converted": np.arange(n) < converted[arm] * n})
        for arm in ("control", "bundle", "discount")
    }
    facts = replace(FACTS, arms=tuple(arms), customers=(n, n, n))
    metrics = (PROFIT, CONVERTED)
    return replace(
        randomised(),
        facts=facts,
        metrics=metrics,
        comparisons=comparisons(arms, metrics, facts),
        by_segment=(),
        money=(),
    )


def head(lift: CampaignLift) -> str:
    return str(page_head(lift, subject="Made").fields["headline"].text)


def tiles(lift: CampaignLift) -> list[str]:
    return [tile["label"].text for tile in lift_tiles(lift).fields["tiles"]]


def test_profit_that_is_open_is_told_of_the_arm_whose_effect_is_told() -> None:
    """Discount loses less, bundle converts more: the head speaks of bundle, in both."""
    lift = campaign(
        {"control": 40.0, "bundle": 39.8, "discount": 39.9}, {"control": 0.08, "bundle": 0.14, "discount": 0.11}
    )
    assert head(lift).startswith("The offer: bundle changed conversion by +6.0")
    # 2.06 standard errors of 0.32 about −0.20, as eight looks before the last one have to be paid for
    assert "(−€0.85 to +€0.45 a customer)" in head(lift)
    assert [label for label in tiles(lift) if "discount" in label] == []


def test_a_likely_loss_is_said_as_the_decision_beside_it_says_it() -> None:
    """The head does not call open what the decision below it calls 96 % likely a loss."""
    lift = campaign(
        {"control": 40.0, "bundle": 39.4, "discount": 39.5}, {"control": 0.08, "bundle": 0.14, "discount": 0.11}
    )
    found = next(c.effect for c in lift.comparisons if c.metric == PROFIT and c.treated == "bundle")
    assert isinstance(found, Effect)
    paid = profit(found, 0.0, 4_000)
    assert paid.decision == "test again"
    assert paid.probability <= 0.1
    lift = replace(lift, money=(MoneyRow(None, "bundle", paid, None, 4_000.0, None, None),))
    chance = f"{(1 - paid.probability) * 100:.1f}\u202f% likely a loss"
    assert chance in head(lift)
    assert "open" not in head(lift)
    assert any(chance in one["ground"].text for one in page_head(lift, subject="Made").fields["decisions"])


@pytest.mark.parametrize("gain", [2.0, -2.0])
def test_a_sure_profit_or_loss_is_the_head(gain: float) -> None:
    lift = campaign(
        {"control": 40.0, "bundle": 40.0 + gain, "discount": 37.0},
        {"control": 0.08, "bundle": 0.14, "discount": 0.11},
    )
    sign = "+" if gain > 0 else "−"
    assert head(lift).startswith(f"The offer: bundle changed margin less campaign cost by {sign}€2.00 a customer")


def test_every_arm_that_cannot_be_judged_is_named() -> None:
    same = {"control": 0.08, "bundle": 0.08, "discount": 0.08}
    lift = campaign({"control": 40.0, "bundle": 42.0, "discount": 39.8}, same)
    assert "cannot be judged" not in head(lift)
    refused = Refusal("a handful of customers make nearly all of it", 2_000, 2_000)
    few = tuple(replace(c, effect=refused) if "discount" in (c.treated, c.control) else c for c in lift.comparisons)
    assert head(replace(lift, comparisons=few)).endswith("; discount cannot be judged")


def test_an_arm_that_did_harm_is_to_be_stopped_though_its_money_is_not_known() -> None:
    """The headline says that the result is unwanted, and the decision is not to repeat what brought it."""
    same = {"control": 0.08, "bundle": 0.08, "discount": 0.08}
    lift = campaign({"control": 40.0, "bundle": 37.0, "discount": 38.0}, same)
    assert head(lift).endswith("which is unwanted")
    decisions = page_head(lift, subject="Made").fields["decisions"]
    assert [one["todo"].text for one in decisions] == [
        "Do not repeat bundle of The offer",
        "Do not repeat discount of The offer",
    ]
    assert "which is unwanted" in decisions[0]["ground"].text
    running = replace(lift, facts=replace(lift.facts, end=None, planned_looks=None))
    assert page_head(running, subject="Made").fields["decisions"][0]["todo"].text == "Stop bundle of The offer"
    open_ = campaign({"control": 40.0, "bundle": 39.9, "discount": 40.1}, same)
    assert page_head(open_, subject="Made").fields["decisions"] == []


def test_nothing_sure_is_inconclusive() -> None:
    same = {"control": 0.08, "bundle": 0.08, "discount": 0.08}
    assert "inconclusive" in head(campaign({"control": 40.0, "bundle": 39.9, "discount": 39.8}, same))


def test_a_blocked_campaign_shows_no_number() -> None:
    lift = campaign(
        {"control": 40.0, "bundle": 45.0, "discount": 40.0}, dict.fromkeys(("control", "bundle", "discount"), 0.1)
    )
    reason = "the arms have other sizes"
    blocked = replace(
        lift,
        evidence=Evidence(Badge.RANDOMISED, (reason,), False),
        checks=(Verdict("Sample ratio", "blocked", reason, 1e-9),),
    )
    assert head(blocked) == "The offer: a check of the data forbids to show what it changed"
    assert not any("Margin" in label for label in tiles(blocked))
