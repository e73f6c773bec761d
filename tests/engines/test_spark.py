"""The same tables on a Spark cluster of two workers give the same customers, segments and measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from segkit.data.engine import Engine
from tests.engines.conftest import CASES, Build
from tests.engines.kinds import every_kind
from tests.engines.results import differences, everything

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore::ResourceWarning")]


def load(engine: Engine, name: str, table: pa.Table) -> ir.Table:
    """A view in Spark."""
    session = engine.backend._session  # type: ignore[attr-defined]
    session.createDataFrame(table).createOrReplaceTempView(name)
    loaded: ir.Table = engine.backend.table(name)  # type: ignore[attr-defined]
    return loaded


@pytest.mark.parametrize("case", CASES)
def test_same_as_duckdb(case: str, spark: Engine, build: Build, by_duckdb: Callable[[str], dict[str, Any]]) -> None:
    found = everything(build(case, spark, load))
    differing = differences(found, by_duckdb(case))
    assert not differing, f"{len(differing)} differ:\n" + "\n".join(differing[:20])


def test_every_kind_is_the_same_as_in_duckdb(spark: Engine, kinds_by_duckdb: dict[str, Any]) -> None:
    found = every_kind(spark, load)
    assert found.keys() == kinds_by_duckdb.keys()
    for name, wanted in kinds_by_duckdb.items():
        assert found[name] == wanted, name


def test_whole_numbers_cross_whole(spark: Engine) -> None:
    """Through pandas, NaN would become NULL and 2^53 + 1 would lose its last digit."""
    session = spark.backend._session  # type: ignore[attr-defined]
    session.sql(f"SELECT {2**53 + 1}L AS big UNION ALL SELECT NULL").createOrReplaceTempView("big")
    values = spark.collect(spark.backend.table("big"))["big"]  # type: ignore[attr-defined]
    assert sorted(values.dropna().tolist()) == [2**53 + 1]
    assert values.isna().sum() == 1
