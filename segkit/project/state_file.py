"""What a project remembers between its processes: a SQLite file beside the reports, for no reader."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segkit.project.locking import STATE


class StateFile:
    """One such file; what it holds is said by who derives from it."""

    def __init__(self, reports: Path, name: str, tables: str) -> None:
        """Open the file, and make it and its tables on first use.

        Args:
            reports: the folder of all pages.
            name: of the file, without its ending.
            tables: statements that make the tables where they are not there.
        """
        (reports / STATE).mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(reports / STATE / f"{name}.sqlite", timeout=60, isolation_level=None)
        self._base.executescript(tables)

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all changes of the block or none, and let nobody else change anything at the same time."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")
