"""Whom to contact first, in words and tables: never surer than the intervals, and a refusal says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.campaigns.models.uplift import enough
from segkit.campaigns.ranking_records import RankingOptions, UpliftRanking, UpliftRankings
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.frame import lift_method
from segkit.campaigns.views.ranking import lift_fifths, lift_ranking, lift_ranking_answer
from segkit.campaigns.views.ranking_charts import qini_chart
from segkit.page import union
from tests.campaigns.views.lift_sample import chosen, randomised, ranked


def answer(lift: CampaignLift) -> list[str]:
    block = lift_ranking_answer(lift)
    assert block is not None
    return [paragraph.text.replace("\u202f", " ") for paragraph in block.fields["paragraphs"]]


def with_answer(lift: CampaignLift, **changes: object) -> CampaignLift:
    assert lift.ranking is not None
    (one,) = lift.ranking.rankings
    return replace(lift, ranking=replace(lift.ranking, rankings=(replace(one, **changes),)))  # type: ignore[arg-type]


def test_more_is_said_where_every_rule_is_beaten() -> None:
    (said,) = answer(ranked())
    assert said.startswith(
        "offer: ranking by predicted uplift finds more than every simple rule. Each of the first 30 %"
    )
    assert "of conversion, and " in said
    assert "beats chance" not in said


def test_no_more_is_said_with_what_it_could_be() -> None:
    (said,) = answer(ranked(0.0))
    assert "finds no more than ranking by past value; the difference could be −" in said
    assert said.endswith("It has not been shown that this ranking beats chance.")


def test_less_is_said_of_the_rule_that_is_surely_better() -> None:
    lift = ranked()
    assert lift.ranking is not None
    (one,) = lift.ranking.rankings
    gap = one.rule("value").gap
    assert gap is not None
    worse = replace(gap, value=-0.05, lower=-0.09, upper=-0.01)
    rules = tuple(replace(r, gap=worse) if r.rule == "value" else r for r in one.rules)
    (said,) = answer(with_answer(lift, answer="less", rules=rules, best_simple="random"))
    assert "finds less than ranking by past value; the difference could be −9 pp to −1 pp a contact" in said


def test_tables_and_figure_state_the_same_numbers() -> None:
    lift = ranked()
    blocks = [
        lift_ranking_answer(lift), lift_ranking(lift), lift_fifths(lift),
        qini_chart(lift), lift_method(lift),
    ]  # fmt: skip
    found = union(block.metrics for block in blocks if block is not None)
    assert lift.ranking is not None
    (one,) = lift.ranking.rankings
    gap = one.rule("value").gap
    assert gap is not None
    assert found["lift_rank_offer_value_gap"].value == gap.value
    assert found["lift_rank_offer_x_at_30"].value == one.rules[0].gains[1].value
    assert found["lift_curve_offer_x_100"].value == pytest.approx(one.rule("random").curve[-1].value)
    assert "without ids" in blocks[-1].fields["paragraphs"][1].text  # type: ignore[union-attr]
    rows = lift_ranking(lift).fields["rows"]  # type: ignore[union-attr]
    assert [r["cells"][0].text for r in rows] == [
        "offer: Predicted uplift, X-learner", "offer: Past value", "offer: At random"
    ]  # fmt: skip
    assert len(lift_fifths(lift).fields["rows"]) == 5  # type: ignore[union-attr]


def test_a_figure_says_what_the_ranking_is_worth() -> None:
    def title(lift: CampaignLift) -> str:
        block = qini_chart(lift)
        assert block is not None
        return str(block.fields["title"].text)

    assert title(ranked()) == "offer: ranking by uplift finds more than any simple rule"
    assert title(ranked(0.0)) == "offer: ranking by uplift finds no more than past value"
    assert (
        title(with_answer(ranked(0.0), best_simple="random")) == "offer: ranking by uplift finds no more than chance"
    )
    assert qini_chart(ranked(), 1) is None


def test_what_has_no_ranking_shows_none() -> None:
    refused = replace(chosen(), ranking=UpliftRankings(RankingOptions(), "recipients were chosen, not drawn"))
    assert answer(refused) == ["No customer is ranked by uplift: recipients were chosen, not drawn."]
    small = UpliftRanking("offer", "converted", 300, 310, enough(np.zeros(300), np.ones(300)) or "")
    few = replace(randomised(), ranking=UpliftRankings(RankingOptions(), None, (small,), 4, 12, {}))
    assert answer(few) == [
        "offer: customers are not ranked by uplift: 300 treated customers; at least 600 are needed in each arm."
    ]
    for lift in (refused, few, randomised()):
        assert (lift_ranking(lift), lift_fifths(lift), qini_chart(lift)) == (None, None, None)
    assert lift_ranking_answer(randomised()) is None
