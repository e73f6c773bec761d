"""What a run has read: each opened dataset notes its fingerprint, rows and last days where the run asks for it, and each
population how many of all it holds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segkit.data.locating import project_root
from segkit.data.specfile import SpecFile, redact

if TYPE_CHECKING:
    from segkit.data.quality import Quality

RECORD: Final = "SEGKIT_RUN_RECORD"
"""The environment variable that names the file to note it in."""
_POPULATION: Final = "population"
_PLACES: Final = frozenset({"connection", "engine", "files"})


@dataclass(frozen=True, slots=True)
class OpenedData:
    """One dataset as a run has read it.

    Attributes:
        dataset: the dataset file's name, or its path where it is not in params/datasets.
        as_of: the last day that was seen.
        fingerprint: of the data and of what the file says of them.
        rows: table → rows read.
        last_days: table → its last day among the rows kept; tables without days are not in it.
    """

    dataset: str
    as_of: str
    fingerprint: str
    rows: Mapping[str, int]
    last_days: Mapping[str, str]

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> OpenedData:
        """Read the record as a manifest has it."""
        return cls(**{name: found[name] for name in ("dataset", "as_of", "fingerprint", "rows", "last_days")})


def opened_data(file: SpecFile, as_of: dt.date, quality: Quality, fingerprint: str) -> OpenedData:
    """Return what a record says of an opened dataset.

    The fingerprint covers what the dataset file says in the sections of wings, too, and the short lists that these name
    (`events: [{path: …}]`); not where the data are.
    """
    said = {
        key: {name: _placeless(table) for name, table in value.items()}
        if key == "tables" and isinstance(value, dict)
        else value
        for key, value in file.data.items()
        if key not in _PLACES
    }
    told = [_with_text_keys(said), *_lists(file)]
    text = redact(json.dumps(told, sort_keys=True, default=str), file.secrets)
    in_datasets = file.path.parent.name == "datasets" and file.path.parent.parent.name == "params"
    return OpenedData(
        dataset=file.path.stem if in_datasets else str(file.path),
        as_of=as_of.isoformat(),
        fingerprint=hashlib.sha256(f"{fingerprint}:{text}".encode()).hexdigest()[:16],
        rows={table.table: table.rows_in for table in quality.tables},
        last_days={table.table: table.last.isoformat() for table in quality.tables if table.last is not None},
    )


def _lists(file: SpecFile) -> Iterator[str]:
    """Yield a digest of every file that an entry of a section names."""
    root = project_root(file.path)
    for key, section in sorted(file.data.items()):
        for entry in section if isinstance(section, list) else [section]:
            path = entry.get("path") if key != "tables" and isinstance(entry, dict) else None
            if path and (root / str(path)).is_file():
                yield f"{key}:{hashlib.sha256((root / str(path)).read_bytes()).hexdigest()}"


def note_opened(opened: OpenedData) -> None:
    """Append it to the run's record, if a run asks for one."""
    _note({name: getattr(opened, name) for name in OpenedData.__slots__})


def note_population(said: Mapping[str, Any]) -> None:
    """Append to the run's record whom a report is about, if a run asks for it: rule, customers and value, of all."""
    _note({_POPULATION: dict(said)})


def _note(line: Mapping[str, Any]) -> None:
    record = os.environ.get(RECORD)
    if record:
        with Path(record).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_record(record: Path) -> tuple[tuple[OpenedData, ...], tuple[Mapping[str, Any], ...]]:
    """Read what a run has opened, each dataset once, sorted; and the populations that it was about, likewise."""
    if not record.is_file():
        return (), ()
    lines = [json.loads(line) for line in sorted(set(record.read_text(encoding="utf-8").splitlines()))]
    populations = tuple(line[_POPULATION] for line in lines if _POPULATION in line)
    return tuple(OpenedData.from_json(line) for line in lines if _POPULATION not in line), populations


def _placeless(table: Any) -> Any:
    return {key: value for key, value in table.items() if key != "path"} if isinstance(table, dict) else table


def _with_text_keys(value: Any) -> Any:
    """Return a value of YAML in which every key is text: a rate may hold from a day, and JSON has no days."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(inner) for key, inner in value.items()}
    return [_with_text_keys(inner) for inner in value] if isinstance(value, list) else value
