"""Excel workbooks (and LibreOffice's): a sheet, several sheets, or all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from segkit.data.engine import Engine
from segkit.data.formats.sheet_cells import arrow_column, written
from segkit.data.sources import Source
from segkit.data.spec import FileFormat, TableSpec
from segkit.data.specfile import shown, suggestion
from segkit.data.textfiles import ask_names
from segkit.data.wording import listed, seen
from segkit.errors import DataError

ALL = "all"
"""What `sheet` says for every sheet of a workbook."""


def open_workbooks(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Read sheets of workbooks, one below the other.

    Raises:
        DataError: a file is no workbook, a sheet is not there or not chosen, or sheets have different columns.
    """
    tables: list[pa.Table] = []
    sheets: list[str] = []
    for file in files:
        for called, rows in _sheets(f"table {name}: {shown(file)}", file, spec):
            where = f"table {name}: {shown(file)}, sheet {seen(called)}"
            tables.append(_table(where, rows, spec.format))
            sheets.append(where)
            if tables[-1].column_names != tables[0].column_names:
                odd = sorted(set(tables[-1].column_names) ^ set(tables[0].column_names))
                raise DataError(
                    f"{where} has other columns than {sheets[0].removeprefix(f'table {name}: ')} "
                    f"({f'differing: {listed(odd, 8)}' if odd else 'in another order'}). Sheets that are read together "
                    "have the same columns in the same order: choose with `sheet: [one, another]`."
                )
    read = _below(tables, spec.format)
    names = tuple(f"c{position}" for position in range(read.num_columns))
    table = engine.keep(f"{name}_sheets", ibis.memtable(read.rename_columns(list(names))))
    columns = dict(zip(read.column_names, names, strict=True))
    return Source(
        table,
        columns,
        f"{label}, {len(sheets)} sheets" if len(sheets) > len(files) else label,
        is_text=any(pa.types.is_string(field.type) for field in read.schema),
        files=files,
    )


def _sheets(where: str, file: Path, spec: TableSpec) -> list[tuple[str, list[list[Any]]]]:
    """Return the chosen sheets that hold anything, with their rows that do."""
    try:
        from python_calamine import CalamineError, PasswordError, load_workbook
    except ImportError:
        raise DataError(
            f"{where} is an Excel workbook, and what reads it is not installed: pip install 'segkit[excel]', or save the "
            "sheet as CSV UTF-8 in Excel."
        ) from None
    try:
        workbook = load_workbook(str(file))
        known = list(workbook.sheet_names)
        wanted = list(spec.sheet)
        if not wanted or (wanted == [ALL] and ALL not in known):
            wanted = known
        for sheet in wanted:
            if sheet not in known:
                raise DataError(f"{where} has no sheet `{seen(sheet)}`.{suggestion(sheet, known)}")
        found = [(sheet, workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)) for sheet in wanted]
    except PasswordError:
        raise DataError(f"{where} is locked by a password. Save it without one.") from None
    except (CalamineError, OSError, ValueError) as error:
        raise DataError(
            f"{where} is not readable as a workbook ({seen(str(error).splitlines()[0], 120)}). Save it again in Excel, or "
            "save the sheet as CSV UTF-8."
        ) from None
    filled = [(sheet, [row for row in rows if any(_is_filled(cell) for cell in row)]) for sheet, rows in found]
    filled = [(sheet, rows) for sheet, rows in filled if rows]
    if not filled:
        raise DataError(f"{where} has nothing in its sheets{f' ({listed(wanted, 6)})' if wanted else ''}.")
    if len(filled) > 1 and not spec.sheet:
        names = [sheet for sheet, _ in filled]
        raise DataError(
            f"{where} has {len(filled)} sheets ({listed(names, 12)}). Write which one holds the table: "
            f"`sheet: {names[0]}`, a list of several, or `sheet: {ALL}`."
        )
    return filled


def _is_filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _table(where: str, rows: list[list[Any]], form: FileFormat) -> pa.Table:
    """Return a sheet's rows as a table of cells; columns without a name and without a value are none."""
    width = max(len(row) for row in rows)
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    head, body = (rows[0], rows[1:]) if form.header else ([None] * width, rows)
    used = [i for i in range(width) if _is_filled(head[i]) or any(_is_filled(row[i]) for row in body)]
    names = [written(head[i], form).strip() if _is_filled(head[i]) else "" for i in used]
    if form.names:
        if len(form.names) != len(used):
            raise DataError(
                f"{where} has {len(used)} columns, and `format: names` has {len(form.names)}. Name every column, from "
                "left to right."
            )
        names = list(form.names)
    ask_names(where, names)
    if not body:
        raise DataError(
            f"{where} has a header and no rows. Export it again, or take the table out of the dataset file."
        )
    columns = [arrow_column([row[i] for row in body], form) for i in used]
    return pa.table(columns, names=names)


def _below(tables: list[pa.Table], form: FileFormat) -> pa.Table:
    """Return tables one below the other; a column that has different types in them is read from its cells again."""
    if len(tables) == 1:
        return tables[0]
    names = tables[0].column_names
    columns = [arrow_column([cell for table in tables for cell in table[name].to_pylist()], form) for name in names]
    return pa.table(columns, names=names)
