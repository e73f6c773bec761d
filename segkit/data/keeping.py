"""What a checked table keeps of its typed rows: its columns, the day of a row, and contracts from rows of their history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from segkit.data import contract_histories, subscriptions, transactions
from segkit.data.engine import Engine
from segkit.data.judging import Judged
from segkit.data.reading import Reading
from segkit.data.spec import DatasetSpec, TableSpec


def keeper(
    name: str, table: TableSpec, spec: DatasetSpec, as_of: dt.date, readings: Mapping[str, Reading]
) -> Callable[[ir.Table], Mapping[str, ir.Value]]:
    """Return the function that makes a checked table's columns from typed rows."""
    if name == "transactions":
        return lambda typed: transactions.kept_columns(typed, spec)
    if name == "subscriptions" and table.shape == "snapshot":
        return lambda typed: subscriptions.snapshot_columns(typed, table)
    if name == "subscriptions" and table.shape == "dumps":
        more = [column for column in ("contract_id", contract_histories.TAKEN) if column in readings]
        return lambda typed: subscriptions.contract_columns(typed, table, as_of) | {c: typed[c] for c in more}
    if name == "subscriptions" and table.shape == "contracts":
        return lambda typed: subscriptions.contract_columns(typed, table, as_of)
    columns = tuple(readings)
    return lambda typed: {column: typed[column] for column in columns}


def day_of(name: str, spec: TableSpec, readings: Mapping[str, Reading]) -> Callable[[ir.Table], ir.Value] | None:
    """Return what gives a checked row's day, if it has one."""
    if name == "transactions":
        return lambda t: t["day"]
    if name == "subscriptions" and spec.shape == "changes":
        # changes become contracts, whose day is the first
        return lambda t: t["time"].date() if "time" in t.columns else t["start"]
    if name == "subscriptions":
        return None if spec.shape == "snapshot" else lambda t: t["start"]
    if "time" in readings:
        return lambda t: t["time"].date()
    return None


def as_contracts(engine: Engine, spec: TableSpec, judged: Judged) -> list[str]:
    """Make rows of contracts from dumps and from changes, and return what is odd about them."""
    notes: list[str] = []
    if spec.shape == "dumps":
        notes.extend(contract_histories.gone_from_dumps(engine, judged.table))
        more = [c for c in ("contract_id", contract_histories.TAKEN) if c in judged.table.columns]
        judged.table, judged.aside = judged.table.drop(*more), judged.aside.drop(*more)
    elif spec.shape == "changes":
        _, said = subscriptions.unknown_status(engine, judged.table, spec)
        notes.extend(said)
        judged.table = engine.keep("subscriptions", contract_histories.contracts_of(judged.table, spec))
        judged.aside = judged.aside.rename(start="time").mutate(end=ibis.null("date"))
    return [*notes, *contract_histories.torn_contracts(engine, judged.table)]
