"""A thousand campaigns without fault or effect: checks that chance decides warn in fewer than one of a hundred."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pytest

from segkit.campaigns.measure.campaign_checks import chance_checks
from segkit.campaigns.measure.compare import compare_arms
from segkit.campaigns.models.agreement import simpson
from segkit.campaigns.records import CampaignFacts, LiftMetric
from segkit.customers.partition import Segment
from segkit.data import Dataset
from segkit.data.schema import Money
from segkit.statistics.moments import Moments, merge_all
from tests.campaigns.measure.made import clean, lift_of

FACTS = CampaignFacts(
    "offer", "Offer", dt.date(2024, 9, 2), dt.date(2024, 10, 27), dt.date(2024, 10, 27), dt.date(2024, 10, 27),
    True, ("control", "offer"), (1, 1), False, "customers", Money("EUR", 2), 8, 8, "group-sequential", 0.95,
)  # fmt: skip
REVENUE = LiftMetric("revenue", "Net revenue", "money", "up", True, "revenue_before")


@pytest.mark.slow
def test_fewer_than_one_in_a_hundred_of_1000_clean_campaigns_warns() -> None:
    """Sizes, by segment, balance before, novelty, whole against segments; 2,000 customers of five segments each."""
    found: Counter[str] = Counter()
    draw = np.random.default_rng(11)
    segments = [Segment(name, "", "#000000") for name in "ABCDE"]
    alarms = 0
    for _ in range(1_000):
        n = 2_000
        level = draw.lognormal(3, 0.7, n)
        halves = [level * draw.exponential(1, n) * (draw.random(n) < 0.7) for _ in range(4)]
        data = {
            "revenue_early": halves[0],
            "revenue_late": halves[1],
            "revenue": halves[0] + halves[1],
            "revenue_before": halves[2],
            "orders_before": np.floor(halves[3] / 10),
        }
        arm, place = draw.random(n) < 0.5, draw.integers(0, 5, n)
        by_segment = {
            s: {
                name: Moments.from_arrays({k: v[(arm == flag) & (place == i)] for k, v in data.items()})
                for name, flag in (("control", False), ("offer", True))
            }
            for i, s in enumerate(segments)
        }
        arms = {name: merge_all(cells[name] for cells in by_segment.values()) for name in ("control", "offer")}
        checks = chance_checks(
            FACTS, arms, by_segment, {"control": 0.5, "offer": 0.5}, ("revenue_before", "orders_before")
        )
        whole = compare_arms(arms, "offer", "control", REVENUE, FACTS)[1]
        raw = {s.name: compare_arms(c, "offer", "control", REVENUE, FACTS)[0] for s, c in by_segment.items()}
        checks.append(simpson(whole, raw, {s.name: sum(c.rows for c in m.values()) for s, m in by_segment.items()}))
        bad = [v.check for v in checks if v.status != "ok"]
        found.update(bad)
        alarms += bool(bad)
    assert alarms < 10, found


@pytest.mark.slow
def test_clean_campaigns_pass_whole(like: Dataset) -> None:
    """The measure itself, from tables to verdicts, 120 times."""
    warned = [
        seed for seed in range(100, 220) if {v.status for v in lift_of(like, clean(seed, 1_000)).checks} != {"ok"}
    ]
    assert len(warned) <= 1, warned
