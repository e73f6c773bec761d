"""The kinds of files that a table's `path` may lead to, each with the endings that tell it.

A kind is added by a line here and a module that has its opener: a function of the engine, the table's name, its
specification, the files, and their label, which returns a `segkit.data.sources.Source`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    Attributes:
        name: what people call it.
        endings: of file names, in small letters.
        opener: `module:function`.
    """

    name: str
    endings: tuple[str, ...]
    opener: str


_PACKED: Final = ("", ".gz")

KINDS: Final = (
    FileKind(
        "text",
        tuple(end + gz for end in (".csv", ".txt", ".tsv") for gz in _PACKED),
        "segkit.data.sources:open_text",
    ),
    FileKind("Parquet", (".parquet", ".pq"), "segkit.data.sources:open_parquet"),
    FileKind("Excel", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "segkit.data.formats.workbooks:open_workbooks"),
    FileKind(
        "JSON",
        tuple(end + gz for end in (".jsonl", ".ndjson", ".json") for gz in _PACKED),
        "segkit.data.formats.json_files:open_json",
    ),
    FileKind("Arrow", (".feather", ".arrow", ".ipc"), "segkit.data.formats.arrow_files:open_arrow"),
    FileKind("SQLite", (".sqlite", ".sqlite3", ".db"), "segkit.data.formats.databases:open_sqlite"),
    FileKind("DuckDB", (".duckdb", ".ddb"), "segkit.data.formats.databases:open_duckdb"),
    FileKind("ZIP", (".zip",), "segkit.data.formats.zipped:open_zipped"),
)
"""Every kind."""

ENDINGS: Final = tuple(ending for kind in KINDS for ending in kind.endings)
"""Every ending of a file that is read."""

DATABASES: Final = tuple(
    ending for kind in KINDS if kind.opener.startswith("segkit.data.formats.databases") for ending in kind.endings
)
"""Endings of files that hold several tables by name."""


def kind_of_file(file: Path) -> FileKind | None:
    """Return a file's kind by the ending of its name; None where no kind has it."""
    return next((kind for kind in KINDS if file.name.lower().endswith(kind.endings)), None)
