"""Customer tables made for tests, in the embedded engine, and every kind of segmentation over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from segkit.customers.partition import Segmentation
from segkit.data.engine import Engine
from segkit.data.schema import Money
from segkit.segments.kind_registry import known_kinds
from segkit.segments.kinds.segmentation_kind import Context

AS_OF = dt.date(2025, 6, 30)

SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("first_purchase", pa.date32()),
        ("last_purchase", pa.date32()),
        ("purchase_days", pa.int64()),
        ("orders", pa.int64()),
        ("frequency", pa.int64()),
        ("recency_days", pa.int64()),
        ("T_days", pa.int64()),
        ("days_since_last_purchase", pa.int64()),
        ("came_back", pa.date32()),
        ("silent_since", pa.date32()),
        ("revenue", pa.int64()),
        ("value", pa.int64()),
        ("value_margin", pa.int64()),
        ("usage_data_gb", pa.float64()),
        ("usage_voice_minutes", pa.float64()),
        ("country", pa.string()),
        ("region", pa.string()),
        ("city", pa.string()),
        ("age", pa.int64()),
        ("marital", pa.string()),
        ("member", pa.bool_()),
        ("as_of", pa.date32()),
    ]
)

KINDS: Mapping[str, dict[str, Any]] = {
    "attribute": {"column": "city", "most": 5},
    "bands": {"column": "age", "edges": [30, 50]},
    "bands in groups": {"kind": "bands", "column": "usage_data_gb", "quantiles": 4},
    "value": {},
    "lifecycle": {},
    "rules": {
        "rules": [
            {"name": "big Germans", "when": "country = 'DE' and revenue > 500"},
            {"name": "married or member", "when": "marital like 'mar%' or member"},
            {"name": "late", "when": "first_purchase >= '2025-01-01'"},
        ]
    },
    "rfm": {},
    "hierarchy": {"columns": ["country", "region", "city"], "smallest": 20},
    "combination": {"columns": ["marital", "member"], "most": 3},
    "abc": {},
    "tail": {},
    "cohort": {"by": "month", "most": 4},
    "clusters": {"features": {"usage_data_gb": "data", "usage_voice_minutes": "voice"}},
    "needs": {},
    "preferred": {"column": "store", "label": "Store", "most": 3, "least_share": 0.5},
}


def rows(count: int, seed: int = 1) -> dict[str, list[Any]]:
    """So many customers with everything known but for a few gaps."""
    rng = np.random.default_rng(seed)
    age_days = rng.integers(0, 700, count)
    silent = np.minimum(rng.integers(0, 700, count), age_days)
    country = rng.choice(["DE", "AT", "CH"], count, p=[0.6, 0.3, 0.1])
    region = rng.integers(0, 4, count)
    value = np.floor(rng.lognormal(9, 1.2, count)).astype(int)
    days = rng.geometric(0.3, count)
    way = rng.integers(0, 3, count)

    def day(back: np.ndarray) -> list[dt.date]:
        return [AS_OF - dt.timedelta(days=int(n)) for n in back]

    return {
        "customer_id": list(range(1, count + 1)),
        "first_purchase": day(age_days),
        "last_purchase": day(silent),
        "purchase_days": days.tolist(),
        "orders": (days + rng.integers(0, 3, count)).tolist(),
        "frequency": (days - 1).tolist(),
        "recency_days": (age_days - silent).tolist(),
        "T_days": age_days.tolist(),
        "days_since_last_purchase": silent.tolist(),
        "came_back": [None] * count,
        "silent_since": [None] * count,
        "revenue": (value * 2).tolist(),
        "value": value.tolist(),
        "value_margin": (value // 3 - 2000).tolist(),
        # three ways to use the phone, far apart
        "usage_data_gb": np.round(np.array([2.0, 60.0, 2.0])[way] * rng.lognormal(0, 0.3, count), 2).tolist(),
        "usage_voice_minutes": np.round(
            np.array([30.0, 30.0, 900.0])[way] * rng.lognormal(0, 0.3, count), 1
        ).tolist(),
        "country": country.tolist(),
        "region": [None if n == 3 else f"{c} {n}" for c, n in zip(country, region, strict=True)],
        "city": [f"city {n}" for n in rng.geometric(0.15, count)],
        "age": [None if n < 20 else int(n) for n in rng.integers(15, 90, count)],
        "marital": rng.choice(["single", "married", "widowed"], count).tolist(),
        "member": (rng.random(count) < 0.4).tolist(),
        "as_of": [AS_OF] * count,
    }


def table(columns: Mapping[str, list[Any]]) -> pa.Table:
    """The columns in their types; those that are not given are unknown."""
    size = len(next(iter(columns.values()))) if columns else 0
    return pa.table(
        {field.name: pa.array(columns.get(field.name, [None] * size), field.type) for field in SCHEMA}, schema=SCHEMA
    )


def survey(count: int, seed: int = 5) -> pa.Table:
    """Answers of the first customers: two groups that answer differently, a tenth of the answers missing."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Any]] = {"customer_id": [], "question": [], "answer": [], "time": [], "weight": []}
    for customer in range(1, count + 1):
        group = int(rng.random() < 0.4)
        for question in range(6):
            likely = rng.random() < 0.85
            found["customer_id"].append(customer)
            found["question"].append(f"q{question}")
            found["answer"].append(None if rng.random() < 0.1 else ("yes" if likely == bool(group) else "no"))
            found["time"].append(dt.datetime(2025, 5, 1, 12))
            found["weight"].append(1.0 + group)
    kinds = [pa.int64(), pa.string(), pa.string(), pa.timestamp("us"), pa.float64()]
    return pa.table({name: pa.array(values, kind) for (name, values), kind in zip(found.items(), kinds, strict=True)})


