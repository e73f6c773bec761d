"""Campaigns drawn by whole households, from raw rows to the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.effect_tables import lift_effects
from segkit.campaigns.views.frame import lift_method
from segkit.campaigns.views.lift_head import lift_tiles
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect
from tests.campaigns.measure.made import SHARES, UNRANKED, Made, base_of, clean, tables_of


def households(n: int, groups: int, seed: int = 3) -> np.ndarray:
    """The household of each customer, unequal in size."""
    random = np.random.default_rng(seed)
    return random.choice(groups, n, p=random.dirichlet(np.full(groups, 4.0)))


def drawn_whole(made: Made, at: np.ndarray, seed: int = 4) -> None:
    """Arms drawn by household, and households that buy alike."""
    random = np.random.default_rng(seed)
    count = int(at.max()) + 1
    offered = random.permutation(count) % 2 == 0
    made.arm[:] = np.array(["offer" if one else "control" for one in offered], dtype=object)[at]
    made.sent[:] = made.arm == "offer"
    made.cost[:] = np.where(made.sent, 12, 0)
    made.channel[:] = np.array(["email" if one == "offer" else None for one in made.arm], dtype=object)
    level = random.lognormal(0, 0.8, count)[at]
    made.before[:] = np.floor(made.before * level[:, None])
    made.during[:] = np.floor(made.during * level[:, None])


def base_with(like: Dataset, made: Made, at: np.ndarray, *, where: str = "contacts") -> CustomerBase:
    """The household in contacts.drawn_group, or a column of customers."""
    tables = tables_of(made)
    if where == "customers":
        tables["customers"] = tables["customers"].append_column("household", pa.array([f"h{k}" for k in at]))
    else:
        extra = int(made.others.sum())
        named = [None if k < 0 else f"h{k}" for k in at] + [None] * extra
        tables["contacts"] = tables["contacts"].append_column("drawn_group", pa.array(named, pa.string()))
    return base_of(like, tables)


def lift(base: CustomerBase, **options: Any) -> CampaignLift:
    given: dict[str, Any] = {"segmentations": "city", "planned_shares": SHARES, "uplift": UNRANKED}
    return campaign_lift(base, "offer", **(given | options))


def first(found: CampaignLift, key: str = "revenue") -> Effect:
    (effect,) = [c.effect for c in found.comparisons if c.metric.key == key and c.metric.over is None]
    assert isinstance(effect, Effect)
    return effect


def test_the_effect_is_the_regression_of_statsmodels_by_household(like: Dataset) -> None:
    made, at = clean(n=2400), households(2400, 80)
    drawn_whole(made, at)
    found = lift(base_with(like, made, at), looks="once")
    y = made.during.sum(axis=1) / 100
    fit = sm.OLS(y, sm.add_constant((made.arm == "offer").astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": at, "use_correction": False}
    )
    effect = first(found)
    assert effect.difference == pytest.approx(float(fit.params[1]), rel=1e-9)
    assert found.facts.drawn_groups is not None
    assert sum(found.facts.drawn_groups.counts) == 80
    per_arm = found.facts.drawn_groups.counts[0]
    assert found.facts.drawn_groups.counts == (per_arm, per_arm)
    assert effect.standard_error == pytest.approx(float(fit.bse[1]) * np.sqrt(per_arm / (per_arm - 1)), rel=1e-9)
    assert per_arm - 1 <= effect.df <= 80 - 2
    single = lift(base_of(like, tables_of(made)), looks="once")
    assert first(single).standard_error < 0.6 * effect.standard_error


def test_segments_count_the_households_that_are_in_them(like: Dataset) -> None:
    made, at = clean(n=2400), households(2400, 60)
    drawn_whole(made, at)
    found = lift(base_with(like, made, at), looks="once")
    effects = next(e for e in found.by_segment if e.metric.key == "profit")
    assert len(effects.rows) == 5
    for row in effects.rows:
        here = made.city == row.segment.name
        margin = (made.during[here] // 2).sum(axis=1) - made.cost[here]
        expected = 0.0
        for arm in ("offer", "control"):
            inside = made.arm[here] == arm
            totals = np.bincount(at[here][inside], weights=margin[inside], minlength=60)
            counts = np.bincount(at[here][inside], minlength=60)
            totals, counts = totals[counts > 0], counts[counts > 0]
            left = totals - totals.sum() / counts.sum() * counts
            expected += len(totals) / (len(totals) - 1) * float(left @ left) / counts.sum() ** 2
        assert isinstance(row.raw, Effect)
        assert row.raw.standard_error == pytest.approx(np.sqrt(expected) / 100, rel=1e-9)


def test_the_household_may_stand_with_the_customer(like: Dataset) -> None:
    made, at = clean(n=1200), households(1200, 50)
    drawn_whole(made, at)
    one = lift(base_with(like, made, at))
    other = lift(base_with(like, made, at, where="customers"), drawn_by="household")
    assert first(one) == first(other)
    assert other.facts.drawn_groups is not None
    assert other.facts.drawn_groups.name == "household"
    assert (
        lift(base_with(like, made, at, where="customers")).facts.drawn_groups is None
    )  # nobody said that it was drawn
    with pytest.raises(ParameterError, match="customers have no column `home`"):
        lift(base_with(like, made, at), drawn_by="home")


def test_the_page_names_what_was_drawn_and_leaves_out_what_it_cannot_say(like: Dataset) -> None:
    made, at = clean(n=2400), households(2400, 80)
    drawn_whole(made, at)
    found = lift(base_with(like, made, at, where="customers"), drawn_by="household")
    assert {v.check: v.status for v in found.checks}["Enough groups"] == "ok"
    tiles, effects, method = lift_tiles(found), lift_effects(found), lift_method(found)
    assert effects is not None
    assert "drawn in 80 groups" in tiles.html
    notes = [s.text for s in effects.statements()]
    assert any(text.startswith("Whole groups (household) were drawn, 80 of them") for text in notes)
    assert "count groups" in method.html
    assert (found.channels, found.policies, found.plan) == (None, None, ())
    assert {c.health for c in found.comparisons} == {None}


@pytest.mark.parametrize(("groups", "status"), [(8, "blocked"), (24, "warn")])
def test_few_households_block_or_warn(like: Dataset, groups: int, status: str) -> None:
    made, at = clean(n=1200), households(1200, groups)
    drawn_whole(made, at)
    found = lift(base_with(like, made, at))
    assert {v.check: v.status for v in found.checks}["Enough groups"] == status
    assert found.evidence.publishable == (status == "warn")
    assert bool(found.comparisons) == (status == "warn")


def test_households_that_were_not_drawn_whole_block(like: Dataset) -> None:
    made, at = clean(n=1200), households(1200, 60)
    drawn_whole(made, at)
    made.arm[:40] = np.where(made.arm[:40] == "offer", "control", "offer")
    found = lift(base_with(like, made, at))
    assert "Groups whole" in {v.check for v in found.checks if v.status == "blocked"}
    assert found.comparisons == ()


def test_a_customer_without_a_household_is_one_alone(like: Dataset) -> None:
    made, at = clean(n=1200), households(1200, 60)
    drawn_whole(made, at)
    at[:30] = -1
    found = lift(base_with(like, made, at))
    verdict = next(v for v in found.checks if v.check == "Group known")
    assert (verdict.status, "30 of 1,200 customers" in verdict.sentence) == ("warn", True)
    assert found.facts.drawn_groups is not None
    assert sum(found.facts.drawn_groups.counts) == len(np.unique(at[30:])) + 30


def test_arms_of_equal_households_and_unequal_customers_pass(like: Dataset) -> None:
    """Customer by customer the sizes look like a fault; households were drawn as planned."""
    at = households(2400, 40)
    faults = 0
    for seed in range(3):
        made = clean(n=2400)
        drawn_whole(made, at, seed)
        found = {v.check: v.status for v in lift(base_with(like, made, at)).checks}
        assert found["Sample ratio"] == found["Balance before"] == found["Sample ratio by segment"] == "ok"
        single = {v.check: v.status for v in lift(base_of(like, tables_of(made))).checks}
        faults += "blocked" in (single["Sample ratio"], single["Balance before"])
    assert faults >= 1


@pytest.mark.slow
def test_clean_campaigns_of_households_pass_whole(like: Dataset) -> None:
    """From tables to verdicts, 40 draws of 80 households: no check takes households that are alike for a fault."""
    at, warned = households(1_200, 80), []
    for seed in range(40):
        made = clean(seed + 300, 1_200)
        drawn_whole(made, at, seed)
        if {v.status for v in lift(base_with(like, made, at)).checks} != {"ok"}:
            warned.append(seed)
    assert len(warned) <= 1, warned
