"""Churn and customer value, from tables to the numbers of their pages, are the same in Spark as in DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from segkit.churn.measure.curves import cohort_curves, contract_months, retention_curves
from segkit.churn.measure.risk import churn_outlook
from segkit.churn.records import ChurnOutlook, ChurnRisk
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.data.engine import Engine
from segkit.segments.measure.assign import segment
from tests.churn.measure.churn_worlds import AS_OF, contracts
from tests.customers.made import Loader, load_duckdb, made_base, stating
from tests.engines.conftest import Build
from tests.engines.test_churn_engines import compare, compare_rhythm
from tests.engines.test_spark import load as load_spark
from tests.engines.test_value import same as same_value
from tests.engines.test_value import valued

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore::ResourceWarning")]

DEFINITION: dict[str, Any] = {
    "horizon": 2,
    "snapshots": 2,
    "models": ["logistic"],
    "involuntary": ["payment failed"],
    "contact_cost": 1,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return contracts(tmp_path_factory.mktemp("spark"), 1_500).base.dataset


def there(made: Dataset, engine: Engine, load: Loader) -> CustomerBase:
    """The made contracts in an engine."""
    arrow = made.engine.backend.to_pyarrow
    tables: dict[str, pa.Table] = {
        name: arrow(table) for name, table in made.tables.items() if name in ("subscriptions", "events", "customers")
    }
    plan = {"plan": {"kind": "attribute", "column": "plan"}}
    return made_base(
        made, tables, AS_OF, engine=engine, load=load, segmentations=plan, relation="contractual", periods=2
    )


def test_features_labels_and_scores(spark: Engine, build: Build) -> None:
    compare("hard", spark, build, load_spark)


def test_who_may_leave(made: Dataset, spark: Engine) -> None:
    def told(base: CustomerBase) -> ChurnRisk:
        found = churn_outlook(stating(segment(base, "plan"), churn=DEFINITION))
        assert isinstance(found, ChurnOutlook)
        assert found.risk.refusal is None
        return found.risk

    here = told(there(made, Engine.connect("duckdb://"), load_duckdb))
    found = told(there(made, spark, load_spark))
    for name in ("customers", "save_customers"):
        assert getattr(found, name) == getattr(here, name), name
    for name in ("expected", "low", "high", "value", "at_risk", "save_profit"):
        # a risk is rounded to a millionth, which the last digits of an exponential may tip
        assert getattr(found, name) == pytest.approx(getattr(here, name), rel=1e-6), name
    assert found.frame is not None
    assert here.frame is not None
    pd.testing.assert_frame_equal(found.frame, here.frame, rtol=1e-6)
    assert found.losses is not None
    assert here.losses is not None
    pd.testing.assert_frame_equal(found.losses, here.losses, rtol=1e-6)


def test_retention(made: Dataset, spark: Engine) -> None:
    found = []
    for engine, load in ((Engine.connect("duckdb://"), load_duckdb), (spark, load_spark)):
        base = there(made, engine, load)
        table = contract_months(base)
        found.append((*retention_curves(base, table), *cohort_curves(base, table)))
    assert found[0] == found[1]
    assert len(found[0]) > 4


def test_lapsed_by_own_rhythm(spark: Engine, build: Build) -> None:
    compare_rhythm(spark, build, load_spark)


def test_customer_value(tmp_path: Path, spark: Engine) -> None:
    same_value(
        valued(tmp_path / "there", spark, load_spark),
        valued(tmp_path / "here", Engine.connect("duckdb://"), load_duckdb),
    )
