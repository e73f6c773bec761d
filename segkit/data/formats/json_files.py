"""JSON: one object a line, or a list of objects. What stands within an object is called `outer.inner`."""

from __future__ import annotations

import glob
import gzip
import json
import re
from pathlib import Path
from typing import IO, cast

import ibis.expr.datatypes as types
import ibis.expr.types as ir

from segkit.data.engine import Engine
from segkit.data.lines import counting
from segkit.data.sources import Source
from segkit.data.spec import TableSpec
from segkit.data.specfile import shown
from segkit.data.wording import seen
from segkit.errors import DataError

_MOST_BYTES = 64 * 1024 * 1024


def open_json(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Read JSON files as text columns, by the names of all keys that occur.

    Raises:
        DataError: a file is no JSON, or has no objects.
    """
    lined = all(re.search(r"\.(jsonl|ndjson)(\.gz)?$", file.name.lower()) for file in files)
    paths = [glob.escape(str(file)) for file in files]
    options = {
        "format": "newline_delimited" if lined else "auto",
        "maximum_object_size": _MOST_BYTES,
        "hive_partitioning": False,
    }
    try:
        found = engine.backend.read_json(paths, sample_size=-1, union_by_name=True, **options).schema()
        _ask_names(f"table {name}: {shown(files[0])}", list(found))
        columns = {key: _as_text(kind) for key, kind in found.items()}
        read = engine.backend.read_json(paths, columns=columns, **options)
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001 - the engine's driver has errors of its own
        raise DataError(f"table {name}: {_explained(str(error), files, lined=lined)}") from None
    leaves = {leaf: value for key, kind in found.items() for leaf, value in _leaves(read, key, kind).items()}
    names = {leaf: f"c{position}" for position, leaf in enumerate(leaves)}
    table = read.select(**{names[leaf]: value for leaf, value in leaves.items()})
    # a line break within a text of JSON is written as \n, so that each line is an object
    lines = counting(files, wide=False) if lined else None
    return Source(table, names, label, is_text=True, files=files, lines=lines)


def _as_text(kind: types.DataType) -> str:
    if not isinstance(kind, types.Struct):
        return "VARCHAR"
    inner = ", ".join(f'"{key.replace(chr(34), chr(34) * 2)}" {_as_text(of)}' for key, of in kind.items())
    return f"STRUCT({inner})"


def _leaves(read: ir.Table, key: str, kind: types.DataType) -> dict[str, ir.Value]:
    found: dict[str, ir.Value] = {}

    def walk(called: str, value: ir.Value, of: types.DataType) -> None:
        if isinstance(of, types.Struct):
            for inner, below in of.items():
                walk(f"{called}.{inner}", value[inner], below)
        else:
            found[called] = value

    walk(key, read[key], kind)
    return found


def _ask_names(where: str, names: list[str]) -> None:
    """Check that no two keys differ in capitals only, which the engine would number."""
    lowered = {name.casefold() for name in names}
    for name in names:
        first = re.fullmatch(r"(.+)_\d+", name)
        if first and first.group(1).casefold() in lowered and first.group(1) not in names:
            raise DataError(
                f"{where}: keys differ from `{seen(first.group(1))}` in capitals only. Write each key in one way."
            )
    if names == ["json"]:
        raise DataError(f'{where} holds no objects, such as {{"customer": 1, "paid": 9.5}}. Export one object a row.')


def _explained(told: str, files: tuple[Path, ...], *, lined: bool) -> str:
    """Return where JSON is broken, and how: the engine's line is not always the one at fault."""
    for file in files:
        try:
            with _opened(file) as stream:
                if not lined:
                    json.loads(stream.read())
                    continue
                for number, line in enumerate(stream, 1):
                    if line.strip():
                        _ask_json(line, number)
        except _BrokenError as broken:
            at, reason = f", line {broken.line},", broken.reason
        except json.JSONDecodeError as error:
            at, reason = f", line {error.lineno},", error.msg
        except UnicodeDecodeError:
            at, reason = "", "it is not UTF-8"
        except (OSError, EOFError) as error:
            at, reason = "", str(error)
        else:
            continue
        return (
            f"{shown(file)}{at} is not readable as JSON ({seen(reason, 100)}). Write one object a line, or a list of "
            "objects."
        )
    said = " ".join(told.splitlines()[0].replace(str(files[0]), files[0].name).split())
    return f"{shown(files[0])} is not readable as JSON ({seen(said, 160)}). Write one object a line, or a list of objects."


class _BrokenError(Exception):
    """A line that is no JSON."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


def _ask_json(text: str, number: int) -> None:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise _BrokenError(number, error.msg) from None
    if not isinstance(found, dict):
        raise _BrokenError(number, "it is no object")


def _opened(file: Path) -> IO[str]:
    if file.name.lower().endswith(".gz"):
        return cast(IO[str], gzip.open(file, "rt", encoding="utf-8-sig"))
    return file.open(encoding="utf-8-sig")
