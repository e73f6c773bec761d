"""Notes of a person, by the date of the report: what the data do not know, in words that are marked as somebody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from segkit.errors import ParameterError
from segkit.page.statement import Statement, day, own_name

_KNOWN: Final = ("as_of", "by", "text")
_LONGEST: Final = 400


def told_notes(rows: Sequence[Mapping[str, Any]] | None, as_of: dt.date) -> list[Statement]:
    """Return the notes of a report's date, each with who wrote it.

    Args:
        rows: each with `as_of` (the date of the report that it belongs to), `by` and `text`: the parameter of the run.
        as_of: the report's date.

    Raises:
        ParameterError: a note lacks a part or has one that is not known, or is too long.
    """
    faults: list[str] = []
    found: list[Statement] = []
    for position, row in enumerate(rows or (), 1):
        missing = [key for key in _KNOWN if not row.get(key)]
        faults += [f"note {position}: “{key}” is missing" for key in missing]
        faults += [
            f"note {position}: “{key}” is not known; write {', '.join(_KNOWN)}" for key in row if key not in _KNOWN
        ]
        if len(str(row.get("text") or "")) > _LONGEST:
            faults.append(
                f"note {position}: its text has more than {_LONGEST} characters; a note is a sentence or two"
            )
        when = None if "as_of" in missing else _date(row["as_of"])
        if when is None and "as_of" not in missing:
            faults.append(f"note {position}: as_of `{row['as_of']}` is not a date; write it as 2017-12-24")
        if when == as_of and not missing:
            found.append(
                Statement.of(
                    "Note by {by}, {day}: “{text}”",
                    by=own_name(str(row["by"]), 60),
                    day=day(as_of),
                    text=own_name(str(row["text"]), _LONGEST),
                )
            )
    if faults:
        raise ParameterError("notes: " + "; ".join(faults))
    return found


def _date(given: object) -> dt.date | None:
    if isinstance(given, dt.datetime):
        return given.date()
    if isinstance(given, dt.date):
        return given
    try:
        return dt.date.fromisoformat(str(given))
    except ValueError:
        return None
