"""Arrow files, also called Feather, in either of their two forms."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa

from segkit.data.engine import Engine
from segkit.data.sources import Source
from segkit.data.spec import TableSpec
from segkit.data.specfile import shown
from segkit.data.wording import listed, seen
from segkit.errors import DataError


def open_arrow(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Read Arrow files, one below the other.

    Raises:
        DataError: a file is no Arrow file, or files have different columns or types.
    """
    tables = [_plain(_read(f"table {name}: {shown(file)}", file)) for file in files]
    for file, table in zip(files[1:], tables[1:], strict=True):
        if table.schema != tables[0].schema:
            odd = sorted({str(field.name) for field in set(table.schema) ^ set(tables[0].schema)})
            raise DataError(
                f"table {name}: {shown(file)} has other columns or types than {shown(files[0])} (differing: "
                f"{listed(odd, 8)}). Files that are read together have the same columns of the same types."
            )
    read = pa.concat_tables(tables)
    names = [f"c{position}" for position in range(read.num_columns)]
    table = engine.keep(f"{name}_arrow", ibis.memtable(read.rename_columns(names)))
    return Source(table, dict(zip(read.column_names, names, strict=True)), label, is_text=False, files=files)


def _read(where: str, file: Path) -> pa.Table:
    for form in (pa.ipc.open_file, pa.ipc.open_stream):
        try:
            with pa.memory_map(str(file)) as source:
                return form(source).read_all()
        except (OSError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
    raise DataError(
        f"{where} is not readable as Arrow ({seen(reason, 120)}). Write it again, or give its name the ending of what "
        "it is."
    )


def _plain(table: pa.Table) -> pa.Table:
    """Return a table whose categories are the values that they stand for."""
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
