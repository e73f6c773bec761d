"""A campaign in PostgreSQL and in Spark gives the same figures as in DuckDB."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.planning import campaign_plan
from segkit.campaigns.measure.sufficient import Asked, cell_moments
from segkit.campaigns.planning_records import CampaignPlan
from segkit.campaigns.records import CampaignLift
from segkit.data.engine import Engine
from segkit.segments.measure.assign import segment
from segkit.statistics.effects import Effect
from tests.campaigns.measure.made import END, SHARES, UNRANKED, base_of, clean, tables_of
from tests.customers.made import Loader, load_duckdb
from tests.customers.worlds import World
from tests.engines.test_postgres import engine, postgres
from tests.engines.test_postgres import load as load_postgres
from tests.engines.test_spark import load as load_spark

__all__ = ["engine", "postgres"]


def measured(world: World, engine: Engine, load: Loader, *, randomised: bool) -> CampaignLift:
    """The made campaign in an engine."""
    tables = tables_of(clean(9, n=800))
    if not randomised:
        at = tables["campaigns"].schema.get_field_index("randomised")
        tables["campaigns"] = tables["campaigns"].set_column(at, "randomised", [[False, False]])
    base = base_of(world.base.dataset, tables, END, engine, load)
    return campaign_lift(base, "offer", segmentations=["city", "age"], planned_shares=SHARES, channels_drawn=True)


def by_household(world: World, engine: Engine, load: Loader) -> tuple[CampaignLift, CampaignPlan]:
    """A campaign drawn by household, and the plan of the next one."""
    made = clean(9, n=800)
    at = np.arange(800) % 60
    made.arm[:] = np.array(["offer" if one % 2 else "control" for one in at], dtype=object)
    made.sent[:] = made.arm == "offer"
    tables = tables_of(made)
    tables["contacts"] = tables["contacts"].append_column("drawn_group", pa.array([f"h{one}" for one in at]))
    base = base_of(world.base.dataset, tables, END, engine, load)
    lift = campaign_lift(base, "offer", segmentations="city", planned_shares=SHARES, uplift=UNRANKED)
    return lift, campaign_plan(segment(base, "city"))


def same_by_household(found: tuple[CampaignLift, CampaignPlan], wanted: tuple[CampaignLift, CampaignPlan]) -> None:
    assert wanted[0].facts.drawn_groups is not None
    assert found[0].facts.drawn_groups == wanted[0].facts.drawn_groups
    same(figures(found[0]), figures(wanted[0]))
    for one, other in zip(found[1].rows, wanted[1].rows, strict=True):
        assert (one.customers, one.weekly, one.per_arm) == (other.customers, other.weekly, other.per_arm)
        assert one.detectable == pytest.approx(other.detectable, rel=1e-9)


def figures(lift: CampaignLift) -> dict[str, Any]:
    """Everything that the page would say, by name."""
    found: dict[str, Any] = {v.check: v.sentence for v in lift.checks}
    for c in lift.comparisons:
        for name, e in (("effect", c.effect), ("plain", c.plain), ("capped", c.capped)):
            if isinstance(e, Effect):
                found[f"{c.metric} {name}"] = (e.difference, e.lower, e.upper, e.p_value, e.lift.lower)
    for s in (*lift.by_segment, *lift.elsewhere):
        for r in s.rows:
            found[f"{s.metric.key} {s.segmentation} {r.segment.name}"] = (r.customers, r.shrunken, r.lower, r.upper)
    for m in lift.money:
        name = m.segment.name if m.segment else "all"
        found[f"money {name}"] = (m.cost, m.wasted, m.profit.total if m.profit else None)
    if lift.channels is not None:
        for cell in lift.channels.cells:
            found[f"channel {cell.segment} {cell.channel}"] = (cell.customers, cell.response, cell.chance_best)
    if lift.policies is not None:
        found["policies"] = tuple(v for r in lift.policies.rows for v in (r.value, r.lower, r.contacted))
    if lift.chosen is not None:
        found["balance"] = tuple(v for b in lift.chosen.balance for v in (b.before, b.after))
        for c in lift.chosen.comparisons:
            found[f"chosen {c.metric}"] = tuple(v for e in c.estimates for v in (e.value, e.lower))
    found["funnel"] = tuple(v for s in lift.funnel for v in (s.assigned, s.sent, s.converted))
    return found


def same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Whole numbers and sentences equal, fractions to the last digits."""
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        if isinstance(value, str):
            assert found[name] == value, name
        else:
            assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


