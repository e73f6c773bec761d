"""Who sends by itself, a store, a channel or a product line, and which of them has stopped while others go on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.data.coverage import GroupCoverage, JudgedDays
from segkit.data.freshness import TableFreshness
from segkit.data.loading import Dataset
from segkit.statistics.silence import FEWEST, Regularity, stopped_chances

SILENT_GROUP: Final = 0.005
"""Chance below which a value of a column is taken to have stopped: that of any of them, not of each."""
_LOOK_BACK: Final = 364
_GROUPS: Final = ("store", "channel", "category", "department")
_MOST_GROUPS: Final = 1_000


def group_columns(dataset: Dataset, name: str) -> list[str]:
    """Return the columns of a table whose values may send by themselves; of purchases, those of their products too."""
    own = [column for column in _GROUPS if column in dataset.tables[name].columns]
    products = dataset.tables.get("products")
    if name == "transactions" and products is not None and "product_id" in dataset.tables[name].columns:
        own += [column for column in _GROUPS if column in products.columns and column not in own]
    return own


def _usual_columns(dataset: Dataset, name: str) -> tuple[str, ...]:
    """Return the columns that are looked at where the file names none: department, not category, where there are
    both.
    """
    found = group_columns(dataset, name) if name == "transactions" else []
    return tuple(column for column in found if column != "category" or "department" not in found)


def senders(
    dataset: Dataset,
    name: str,
    rows: ir.Table,
    stretch: JudgedDays,
    options: TableFreshness,
    events: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Iterator[GroupCoverage]:
    """Find who of each column of groups is silent beyond chance, or has closed of late.

    Args:
        dataset: an opened dataset.
        name: the table; of others than purchases, only columns that the dataset file names are looked at.
        rows: its rows up to the period's end, with their day as `day_`.
        stretch: the report's last period.
        options: what the dataset file says of the table.
        events: the company's own event that has closed a value of a column, by column and value.
    """
    columns = _usual_columns(dataset, name) if options.groups is None else options.groups
    since = ibis.date(stretch.end - dt.timedelta(days=_LOOK_BACK - 1))
    rows = rows.filter(rows.day_ >= since)
    for column in columns:
        whole = rows
        if column not in rows.columns:
            products = dataset.tables["products"].select("product_id", column)
            whole = rows.select("product_id", "day_").distinct().left_join(products, "product_id")
        known = {value: event for (of, value), event in events.items() if of == column}
        yield from _judged(_read(dataset, column, whole), name, column, stretch, options, known)


@dataclass(frozen=True, slots=True)
class _Sender:
    value: str
    last_day: dt.date
    regularity: Regularity


def _read(dataset: Dataset, column: str, rows: ir.Table) -> list[_Sender]:
    """Measure how regularly each group sends. Only days on which anyone sends count, so that a closed Sunday is no
    silence.
    """
    named = rows.filter(rows[column].notnull())
    present = named.select(group=named[column].cast("string"), day_=named.day_).distinct()
    days = rows.select("day_").distinct()
    numbered = days.select("day_", place=ibis.row_number().over(order_by=days.day_))
    placed = present.inner_join(numbered, "day_").select("group", "day_", "place")
    before = placed.place.lag(1).over(group_by=placed.group, order_by=placed.place)
    kept = dataset.engine.keep("arrivals", placed.select("group", "day_", "place", gap=placed.place - before - 1))
    each = kept.group_by("group").aggregate(active=kept.count(), last=kept.place.max(), last_day=kept.day_.max())
    groups = dataset.engine.collect(each.order_by(ibis.desc("active"), "group").limit(_MOST_GROUPS))
    often = each.filter(each.active >= FEWEST).select("group")
    silent = kept.filter(kept.gap > 0)
    counted = silent.group_by("group", "gap").aggregate(many=silent.count())
    gaps: dict[str, dict[int, int]] = {}
    ended = dataset.engine.collect(counted.semi_join(often, "group"))
    for group, gap, many in zip(ended["group"], ended["gap"], ended["many"], strict=True):
        gaps.setdefault(str(group), {})[int(gap)] = int(many)
    newest = int(groups["last"].max()) if len(groups) else 0
    columns = (groups[name] for name in ("group", "active", "last", "last_day"))
    return [
        _Sender(
            str(group),
            dt.date.fromisoformat(str(last_day)[:10]),
            Regularity(int(active), gaps.get(str(group), {}), newest - int(last)),
        )
        for group, active, last, last_day in zip(*columns, strict=True)
    ]


def _judged(
    found: list[_Sender],
    name: str,
    column: str,
    stretch: JudgedDays,
    options: TableFreshness,
    events: Mapping[str, str],
) -> Iterator[GroupCoverage]:
    named = options.closed.get(column, ())
    days = max((one.regularity.active + one.regularity.in_gaps + one.regularity.silent for one in found), default=0)
    closed = [one.value in named or one.value in events or one.last_day < stretch.closed_before for one in found]
    chances = stopped_chances([one.regularity for one in found], days)
    for one, is_closed, chance in zip(found, closed, chances, strict=True):
        if chance >= SILENT_GROUP:
            continue
        made = GroupCoverage(
            table=name,
            column=column,
            value=one.value,
            last_day=one.last_day,
            chance=chance,
            closed=is_closed,
            event=events.get(one.value, ""),
            state="complete" if is_closed else "warned" if options.incomplete == "warn" else "refused",
        )
        # that someone has closed is told once
        if not is_closed or one.last_day >= stretch.closed_before - dt.timedelta(days=stretch.days):
            yield made
