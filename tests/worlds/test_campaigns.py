"""Customers, steps and sums of each arm of a campaign, counted in plain SQL over the raw files of random worlds."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path

import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.errors import DataError
from segkit.statistics.effects import Effect
from tests.worlds.drawn import Drawn, company, shop
from tests.worlds.opened import World, day, opened
from tests.worlds.test_churn_contracts import leavers

STEPS = ("sent", "opened", "clicked", "converted")


def contacted(drawn: Drawn) -> Drawn:
    """The world with a campaign drawn by chance: one to three arms, over or still running, some never reached."""
    draw = random.Random(f"campaign {drawn.seed}")
    start = drawn.as_of - dt.timedelta(days=draw.choice((20, 35)))
    end = start + dt.timedelta(days=draw.choice((6, 20, 60)))
    arms = draw.choice((("control", "a"), ("control", "a", "b"), ("control",)))
    rows, times = [], draw.choice(((1,), (1,), (1, 1, 2)))  # a list that names customers twice is not compared
    table = "subscriptions" if "subscriptions" in drawn.tables else "transactions"
    for who in sorted({row["customer_id"] for row in drawn.tables[table]}):
        arm = draw.choice(arms)
        flags = dict.fromkeys(STEPS, "0")
        if arm != "control":
            for step in STEPS[:3]:
                if draw.random() > 0.7:
                    break
                flags[step] = "1"
        flags["converted"] = draw.choice(("1", "0", "0", ""))
        if draw.random() < 0.9:
            contact = {"customer_id": who, "campaign_id": "k", "arm": arm, "cost": draw.choice(("0.12", "1", ""))}
            rows += [contact | flags] * draw.choice(times)
    row = {"campaign_id": "k", "start": str(start), "end": str(end), "randomised": "yes", "control_arm": "control"}
    return replace(drawn, tables=drawn.tables | {"campaigns": [row], "contacts": rows})


def by_arm(world: World, start: dt.date, end: dt.date) -> dict[str, tuple[int, ...]]:
    """Arm → customers; sent, opened, clicked, converted; revenue in cents and orders within the campaign."""
    bought = f"""
    SELECT customer_id, sum(cents) AS cents,
        count(DISTINCT (day, coalesce(order_id, ''))) FILTER (bought) AS orders
    FROM tx WHERE day BETWEEN {day(start)} AND least({day(end)}, today()) GROUP BY customer_id
    """
    steps = ", ".join(f"count(*) FILTER ({step} = '1')" for step in STEPS)
    return world.by(
        f"""SELECT arm, count(*), {steps}, coalesce(sum(cents), 0)::BIGINT, coalesce(sum(orders), 0)::BIGINT,
            count(converted) FROM (SELECT DISTINCT * FROM raw_contacts) LEFT JOIN ({bought}) USING (customer_id)
        GROUP BY arm"""
    )


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (62, 64, *range(66, 71), 72, 73, 74))]
)
def test_customers_steps_and_sums_of_each_arm(tmp_path: Path, seed: int) -> None:
    drawn = contacted(shop(seed, customers=80, reach=150))
    world = opened(tmp_path, drawn, periods=1)
    # all data of a world are there, however long it is silent
    base = replace(world.base, coverage=None)
    (campaign,) = drawn.tables["campaigns"]
    start, end = (dt.date.fromisoformat(campaign[name]) for name in ("start", "end"))
    wanted = by_arm(world, start, end)
    if len(wanted) < 2:
        with pytest.raises(DataError, match="a comparison needs two"):
            campaign_lift(base, "k", segmentations="city", uplift={"learner": "none"})
        return
    lift = campaign_lift(base, "k", segmentations="city", uplift={"learner": "none"}, looks="once")
    assert lift.facts.last == min(end, drawn.as_of)
    assert dict(zip(lift.facts.arms, lift.facts.customers, strict=True)) == {arm: w[0] for arm, w in wanted.items()}
    for step in lift.funnel:
        n, *counts, _, _, known = wanted[step.arm]
        assert step.assigned == n
        assert (step.sent, step.opened, step.clicked) == tuple(counts[:3])
        # until the campaign is over, nobody's conversion counts
        assert step.converted == (counts[3] if drawn.as_of >= end and known else None)
    seen = 0
    for compared in lift.comparisons:
        metric, effect = compared.metric, compared.plain
        if not isinstance(effect, Effect) or metric.key not in ("revenue", "orders", "converted"):
            continue
        for arm, told in ((compared.treated, effect.treated), (compared.control, effect.control)):
            n, *_, converted, cents, orders, known = wanted[arm]
            over = orders if metric.over == "orders" else known if metric.key == "converted" else n
            total = {"revenue": cents / 100, "orders": orders, "converted": converted}[metric.key]
            assert told.value == pytest.approx(total / over, rel=1e-9, abs=1e-9), (metric, arm)
            seen += 1
    assert seen or any(check.status == "blocked" for check in lift.checks)


@pytest.mark.parametrize(
    "seed", [4, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (5, 6, 80, 83, 86, 89))]
)
def test_who_left_of_each_arm(tmp_path: Path, seed: int) -> None:
    """Under contract the day before it began, which ended by its last day; whoever may yet go on counts for neither."""
    drawn = contacted(company(seed, customers=250, reach=500))
    world = opened(tmp_path, drawn, periods=1)
    # all data of a world are there, however long it is silent
    base = replace(world.base, coverage=None)
    (campaign,) = drawn.tables["campaigns"]
    before = dt.date.fromisoformat(campaign["start"]) - dt.timedelta(days=1)
    last = min(dt.date.fromisoformat(campaign["end"]), drawn.as_of)
    wanted = world.by(
        f"""SELECT arm, count(*) FILTER (sure), count(*) FILTER (sure AND gone)
        FROM (SELECT DISTINCT * FROM raw_contacts) JOIN ({leavers(day(before), day(last))}) USING (customer_id)
        GROUP BY arm"""
    )
    lift = campaign_lift(base, "k", segmentations="city", uplift={"learner": "none"}, looks="once")
    if any(check.status == "blocked" for check in lift.checks):
        assert not lift.comparisons
        return
    found = [one for one in lift.comparisons if one.metric.key == "left" and isinstance(one.plain, Effect)]
    assert found
    for one in found:
        assert isinstance(one.plain, Effect)
        for arm, told in ((one.treated, one.plain.treated), (one.control, one.plain.control)):
            sure, gone = wanted[arm]
            assert told.value == pytest.approx(gone / sure, abs=1e-9), arm