@pytest.mark.parametrize("randomised", [True, False])
def test_postgres_gives_the_same_campaign(grocery: World, engine: Engine, randomised: bool) -> None:
    wanted = measured(grocery, Engine.connect("duckdb://"), load_duckdb, randomised=randomised)
    same(figures(measured(grocery, engine, load_postgres, randomised=randomised)), figures(wanted))


def test_postgres_gives_the_same_campaign_of_households_and_plan(grocery: World, engine: Engine) -> None:
    wanted = by_household(grocery, Engine.connect("duckdb://"), load_duckdb)
    same_by_household(by_household(grocery, engine, load_postgres), wanted)


def test_postgres_ranks_the_same_customers(grocery: World, engine: Engine) -> None:
    """The same customers cross, and are ranked alike by uplift; the last digits are the linear algebra's."""
    tables, without = tables_of(clean(9, n=2_600)), {"predicted_value": False}
    found, wanted = (
        campaign_lift(
            base_of(grocery.base.dataset, tables, END, at, load), "offer", segmentations="city", uplift=without
        )
        for at, load in ((engine, load_postgres), (Engine.connect("duckdb://"), load_duckdb))
    )
    assert found.ranking is not None
    assert wanted.ranking is not None
    (one,), (two,) = found.ranking.rankings, wanted.ranking.rankings
    assert (one.treated, one.judged, one.answer) == (two.treated, two.judged, two.answer)
    assert one.qini is not None
    assert two.qini is not None
    assert one.qini.value == pytest.approx(two.qini.value, rel=1e-6)
    for mine, theirs in zip(one.rules, two.rules, strict=True):
        assert [g.value for g in mine.gains] == pytest.approx([g.value for g in theirs.gains], rel=1e-6)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("randomised", [True, False])
def test_spark_gives_the_same_campaign(grocery: World, spark: Engine, randomised: bool) -> None:
    wanted = measured(grocery, Engine.connect("duckdb://"), load_duckdb, randomised=randomised)
    same(figures(measured(grocery, spark, load_spark, randomised=randomised)), figures(wanted))


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_gives_the_same_campaign_of_households_and_plan(grocery: World, spark: Engine) -> None:
    wanted = by_household(grocery, Engine.connect("duckdb://"), load_duckdb)
    same_by_household(by_household(grocery, spark, load_spark), wanted)


def small_table() -> pa.Table:
    """Whole numbers with gaps, floats and flags in six cells."""
    draw = np.random.default_rng(4)
    n = 500
    gaps = draw.random(n) < 0.3
    return pa.table(
        {
            "place": draw.integers(0, 3, n),
            "arm": draw.integers(0, 2, n),
            "cents": pa.array(np.where(gaps, None, draw.integers(-500, 90_000, n)), pa.int64()),
            "before": pa.array(draw.integers(0, 90_000, n), pa.int64()),
            "usage": pa.array(draw.normal(3, 1, n), pa.float64()),
            "flag": pa.array(np.where(draw.random(n) < 0.2, None, draw.random(n) < 0.5), pa.bool_()),
        }
    )


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_gives_the_same_sufficient_statistics(spark: Engine) -> None:
    asked = Asked(("cents", "before", "usage", "flag"), (("cents", "before"), ("usage", "flag")), ("cents", "usage"))
    duck = Engine.connect("duckdb://")
    ours, theirs = (
        cell_moments(engine, load(engine, "small", small_table()), {"p": "place"}, ["arm"], asked)["p"]
        for engine, load in ((duck, load_duckdb), (spark, load_spark))
    )
    assert ours.keys() == theirs.keys()
    for key, cell in ours.items():
        for part in ("counts", "means", "squares", "products", "cubes", "fourths"):
            np.testing.assert_allclose(getattr(theirs[key], part), getattr(cell, part), rtol=1e-9, atol=1e-9)
