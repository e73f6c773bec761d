"""A campaign measured whole: planted effects come back, nothing is found where there is nothing, parts reconcile."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.models.evidence import Badge
from segkit.campaigns.records import CampaignLift
from segkit.customers import CustomerBase, customer_base
from segkit.data import Dataset, open_dataset
from segkit.demo.telecom.truth_file import load_truth
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect
from tests.campaigns.measure.made import SHARES, START, clean, lift_of
from tests.customers.worlds import World

PLANTED = """segmentations:
  family:
    kind: rules
    rules:
      - {name: prepaid, when: "plan in ('Prepaid Go', 'Prepaid Plus')"}
      - {name: postpaid, when: "plan in ('Postpaid S', 'Postpaid M', 'Postpaid L')"}
      - {name: business, when: "plan in ('Business Pro', 'Business Team')"}
  age_group:
    kind: rules
    rules:
      - {name: under 35, when: "age_band in ('18-24', '25-34')"}
      - {name: "35-54", when: "age_band in ('35-44', '45-54')"}
      - {name: 55+, when: "age_band in ('55-64', '65+')"}
  seniority:
    kind: rules
    rules:
      - {name: under 24 months, when: "tenure < 24"}
      - {name: 24 months and more, when: "tenure >= 24"}
"""
RANDOMISED = [
    ("data_pack", "family", {"control": 0.5, "offer": 0.5}),
    ("loyalty", "seniority", {"control": 0.1, "gift": 0.6, "upgrade": 0.3}),
    ("nothing_new", "family", {"control": 0.5, "same": 0.5}),
    ("holiday", "age_group", {"control": 0.34, "discount": 0.33, "bundle": 0.33}),
]


def with_planted(folder: Path, customers: int) -> tuple[CustomerBase, Any]:
    """The telecom company with the segments by which its campaigns' effects were planted, and the truth."""
    text = (Path(__file__).resolve().parents[3] / "params" / "datasets" / "telecom.yaml").read_text()
    text = text[: text.index("\nsegmentations:") + 1].replace("customers: 20000", f"customers: {customers}")
    path = folder / "params" / "datasets" / "telecom.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text + PLANTED)
    base = customer_base(open_dataset(path, "2025-12-28"), periods=1)
    (data,) = (folder / ".segkit" / "data").glob("telecom-*")
    return base, load_truth(data)


def distances(base: CustomerBase, truth: Any, campaign: str, by: str, shares: dict[str, float]) -> list[float]:
    """(measured − planted) in standard errors, every arm and segment, of conversion."""
    lift = campaign_lift(base, campaign, segmentations=by, planned_shares=shares or {})
    assert lift.evidence.badge is Badge.RANDOMISED
    planted = next(c for c in truth.campaigns if c.campaign_id == campaign)
    found = []
    for effects in lift.by_segment:
        if effects.metric.key == "converted":
            for row in effects.rows:
                assert isinstance(row.raw, Effect)
                gap = row.raw.difference - planted.effect(effects.arm, row.segment.name)
                found.append(gap / row.raw.standard_error)
    assert len(found) == (len(planted.arms) - 1) * len(planted.baseline)
    return found


def test_planted_effects_come_back_by_segment(telecom: World) -> None:
    """Holiday offer, 3,000 subscribers: twelve cells of six planted effects, within bounds each and together."""
    (data,) = (telecom.base.dataset.root / ".segkit" / "data").glob("telecom-*")
    planted = next(c for c in load_truth(data).campaigns if c.campaign_id == "holiday")
    group = {
        "18-24": "under 35",
        "25-34": "under 35",
        "35-44": "35-54",
        "45-54": "35-54",
        "55-64": "55+",
        "65+": "55+",
    }
    lift = campaign_lift(telecom.base, "holiday", segmentations="age", planned_shares=RANDOMISED[-1][2])
    assert lift.evidence.badge is Badge.RANDOMISED
    z = []
    for effects in lift.by_segment:
        for row in effects.rows if effects.metric.key == "converted" else ():
            assert isinstance(row.raw, Effect)
            gap = row.raw.difference - planted.effect(effects.arm, group[row.segment.name])
            z.append(gap / row.raw.standard_error)
    assert len(z) == 12
    assert max(map(abs, z)) < 3.3
    assert sum(v * v for v in z) < 28.3  # chi-square, 12 degrees of freedom, p = .005


