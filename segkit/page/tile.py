"""A tile without a history: a value, and a line under it that says what the value is of."""

from __future__ import annotations

from typing import Any

from segkit.page.statement import Statement


def plain_tile(label: Statement, value: Statement, note: Statement) -> dict[str, Any]:
    """Show a tile without a history: a value, and a line under it that says what the value is of."""
    return {
        "label": label,
        "value": value,
        "change": note,
        "tone": "neutral",
        "versus": None,
        "spark": None,
        "range": None,
    }
