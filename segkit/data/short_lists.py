"""Short lists beside a dataset, such as events and targets: a text file, a Parquet file or a table of the connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segkit.data.loading import Dataset
from segkit.data.sources import open_source
from segkit.data.spec import TableSpec
from segkit.errors import DataError


def short_list(
    dataset: Dataset,
    name: str,
    *,
    path: str = "",
    table: str = "",
    needed: Sequence[str],
    more: Sequence[str] = (),
    hint: str = "",
) -> tuple[str, list[dict[str, Any]]]:
    """Read the rows of a short list as text.

    Args:
        dataset: the opened dataset, whose folder and connection it is read from.
        name: what the engine calls it.
        path: the file, relative to the project.
        table: instead, a table of the connection.
        needed: columns that it must have.
        more: columns that it may have.
        hint: what its columns hold, for the message.

    Returns:
        What the list is called in messages, and a row each: column → text, None where it is empty.

    Raises:
        DataError: the file or table is not there, or lacks a column.
    """
    source = open_source(
        dataset.engine, name, TableSpec(path=path or None, table=table or None), dataset.root, dataset.spec.storage
    )
    missing = [column for column in needed if column not in source.columns]
    if missing:
        raise DataError(f"{source.shown} has no column `{missing[0]}`.{f' {hint}' if hint else ''}")
    there = [column for column in (*needed, *more) if column in source.columns]
    rows = source.table.select(**{column: source.column(column).cast("string") for column in there})
    frame = dataset.engine.collect(rows).astype(object)
    read = frame.where(frame.notna(), None).to_dict("records")
    return source.shown, [{str(key): value if value != "" else None for key, value in row.items()} for row in read]