@pytest.mark.slow
def test_planted_effects_of_all_randomised_campaigns_come_back(tmp_path: Path) -> None:
    """60,000 subscribers: 15 effects of four campaigns; and the save desk's, which was not drawn, when adjusted."""
    base, truth = with_planted(tmp_path, 60_000)
    z = [v for case in RANDOMISED for v in distances(base, truth, *case)]
    assert max(map(abs, z)) < 3.5
    assert sum(v * v for v in z) < 37  # chi-square, 16 degrees of freedom, p = .002
    lift = campaign_lift(base, "save_desk", segmentations="seniority")
    assert lift.evidence.badge is Badge.ADJUSTED
    chosen = {c.metric.key: c for c in lift.chosen.comparisons} if lift.chosen is not None else {}
    planted = next(c for c in truth.campaigns if c.campaign_id == "save_desk")
    effects = [planted.effect("call", s) for s in planted.baseline]
    for estimate in chosen["converted"].estimates:
        assert estimate.lower - 0.005 < max(effects)
        assert estimate.upper + 0.005 > min(effects)
        assert min(effects) - 0.01 < estimate.value < max(effects) + 0.01
    naive = chosen["converted"].naive
    assert isinstance(naive, Effect)
    doubly = chosen["converted"].estimates[-1].value
    assert naive.difference < doubly - 0.01  # the plain difference understates it


def test_nothing_is_found_where_there_is_nothing(like: Dataset) -> None:
    lift = lift_of(like, clean(4, n=3000))
    assert not [c for c in lift.comparisons if isinstance(c.effect, Effect) and (c.holm or 1) < 0.01]
    for effects in lift.by_segment:
        known = [(r.customers, r.shrunken) for r in effects.rows if r.shrunken is not None]
        n = sum(count for count, _ in known)
        assert sum(count * value for count, value in known) / n == pytest.approx(effects.total.difference, rel=1e-9)
    assert {row.profit.decision for row in lift.money if row.profit is not None} <= {"test again", "hold"}
    assert lift.policies is not None
    assert lift.policies.rows[0].name == "Send nothing"
    targeted = lift.policies.rows[-1]
    for rule in lift.policies.rows[:-1]:
        assert rule.gap == pytest.approx(targeted.value - rule.value, abs=0.1 * (targeted.upper - targeted.lower))
        assert rule.gap_lower <= 0 <= rule.gap_upper


@pytest.fixture(scope="module")
def worked(like: Dataset) -> CampaignLift:
    """An offer that brings € 40 a customer in two cities and nothing elsewhere, and conversions with it."""
    made = clean(7, n=4000)
    good = np.isin(made.city, ("Aachen", "Bonn")) & (made.arm == "offer")
    made.during[good] += 500
    made.converted[good] |= np.random.default_rng(2).random(int(good.sum())) < 0.2
    return lift_of(like, made, segmentations=["city", "age"])


def test_what_worked_is_found_where_it_worked(worked: CampaignLift) -> None:
    effects = next(e for e in worked.by_segment if e.metric.key == "profit")
    assert effects.test is not None
    assert effects.test.p_value < 0.001
    by_city = {row.segment.name: row for row in effects.rows}
    for city, row in by_city.items():
        assert row.reading is not None
        wanted = 20 if city in ("Aachen", "Bonn") else 0  # half of € 40 is margin; € 0.12 is cost
        assert isinstance(row.raw, Effect)
        assert abs(row.raw.difference - wanted) < 4 * row.raw.standard_error
        assert row.reading.direction == ("up" if wanted else "inconclusive") or not wanted
    decisions = {row.segment.name: row.profit.decision for row in worked.money if row.segment and row.profit}
    assert decisions["Aachen"] == decisions["Bonn"] == "send"
    assert "send" not in {decisions[c] for c in ("Celle", "Dessau", "Essen")}
    assert worked.policies is not None
    assert {r.name: r.contacted for r in worked.policies.rows}["Targeted by segment"] < 1
    assert worked.policies.rows[0].gap == worked.policies.rows[-1].value
    assert worked.policies.rows[1].gap_lower > 0 or worked.policies.rows[0].gap_lower > 0
    assert {e.segmentation for e in worked.elsewhere} == {"Age"}


