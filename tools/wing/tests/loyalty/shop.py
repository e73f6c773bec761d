"""A small shop whose regular customers are known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from segkit.customers import CustomerBase
from segkit.data import Dataset
from tests.customers.made import TRANSACTIONS, made_base

AS_OF = dt.date(2024, 3, 31)


def shop(like: Dataset, purchase_days: list[int], **options: Any) -> CustomerBase:
    """Customers with so many purchase days each, the last of them on the as-of date, a day apart."""
    rows = [
        {"customer_id": who, "day": AS_OF - dt.timedelta(days=back), "amount": 500, "is_purchase": True}
        for who, days in enumerate(purchase_days, 1)
        for back in range(days)
    ]
    tables = {"transactions": pa.Table.from_pylist(rows, schema=TRANSACTIONS)}
    return made_base(like, tables, AS_OF, **{"period": "month", "periods": 1, **options})
