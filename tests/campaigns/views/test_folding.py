"""What a campaign's tables show at once, and what they keep for whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from segkit.campaigns.models.verdict import Verdict
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.arms_chart import leading_campaign
from segkit.campaigns.views.chosen import chosen_balance
from segkit.campaigns.views.differences import lift_by_segment
from segkit.campaigns.views.effect_tables import lift_checks, lift_effects
from segkit.campaigns.views.lift_by_segment import lift_money
from segkit.page import Block
from tests.campaigns.views.lift_sample import SEGMENTS, chosen, randomised


def rows(block: Block | None, where: str) -> list[str]:
    """The first cells of the rows that are shown, or folded."""
    assert block is not None
    found: Any = block.fields if where == "shown" else block.fields.get("folded", {"rows": []})
    return [r["cells"][0].text for r in found["rows"]]


def alike(lift: CampaignLift) -> CampaignLift:
    """The same campaign without a sign that segments differ."""
    (effects,) = lift.by_segment
    assert effects.test is not None
    return replace(lift, by_segment=(replace(effects, test=replace(effects.test, p_value=0.4)),))


def test_segments_stand_open_where_they_differ_and_folded_where_not() -> None:
    lift = randomised()
    whole = "Margin less campaign cost, offer: all"
    assert lift.by_segment[0].test is not None
    assert lift.by_segment[0].test.p_value < 0.05
    names = [f"Margin less campaign cost, offer: {s.name}" for s in SEGMENTS]
    open_, folded = lift_by_segment(lift), lift_by_segment(alike(lift))
    assert (rows(open_, "shown"), rows(open_, "folded")) == ([whole, *names], [])
    assert (rows(folded, "shown"), rows(folded, "folded")) == ([whole], names)
    assert open_ is not None
    assert folded is not None
    assert any("corrected for having been picked" in s.text for s in open_.statements())
    assert not any("corrected" in s.text for s in folded.statements())
    assert "No sign that segments differ" in folded.html
    # nothing is lost: the same numbers of every segment are in metrics.json
    kept = {m.key for m in folded.metrics}
    assert {m.key for m in open_.metrics if m.key.startswith("lift_profit_offer_segment")} <= kept


def test_the_row_of_all_says_what_the_table_of_effects_says() -> None:
    lift = randomised()
    by_segment, effects = lift_by_segment(lift), lift_effects(lift)
    assert by_segment is not None
    assert effects is not None
    one, other = ({m.key: m.value for m in block.metrics} for block in (by_segment, effects))
    for key in ("lift_profit_offer", "lift_profit_offer_low", "lift_profit_offer_high"):
        assert one[key] == other[key]


def test_money_shows_what_is_sure_and_folds_what_is_to_be_tested_again() -> None:
    lift = randomised()
    sure = [r.segment.name for r in lift.money if r.segment and r.profit and r.profit.decision != "test again"]
    unsure = [r.segment.name for r in lift.money if r.segment and r.profit and r.profit.decision == "test again"]
    assert sure
    assert unsure
    block = lift_money(lift)
    assert rows(block, "shown") == ["offer: all", *(f"offer: {s}" for s in sure)]
    assert rows(block, "folded") == [f"offer: {s}" for s in unsure]


def test_checks_that_passed_fold_behind_those_that_did_not() -> None:
    sound = replace(randomised(), checks=(Verdict("Arm known", "ok", "Every arm is known", 0.0),))
    doubt = replace(sound, checks=(*sound.checks, Verdict("Overlap", "warn", "Others reached them too", 0.0)))
    assert (rows(lift_checks(sound), "shown"), rows(lift_checks(sound), "folded")) == (["Arm known"], [])
    assert (rows(lift_checks(doubt), "shown"), rows(lift_checks(doubt), "folded")) == (["Overlap"], ["Arm known"])
    assert "1 checks that passed" not in lift_checks(sound).html
    assert "Every arm is known" in lift_checks(doubt).html


def test_a_campaign_without_a_comparison_is_headed_by_how_unlike_its_recipients_were() -> None:
    compared, alone = leading_campaign(randomised()), leading_campaign(chosen())
    assert compared is not None
    assert alone is not None
    assert compared.fields["shows"] == "lift_arms"
    assert alone.fields["shows"] == "lift_balance"
    assert "0.97 standard deviations" in alone.fields["title"].text
    # the chart is not drawn again below, so that the table says it in a line
    balance = chosen_balance(chosen())
    assert balance is not None
    assert balance.fields["line"].text == (
        "They differed most in revenue before: 0.97 standard deviations before weighting, 0.02 after it"
    )
