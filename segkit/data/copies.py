"""Exact duplicates: rows that are the same in every column of the source.

Grouping millions of rows by all their columns is what opening a dataset would spend most of its time on. On the
embedded engine each row carries a 64-bit hash of all its columns instead. As many hashes as rows prove that no two
rows are the same. Fewer are looked at once more, column by column: only if rows with the same hash are indeed the
same does the hash speak for them. Other engines number the copies by a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import udf

from segkit.data.engine import Engine


class HashCollisionError(Exception):
    """Two different rows have the same hash: the rows have to be compared as they are."""


@dataclass(frozen=True)
class RawTable:
    """A raw table, and what tells its rows from their copies.

    Attributes:
        table: the raw table; with a column more if copies are to be told.
        hash: name of the column that holds a row's hash, or None.
        copy: name of the column that is true for the second and later of the same rows, or None.
        file: name of the column that says which file a row stands in, or None.
        as_it_came: the rows as they stand in the source, where `table` has their texts without blanks around them.
    """

    table: ir.Table
    hash: str | None = None
    copy: str | None = None
    file: str | None = None
    as_it_came: ir.Table | None = None


def _a_row(row: Any) -> Any:
    """Declare the engine's own function of a row."""


def _row_hash(table: ir.Table, columns: tuple[str, ...] = ()) -> ir.Value:
    """Return a hash of columns, or of all columns if none are named.

    Ibis's own `hash` goes through a string of bits, which takes longer than all the rest.
    """
    row = ibis.struct({f"f{i}": table[column] for i, column in enumerate(columns or table.columns)})

    row_hash = udf.scalar.builtin(_a_row, name="hash", signature=((row.type(),), "uint64"))
    return row_hash(row)


def mark_copies(engine: Engine, table: ir.Table, *, file: str | None = None, exact: bool = False) -> RawTable:
    """Add to a raw table what shows copies: a hash where the engine has one, unless it must be exact at once."""
    name = unused("row", table.columns)
    given = table.drop(file) if file else table  # the same row in two files is a copy
    if engine.name == "duckdb" and not exact:
        row_hash = _row_hash(table, given.columns) if file else _row_hash(table)
        return RawTable(table.mutate(**{name: row_hash}), hash=name, file=file)
    columns = [table[column] for column in given.columns]
    window = ibis.window(group_by=columns, order_by=columns[:1])
    return RawTable(table.mutate(**{name: ibis.row_number().over(window) > 0}), copy=name, file=file)


def has_copies(engine: Engine, raw: RawTable, kept: ir.Table, hash_name: str) -> bool:
    """Return whether a kept table with hashes holds exact duplicates.

    Raises:
        HashCollisionError: the hashes do not tell.
    """
    facts = engine.collect(kept.aggregate(rows=kept.count(), different=kept[hash_name].nunique())).iloc[0]
    if int(facts["rows"]) == int(facts["different"]):
        return False
    groups = kept.group_by(hash_name).aggregate(n=kept.count()).filter(ibis._.n > 1)
    assert raw.hash is not None
    rows = raw.table if raw.as_it_came is None else raw.as_it_came
    rows = rows.drop(raw.file) if raw.file else rows
    suspects = rows.semi_join(groups, [(raw.hash, hash_name)]).distinct()
    counts = engine.collect(suspects.aggregate(rows=suspects.count(), different=suspects[raw.hash].nunique())).iloc[0]
    if int(counts["rows"]) != int(counts["different"]):
        raise HashCollisionError
    return True


def unused(name: str, taken: tuple[str, ...]) -> str:
    """Return a name for a helper column that no column has, whatever the capitals.

    >>> unused("row", ("customer", "_Row"))
    '__row'
    """
    lowered = {column.casefold() for column in taken}
    name = f"_{name}"
    while name.casefold() in lowered:
        name = f"_{name}"
    return name
