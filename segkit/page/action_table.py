"""Actions: what is proposed, who owns it, until when, and what it should bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from segkit.errors import ParameterError
from segkit.page.block import Block
from segkit.page.columns import Row, TableColumn, table_fields
from segkit.page.statement import Statement, day, literal, own_words

_NEEDED: Final = ("action", "owner", "due", "effect")
_KNOWN: Final = (*_NEEDED, "outcome", "answers")


def actions(rows: Sequence[Mapping[str, Any]] | None, as_of: dt.date | str | None = None) -> Block | None:
    """Show a table of actions; None, and so nothing on the page, where there are none.

    Args:
        rows: each with `action`, `owner`, `due` (a date or words), `effect` (what it should bring), and
            optionally `outcome` (what became of it) and `answers` (the decision that it takes, by the key of that
            decision): the parameters of the run, in the analyst's words.
        as_of: the report's date; an action that was due before it and has no outcome is asked for.

    Raises:
        ParameterError: a row lacks a key or has an unknown one.
    """
    found = checked_actions(rows)
    if not found:
        return None
    today = _date(as_of)
    late = overdue(found, today) if isinstance(today, dt.date) else []
    settled = bool(late) or any(row.get("outcome") for row in found)
    columns = [
        TableColumn("Action", "action", "own", longest=400),
        TableColumn("Owner", "owner", "own", longest=100),
        TableColumn("Due", "due", "own"),
        TableColumn("Expected effect", "effect", "own", longest=400),
        *([TableColumn("Outcome", "outcome", "own", longest=400)] if settled else []),
    ]
    lines = [
        Row(
            "",
            {
                **{key: str(row.get(key) or "–") for key in _KNOWN},
                "due": _due(row["due"]),
                **({"outcome": literal("To be reported")} if row in late else {}),
            },
        )
        for row in found
    ]
    return Block.of(
        "actions", table_fields(literal("Actions, their owners and what they should bring"), columns, lines)
    )


def checked_actions(rows: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the rows with `due` as a date where it is one.

    Raises:
        ParameterError: a row lacks a key or has an unknown one.
    """
    faults = []
    given: Sequence[Any] = rows or ()  # a file of parameters may hold anything
    for position, found in enumerate(given, 1):
        if not isinstance(found, Mapping):
            what = "text" if isinstance(found, str) else "no mapping"
            faults.append(
                f"action {position}: `{str(found)[:40]}` is {what}; write {{action: …, owner: …, due: …, effect: …}}"
            )
            continue
        faults += [f"action {position}: “{key}” is missing" for key in _NEEDED if not found.get(key)]
        faults += [
            f"action {position}: “{key}” is not known; write {', '.join(_KNOWN)}"
            for key in found
            if key not in _KNOWN
        ]
    if faults:
        raise ParameterError("actions: " + "; ".join(faults))
    return [{**found, "due": _date(found["due"])} for found in rows or ()]


def overdue(rows: Sequence[Mapping[str, Any]], as_of: dt.date) -> list[Mapping[str, Any]]:
    """Return those of `checked_actions` that were due by `as_of` and have no outcome."""
    return [row for row in rows if isinstance(row["due"], dt.date) and row["due"] <= as_of and not row.get("outcome")]


def _date(given: object) -> object:
    """Return a calendar day where it is one, else what was given."""
    if isinstance(given, dt.datetime):
        return given.date()
    if isinstance(given, str):
        try:
            return dt.date.fromisoformat(given)
        except ValueError:
            return given
    return given


def _due(due: object) -> Statement:
    return Statement.of("{due}", due=day(due)) if isinstance(due, dt.date) else own_words(str(due), 100)
