"""Nobody of an arm bought; an arm of one; nobody to compare with: stated widths and stated refusals."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.recent import recent_campaigns
from segkit.campaigns.recent_records import CampaignRefusal
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.effect_tables import lift_effects
from segkit.campaigns.views.recent import campaigns_table
from segkit.customers import customer_base
from segkit.data import Dataset, open_dataset
from segkit.errors import DataError
from segkit.segments.measure.assign import segment
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from tests.campaigns.measure.made import END, SHARES, Made, base_of, clean, lift_of, tables_of
from tests.campaigns.measure.test_tamper import page_of
from tests.cases import Case
from tests.customers.made import showing

FAR = 1 / (1 / (1 - 0.025 ** (1 / 20)) - 1) - 1  # EXPECTED.md: 20 buyers, all in the control: −80 %


def measured(folder: Any, **options: Any) -> CampaignLift:
    params = yaml.safe_load((folder / "params" / "campaign_lift" / "s.yaml").read_text())
    base = customer_base(open_dataset(folder / "params" / "datasets" / "s.yaml", str(params["as_of"])), periods=1)
    usual: dict[str, Any] = {
        "segmentations": "lifecycle", "planned_shares": params["planned_shares"], "looks": params["looks"],
        "uplift": {"learner": "none"},
    }  # fmt: skip
    return campaign_lift(base, params["campaign"], **(usual | options))


def test_case_08_the_lift_is_not_surely_minus_100_per_cent(case: Case) -> None:
    folder = case("08")
    lift = measured(folder)
    found = {c.metric.key: c.effect for c in lift.comparisons if c.metric.over is None}
    assert set(found) == {"revenue", "orders"}
    for key, difference in (("revenue", -0.40), ("orders", -0.02)):
        effect = found[key]
        assert isinstance(effect, Effect)
        assert effect.difference == pytest.approx(difference, rel=1e-9)
        assert effect.lift.value == effect.lift.lower == -1
        assert effect.lift.upper == pytest.approx(FAR, rel=1e-9)
        assert effect.lower < effect.difference < effect.upper < 0
    page = re.sub(r"<[^>]+>", "", lift_effects(lift).html)  # type: ignore[union-attr]
    page = page.replace("\u202f", " ").replace("\xa0", " ")
    assert page.count("−100 % (−100 % to −79.7 %)") == 2
    assert "exact" in page


def test_case_08_at_weekly_looks(case: Case) -> None:
    lift = measured(case("08"), looks="always-valid")
    effect = next(c.effect for c in lift.comparisons if c.metric.key == "revenue" and c.metric.over is None)
    assert isinstance(effect, Effect)
    assert effect.lift.upper is not None
    assert effect.lift.lower == -1
    assert FAR < effect.lift.upper < 0


def without_buyers(made: Made, arm: str) -> Made:
    made.during[made.arm == arm] = 0
    made.converted[made.arm == arm] = False
    return made


def test_profit_of_an_arm_of_which_nobody_bought_has_a_width(like: Dataset) -> None:
    """Everybody contacted has a cost, so that profit varies a little where margin does not at all."""
    lift = lift_of(like, without_buyers(clean(n=2_000), "offer"))
    for key in ("profit", "converted", "revenue", "orders"):
        effect = next(c.effect for c in lift.comparisons if c.metric.key == key and c.metric.over is None)
        assert isinstance(effect, Effect), key
        assert effect.upper - effect.lower > 0
        assert effect.lift.lower is not None
        assert effect.lift.upper is not None
        assert effect.lift.upper - effect.lift.lower > 0.001
    for row in (r for r in lift.money if r.profit is not None):
        assert row.profit is not None
        assert row.profit.lower < row.profit.per_customer < row.profit.upper


def test_an_arm_of_one_customer_is_refused_in_words(like: Dataset) -> None:
    made = clean(n=400)
    made.arm[:] = "control"
    made.arm[0] = "offer"
    made.sent[:] = made.arm == "offer"
    shares = {"control": 399 / 400, "offer": 1 / 400}
    with pytest.raises(DataError, match="nothing of so few is shown"):
        lift_of(like, made, planned_shares=shares)
    base = showing(base_of(like, tables_of(made)), 1)
    lift = campaign_lift(base, "offer", segmentations="city", planned_shares=shares, channels_drawn=True)
    assert lift.metrics
    assert lift.evidence.publishable
    for c in lift.comparisons:
        assert isinstance(c.effect, Refusal)
        assert "at least 2" in c.effect.reason or "are needed" in c.effect.reason
    page = page_of(lift)
    assert "are needed" in page.html
    assert "too little data" in page.headline


def everybody(like: Dataset, n: int = 300) -> Any:
    tables = tables_of(clean(n=n))
    campaigns = tables["campaigns"]
    for name, values in (("randomised", pa.array([False] * 2)), ("control_arm", pa.array([None] * 2, pa.string()))):
        campaigns = campaigns.set_column(campaigns.schema.get_field_index(name), name, values)
    tables["campaigns"] = campaigns
    arm = tables["contacts"].schema.get_field_index("arm")
    tables["contacts"] = tables["contacts"].set_column(arm, "arm", pa.array(["offer"] * tables["contacts"].num_rows))
    return base_of(like, tables, END)


def test_a_campaign_that_reached_everybody_has_no_comparison_and_says_so(like: Dataset) -> None:
    base = everybody(like)
    with pytest.raises(DataError, match="there is no comparison, as everybody"):
        campaign_lift(base, "offer", segmentations="city")
    found = recent_campaigns(segment(base, "city"), only=["offer"])
    (refused,) = found.campaigns
    assert isinstance(refused, CampaignRefusal)
    block = campaigns_table(found)
    assert block is not None
    text = re.sub(r"<[^>]+>", "", block.html)
    assert "Cannot be measured" in text
    assert "there is no comparison, as everybody who was a customer" in text


def test_who_bought_before_in_one_arm_alone_is_no_proof_that_the_draw_was_wrong(like: Dataset) -> None:
    """One customer of 400 bought in the eight weeks before: by chance it is of one arm."""
    made = clean(n=400)
    made.before[:] = 0
    made.before[np.flatnonzero(made.arm == "offer")[0], 3] = 900
    lift = lift_of(like, made, planned_shares=SHARES)
    balance = next(v for v in lift.checks if v.check == "Balance before")
    assert balance.status == "ok"
