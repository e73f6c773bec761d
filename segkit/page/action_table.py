"""Actions: what is proposed, who owns it, until when, and what it should bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from segkit.errors import ParameterError
from segkit.page.block import Block
from segkit.page.columns import Row, TableColumn, table_fields
from segkit.page.statement import Statement, day, literal, words

_NEEDED: Final = ("action", "owner", "due", "effect")
_KNOWN: Final = (*_NEEDED, "outcome")


def actions(rows: Sequence[Mapping[str, Any]] | None) -> Block | None:
    """A table of actions; None, and so nothing on the page, where there are none.

    Args:
        rows: each with `action`, `owner`, `due` (a date or words), `effect` (what it should bring), and
            optionally `outcome` (what became of it): the parameters of the run, in the analyst's words.

    Raises:
        ParameterError: a row lacks a key or has an unknown one.
    """
    if not rows:
        return None
    faults = []
    for position, found in enumerate(rows, 1):
        faults += [f"action {position}: “{key}” is missing" for key in _NEEDED if not found.get(key)]
        faults += [
            f"action {position}: “{key}” is not known; write {', '.join(_KNOWN)}"
            for key in found
            if key not in _KNOWN
        ]
    if faults:
        raise ParameterError("actions: " + "; ".join(faults))
    settled = any(found.get("outcome") for found in rows)
    columns = [
        TableColumn("Action", "action", "words", longest=400),
        TableColumn("Owner", "owner", "words", longest=100),
        TableColumn("Due", "due", "words"),
        TableColumn("Expected effect", "effect", "words", longest=400),
        *([TableColumn("Outcome", "outcome", "words", longest=400)] if settled else []),
    ]
    lines = [
        Row("", {**{key: str(found.get(key) or "–") for key in _KNOWN}, "due": _due(found["due"])}) for found in rows
    ]
    return Block.of(
        "actions", table_fields(literal("Actions, their owners and what they should bring"), columns, lines)
    )


def _due(due: object) -> Statement:
    if isinstance(due, str):
        try:
            due = dt.date.fromisoformat(due)
        except ValueError:
            return words(str(due), 100)
    if isinstance(due, dt.date):
        return Statement.of("{due}", due=day(due))
    return words(str(due), 100)
