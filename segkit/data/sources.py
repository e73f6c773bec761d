"""A table's source, handed over raw: every column as it stands there, with nothing interpreted yet."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.data.engine import Engine
from segkit.data.lines import LineCount, counting
from segkit.data.spark import read_parquet
from segkit.data.spec import TableSpec
from segkit.data.specfile import shown, suggestion
from segkit.data.textfiles import FILE, read_text_files
from segkit.data.wording import listed, seen
from segkit.errors import DataError

_TEXT_ENDINGS: Final = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv", ".tsv.gz")
_PARQUET_ENDINGS: Final = (".parquet", ".pq")


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
    """

    table: ir.Table
    columns: Mapping[str, str]
    shown: str
    is_text: bool
    files: tuple[Path, ...]
    lines: Future[LineCount] | None = field(default=None, repr=False)
    header_lines: int = 0
    file: str | None = None

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
                f"`path: {spec.path}` is a folder ({shown(path)}) without a file that ends in "
                f"{', '.join((*_TEXT_ENDINGS, *_PARQUET_ENDINGS))}."
            )
        return tuple(found)
    found = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
    if not found:
        raise DataError(f"`path: {spec.path}`: no such file ({shown(path)}).{_nearby(path)}")
    return tuple(found)


def _is_data(file: Path, below: Path) -> bool:
    """Return whether a file holds data; Spark and others leave marks whose names begin with _ or a dot."""
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(below).parts)
    return not hidden and file.name.lower().endswith((*_TEXT_ENDINGS, *_PARQUET_ENDINGS))


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return " Its folder does not exist either." if not glob.has_magic(str(path)) else ""
    return suggestion(path.name, [p.name for p in sorted(path.parent.iterdir())[:40]])


def open_source(engine: Engine, name: str, spec: TableSpec, folder: Path) -> Source:
    """Open a table's source without reading its rows.

    Raises:
        DataError: no such file or table, an empty file, a header that does not fit the format given.
    """
    if spec.table is not None:
        return _open_table(engine, name, spec.table)
    if engine.name not in ("duckdb", "pyspark"):
        raise DataError(
            f"table {name}: files are read by the embedded engine and by Spark only, and `connection` is {engine.name}. "
            "Load them there and write `table:`, or leave `connection` out."
        )
    try:
        files = find_files(spec, folder)
        endings = {_ending(file) for file in files}
    except DataError as error:
        raise DataError(f"table {name}: {error}") from None
    label = files[0].name if len(files) == 1 else f"{len(files)} files ({Path(str(spec.path)).name})"
    if len(endings) > 1:
        raise DataError(
            f"table {name}: {spec.path} mixes {' and '.join(sorted(endings))} files. One kind of file at a time: "
            "narrow the `path`."
        )
    if endings == {"Parquet"}:
        return _open_parquet(engine, name, files, label)
    if engine.name == "pyspark":
        raise DataError(
            f"table {name}: {spec.path} is a text file, and Spark reads Parquet only, so that every value keeps its type. "
            "Write it as Parquet, make it a table there (`table:`), or leave `connection` out."
        )
    table, names = read_text_files(engine, name, spec.format, files)
    return Source(
        table,
        dict(zip(names, table.columns, strict=False)),
        label,
        is_text=True,
        files=files,
        lines=counting(files, wide=spec.format.encoding == "utf-16"),
        header_lines=len(files) * int(spec.format.header),
        file=FILE if FILE in table.columns else None,
    )


def _open_parquet(engine: Engine, name: str, files: tuple[Path, ...], label: str) -> Source:
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
    several = len(files) > 1 and FILE not in (name.casefold() for name in names)
    options = {"filename": True} if several else {}
    if engine.name == "pyspark":
        several, table = False, read_parquet(engine.backend, files)
    else:
        table = engine.backend.read_parquet([glob.escape(str(file)) for file in files], **options)
    columns = {column: column for column in table.columns if not (several and column == FILE)}
    return Source(table, columns, label, is_text=False, files=files, file=FILE if several else None)


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


def _open_table(engine: Engine, name: str, wanted: str) -> Source:
    schema, _, table_name = wanted.rpartition(".")
    table = engine.source_table(table_name, schema or None)
    if table is None:
        there = engine.source_tables(schema or None)
        hint = suggestion(table_name, there) or " It has no tables at all there: is it `schema.table`?"
        raise DataError(f"table {name}: the connection has no table `{seen(wanted)}`.{hint}")
    return Source(table, {column: column for column in table.columns}, wanted, is_text=False, files=())


def _ending(file: Path) -> str:
    lowered = file.name.lower()
    if lowered.endswith(_PARQUET_ENDINGS):
        return "Parquet"
    if lowered.endswith(_TEXT_ENDINGS):
        return "text"
    raise DataError(
        f"{shown(file)}: a file ends in one of {', '.join((*_TEXT_ENDINGS, *_PARQUET_ENDINGS))}; this one does not. "
        "Rename it, or export it as one of these."
    )
