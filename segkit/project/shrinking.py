"""Data that have fewer rows than when the page before was made: a file that was cut off, a table that was half loaded.

What has been read once does not become less by itself. Such a run is refused and tried later, until the dataset file says
that rows were removed on purpose; then the page says so above all else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from segkit.data.opened import OpenedData
from segkit.errors import NotYetError
from segkit.page import Block, Metric, Statement, day, own_name
from segkit.project.identity import data_of
from segkit.project.publishing import published_dates, read_manifest
from segkit.project.request import RunRequest

_LEAST: Final = 0.9
"""Share of the rows of before that have to be there: some are always deleted, of who asked for it."""


@dataclass(frozen=True, slots=True)
class ShrunkTable:
    """A table with fewer rows than before: how many it has, had, and of which date the page was that had them."""

    dataset: str
    table: str
    rows: int
    before: int
    date: str


def shrunk_tables(folder: Path, as_of: dt.date, data: Iterable[OpenedData]) -> Iterator[ShrunkTable]:
    """Find tables that have become less since the latest page up to a date."""
    dates = [date for date in published_dates(folder) if date <= as_of.isoformat()]
    try:
        earlier = data_of(read_manifest(folder / dates[-1])) if dates else ()
    except (KeyError, TypeError):  # a manifest of an earlier version, or damaged by hand
        return
    rows = {(one.dataset, table): n for one in earlier for table, n in one.rows.items()}
    for one in data:
        for table, n in one.rows.items():
            before = rows.get((one.dataset, table), 0)
            if n < _LEAST * before:
                yield ShrunkTable(one.dataset, table, n, before, dates[-1])


def notice_of_shrunk(request: RunRequest, data: Iterable[OpenedData]) -> Block | None:
    """Return what a page says of tables that have shrunk; None where none has.

    Raises:
        NotYetError: the dataset file does not say that such a page is wanted.
    """
    found = list(shrunk_tables(request.folder, request.as_of, data))
    refused = [one for one in found if not _is_meant(request.root, one)]
    if refused:
        raise NotYetError("\n".join(_refusal(one) for one in refused))
    return (
        Block.of("notes", {"paragraphs": [_told(one) for one in found], "terms": [], "unfolded": True})
        if found
        else None
    )


def _is_meant(root: Path, one: ShrunkTable) -> bool:
    from segkit.data.locating import find_dataset
    from segkit.data.spec import load_spec

    declared = load_spec(find_dataset(one.dataset, root))[0].section("freshness") or {}
    return one.table in declared and declared[one.table].shrunk == "warn"


def _refusal(one: ShrunkTable) -> str:
    return (
        f"{one.dataset}: table {one.table} has {one.rows:,} rows, and the page of {one.date} was made of {one.before:,}. "
        "Data do not become less by themselves: the file may be cut off, or still be written. If rows were removed on "
        f"purpose, say so in the dataset file: `freshness: {{{one.table}: {{shrunk: warn}}}}`."
    )


def _told(one: ShrunkTable) -> Statement:
    key = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in one.table.lower()).strip("_")
    return Statement.of(
        "Fewer data than before: the table {table} has {now} rows, and the report of {when} was made of {then}. What this "
        "page compares with earlier periods may be a gap in the data.",
        table=own_name(one.table, 60),
        now=Metric(f"rows_now_{key}", one.rows, "count", label=f"Rows of {one.table}"),
        then=Metric(f"rows_before_{key}", one.before, "count", label=f"Rows of {one.table} before"),
        when=day(dt.date.fromisoformat(one.date)),
    )
