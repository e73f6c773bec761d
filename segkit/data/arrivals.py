"""How far the data reach, by what the dataset file says and by what has arrived until now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np

from segkit.data.coverage import Coverage, GroupCoverage, JudgedDays, State, TableCoverage
from segkit.data.freshness import TableFreshness
from segkit.data.loading import Dataset
from segkit.data.quiet_days import public_holidays, turn_of_the_year
from segkit.data.senders import group_columns, senders
from segkit.data.specfile import suggestion
from segkit.errors import ParameterError
from segkit.statistics.silence import Days, silence_chance

LOOK_BACK: Final = 728
"""Days of history that say what is usual: two years of whole weeks."""
SILENT_TABLE: Final = 0.005
"""Chance below which tables are taken for incomplete, shared out among those judged."""
_JUDGED: Final = ("transactions", "subscriptions", "events")
"""Judged by what arrives, whatever the dataset file says: key figures come from them."""
_TIMED: Final = ("events", "contacts", "survey")
_QUIET_BOOK: Final = 91
"""Days without a new contract after which contracts are taken for a book that seldom grows, not for data that are late."""
_NOTHING: Final = TableFreshness()
"""What the dataset file says where it says nothing."""


def coverage(dataset: Dataset, stretch: JudgedDays) -> Coverage:
    """Judge how far the tables of a dataset reach at the end of a period.

    Args:
        dataset: an opened dataset.
        stretch: the period; it ends with the dataset's as-of date, or earlier, and nothing later is looked at.

    Raises:
        ParameterError: the section `freshness:`, or an event that closes something, names what the tables do not have.
    """
    _ask_declared(dataset)
    declared: dict[str, TableFreshness] = dataset.spec.section("freshness") or {}
    shut = _shut(dataset, stretch)
    country = str(dataset.spec.section("country") or "")
    found = {name: days for name in (*_JUDGED, *_TIMED) if (days := _days_of(dataset, name)) is not None}
    by_arrival = [name for name in _JUDGED if name in found and not declared.get(name, _NOTHING).has_limit]
    tables: list[TableCoverage] = []
    stopped: list[GroupCoverage] = []
    closed: list[GroupCoverage] = []
    for name, day in found.items():
        options = declared.get(name, _NOTHING)
        if name not in _JUDGED and name not in declared:
            continue
        least = SILENT_TABLE / len(by_arrival) if name in by_arrival else 0.0
        tables.append(_table(dataset, name, day, stretch, options, country, least))
    for name, day in found.items():
        options = declared.get(name, _NOTHING)
        if tables and next((t.state for t in tables if t.table == name), "refused") == "complete":
            for group in senders(dataset, name, _lately(day, stretch), stretch, options, shut):
                (closed if group.closed else stopped).append(group)
    snapshot = _snapshot(dataset, stretch, declared)
    return Coverage(
        as_of=stretch.end,
        period=stretch.name,
        next_end=stretch.next_end,
        tables=(*tables, *snapshot),
        stopped=tuple(stopped),
        closed=tuple(closed),
    )


def _ask_declared(dataset: Dataset) -> None:
    """Refuse what the section `freshness:` says wrongly of the tables.

    Raises:
        ParameterError: a table that the dataset has not or that has no days; a column that it has not.
    """
    declared: dict[str, TableFreshness] = dataset.spec.section("freshness") or {}
    for name, options in declared.items():
        where = dataset.file.where(("freshness", name))
        dated = [table for table in dataset.tables if table in (*_JUDGED, *_TIMED)]
        if name not in dated:
            raise ParameterError(f"{where}: `{name}` is no table with days of this dataset.{suggestion(name, dated)}")
        columns = group_columns(dataset, name)
        for column in (*(options.groups or ()), *options.closed):
            if column not in columns:
                raise ParameterError(
                    f"{where}: `{column}` is no column of groups of the table {name}.{suggestion(column, columns)}"
                )


def _shut(dataset: Dataset, stretch: JudgedDays) -> dict[tuple[str, str], str]:
    """Return column and value of all that the company's own events have closed by the period's end, and the event.

    Raises:
        ParameterError: no table has a column of groups of that name.
    """
    found: dict[tuple[str, str], str] = {}
    for at, event in enumerate(dataset.spec.section("events") or ()):
        columns = [column for name in _JUDGED if name in dataset.tables for column in group_columns(dataset, name)]
        for column, values in event.closes.items():
            if column not in columns:
                raise ParameterError(
                    f"{dataset.file.where(('events', at, 'closes'))}: `{column}` is no column of groups of a table whose "
                    f"arrival is judged.{suggestion(column, columns)}"
                )
            if event.first <= stretch.end:
                found |= {(column, value): event.name for value in values}
    return found


def _days_of(dataset: Dataset, name: str) -> ir.Table | None:
    """Return the table with a column `day_`; None where its rows have no day."""
    table = dataset.tables.get(name)
    if table is None:
        return None
    if name == "transactions":
        return table.mutate(day_=table["day"])
    if name == "subscriptions":
        spec = dataset.spec.tables.get(name)
        is_snapshot = spec is not None and spec.shape == "snapshot"
        return None if is_snapshot else table.mutate(day_=table["start"])
    return table.mutate(day_=table["time"].date()) if "time" in table.columns else None


def _lately(table: ir.Table, stretch: JudgedDays) -> ir.Table:
    """Return the table's rows of the last two years up to the period's end."""
    since = stretch.end - dt.timedelta(days=LOOK_BACK - 1)
    return table.filter((table.day_ <= ibis.date(stretch.end)) & (table.day_ >= ibis.date(since)))


def _table(
    dataset: Dataset,
    name: str,
    table: ir.Table,
    stretch: JudgedDays,
    options: TableFreshness,
    country: str,
    least: float,
) -> TableCoverage:
    rows = _lately(table, stretch)
    frame = dataset.engine.collect(rows.group_by("day_").aggregate(n=rows.count()).order_by("day_"))
    counts = {_date(day): int(n) for day, n in zip(frame["day_"], frame["n"], strict=True)}
    last = max(counts, default=None)
    missing = (stretch.end - last).days if last is not None else stretch.days
    chance = _chance(counts, stretch.end, country) if last is not None else 0.0
    if options.has_limit:
        return TableCoverage(name, last, missing, None, _by_limits(options, missing, stretch))
    is_quiet_book = name == "subscriptions" and missing > _QUIET_BOOK
    silent = chance is not None and chance < least and not is_quiet_book
    state: State = "complete" if not silent else "warned" if options.incomplete == "warn" else "refused"
    return TableCoverage(name, last, missing, chance, state)


def _by_limits(options: TableFreshness, missing: int, stretch: JudgedDays) -> State:
    if options.error_after is not None and missing > options.error_after.days(stretch.days):
        return "refused"
    if options.warn_after is not None and missing > options.warn_after.days(stretch.days):
        return "warned"
    return "complete"


def _chance(counts: dict[dt.date, int], end: dt.date, country: str) -> float | None:
    first = min(counts)
    days = [first + dt.timedelta(days=k) for k in range((end - first).days + 1)]
    free = public_holidays(country, first.year, end.year)
    return silence_chance(
        Days(
            counts=np.array([counts.get(day, 0) for day in days], dtype=float),
            free=np.array([day in free for day in days]),
            season=np.array([turn_of_the_year(day) for day in days]),
        )
    )


def _snapshot(dataset: Dataset, stretch: JudgedDays, declared: dict[str, TableFreshness]) -> Iterator[TableCoverage]:
    """Judge contracts that are given as they stood on a day: they are as old as that day."""
    spec = dataset.spec.tables.get("subscriptions")
    if spec is None or spec.shape != "snapshot" or spec.as_of is None:
        return
    options = declared.get("subscriptions", _NOTHING)
    missing = max((stretch.end - spec.as_of).days, 0)
    yield TableCoverage(
        "subscriptions", min(spec.as_of, stretch.end), missing, None, _by_limits(options, missing, stretch)
    )


def _date(value: object) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else dt.date.fromisoformat(str(value)[:10])
