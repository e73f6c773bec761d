"""Recipients chosen by what is known of them: every arm, every attribute, and what is not adjusted is named."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.recent import recent_campaigns
from segkit.campaigns.models.evidence import Badge
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.chosen import chosen_balance, chosen_comparisons
from segkit.campaigns.views.effect_tables import lift_checks
from segkit.campaigns.views.recent import campaigns_table
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.data.attributes import Attribute
from segkit.data.schema import Kind
from segkit.segments.measure.assign import segment
from segkit.statistics.effects import Effect
from tests.campaigns.measure.made import CITIES, END, UNRANKED, base_of, clean, tables_of

TRUTH = 0.06
N = 6_000


def world(like: Dataset, *, arms: int = 1, extra: dict[str, Any] | None = None, seed: int = 3) -> CustomerBase:
    """The young of Aachen are mailed most, and convert most without it; a mail adds six points whatever the arm."""
    made, draw = clean(seed, N), np.random.default_rng(seed)
    young, near = made.age < 40, made.city == CITIES[0]
    chance = 0.15 + 0.35 * young + 0.25 * near
    mailed = draw.random(N) < chance
    base = 0.05 + 0.12 * young + 0.08 * near
    made.converted[:] = draw.random(N) < base + TRUTH * mailed
    which = draw.integers(0, arms, N)
    made.arm[:] = np.where(mailed, np.array([f"mail {k}" for k in range(arms)], object)[which], "none")
    made.sent[:] = mailed
    made.cost[:] = np.where(mailed, 12, 0)
    tables = tables_of(made)
    campaigns = tables["campaigns"]
    for name, values in (("randomised", [False] * 2), ("control_arm", ["none"] * 2)):
        campaigns = campaigns.set_column(campaigns.schema.get_field_index(name), name, pa.array(values))
    tables["campaigns"] = campaigns
    for name, values in (extra or {}).items():
        tables["customers"] = tables["customers"].append_column(name, pa.array(values))
    return base_of(like, tables, END)


def lift_of(base: CustomerBase, **options: Any) -> CampaignLift:
    return campaign_lift(base, "offer", segmentations="city", uplift=UNRANKED, **options)


def converted(lift: CampaignLift) -> dict[str, Any]:
    assert lift.chosen is not None
    return {c.arm: c for c in lift.chosen.comparisons if c.metric.key == "converted"}


def text_of(block: Any) -> str:
    return re.sub(r"<[^>]+>", "", block.html)


def test_attributes_enter_and_take_out_what_they_explain(like: Dataset) -> None:
    lift = lift_of(world(like))
    assert lift.evidence.badge is Badge.ADJUSTED
    assert lift.chosen is not None
    rows = {r.name: r for r in lift.chosen.balance}
    assert {"age", "city"} <= set(rows)
    assert abs(rows["age"].before) > 0.3
    assert abs(rows["city"].before) > 0.3
    assert abs(rows["age"].after) < 0.1
    assert abs(rows["city"].after) < 0.1
    assert lift.chosen.unadjusted == ()
    (found,) = converted(lift).values()
    assert isinstance(found.naive, Effect)
    assert found.naive.lower > TRUTH + 0.01  # plain, it is some five points too much
    for estimate in found.estimates:
        assert estimate.lower < TRUTH < estimate.upper
        assert abs(estimate.value - TRUTH) < 0.03


def test_a_reason_calls_an_attribute_by_the_label_of_the_dataset_file(like: Dataset) -> None:
    plain = world(like)
    attributes = {
        "age": Attribute("age", Kind.NUMBER, label="Years of age"),
        "city": Attribute("city", Kind.TEXT, label="Home town"),
    }
    lift = lift_of(replace(plain, dataset=replace(plain.dataset, attributes=attributes)), covariates=["age"])
    assert lift.chosen is not None
    assert lift.chosen.unadjusted == ("home town",)
    reasons = " ".join(lift.evidence.reasons)
    assert "recipients differ from others in home town, by " in reasons
    assert "city" not in reasons
    block = chosen_balance(lift)
    assert block is not None
    labels = [row["cells"][0].text for row in block.fields["rows"]]
    assert labels == ["Years of age", "Home town (not adjusted)"]


def test_an_attribute_that_is_named_out_is_tested_and_said_not_to_be_adjusted(like: Dataset) -> None:
    lift = lift_of(world(like), covariates=["age"])
    assert lift.chosen is not None
    assert lift.chosen.unadjusted == ("city",)
    city = next(r for r in lift.chosen.balance if r.name == "city")
    assert abs(city.after) > 0.25
    assert lift.evidence.badge is Badge.DESCRIPTIVE  # a known difference is left in
    checks = text_of(lift_checks(lift))
    assert "not adjusted" in checks
    assert "city" in checks.lower()
    assert not any(c.estimates for c in lift.chosen.comparisons)


def test_every_arm_is_compared_and_told(like: Dataset) -> None:
    base = world(like, arms=3)
    lift = lift_of(base)
    found = converted(lift)
    assert list(found) == ["mail 0", "mail 1", "mail 2"]
    mailed = sum(lift.facts.customers[1:])
    assert sum(c.naive.treated.n for c in found.values()) == mailed
    for c in found.values():
        assert {e.control for e in c.estimates} == {lift.facts.customers[0]}
        assert all(e.lower - 0.02 < TRUTH < e.upper + 0.02 for e in c.estimates)
    page = text_of(chosen_comparisons(lift))
    weekly = text_of(campaigns_table(recent_campaigns(segment(base, "city"), only=["offer"])))
    for arm in found:
        assert arm in page
        assert f": {arm}" in weekly
    keys = [m.key for m in chosen_comparisons(lift).metrics]  # type: ignore[union-attr]
    assert len(set(keys)) == len(keys)


def test_a_column_without_variance_is_no_covariate(like: Dataset) -> None:
    lift = lift_of(world(like, extra={"country": ["DE"] * N, "zero": [0] * N}))
    assert lift.chosen is not None
    assert not {"country", "zero"} & {r.name for r in lift.chosen.balance}
    alone = lift_of(world(like, extra={"country": ["DE"] * N}), covariates=["country"])
    assert alone.evidence.badge is Badge.DESCRIPTIVE
    assert alone.chosen is not None
    assert not any(c.estimates for c in alone.chosen.comparisons)
    assert "same value for everybody" in text_of(lift_checks(alone))


def test_what_is_alike_within_both_groups_and_differs_between_them_is_not_balanced(like: Dataset) -> None:
    base = world(like)
    mailed = base.dataset.engine.backend.to_pyarrow(base.dataset.tables["contacts"].order_by("customer_id"))  # type: ignore[attr-defined]
    arm = [row["arm"] != "none" for row in mailed.to_pylist() if row["campaign_id"] == "offer"]
    lift = lift_of(world(like, extra={"flag": [int(a) for a in arm]}))
    assert lift.evidence.badge is Badge.DESCRIPTIVE
    assert lift.chosen is not None
    assert "blocked" in {v.status for v in lift.chosen.verdicts}


def test_an_attribute_of_too_many_values_is_named_as_not_adjusted(like: Dataset) -> None:
    lift = lift_of(world(like, extra={"postcode": [f"{k % 1500:05d}" for k in range(N)]}))
    assert lift.chosen is not None
    assert lift.chosen.unadjusted == ("postcode",)
    assert lift.evidence.badge is Badge.ADJUSTED
    assert "postcode" in text_of(lift_checks(lift)).lower()
    assert "postcode" in text_of(chosen_comparisons(lift)).lower()


def test_more_attributes_than_the_contacted_can_tell_are_tested_and_named(like: Dataset) -> None:
    draw = np.random.default_rng(9)
    extra = {f"trait_{k:02d}": list(draw.choice(["a", "b", "c", "d"], N)) for k in range(40)}
    lift = lift_of(world(like, extra=extra))
    assert lift.chosen is not None
    rows = {r.name for r in lift.chosen.balance}
    assert {*extra, "age", "city"} <= rows
    assert {"age", "city"} & set(lift.chosen.unadjusted) == set()  # what differs most comes first
    (found,) = converted(lift).values()
    for estimate in found.estimates:
        assert abs(estimate.value - TRUTH) < 0.03


@pytest.mark.parametrize("unknown", [0.3])
def test_unknown_values_are_a_level_of_their_own(like: Dataset, unknown: float) -> None:
    draw = np.random.default_rng(5)
    income = [
        None if hide else float(v) for hide, v in zip(draw.random(N) < unknown, draw.lognormal(3, 1, N), strict=True)
    ]
    lift = lift_of(world(like, extra={"income": income}))
    assert lift.chosen is not None
    row = next(r for r in lift.chosen.balance if r.name == "income")
    assert abs(row.before) < 0.15
    assert lift.evidence.badge is Badge.ADJUSTED
