"""The company's own events, from its dataset file and from the files and tables that this names."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from segkit.customers.options import EventEntry
from segkit.data import Dataset
from segkit.data.short_lists import short_list
from segkit.data.specfile import redact
from segkit.errors import DataError, ParameterError
from segkit.news.feasts import OwnEvent

_COLUMNS: Final = ("name", "from", "to")


def own_events(dataset: Dataset) -> tuple[OwnEvent, ...]:
    """Return the company's own events, from the dataset file and from the files and tables that it names.

    Raises:
        ParameterError: a file or table is not there, or a row of it is no event.
    """
    found: list[OwnEvent] = []
    for at, entry in enumerate(dataset.spec.section("events") or ()):
        if entry.first is not None and entry.name:
            found.append(OwnEvent(entry.name, entry.first, entry.last or entry.first))
            continue
        where = dataset.file.where(("events", at))
        try:
            found += _listed(dataset, entry)
        except DataError as error:
            raise ParameterError(f"{where}: `events`: {redact(str(error), dataset.file.secrets)}") from None
    return tuple(found)


def check_events(dataset: Dataset) -> None:
    """Check that the company's own events can be read.

    Raises:
        ParameterError: they cannot.
    """
    own_events(dataset)


def _listed(dataset: Dataset, entry: EventEntry) -> list[OwnEvent]:
    shown, rows = short_list(
        dataset,
        "company_events",
        path=entry.path,
        table=entry.table,
        needed=_COLUMNS[:2],
        more=_COLUMNS[2:],
        hint="It needs name and from, and may have to, with days such as 2017-12-24.",
    )
    return [_event(shown, row) for row in rows]


def _event(shown: str, row: dict[Any, Any]) -> OwnEvent:
    name = str(row["name"] or "").strip()
    first = _day(shown, name, row["from"])
    last = first if row.get("to") is None else _day(shown, name, row["to"])
    if not name or last < first:
        raise DataError(
            f"{shown}: the event `{name}` from {first} to {last} needs a name, and a last day after its first."
        )
    return OwnEvent(name, first, last)


def _day(shown: str, name: str, value: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise DataError(
            f"{shown}: the event `{name}` has the day `{str(value)[:40]}`. Write it as 2017-12-24."
        ) from None
