"""Ranking by uplift through the engine: what was planted is ranked, rows may come in any order, refusals say why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.population import campaign_population
from segkit.campaigns.measure.ranking_sample import balanced_features, campaign_sample
from segkit.campaigns.models.uplift import FIRST, held_out_uplift, part_of
from segkit.campaigns.ranking_records import UpliftRanking
from segkit.campaigns.records import CampaignLift
from segkit.data import Dataset
from segkit.data.attributes import Attribute
from segkit.data.schema import Kind
from segkit.demo.telecom.truth_file import load_truth
from segkit.errors import ParameterError
from segkit.learning.features import SnapshotFeatures, event_kinds
from tests.campaigns.measure.made import END, SHARES, START, Made, base_of, clean, tables_of
from tests.campaigns.measure.test_campaign import with_planted
from tests.customers.worlds import World

GOOD = ("Aachen", "Bonn")
ATTRIBUTES = {"city": Attribute("city", Kind.TEXT), "age": Attribute("age", Kind.WHOLE)}


def planted(seed: int = 7, n: int = 4000) -> Made:
    """An offer that converts a fifth more in two cities and nobody elsewhere; half of all who live elsewhere buy anyway."""
    made = clean(seed, n)
    draw = np.random.default_rng(seed + 1)
    good = np.isin(made.city, GOOD)
    made.converted[:] = draw.random(n) < np.where(good, 0.05, 0.4)
    made.converted[good & (made.arm == "offer")] |= draw.random(int((good & (made.arm == "offer")).sum())) < 0.3
    return made


def ranked(like: Dataset, tables: Mapping[str, pa.Table], as_of: dt.date = END, **options: Any) -> CampaignLift:
    """The campaign measured, with city and age among what is known of a customer."""
    base = base_of(like, tables, as_of)
    base = replace(base, dataset=replace(base.dataset, attributes=ATTRIBUTES))
    given = {"predicted_value": False} | options.pop("uplift", {})  # whose model takes longer than all else here
    return campaign_lift(base, "offer", segmentations="city", planned_shares=SHARES, uplift=given, **options)


def lift_of(like: Dataset, made: Made, as_of: dt.date = END, **options: Any) -> CampaignLift:
    return ranked(like, tables_of(made), as_of, **options)


def only(lift: CampaignLift) -> UpliftRanking:
    assert lift.ranking is not None
    (found,) = lift.ranking.rankings
    return found


def judged(made: Made) -> np.ndarray:
    """Customers who are ranked, by the number that segkit gives an id."""
    return part_of(np.arange(made.n) * 611_953 % 1_000_003) >= FIRST


@pytest.fixture(scope="module")
def worked(like: Dataset) -> CampaignLift:
    return lift_of(like, planted())


def test_who_was_moved_is_ranked_first(worked: CampaignLift) -> None:
    """Those who buy anyway are the likeliest to buy, so that no simple rule finds whom the offer moves."""
    found = only(worked)
    made = planted()
    assert (found.arm, found.outcome, found.refusal) == ("offer", "converted", None)
    assert (found.control, found.treated) == worked.facts.customers
    assert found.qini is not None
    assert found.qini.lower > 0
    assert found.answer == "more"
    # two fifths of the customers live where it worked: all of the gain lies in the first two fifths
    effects = [fifth.found for fifth in found.fifths]
    assert all(e.lower > 0 for e in effects[:2])
    assert all(e.lower < 0.05 for e in effects[2:])
    assert abs(sum(f.customers for f in found.fifths) - found.judged) <= 2
    assert [f.predicted for f in found.fifths] == sorted((f.predicted for f in found.fifths), reverse=True)
    # at random: the plain difference of the judged
    offered, told = made.arm == "offer", judged(made)
    plain = made.converted[told & offered].mean() - made.converted[told & ~offered].mean()
    assert found.average is not None
    assert found.average.value == pytest.approx(plain, abs=found.average.standard_error / 2)
    assert found.rule("random").gains == (found.average,) * 3


def test_a_rules_gain_is_that_of_its_customers(worked: CampaignLift) -> None:
    """Past value, counted by hand: the richest three tenths of the judged, treated less control."""
    made = planted()
    spent = made.before.sum(axis=1)
    gain = only(worked).rule("value").gains[1]
    assert only(worked).judged == judged(made).sum()
    top = judged(made) & (spent >= np.quantile(spent[judged(made)], 0.7))
    offered = made.arm == "offer"
    by_hand = made.converted[top & offered].mean() - made.converted[top & ~offered].mean()
    assert gain.value == pytest.approx(by_hand, abs=gain.standard_error)


def test_parts_of_a_ranking_agree(worked: CampaignLift) -> None:
    found = only(worked)
    at = found.steps.index(0.3)
    assert found.rules[-1].rule == "random"
    best = max((r for r in found.rules if r.rule not in ("x", "t")), key=lambda r: r.gains[1].value)
    assert found.best_simple == best.rule
    for rule in found.rules:
        assert rule.gains[1].value * 0.3 == pytest.approx(rule.curve[at].value, rel=1e-12)
        assert rule.curve[-1].value == pytest.approx(found.rules[0].curve[-1].value, abs=1e-12)
        if rule.gap is not None:
            gap = found.rule("x").gains[1].value - rule.gains[1].value
            assert rule.gap.value == pytest.approx(gap, abs=1e-12)
    weighted = sum(f.customers * f.found.value for f in found.fifths) / sum(f.customers for f in found.fifths)
    assert found.average is not None
    assert weighted == pytest.approx(found.average.value, abs=1e-3)


def test_the_order_of_rows_changes_nothing(worked: CampaignLift, like: Dataset) -> None:
    tables = tables_of(planted())
    draw = np.random.default_rng(3)
    mixed = {name: table.take(pa.array(draw.permutation(table.num_rows))) for name, table in tables.items()}
    assert ranked(like, mixed).ranking == worked.ranking


def test_nothing_after_the_first_day_is_learnt_from(like: Dataset) -> None:
    """Purchases of the campaign are an outcome, never a feature: changed, they change no ranking on conversions."""
    made, other = planted(8, 2500), planted(8, 2500)
    other.during[:] = np.where(other.converted, 9_000, 1)[:, None]
    one, two = only(lift_of(like, made)), only(lift_of(like, other))
    assert (one.qini, one.fifths, one.rule("response")) == (two.qini, two.fifths, two.rule("response"))


def test_an_attribute_that_the_campaign_changed_is_left_out(like: Dataset) -> None:
    made = planted(9, 2500)
    made.age[made.converted & (made.arm == "offer")] = 99
    lift = lift_of(like, made)
    assert lift.ranking is not None
    assert lift.ranking.left_out is not None
    assert "differs between the arms" in lift.ranking.left_out["age"]
    assert "city" not in lift.ranking.left_out


def test_where_nobody_is_moved_no_ranking_is_found(like: Dataset) -> None:
    found = only(lift_of(like, clean(5, 3000), uplift={"outcome": "profit"}))
    assert found.outcome == "profit"
    assert found.qini is not None
    assert found.qini.lower < 0 < found.qini.upper
    assert found.answer == "no more"
    assert found.normalised is None
    assert found.paid is None


def test_what_a_ranking_on_conversions_pays_is_told(worked: CampaignLift) -> None:
    found = only(worked)
    assert found.paid is not None
    assert found.paid.lower < 0 < found.paid.upper  # nobody spends more in these data


def test_why_predicted_value_is_no_rule_is_told(like: Dataset) -> None:
    """But for one day, purchases reach eight weeks back only: no forecast can be tested on them."""
    lift = lift_of(like, planted(6, 2500), uplift={"predicted_value": True})
    assert lift.ranking is not None
    assert [rule.rule for rule in only(lift).rules] == ["x", "t", "response", "value", "random"]
    assert "cannot be tested" in str(lift.ranking.no_forecast)


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda m: None, {"as_of": START + dt.timedelta(days=20)}, "still runs"),
        (lambda m: m.sent.__setitem__(m.arm == "control", True), {}, "a check of the data blocks"),
    ],
)
def test_campaigns_that_cannot_be_ranked_say_why(
    like: Dataset, change: Any, options: dict[str, Any], said: str
) -> None:
    made = planted(3, 1500)
    change(made)
    lift = lift_of(like, made, **options)
    assert lift.ranking is not None
    assert said in str(lift.ranking.refusal)
    assert lift.ranking.rankings == ()


def test_chosen_recipients_are_not_ranked(grocery: World) -> None:
    lift = campaign_lift(grocery.base, "18", segmentations="lifecycle")
    assert lift.ranking is not None
    assert "recipients were chosen" in str(lift.ranking.refusal)


def test_too_few_customers_are_not_ranked(like: Dataset) -> None:
    few = only(lift_of(like, planted(2, 800)))
    assert "customers; at least 600 are needed in each arm" in str(few.refusal)
    assert (few.qini, few.rules, few.answer) == (None, (), None)
    rare = planted(2, 3000)
    rare.converted[20:] = False
    assert "with the outcome; at least 100" in str(only(lift_of(like, rare)).refusal)


def test_a_sample_is_bounded(like: Dataset) -> None:
    found = only(lift_of(like, planted(4, 4000), uplift={"customers": 2000}))
    assert 1_700 < found.treated + found.control < 2_300


def test_no_ranking_where_none_is_wanted(like: Dataset) -> None:
    assert lift_of(like, clean(n=400), uplift={"learner": "none"}).ranking is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"learner": "forest"}, "learner `forest`"),
        ({"shares": [0.3, 0.1]}, "must ascend"),
        ({"shares": [0.1, 1.5]}, r"shares: \[0.1, 1.5\] are not all between 0 and 1"),
        ({"shares": 0.3}, "must be a list"),
        ({"share": 0.2}, "be one of them"),
        ({"customers": 10}, "is not from 1,000"),
        ({"customers": "all"}, "whole number"),
        ({"predicted_value": "perhaps"}, "true or false"),
        ({"model": "linear"}, "`uplift.model` is not known"),
        ({"arms": ["bonus"]}, "arm `bonus` is not there"),
        ({"outcome": "clicks"}, "outcome `clicks` is not measured"),
        ({"leave_out": ["shoe_size"]}, "`shoe_size` is no feature"),
    ],
)
def test_wrong_options_are_told(like: Dataset, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        lift_of(like, clean(n=200), uplift=given)


def test_a_small_campaign_of_three_arms_says_what_is_missing(telecom: World) -> None:
    """Holiday offer, 3,000 subscribers: some 500 an arm."""
    lift = campaign_lift(telecom.base, "holiday", segmentations="age")
    assert lift.ranking is not None
    told = {found.arm: found.refusal for found in lift.ranking.rankings}
    assert list(told) == ["bundle", "discount"]
    assert all("customers; at least 600 are needed in each arm" in str(refusal) for refusal in told.values())


@pytest.mark.slow
def test_planted_effects_of_the_telecom_company_are_ranked(tmp_path: Path) -> None:
    """40,000 subscribers: predicted uplift has the planted order of ages; the offer for the young is found, and no
    simple rule that looks at value or risk comes near."""
    base, _ = with_planted(tmp_path, 40_000)
    (data,) = (tmp_path / ".segkit" / "data").glob("telecom-*")
    truth = next(c for c in load_truth(data).campaigns if c.campaign_id == "holiday")
    lift = campaign_lift(base, "holiday", segmentations="age_group")
    assert lift.ranking is not None
    by_arm = {found.arm: found for found in lift.ranking.rankings}
    discount = by_arm["discount"]
    assert discount.qini is not None
    assert discount.qini.lower > 0
    for simple in ("value", "predicted", "risk", "random"):
        gap = discount.rule(simple).gap
        assert gap is not None
        assert gap.lower > 0
    # the first fifth is young: what is found there is at least near what was planted for the young
    assert discount.fifths[0].found.upper > truth.effect("discount", "under 35")
    population = campaign_population(base, "holiday", ["age_group"], looks="once", level=0.95, margin=None)
    builder = SnapshotFeatures(population.base, event_kinds(population.base))
    drawn = campaign_sample(population, builder, 60_000)
    features, left_out = balanced_features(builder.features, set(base.dataset.attributes), drawn)
    assert left_out == {}
    group = np.select(
        [np.isin(drawn.raw["age_band"], ("18-24", "25-34")), np.isin(drawn.raw["age_band"], ("35-44", "45-54"))],
        ["under 35", "35-54"],
        "55+",
    )
    for at, arm in enumerate(population.facts.arms[1:], 1):
        mine = np.isin(drawn.arm, (0, at))
        y, t = drawn.columns["converted"][mine], (drawn.arm[mine] == at).astype(float)
        raw = {name: values[mine] for name, values in drawn.raw.items()}
        told = held_out_uplift(features, raw, y, t, drawn.part[mine], propensity=t.mean())
        predicted = {g: np.nanmean(told.x[group[mine] == g]) for g in truth.baseline}
        effects = {g: truth.effect(arm, g) for g in truth.baseline}
        for better in effects:
            for worse in effects:
                if effects[better] > effects[worse] + 0.025:
                    assert predicted[better] > predicted[worse], (arm, predicted)