def purchases(customers: pa.Table) -> pa.Table:
    """Five orders of each customer who ever bought: two or three at the shop of their city, the rest elsewhere."""
    found: dict[str, list[Any]] = {"customer_id": [], "day": [], "amount": [], "is_purchase": [], "order_id": []}
    found["store"] = []
    for row in customers.select(["customer_id", "last_purchase", "city", "age"]).to_pylist():
        if row["last_purchase"] is None:
            continue
        for order in range(5):
            here = order < (3 if (row["age"] or 0) % 3 else 2)
            found["customer_id"].append(row["customer_id"])
            found["day"].append(row["last_purchase"])
            found["amount"].append(100)
            found["is_purchase"].append(True)
            found["order_id"].append(order // 2 if here else order)
            found["store"].append(f"in {row['city']}" if here else f"elsewhere {order}")
    kinds = [pa.int64(), pa.date32(), pa.int64(), pa.bool_(), pa.int64(), pa.string()]
    return pa.table({name: pa.array(values, kind) for (name, values), kind in zip(found.items(), kinds, strict=True)})


def context(engine: Engine, tables: Mapping[str, Any]) -> Context:
    """What a kind is told of the dataset that these customers would be in."""
    return Context(
        engine=engine,
        relation="non_contractual",
        attributes={},
        money=Money("EUR", 2),
        unit_name="customers",
        value_months=12,
        recent_days=28,
        usage_days=90,
        tables=tables,
    )


class Bench:
    """An engine with one customer table, and the kinds fitted to it."""

    def __init__(self, data: pa.Table, tables: Mapping[str, pa.Table] | None = None) -> None:
        self.engine = Engine.connect("duckdb://", threads=1)
        backend: Any = self.engine.backend
        self.customers = backend.create_table("customer_table", data)
        parts = tables or {"survey": survey(min(data.num_rows, 300)), "transactions": purchases(data)}
        self.context = context(self.engine, {name: backend.create_table(name, part) for name, part in parts.items()})

    def fit(self, kind: str, options: Mapping[str, Any]) -> Segmentation:
        """A kind as a dataset file would define it, fitted."""
        return self.definition(kind, options).fit("tested", self.customers, self.context)

    def definition(self, kind: str, options: Mapping[str, Any]) -> Any:
        """The kind's options, read."""
        name = options.get("kind", kind)
        return known_kinds()[name].model_validate({**options, "kind": name})

    def assigned(self, segmentation: Segmentation) -> dict[Any, int]:
        """Customer → position."""
        frame = self.engine.collect(
            segmentation.assign(self.customers).select("customer_id", "segment"), most=1_000_000
        )
        return dict(zip(frame["customer_id"], frame["segment"], strict=True))
