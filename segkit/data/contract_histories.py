"""Contracts that come as a history: dumps of the whole table, and changes of status. Both become rows of contracts.

Of dumps, the latest row of a contract holds, and the older ones are set aside. A change holds from its day until the
day before the next one of the same contract.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

import ibis
import ibis.expr.types as ir

from segkit.data.engine import Engine
from segkit.data.later_rows import Latest
from segkit.data.reading import Reading
from segkit.data.sources import Source
from segkit.data.spec import TableSpec
from segkit.errors import DataError
from segkit.statistics.told import Figure, Quoted, Told

TAKEN = "taken"
"""Name of the column that says when a dump was taken."""


def with_order(readings: Mapping[str, Reading], source: Source) -> dict[str, Reading]:
    """Return the readings of dumps with `taken`: as the source has it, else the name of the file that a row stands in.

    Raises:
        DataError: neither is there, so that nobody knows which row is the latest.
    """
    if TAKEN in readings:
        return dict(readings)
    if source.file is None:
        raise DataError(
            f"table subscriptions ({source.shown}): it has `shape: dumps`, but is one file without a column `taken`, so "
            "that nobody knows which row of a contract is the latest. Write the `path` of all dumps (`dumps/*.csv`), or "
            "`columns: {taken: …}` with the day of the dump."
        )
    name = source.table[source.file]
    return {**readings, TAKEN: Reading(name, None, name)}


def key_of(columns: Collection[str]) -> tuple[str, ...]:
    """Return what tells contracts apart: their id, else the customer and, in dumps, the first day."""
    if "contract_id" in columns:
        return ("customer_id", "contract_id")
    return ("customer_id", "start") if "start" in columns else ("customer_id",)


def latest_of(columns: Collection[str]) -> Latest:
    """Return which rows of dumps hold: of each contract, those of the last dump that has it."""
    key = key_of(columns)
    return Latest(key, (TAKEN,), " and ".join(key))


def gone_from_dumps(engine: Engine, table: ir.Table) -> list[str]:
    """Return a note on contracts that the latest dump no longer has, and which dump that is."""
    latest = table.aggregate(latest=table[TAKEN].max())
    last = engine.collect(latest.select(latest=latest.latest.cast("string")))["latest"].iloc[0]
    running = table.filter(table.end.isnull()) if "end" in table.columns else table
    gone = running.filter(running[TAKEN].cast("string") < str(last))
    facts = engine.collect(gone.aggregate(rows=gone.count(), customers=gone.customer_id.nunique())).iloc[0]
    shown = Quoted(str(last).rsplit("/", 1)[-1].rsplit("\\", 1)[-1])
    said: list[str] = [
        Told.of("The latest dump of contracts is {dump}; of each contract, the latest row holds.", dump=shown)
    ]
    if rows := int(facts["rows"]):
        said.append(
            Told.of(
                "{n} contracts that ran in an earlier dump are missing in the latest. They count as running, as they were "
                "seen last: no end is known of them.",
                n=Figure(rows, "count"),
            )
        )
    return said


def torn_contracts(engine: Engine, table: ir.Table) -> list[str]:
    """Return a remark on customers with two contracts from one day on, one of which has ended while the other runs."""
    by = table.group_by("customer_id", "start").aggregate(
        rows=table.count(), ended=table.end.notnull().sum().cast("int64")
    )
    torn = by.filter((by.ended > 0) & (by.ended < by.rows))
    n = int(engine.collect(torn.aggregate(n=torn.customer_id.nunique()))["n"].iloc[0])
    if not n:
        return []
    return [
        Told.of(
            "{n} customer{have} contracts that begin on one day, of which one has ended and another runs. If the files are "
            "dumps of one table, taken one after the other, write `shape: dumps`: the latest row of a contract then holds.",
            n=Figure(n, "count"),
            have=" has" if n == 1 else "s have",
        )
    ]


def contracts_of(changes: ir.Table, spec: TableSpec) -> ir.Table:
    """Return contracts from changes of status: each change runs from its day to the day before the next.

    Of several changes on one day, the last holds; of those at one time, one that ends the contract.

    Args:
        changes: checked rows with customer_id, time and status; contract_id, plan, recurring_amount and end_reason
            where known.
        spec: of the table, with the values of status that mean that the contract has ended.
    """
    key = [changes[name] for name in key_of(changes.columns)]
    ends = cast(ir.BooleanValue, changes.status.isin(spec.ended_when))
    marked = changes.mutate(day=changes.time.date(), ends=ends.ifelse(1, 0).cast("int64"))
    names = [column.get_name() for column in key]
    rest = [marked[name].desc() for name in ("status", "plan", "recurring_amount") if name in marked.columns]
    place = ibis.row_number().over(
        group_by=[*(marked[name] for name in names), marked.day],
        order_by=[marked.time.desc(), marked.ends.desc(), *rest],
    )
    last = marked.mutate(place=place).filter(ibis._.place == 0)
    window = ibis.window(group_by=[last[name] for name in names], order_by=[last.day])
    why = last.status if "end_reason" not in last.columns else ibis.coalesce(last.end_reason, last.status)
    told = last.mutate(
        next_day=last.day.lead().over(window),
        next_ends=last.ends.lead().over(window),
        next_why=why.lead().over(window),
    )
    told = told.filter(told.ends == 0)
    columns: dict[str, ir.Value] = {
        "customer_id": told.customer_id,
        "start": told.day,
        "end": (told.next_day - ibis.interval(days=1)).cast("date"),
        "end_reason": (told.next_ends == 1).ifelse(told.next_why, ibis.null("string")),
    }
    columns |= {name: told[name] for name in ("plan", "recurring_amount") if name in told.columns}
    return told.select(**columns)
