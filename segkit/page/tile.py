"""A tile without a history: a value, and a line under it that says what the value is of."""

from __future__ import annotations

from typing import Any

from segkit.page.metric import Metric
from segkit.page.statement import Statement
from segkit.page.table_cells import one_number


def plain_tile(label: Statement, value: Statement | Metric, note: Statement) -> dict[str, Any]:
    """Build a tile without a history: a value, and a line under it that says what the value is of."""
    return {
        "label": label,
        "value": one_number(value) if isinstance(value, Metric) else value,
        "change": note,
        "tone": "neutral",
        "versus": None,
        "spark": None,
        "range": None,
        "limits": None,
        "beside": [],
    }
