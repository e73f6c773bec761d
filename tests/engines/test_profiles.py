"""Profile, panel, quality and cross table are the same in PostgreSQL and in Spark as in DuckDB."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from segkit.data.engine import Engine
from segkit.segments.measure.assign import segment
from segkit.segments.measure.crossing import cross_table
from segkit.segments.measure.panel import segment_panel
from segkit.segments.measure.profiles import segment_profile
from tests.customers.made import Loader, hard_tables, load_duckdb, made_base
from tests.customers.worlds import World
from tests.engines.test_postgres import engine, postgres
from tests.engines.test_postgres import load as load_postgres
from tests.engines.test_spark import load as load_spark

__all__ = ["engine", "postgres"]

SEGMENTATIONS: dict[str, Any] = {
    "value": {"kind": "value", "groups": 4},
    "lifecycle": {"kind": "lifecycle"},
    "city": {"kind": "attribute", "column": "city", "most": 3},
    "age": {"kind": "bands", "column": "age", "edges": [29.5, 60]},
    "order": {"kind": "preferred", "column": "order_id", "most": 2},
    "baskets": {"kind": "clusters", "features": {"orders": "orders", "mean_order_value": "basket"}},
}
COLUMNS = ("city", "age", "value", "orders", "mean_order_value", "days_since_last_purchase", "value_margin", "plan")


def found(world: World, engine: Engine, load: Loader) -> dict[str, pd.DataFrame | list[str]]:
    """Everything that the page segment_profile would say of random customers whom engines find hard, by name."""
    base = made_base(
        world.base.dataset,
        {name: table for name, table in hard_tables(seed=4, customers=250).items() if name != "events"},
        dt.date(2025, 1, 31),
        engine=engine,
        load=load,
        segmentations=SEGMENTATIONS,
        period="month",
        periods=2,
    )
    segmented = segment(base, "value")
    said: dict[str, pd.DataFrame | list[str]] = {"profile": segment_profile(segmented, columns=COLUMNS).frame}
    panel = segment_panel(segmented)
    for entry in panel.entries:
        said[f"panel {entry.name}"] = entry.frame
        said[f"quality {entry.name}"] = entry.quality.frame
        said[f"words {entry.name}"] = [entry.quality.verdict, entry.quality.method, *entry.quality.sentences]
        said[f"segments {entry.name}"] = [f"{each.name}: {each.definition}" for each in entry.segments]
    said["numbers"] = pd.DataFrame(
        [[e.quality.psi, e.quality.separation, e.quality.unassigned] for e in panel.entries]
    )
    said["absent"] = [f"{absent.model}: {absent.reason}" for absent in panel.absent]
    for by in ("lifecycle", "city", "order"):
        cross = cross_table(segmented, by)
        assert cross is not None
        said[f"cross {by}"] = cross.frame
        said[f"association {by}"] = pd.DataFrame([[cross.cramers_v]])
    return said


@pytest.fixture(scope="module")
def wanted(grocery: World) -> dict[str, pd.DataFrame | list[str]]:
    return found(grocery, Engine.connect("duckdb://"), load_duckdb)


def check(there: dict[str, pd.DataFrame | list[str]], wanted: dict[str, pd.DataFrame | list[str]]) -> None:
    """Whole numbers, texts and what is hidden equal, fractions to eight digits."""
    assert there.keys() == wanted.keys()
    for name, value in wanted.items():
        mine = there[name]
        if isinstance(value, list) or isinstance(mine, list):
            assert mine == value, name
        else:
            pd.testing.assert_frame_equal(mine, value, rtol=1e-8, atol=1e-7, obj=name)


def test_the_comparison_has_something_to_compare(wanted: dict[str, pd.DataFrame | list[str]]) -> None:
    profile = wanted["profile"]
    assert isinstance(profile, pd.DataFrame)
    assert set(profile["feature"]) >= {"City", "Plan", "Value"}
    assert profile["index"].notna().sum() > 30
    assert profile["suppressed"].any()


def test_postgres(grocery: World, engine: Engine, wanted: dict[str, pd.DataFrame | list[str]]) -> None:
    check(found(grocery, engine, load_postgres), wanted)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark(grocery: World, spark: Engine, wanted: dict[str, pd.DataFrame | list[str]]) -> None:
    check(found(grocery, spark, load_spark), wanted)
