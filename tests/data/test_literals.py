"""A double of Python is the same double in the embedded engine, to the bit."""

from __future__ import annotations

import math

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.data.engine import Engine
from tests.data.doubles import EDGES, doubles, off


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.connect("duckdb://")


def test_random_doubles_arrive_whole(engine: Engine) -> None:
    assert off(engine, [*EDGES, *doubles(4_000, seed=1)]) == []


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_any_double_meets_itself(engine: Engine, value: float) -> None:
    table = ibis.memtable(pa.table({"x": [value]}))
    x = table.x
    told = table.select(same=x == value, upto=x <= value, below=x < value, sum=x + value, half=x * 0.5)
    row = engine._to_arrow(told).to_pylist()[0]
    assert (row["same"], row["upto"], row["below"]) == (True, True, False)
    assert row["half"] == value * 0.5
    assert row["sum"] == value + value or math.isinf(value + value)


def test_arithmetic_of_a_whole_number_and_a_literal_is_of_doubles(engine: Engine) -> None:
    """With decimals 3 × 0.1 is 0.3, and with doubles it is not."""
    table = ibis.memtable(pa.table({"n": [3]}))
    assert engine._to_arrow(table.select(product=table.n * 0.1))["product"].to_pylist() == [3 * 0.1]


def test_what_is_no_finite_number_stays_so(engine: Engine) -> None:
    row = ibis.memtable(pa.table({"one": [1]})).select(
        up=ibis.literal(math.inf), down=ibis.literal(-math.inf), none=ibis.literal(None, "float64")
    )
    assert engine._to_arrow(row).to_pylist() == [{"up": math.inf, "down": -math.inf, "none": None}]
