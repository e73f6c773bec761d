"""Tables as exports have them, typed as a warehouse would, and what a dataset file says of each: all engines read them alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from segkit.data import Dataset, open_dataset

AS_OF = dt.date(2024, 6, 30)
SETTINGS: Mapping[str, Any] = {
    "title": "Shop", "relation": "non_contractual", "currency": "EUR", "time_zone": "Europe/Berlin", "ids": "any_case",
    "tolerate": 0.5,
}  # fmt: skip


def _orders() -> pa.Table:
    """Orders that changed since, some of guests, the towns of customers who moved, ids in both cases, nulls."""
    n, day = 120, dt.datetime(2024, 1, 1, 10)
    at = [day + dt.timedelta(hours=31 * (i % 90)) for i in range(n)]
    changed = [None if i % 17 == 5 else at[i] + dt.timedelta(days=i // 10) for i in range(n)]
    columns = {
        "receipt": pa.array([i % 90 if i % 31 else None for i in range(n)], pa.int64()),
        "who": pa.array([None if i % 4 == 3 else f"{'Cc'[i % 2]}{i % 13}" for i in range(n)]),
        "mail": pa.array([None if i % 19 == 3 else f"{'Gg'[i % 2]}{i % 7}@example.com" for i in range(n)]),
        "at": pa.array(at, pa.timestamp("us")),
        "paid": pa.array([Decimal(i * 37 % 5000) / 100 if i % 23 else None for i in range(n)], pa.decimal128(12, 2)),
        "state": pa.array(["voided" if i % 11 == 0 else "paid" for i in range(n)]),
        "changed": pa.array(changed, pa.timestamp("us")),
        "version": pa.array([i // 40 for i in range(n)], pa.int64()),
        "town": pa.array([None if i % 5 == 2 else ("Köln", "Bonn", "Aachen", "ärgern")[i * 7 % 4] for i in range(n)]),
    }
    return pa.table(columns)


def _months() -> pa.Table:
    """A column a month, with a null in each."""
    amounts = {f"m2024_{m:02}": [Decimal(i * m) / 4 if (i + m) % 6 else None for i in range(30)] for m in range(1, 8)}
    typed = {name: pa.array(values, pa.decimal128(12, 2)) for name, values in amounts.items()}
    return pa.table({"who": pa.array([f"c{i}" for i in range(30)]), **typed})


TABLES: Mapping[str, pa.Table] = {"orders": _orders(), "months": _months()}
_COLUMNS = {"customer_id": "who", "time": "at", "amount": "paid", "order_id": "receipt"}
FORMS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "wide": ("months", {"columns": {"customer_id": "who"}, "wide": {"columns": "m2024*", "names": "time", "values": "amount"}}),
    "guests": ("orders", {"columns": _COLUMNS, "guests": "mail"}),
    "customers of orders": ("orders", {"columns": _COLUMNS, "attributes": {"town": {}, "mail": {}}}),
    "later by a time": ("orders", {"columns": _COLUMNS, "last_of": "receipt", "later_by": "changed"}),
    "later by a version": (
        "orders",
        {"columns": _COLUMNS, "last_of": ["receipt"], "later_by": "version", "leave_out": {"state": ["voided"]}},
    ),
    "all": (
        "orders",
        {"columns": _COLUMNS, "guests": "mail", "last_of": "receipt", "later_by": "changed", "attributes": {"town": {}}},
    ),
}  # fmt: skip
"""Name → table, and what the dataset file says of it besides where it is."""


def read_back(file: Path, *, keep_open: bool = False) -> dict[str, Any]:
    """What a dataset file comes to: the balance of each table, and its rows as text in one order."""
    dataset = open_dataset(file, AS_OF)
    try:
        lines = {
            table.table: (
                *(table.rows_in, table.rows_kept, table.money_in, table.money_kept),
                *((line.reason, line.set_aside, line.money_set_aside) for line in table.lines if line.set_aside),
            )
            for table in dataset.quality.tables
        }
        return {"balance": lines, "rows": {name: _rows(dataset, name) for name in dataset.tables}}
    finally:
        if not keep_open:
            dataset.engine.backend.disconnect()


def _rows(dataset: Dataset, name: str) -> list[str]:
    table = dataset.tables[name]
    frame = dataset.engine.collect(table.select(*sorted(table.columns))).astype(object)
    cells = frame.where(frame.notna(), "").astype(str)
    return sorted("|".join(row) for row in cells.to_numpy().tolist())
