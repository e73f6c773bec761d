"""Customer value in PostgreSQL is that of DuckDB: segments, intervals, held-out periods, spread."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from segkit.data.engine import Engine
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value
from segkit.value.records import CustomerValue
from tests.customers.made import Loader, load_duckdb, made_base
from tests.engines.test_postgres import engine, postgres
from tests.engines.test_postgres import load as load_postgres
from tests.value.measure.value_worlds import simulated

__all__ = ["engine", "postgres"]

END = dt.date(2024, 12, 31)
VALUE: dict[str, Any] = {"value": {"kind": "value", "groups": 3}}


def valued(folder: Path, engine: Engine, load: Loader) -> CustomerValue:
    """Six hundred customers of known models, two half-overlapping held-out periods."""
    base = simulated(folder, 600)
    checked = base.dataset.engine.backend.to_pyarrow(base.dataset.tables["transactions"])
    tables: dict[str, pa.Table] = {"transactions": checked}
    there = made_base(base.dataset, tables, END, segmentations=VALUE, engine=engine, load=load, periods=2)
    return customer_value(segment(there, "value"), origins=2, models=("BG/NBD",), resolution_days=28)


def figures(value: CustomerValue) -> dict[str, Any]:
    """Everything that the page would say, by name."""
    assert value.refusal is None
    assert value.backtest is not None
    assert value.spread is not None
    assert value.change is not None
    assert value.method is not None
    found: dict[str, Any] = {f"segment {at}": row for at, row in enumerate(value.frame.to_dict("records"))}
    found |= {f"decile {at}": row for at, row in enumerate(value.spread.deciles.to_dict("records"))}
    found |= {f"group {at}": row for at, row in enumerate(value.backtest.by_group.to_dict("records"))}
    found |= {f"tenth {at}": row for at, row in enumerate(value.backtest.by_decile.to_dict("records"))}
    found |= {
        f"held out {period.origin}": {
            name: getattr(period, name)
            for name in ("customers", "actual", "predicted", "low", "high", "baseline", "cutoff", "rank_correlation")
        }
        for period in value.backtest.periods
    }
    found["parameters"] = {p.name: p.estimate for p in value.method.parameters}
    found["change"] = {name: getattr(value.change, name) for name in ("previous", "now", "size", "mix", "rate")}
    found["gini"] = {"low": value.spread.gini_low, "high": value.spread.gini_high}
    return found


def same(one: CustomerValue, other: CustomerValue) -> None:
    """Text and counts are equal, numbers to nine digits: engines add and take logarithms in their own ways."""
    first, second = figures(one), figures(other)
    assert first.keys() == second.keys()
    for name, wanted in second.items():
        numbers = {key: v for key, v in wanted.items() if isinstance(v, float)}
        assert {k: v for k, v in first[name].items() if k in numbers} == pytest.approx(numbers, rel=1e-9), name
        assert {k: v for k, v in first[name].items() if k not in numbers} == {
            k: v for k, v in wanted.items() if k not in numbers
        }, name


def test_postgres(tmp_path: Path, engine: Engine) -> None:
    same(
        valued(tmp_path / "there", engine, load_postgres),
        valued(tmp_path / "here", Engine.connect("duckdb://"), load_duckdb),
    )


def by_total_value(folder: Path, engine: Engine, load: Loader) -> dict[str, Any]:
    """Each customer's tenth by past and predicted value, now and a month ago, and how it was predicted."""
    base = simulated(folder, 400)
    checked = base.dataset.engine.backend.to_pyarrow(base.dataset.tables["transactions"])
    tenths = {"total": {"kind": "value", "by": "total_value"}}
    tables = {"transactions": checked}
    there = made_base(
        base.dataset, tables, END, segmentations=tenths, engine=engine, load=load, period="month", periods=2
    )
    segmented = segment(there, "total")
    found: dict[str, Any] = {"names": [each.name for each in segmented.segmentation.segments]}
    assert segmented.segmentation.record is not None
    found["method"] = segmented.segmentation.record.method
    for end in there.ends:
        frame = engine.collect(segmented.assigned(end).select("customer_id", "segment"))
        pairs = zip(frame["customer_id"].astype(str), frame["segment"].astype(int), strict=True)
        found[str(end)] = dict(sorted(pairs))
    return found


def test_tenths_by_predicted_value_hold_the_same_customers(tmp_path: Path, engine: Engine) -> None:
    there = by_total_value(tmp_path / "there", engine, load_postgres)
    here = by_total_value(tmp_path / "here", Engine.connect("duckdb://"), load_duckdb)
    assert len(here["names"]) == 10
    assert len(here[str(END)]) == 400
    assert there == here
