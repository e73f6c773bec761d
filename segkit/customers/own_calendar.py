"""The company's own events, from its dataset file and from the files and tables that this names."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from segkit.customers.options import EventEntry
from segkit.data import Dataset
from segkit.data.sources import open_source
from segkit.data.spec import TableSpec
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
    spec = TableSpec(path=entry.path or None, table=entry.table or None)
    source = open_source(dataset.engine, "company_events", spec, dataset.root)
    missing = [name for name in _COLUMNS[:2] if name not in source.columns]
    if missing:
        raise DataError(
            f"{source.shown} has no column `{missing[0]}`. It needs name and from, and may have to, "
            "with days such as 2017-12-24."
        )
    there = [name for name in _COLUMNS if name in source.columns]
    rows = source.table.select(**{name: source.column(name).cast("string") for name in there})
    frame = dataset.engine.collect(rows).astype(object)
    return [_event(source.shown, row) for row in frame.where(frame.notna(), None).to_dict("records")]


def _event(shown: str, row: dict[Any, Any]) -> OwnEvent:
    name = str(row["name"] or "").strip()
    first = _day(shown, name, row["from"])
    last = first if row.get("to") in (None, "") else _day(shown, name, row["to"])
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
