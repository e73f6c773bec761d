"""Fingerprints, which show whether the data are the same as before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from segkit.data.quality import TableQuality
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec
from segkit.data.specfile import redact

_END: Final = 65_536


def fingerprint(
    spec: DatasetSpec, secrets: Iterable[str], sources: Mapping[str, Source], balances: Mapping[str, TableQuality]
) -> str:
    """Return sixteen hexadecimal digits from the dataset file, the sizes and ends of its sources, and the balances.

    Where the files are, what came from the environment and when a file was written do not count: the same data on
    another machine have the same fingerprint.
    """
    places: dict[str, Any] = {
        "connection": True,
        "engine": True,
        "files": True,
        "storage": True,
        "tables": {"__all__": {"path"}},
    }
    digest = hashlib.sha256(redact(spec.model_dump_json(exclude=places), secrets).encode())
    for name, source in sorted(sources.items()):
        table = balances[name]
        digest.update(f"{name}:{(table.rows_in, table.rows_kept, table.money_in, table.first, table.last)}".encode())
        for file in source.files:
            digest.update(f"{file.name}:{file.stat().st_size}".encode())
            digest.update(_ends(file))
    return digest.hexdigest()[:16]


def _ends(file: Path) -> bytes:
    """Return the first and last bytes of a file: a Parquet file lists its content there, a text file grows there."""
    with file.open("rb") as stream:
        head = stream.read(_END)
        stream.seek(max(0, file.stat().st_size - _END))
        return head + stream.read(_END)
