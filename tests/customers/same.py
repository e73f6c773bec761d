"""Whether two tables say the same, whatever the order of their rows and columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa


def assert_same(found: pa.Table, wanted: pa.Table, *, key: str = "customer_id") -> None:
    """Every column, every row. Whole numbers, texts and dates exactly; fractions to twelve digits."""
    assert sorted(found.column_names) == sorted(wanted.column_names)
    left, right = ({row[key]: row for row in table.to_pylist()} for table in (found, wanted))
    assert len(left) == found.num_rows, f"{key} comes twice"
    assert len(right) == wanted.num_rows
    assert left.keys() == right.keys()
    for name in wanted.column_names:
        differing = [(k, left[k][name], right[k][name]) for k in right if not alike(left[k][name], right[k][name])]
        assert not differing, f"{name}: {len(differing)} rows differ, such as {differing[:3]}"


def alike(found: Any, wanted: Any) -> bool:
    """Equal; fractions to within 1e-12 of their size."""
    found, wanted = _plain(found), _plain(wanted)
    if isinstance(found, float) or isinstance(wanted, float):
        if found is None or wanted is None:
            return found is wanted
        return abs(found - wanted) <= 1e-12 * max(abs(found), abs(wanted), 1.0)
    return bool(found == wanted) and isinstance(found, bool) == isinstance(wanted, bool)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.date() if isinstance(value, dt.datetime) else value
