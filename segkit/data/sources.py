"""A table's source, handed over raw: every column as it stands there, with nothing interpreted yet."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.data.csv_errors import explain_csv_error
from segkit.data.engine import Engine, EngineError
from segkit.data.formats.encodings import in_utf8
from segkit.data.formats.kinds import ENDINGS, kind_of_file
from segkit.data.formats.partitions import partition_names, with_partitions
from segkit.data.lines import LineCount, counting
from segkit.data.remote_files import StorageOptions, bring_files, is_remote, shown_address
from segkit.data.spark import read_parquet
from segkit.data.spec import TableSpec
from segkit.data.specfile import shown, suggestion
from segkit.data.textfiles import FILE, read_text_files, with_found_delimiter
from segkit.data.wording import listed, seen
from segkit.errors import DataError, NotYetError
from segkit.wing import load


@dataclass(frozen=True)
class Source:
    """A raw table.

    Attributes:
        table: its columns; text files have only text columns.
        columns: the source's name of each column: its name in `table`.
        shown: what the quality section calls it.
        is_text: read from a text file, so that every value still has to be understood.
        files: the files behind it; empty for a table of a connection.
        lines: how many lines the text files have, counted beside the reading; None where there are none.
        header_lines: how many of them are headers.
        file: name of the column in `table` that says which file a row stands in; None where there is one or none.
        notes: what was found of the files that the dataset file does not state, in sentences.
    """

    table: ir.Table
    columns: Mapping[str, str]
    shown: str
    is_text: bool
    files: tuple[Path, ...]
    lines: Future[LineCount] | None = field(default=None, repr=False)
    header_lines: int = 0
    file: str | None = None
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> ir.Value:
        """Return a column by the source's name for it."""
        return self.table[self.columns[name]]


def find_files(spec: TableSpec, folder: Path) -> tuple[Path, ...]:
    """Find the files that a table's `path` means: one file, a glob, or all readable files of a folder, sorted.

    Raises:
        DataError: there are no such files.
    """
    assert spec.path is not None
    path = Path(os.path.expanduser(spec.path))
    path = path if path.is_absolute() else folder / path
    if path.is_file():
        return (path,)
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and _is_data(p, path))
        if not found:
            raise DataError(
                f"`path: {spec.path}` is a folder ({shown(path)}) without a file that ends in {', '.join(ENDINGS)}."
            )
        return tuple(found)
    found = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
    if not found:
        raise DataError(f"`path: {spec.path}`: no such file ({shown(path)}).{_nearby(path)}")
    return tuple(found)


def _is_data(file: Path, below: Path) -> bool:
    """Return whether a file holds data; Spark and others leave marks whose names begin with _ or a dot."""
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(below).parts)
    return not hidden and kind_of_file(file) is not None


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return " Its folder does not exist either." if not glob.has_magic(str(path)) else ""
    return suggestion(path.name, [p.name for p in sorted(path.parent.iterdir())[:40]])


def open_source(engine: Engine, name: str, spec: TableSpec, folder: Path, storage: StorageOptions) -> Source:
    """Open a table's source without reading its rows.

    Args:
        engine: the connection that reads it.
        name: of the table.
        spec: what the dataset file says of it.
        folder: the project, from which paths start.
        storage: options of the drivers for files that lie elsewhere.

    Raises:
        DataError: no such file or table, an empty file, a header that does not fit the format given.
        NotYetError: the place of a file does not answer.
    """
    if spec.query is not None:
        return _open_query(engine, name, spec.query)
    if spec.table is not None and spec.path is None:
        return _open_table(engine, name, spec.table)
    if engine.name not in ("duckdb", "pyspark"):
        raise DataError(
            f"table {name}: files are read by the embedded engine and by Spark only, and `connection` is {engine.name}. "
            "Load them there and write `table:`, or leave `connection` out."
        )
    path = str(spec.path)
    try:
        files = bring_files(engine, path, storage, folder) if is_remote(path) else find_files(spec, folder)
    except (DataError, NotYetError) as error:
        raise type(error)(f"table {name}: {error}") from None
    last = Path(shown_address(path) if is_remote(path) else path).name
    label = files[0].name if len(files) == 1 else f"{len(files)} files ({last})"
    return open_files(engine, name, spec, files, label)


