"""Columns that stand in another file: each row looks them up by a column that both files have.

Lines of orders often stand in one file, and the orders with their days in another. Rows are neither added nor lost: what
is looked up has each key once, and a row that finds nothing keeps its own columns.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ibis
import ibis.expr.types as ir

from segkit.data.copies import unused
from segkit.data.csv_errors import explain_csv_error
from segkit.data.engine import Engine, EngineError
from segkit.data.remote_files import StorageOptions, bring_files, is_remote, sibling_address
from segkit.data.sources import Source, open_files
from segkit.data.spec import TableSpec
from segkit.data.specfile import shown, suggestion
from segkit.data.wording import seen
from segkit.errors import DataError


def with_looked_up(
    engine: Engine, name: str, spec: TableSpec, source: Source, folder: Path, storage: StorageOptions
) -> Source:
    """Return a source with the columns of the files that `look_up` names; a column of its own stays as it is.

    Args:
        engine: the connection that reads them.
        name: of the table.
        spec: what the dataset file says of it.
        source: the table's rows.
        folder: the project.
        storage: options of the drivers for files that lie elsewhere.

    Raises:
        DataError: a file or a column is not there, or a key stands in a file twice.
    """
    for file, column in spec.look_up.items():
        where = f"table {name}: `look_up: {{{file}: {column}}}`"
        if not source.files:
            raise DataError(f"{where} is for files. In a connection, join the tables by `query`.")
        if spec.path is not None and is_remote(spec.path):
            path = bring_files(engine, sibling_address(spec.path, file), storage, folder)[0]
        else:
            path = source.files[0].parent / file
            if not path.is_file():
                there = [one.name for one in sorted(path.parent.iterdir())[:40]]
                raise DataError(f"{where}: no such file ({shown(path)}).{suggestion(file, there)}")
        source = _one(engine, name, spec, source, (file, path), column)
    return source


def _one(engine: Engine, name: str, spec: TableSpec, source: Source, found: tuple[str, Path], column: str) -> Source:
    file, path = found
    where = f"table {name}: `look_up: {{{file}: {column}}}`"
    other = open_files(engine, name, spec, (path,), file)
    for called, columns in ((source.shown, source.columns), (file, other.columns)):
        if column not in columns:
            raise DataError(f"{where}: {called} has no column `{seen(column)}`.{suggestion(column, columns)}")
    new = [theirs for theirs in other.columns if theirs not in source.columns]
    helpers: dict[str, str] = {}
    for theirs in new:
        helpers[theirs] = unused(f"found{len(helpers)}", source.table.columns)
    key = unused("key", source.table.columns)
    rows = other.table.select(
        **{key: _key(other.column(column))}, **{helpers[theirs]: other.column(theirs) for theirs in new}
    )
    try:
        rows = engine.keep(f"{name}_looked_up", rows.filter(rows[key].notnull()))
    except EngineError as error:
        if not other.is_text:
            raise
        raise DataError(f"{where}: {explain_csv_error(error.told, other.files)}") from None
    _ask_once(engine, where, rows, key)
    left = source.table.mutate(**{f"_own{key}": _key(source.column(column))})
    joined = left.left_join(rows, left[f"_own{key}"] == rows[key])
    missing = int(engine.collect(joined.aggregate(n=joined[key].isnull().sum()))["n"].fillna(0).iloc[0])
    note = (f"{where}: {missing:,} rows find nothing in {file}.",) if missing else ()
    return replace(
        source,
        table=joined.drop(f"_own{key}", key),
        columns={**source.columns, **helpers},
        files=(*source.files, path),
        notes=(*source.notes, *other.notes, *note),
    )


def _key(value: ir.Value) -> ir.StringValue:
    text = value.cast("string").strip()
    assert isinstance(text, ir.StringValue)
    return text


def _ask_once(engine: Engine, where: str, rows: ir.Table, key: str) -> None:
    twice = rows.group_by(key=rows[key]).aggregate(n=rows.count()).filter(ibis._.n > 1)
    found = engine.collect(twice.order_by("key").limit(1))
    if len(found):
        raise DataError(
            f"{where}: `{seen(found['key'].iloc[0])}` stands there {int(found['n'].iloc[0])} times. A looked-up file "
            "has each key once."
        )
