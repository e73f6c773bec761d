"""Models as expressions: every customer falls into the fitted model's own leaf, and has its probability."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.data.engine import Engine
from segkit.learning.encoding import Feature, fit_encoding
from tests.churn.measure.leaves import check_scores


def load(engine: Engine, name: str, table: pa.Table) -> object:
    return engine.backend.create_table(name, table, temp=True)  # type: ignore[attr-defined]


def test_every_customer_falls_into_the_models_own_leaf() -> None:
    check_scores(Engine.connect("duckdb://"), load, worlds=4)  # type: ignore[arg-type]


@pytest.mark.parametrize("log", [False, True])
@given(
    seen=st.lists(st.floats(-1e12, 1e12), min_size=3, max_size=60),
    later=st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=20),
    at=st.integers(0, 10_000),
)
def test_a_threshold_of_the_column_is_a_limit_of_the_feature(
    log: bool, seen: list[float], later: list[float], at: int
) -> None:
    """Whether the column is up to a threshold is whether the feature is up to a number: no logarithm is taken anew."""
    encoding = fit_encoding((Feature("x", "x", log=log),), {"x": np.array(seen)})
    if not encoding.columns:
        return
    (column,) = encoding.columns
    raw = np.array([*seen, *later])
    values = column.of({"x": raw})
    met = values[at % values.size]
    for threshold in (met, np.nextafter(met, -np.inf), np.nextafter(met, np.inf), met + 0.1, -1e9, 1e9):
        (limit,) = column.limits(np.array([threshold]))
        np.testing.assert_array_equal(raw <= limit, values <= threshold)