def open_files(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Open files of one kind as one table.

    Raises:
        DataError: they are of several kinds, or one of them cannot be read.
    """
    kinds = {}
    for file in files:
        kind = kind_of_file(file)
        if kind is None:
            raise DataError(
                f"table {name}: {shown(file)}: a file ends in one of {', '.join(ENDINGS)}; this one does not. "
                "Rename it, or export it as one of these."
            )
        kinds[kind.name] = kind
    if len(kinds) > 1:
        raise DataError(
            f"table {name}: {spec.path} mixes {' and '.join(sorted(kinds))} files. One kind of file at a time: "
            "narrow the `path`."
        )
    kind = next(iter(kinds.values()))
    if engine.name == "pyspark" and kind.name != "Parquet":
        raise DataError(
            f"table {name}: {shown(files[0])} is no Parquet file, and Spark reads Parquet only, so that every value keeps "
            "its type. Write it as Parquet, make it a table there (`table:`), or leave `connection` out."
        )
    opener = load(kind.opener)
    return cast(Source, opener(engine, name, spec, files, label))


def open_text(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Open text files."""
    form, read = in_utf8(engine, name, spec.format, files)
    form, notes = with_found_delimiter(name, form, read[0])
    folders = partition_names(name, files)
    table, names = read_text_files(engine, name, form, read, by_file=bool(folders))
    source = Source(
        table,
        dict(zip(names, table.columns, strict=False)),
        label,
        is_text=True,
        files=files,
        lines=counting(read, wide=form.encoding == "utf-16"),
        header_lines=len(files) * int(form.header),
        file=FILE if FILE in table.columns else None,
        notes=notes,
    )
    return with_partitions(source, FILE, folders) if folders and source.file else source


def open_parquet(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Open Parquet files."""
    schemas = []
    for file in files:
        try:
            schemas.append(pq.read_schema(file))
        except (OSError, pa.ArrowException) as error:
            raise DataError(
                f"table {name}: {shown(file)} is not readable as Parquet ({seen(str(error).splitlines()[0], 120)}). "
                "Write it again, or give its name the ending of what it is."
            ) from None
    for file, schema in zip(files[1:], schemas[1:], strict=True):
        odd = set(schema.names) ^ set(schemas[0].names)
        if odd:
            raise DataError(
                f"table {name}: {shown(file)} has other columns than {shown(files[0])} (differing: "
                f"{listed(sorted(odd), 8)}). Files that are read together have the same columns."
            )
        for column in schema.names:
            here, there = schema.field(column).type, schemas[0].field(column).type
            if _family(here) != _family(there):
                # the engine would cast to the first file's type, and round what does not fit
                raise DataError(
                    f"table {name}: column `{seen(column)}` is {here} in {shown(file)} and {there} in {shown(files[0])}. "
                    "Write both with the same type."
                )
    names = schemas[0].names
    folders = partition_names(name, files)
    several = (len(files) > 1 or bool(folders)) and FILE not in (name.casefold() for name in names)
    options = {"hive_partitioning": False} | ({"filename": True} if several else {})
    if engine.name == "pyspark":
        several, table = False, read_parquet(engine.backend, files)
    else:
        table = engine.backend.read_parquet([glob.escape(str(file)) for file in files], **options)
    columns = {column: column for column in table.columns if not (several and column == FILE)}
    source = Source(table, columns, label, is_text=False, files=files, file=FILE if several else None)
    return with_partitions(source, FILE, folders) if folders and several else source


def _family(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_integer(kind):
        return "whole"
    if pa.types.is_floating(kind):
        return "float"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    return str(kind)


def unreadable(name: str, source: Source, error: EngineError) -> DataError:
    """Say what an engine that could not read a table said of it: of a text with the line, else in its own words."""
    if source.is_text:
        return DataError(f"table {name}: {explain_csv_error(error.told, source.files)}")
    # without the statement that it was about
    reason = error.reason.split(" LINE ")[0][:300].rstrip(".")
    return DataError(f"table {name} ({source.shown}) cannot be read: {reason}.")


def _open_table(engine: Engine, name: str, wanted: str) -> Source:
    schema, _, table_name = wanted.rpartition(".")
    table = engine.source_table(table_name, schema or None)
    if table is None:
        there = engine.source_tables(schema or None)
        hint = suggestion(table_name, there) or " It has no tables at all there: is it `schema.table`?"
        raise DataError(f"table {name}: the connection has no table `{seen(wanted)}`.{hint}")
    return Source(table, {column: column for column in table.columns}, wanted, is_text=False, files=())


def _open_query(engine: Engine, name: str, query: str) -> Source:
    table = engine.query(query)
    if isinstance(table, str):
        raise DataError(
            f"table {name}: the connection does not answer its `query` ({seen(table, 200)}). Write one SELECT that it "
            "understands."
        )
    return Source(table, {column: column for column in table.columns}, "a query", is_text=False, files=())
