"""Files that are databases: SQLite, and DuckDB. `table` says which of their tables is meant."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from segkit.data.engine import Engine
from segkit.data.formats.sheet_cells import arrow_column
from segkit.data.sources import Source
from segkit.data.spec import TableSpec
from segkit.data.specfile import shown, suggestion
from segkit.data.wording import listed, seen
from segkit.errors import DataError

_ONCE = 100_000


def open_duckdb(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Open a table of a DuckDB file, which is not written to.

    Raises:
        DataError: the file is no database, or has no such table.
    """
    backend: Any = engine.backend
    file = _one(name, files)
    where = f"table {name}: {shown(file)}"
    try:
        there = backend.con.execute("SELECT database_name, path FROM duckdb_databases()").fetchall()
        catalog = next((called for called, path in there if path and Path(path) == file.resolve()), None)
        if catalog is None:
            catalog = f"file_{len(there)}"
            backend.attach(str(file.resolve()), name=catalog, read_only=True)
        found = backend.con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal",
            [catalog],
        ).fetchall()
    except Exception as error:  # noqa: BLE001 - the engine's driver has errors of its own
        raise DataError(
            f"{where} is not readable as a DuckDB file ({seen(str(error).splitlines()[0], 160)}). Give its name the ending "
            "of what it is, or write it again with a DuckDB as old as the installed one."
        ) from None
    tables = {(called if schema == "main" else f"{schema}.{called}"): (schema, called) for schema, called in found}
    schema, called = tables[_chosen(where, spec, list(tables))]
    table = backend.table(called, database=(catalog, schema))
    shown_as = f"{label}, {called}"
    return Source(table, {column: column for column in table.columns}, shown_as, is_text=False, files=files)


def open_sqlite(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Read a table of an SQLite file. Where cells of a column are of several kinds, all become text.

    Raises:
        DataError: the file is no database, or has no such table.
    """
    file = _one(name, files)
    where = f"table {name}: {shown(file)}"
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            listing = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            chosen = _chosen(where, spec, [called for (called,) in connection.execute(listing)])
            read = _rows(connection, chosen, spec)
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise DataError(
            f"{where} is not readable as SQLite ({seen(str(error), 160)}). Give its name the ending of what it is, or "
            "copy it again."
        ) from None
    names = [f"c{position}" for position in range(read.num_columns)]
    table = engine.keep(f"{name}_sqlite", ibis.memtable(read.rename_columns(names)))
    return Source(
        table,
        dict(zip(read.column_names, names, strict=True)),
        f"{label}, {chosen}",
        is_text=any(pa.types.is_string(field.type) for field in read.schema),
        files=files,
    )


def _rows(connection: sqlite3.Connection, table: str, spec: TableSpec) -> pa.Table:
    quoted = f'"{table.replace(chr(34), chr(34) * 2)}"'
    cursor = connection.execute(f"SELECT * FROM {quoted}")
    names = [column[0] for column in cursor.description]
    cells: list[list[Any]] = [[] for _ in names]
    while rows := cursor.fetchmany(_ONCE):
        for column, values in zip(cells, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return pa.table([arrow_column(column, spec.format) for column in cells], names=names)


def _one(name: str, files: tuple[Path, ...]) -> Path:
    if len(files) > 1:
        raise DataError(
            f"table {name}: {len(files)} database files ({listed([file.name for file in files], 6)}). Write the `path` of "
            "one of them."
        )
    return files[0]


def _chosen(where: str, spec: TableSpec, there: list[str]) -> str:
    """Return the table that is meant: the one that is named, or the only one."""
    if spec.table is not None:
        if spec.table not in there:
            raise DataError(f"{where} has no table `{seen(spec.table)}`.{suggestion(spec.table, there)}")
        return spec.table
    if len(there) == 1:
        return there[0]
    if not there:
        raise DataError(f"{where} has no tables. Write the `path` of a file that has.")
    raise DataError(
        f"{where} has {len(there)} tables ({listed(there, 12)}). Write which one it is: `table: {there[0]}`."
    )
