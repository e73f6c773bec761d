"""The same tables in every engine, and what DuckDB makes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import ibis
import pyarrow as pa
import pytest

from segkit.customers import CustomerBase
from segkit.data.engine import Engine
from tests.customers.made import Loader, hard_tables, load_duckdb, made_base
from tests.customers.worlds import GROCERY_DAY, TELECOM_DAY, World, grocery, telecom
from tests.engines.kinds import every_kind
from tests.engines.results import everything
from tests.engines.servers import running_spark

__all__ = ["grocery", "telecom"]

SHOP: dict[str, Any] = {
    "lifecycle": {"kind": "lifecycle"},
    "fixed": {"kind": "lifecycle", "windows": "fixed"},
    "value": {"kind": "value"},
    "orders": {"kind": "bands", "column": "orders", "edges": [2, 5, 25]},
    "thirds": {"kind": "bands", "column": "recency", "quantiles": 3},
}
HARD = SHOP | {
    "city": {"kind": "attribute", "column": "city", "most": 3},
    "age": {"kind": "bands", "column": "age", "edges": [29.5, 60]},
}
CONTRACTS: dict[str, Any] = {
    "lifecycle": {"kind": "lifecycle", "new_days": 90, "lapsed_days": 180, "warnings": ["ticket"]},
    "value": {"kind": "value", "by": "recurring_amount", "groups": 4},
    "plan": {"kind": "attribute", "column": "plan"},
    "tenure": {"kind": "bands", "column": "tenure", "edges": [6, 12, 24]},
}
CASES = ("grocery", "telecom", "hard", "hard contracts")

Build = Callable[[str, Engine, Loader], CustomerBase]


@pytest.fixture(scope="session")
def build(grocery: World, telecom: World) -> Build:
    """Case, engine and how to load a table there → the customer base."""
    parts = {"grocery": _part(grocery, 30), "telecom": _part(telecom, 15), "hard": hard_tables()}
    parts["hard contracts"] = {k: v for k, v in hard_tables(seed=2).items() if k != "transactions"}

    def built(case: str, engine: Engine, load: Loader) -> CustomerBase:
        tables = {f"{name}": table for name, table in parts[case].items()}
        common: dict[str, Any] = {"engine": engine, "load": load, "periods": 2}
        if case == "grocery":
            return made_base(grocery.base.dataset, tables, GROCERY_DAY, segmentations=SHOP, **common)
        if case == "telecom":
            common |= {"segmentations": CONTRACTS, "relation": "contractual", "time_unit": "month"}
            return made_base(telecom.base.dataset, tables, TELECOM_DAY, **common)
        if case == "hard":
            return made_base(
                grocery.base.dataset, tables, dt.date(2025, 1, 31), segmentations=HARD, time_unit="month", **common
            )
        return made_base(
            telecom.base.dataset,
            tables,
            dt.date(2025, 1, 31),
            segmentations=CONTRACTS,
            relation="contractual",
            period="month",
            **common,
        )

    return built


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    """A Spark cluster on this machine, started for a module's tests."""
    with running_spark() as session:
        engine = Engine(ibis.pyspark.connect(session))
        engine._pin_to_utc()
        yield engine


@pytest.fixture(scope="session")
def by_duckdb(build: Build) -> Callable[[str], dict[str, Any]]:
    """Case → what the embedded engine makes of it."""
    known: dict[str, dict[str, Any]] = {}

    def ask(case: str) -> dict[str, Any]:
        if case not in known:
            known[case] = everything(build(case, Engine.connect("duckdb://"), load_duckdb))
        return known[case]

    return ask


@pytest.fixture(scope="session")
def kinds_by_duckdb() -> dict[str, Any]:
    """Every kind of segmentation in the embedded engine."""
    return every_kind(Engine.connect("duckdb://"), load_duckdb)


def _part(world: World, every: int) -> dict[str, pa.Table]:
    """A part of the customers, the checked tables as they are in the embedded engine."""
    dataset = world.base.dataset
    wanted = ("transactions", "subscriptions", "events", "customers")
    return {
        name: dataset.engine.backend.to_pyarrow(table.filter(table.customer_id % every == 0))
        for name, table in dataset.tables.items()
        if name in wanted
    }