def test_numbers_are_those_of_the_rows(worked: CampaignLift, like: Dataset) -> None:
    """Counts, costs and the plain difference, counted by hand from the made columns."""
    made = clean(7, n=4000)
    offered, control = made.arm == "offer", made.arm == "control"
    assert worked.facts.customers == (int(control.sum()), int(offered.sum()))
    steps = {step.arm: step for step in worked.funnel}
    assert (steps["offer"].sent, steps["control"].sent) == (int(made.sent.sum()), 0)
    all_rows = next(row for row in worked.money if row.segment is None)
    assert all_rows.cost == pytest.approx(made.cost.sum() / 100)
    good = np.isin(made.city, ("Aachen", "Bonn")) & offered
    spent = made.during.sum(axis=1) + np.where(good, 8 * 500, 0)
    revenue = next(c for c in worked.comparisons if c.metric.key == "revenue" and c.metric.over is None)
    assert isinstance(revenue.plain, Effect)
    assert revenue.plain.difference * 100 == pytest.approx(spent[offered].mean() - spent[control].mean(), rel=1e-9)


def test_early_looks_are_wider_than_the_last(like: Dataset) -> None:
    """The same data, told to be a later look: the plan's limit falls, and a single look's is narrower still."""
    made = clean(3, n=500)

    def width(lift: CampaignLift) -> float:
        effect = next(c for c in lift.comparisons if c.metric.key == "revenue").plain
        assert isinstance(effect, Effect)
        return (effect.upper - effect.lower) / effect.standard_error / effect.inflation

    early = lift_of(like, made, as_of=START + dt.timedelta(days=13))
    always = lift_of(like, made, looks="always-valid")
    last, once = lift_of(like, made), lift_of(like, made, looks="once")
    assert width(early) > width(last) > width(once)
    assert width(always) > width(last)
    assert "group-sequential" in next(c.plain.reference for c in last.comparisons if isinstance(c.plain, Effect))


def test_the_grocers_mailing_is_descriptive_and_has_no_effect(grocery: World) -> None:
    lift = campaign_lift(grocery.base, "18", segmentations="lifecycle")
    assert lift.evidence.badge is Badge.DESCRIPTIVE
    assert not lift.evidence.publishable
    assert lift.chosen is not None
    assert not [c for c in lift.chosen.comparisons if c.estimates]
    assert (lift.comparisons, lift.by_segment, lift.money) == ((), (), ())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"looks": "daily"}, "looks"),
        ({"level": 1.5}, "level"),
        ({"margin": -1.0}, "margin"),
        ({"segmentations": "town"}, "segmentation"),
        ({"planned_shares": {"control": 1.0}}, "planned_shares"),
        ({"planned_shares": SHARES | {"offer": 0.0}}, "planned_shares"),
    ],
)
def test_wrong_options_are_told(like: Dataset, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        lift_of(like, clean(n=200), **options)


def test_a_campaign_that_is_not_there_is_told(grocery: World) -> None:
    with pytest.raises(ParameterError, match="is not in campaigns"):
        campaign_lift(grocery.base, "no such", segmentations="lifecycle")
    with pytest.raises(DataError, match="the data know customers from"):
        campaign_lift(grocery.base, "24", segmentations="lifecycle")


def test_small_segments_and_cells_are_left_out(like: Dataset) -> None:
    """Three customers in one city: they and the next smallest city are not shown by themselves."""
    made = clean(6, n=1500)
    made.city[:] = np.where(made.city == "Essen", "Dessau", made.city)
    made.city[:3] = "Essen"
    lift = lift_of(like, made)
    shown = {segment.name for segment in lift.segments}
    assert "Essen" not in shown
    assert len(shown) == 3
    assert lift.channels is not None
    assert min(cell.customers for cell in lift.channels.cells) >= lift.smallest
    assert {row.segment.name for row in lift.money if row.segment is not None} == shown
