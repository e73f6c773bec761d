"""Folders whose names hold values, such as year=2024/month=01: each name becomes a column."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import ibis
import ibis.expr.types as ir

from segkit.data.copies import unused
from segkit.data.wording import listed
from segkit.errors import DataError

if TYPE_CHECKING:
    from segkit.data.sources import Source

_NAMED = re.compile(r"([^=/\\]+)=([^/\\]*)")
_NOTHING = "__HIVE_DEFAULT_PARTITION__"


def partition_names(table: str, files: Sequence[Path]) -> tuple[str, ...]:
    """Return the columns that the folders of files name; none where they name nothing.

    Raises:
        DataError: folders of some files name other columns than those of the first.
    """
    named = [
        tuple(match.group(1) for part in file.parent.parts if (match := _NAMED.fullmatch(part))) for file in files
    ]
    for file, names in zip(files, named, strict=True):
        if names != named[0]:
            raise DataError(
                f"table {table}: the folders above {file.name} name {listed(names, 4) or 'nothing'}, and those above "
                f"{files[0].name} {listed(named[0], 4) or 'nothing'}. Files that are read together stand in folders that "
                "name the same."
            )
    return named[0] if named else ()


def with_partitions(source: Source, file: str, names: Sequence[str]) -> Source:
    """Return a source with the columns that its folders name.

    Args:
        source: the source, whose table says of each row which file it stands in.
        file: the column of `source.table` that says so.
        names: what the folders name. A column of the files with the same name stays as it is.
    """
    new = [name for name in names if name not in source.columns]
    if not new:
        return source
    path = cast(ir.StringValue, source.table[file])
    helpers: dict[str, str] = {}
    for position, name in enumerate(new):
        helpers[unused(f"partition{position}", source.table.columns)] = name
    values: dict[str, ir.Value] = {}
    for helper, name in helpers.items():
        value = cast(ir.StringValue, path.re_extract(rf"[/\\]{re.escape(name)}=([^/\\]*)", 1))
        written = {
            match.group(2)
            for one in source.files
            for part in one.parent.parts
            if (match := _NAMED.fullmatch(part)) and match.group(1) == name and "%" in match.group(2)
        }
        spelt = [(value == found, urllib.parse.unquote(found)) for found in sorted(written)]
        values[helper] = ibis.cases((value.isin([_NOTHING, ""]), ibis.null("string")), *spelt, else_=value)
    columns = {**source.columns, **{name: helper for helper, name in helpers.items()}}
    return replace(source, table=source.table.mutate(**values), columns=columns)
