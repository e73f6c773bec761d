"""Customer bases over tables made for tests, in any engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter

from segkit.customers import CustomerBase, customer_base
from segkit.data import Dataset
from segkit.data.engine import Engine
from segkit.data.freshness import TableFreshness
from segkit.wing import load
from segkit.wing import sections as readers

TRANSACTIONS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("day", pa.date32()),
        ("amount", pa.int64()),
        ("is_purchase", pa.bool_()),
        ("order_id", pa.int64()),
        ("margin", pa.int64()),
    ]
)
SUBSCRIPTIONS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("start", pa.date32()),
        ("end", pa.date32()),
        ("plan", pa.string()),
        ("recurring_amount", pa.int64()),
    ]
)
EVENTS = pa.schema(
    [("customer_id", pa.int64()), ("time", pa.timestamp("us")), ("event", pa.string()), ("value", pa.float64())]
)
CUSTOMERS = pa.schema([("customer_id", pa.int64()), ("city", pa.string()), ("age", pa.int64())])
SCHEMAS = {"transactions": TRANSACTIONS, "subscriptions": SUBSCRIPTIONS, "events": EVENTS, "customers": CUSTOMERS}

Loader = Callable[[Engine, str, pa.Table], ir.Table]


def load_duckdb(engine: Engine, name: str, table: pa.Table) -> ir.Table:
    """A table in the embedded engine."""
    loaded: ir.Table = engine.backend.create_table(name, table, overwrite=True)  # type: ignore[attr-defined]
    return loaded


def made_base(
    like: Dataset,
    tables: Mapping[str, pa.Table],
    as_of: dt.date,
    *,
    engine: Engine | None = None,
    load: Loader = load_duckdb,
    segmentations: Mapping[str, Mapping[str, Any]] | None = None,
    relation: str = "non_contractual",
    known_from: dt.date = dt.date(2000, 1, 1),
    **options: Any,
) -> CustomerBase:
    """The customers of these tables, in the embedded engine if no other is given; the rest as in `like`."""
    engine = engine or Engine.connect("duckdb://")
    spec = like.spec.model_copy(update={"segmentations": segmentations or {}, "relation": relation})
    loaded = {name: load(engine, name, table) for name, table in tables.items()}
    # what is made for a test is whole: nothing of it is late
    dated = [name for name in ("transactions", "subscriptions", "events") if name in loaded]
    whole = TableFreshness.model_validate({"error_after": "9999 days", "groups": []})
    spec._sections = {**like.spec._sections, "freshness": dict.fromkeys(dated, whole)}
    made = replace(
        like,
        spec=spec,
        engine=engine,
        as_of=as_of,
        tables=loaded,
        set_aside={},
        attributes={},
        known_from=known_from,
    )
    return customer_base(made, **options)


def hard_tables(seed: int = 1, customers: int = 300) -> dict[str, pa.Table]:
    """Everything that engines disagree on, at random: NULLs, ties, returns, zeros, contracts that overlap.

    Some customers only return, some have only contracts, some only attributes; the last day of February and of a
    month are there; amounts reach beyond 32 bits, usage has three decimals.
    """
    draw = np.random.default_rng(seed)
    n = customers * 8
    days = draw.choice([dt.date(2023, 12, 31) + dt.timedelta(days=k) for k in (*range(400), 60, 60, 365)], n)
    amount = draw.choice([-500, -1, 0, 1, 250, 250, 999, 1005, 12_345_678_901], n)
    transactions = {
        "customer_id": draw.integers(1, customers, n),
        "day": days,
        "amount": amount,
        "is_purchase": amount > 0,
        "order_id": _some_null(draw, draw.integers(1, n // 2, n)),
        "margin": _some_null(draw, amount // 3),
    }
    m = customers
    start = draw.choice([dt.date(2023, 1, 31) + dt.timedelta(days=31 * k) for k in range(26)], m)
    length = draw.integers(0, 500, m)
    subscriptions = {
        "customer_id": draw.integers(customers // 2, customers * 3 // 2, m),
        "start": start,
        "end": [s + dt.timedelta(days=int(k)) if k < 400 else None for s, k in zip(start, length, strict=True)],
        "plan": _some_null(draw, draw.choice(["S", "M", "L"], m)),
        "recurring_amount": _some_null(draw, draw.choice([999, 1999, 2999], m)),
    }
    e = customers * 10
    events = {
        "customer_id": draw.integers(1, customers, e),
        "time": [dt.datetime(2024, 9, 1) + dt.timedelta(minutes=int(k)) for k in draw.integers(0, 220_000, e)],
        "event": draw.choice(["data gb", "ticket"], e),
        "value": _some_null(draw, np.round(draw.gamma(2.0, 3.0, e), 3)),
    }
    people = {
        "customer_id": list(range(1, customers * 2, 2)),
        "city": _some_null(draw, draw.choice(["Köln", "O'Hara", "Łódź", "東京"], customers)),
        "age": _some_null(draw, draw.integers(18, 90, customers)),
    }
    made = {"transactions": transactions, "subscriptions": subscriptions, "events": events, "customers": people}
    return {name: arrow_table(name, columns) for name, columns in made.items()}


def arrow_table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Columns of a table, typed as the checked table of that name is."""
    fields = [field for field in SCHEMAS[name] if field.name in columns]
    return pa.table({f.name: pa.array(_plain(columns[f.name]), f.type) for f in fields}, schema=pa.schema(fields))


def _plain(values: Any) -> list[Any]:
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _some_null(draw: np.random.Generator, values: Any) -> list[Any]:
    return [None if hide else value for hide, value in zip(draw.random(len(values)) < 0.1, values, strict=True)]


def showing(customers: Any, smallest: int) -> Any:
    """The same customers, or their segments, where groups of fewer than `smallest` are not shown."""
    if hasattr(customers, "base"):
        return replace(customers, base=showing(customers.base, smallest))
    return replace(customers, smallest=smallest)


def stating(customers: Any, **sections: Any) -> Any:
    """The same customers, or their segments, of a dataset whose file has these sections."""
    if hasattr(customers, "base"):
        return replace(customers, base=stating(customers.base, **sections))
    spec = customers.dataset.spec.model_copy()
    read = {name: TypeAdapter(load(readers()[name])).validate_python(given) for name, given in sections.items()}
    spec._sections = {**spec._sections, **read}
    return replace(customers, dataset=replace(customers.dataset, spec=spec))
