"""What a project remembers between its processes: a SQLite file beside the reports, for no reader."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from segkit.data.specfile import shown
from segkit.errors import NotYetError, ParameterError
from segkit.project.locking import STATE

FAR: Final = dt.timedelta(days=1)
"""What is written down as further ahead than this was written by a clock that has been set right since."""


class StateFile:
    """One such file; what it holds is said by who derives from it."""

    def __init__(self, reports: Path, name: str, tables: str) -> None:
        """Open the file, and make it and its tables on first use.

        Args:
            reports: the folder of all pages.
            name: of the file, without its ending.
            tables: statements that make the tables where they are not there.

        Raises:
            ParameterError: the file is damaged, or cannot be written.
            NotYetError: another process has held it for a minute.
        """
        self._path = reports / STATE / f"{name}.sqlite"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._base = sqlite3.connect(self._path, timeout=60, isolation_level=None)
            try:
                self._base.executescript(tables)
            except sqlite3.Error:
                self._base.close()
                raise
        except sqlite3.Error as error:
            raise self._in_words(error) from None

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _ask(self, statement: str, values: tuple[Any, ...] | dict[str, Any] = ()) -> sqlite3.Cursor:
        """Execute a statement.

        Raises:
            ParameterError: the file is damaged, or cannot be written.
            NotYetError: another process has held it for a minute.
        """
        try:
            return self._base.execute(statement, values)
        except sqlite3.Error as error:
            raise self._in_words(error) from None

    def _in_words(self, error: sqlite3.Error) -> NotYetError | ParameterError:
        where = f"{shown(self._path)}: what the schedule remembers"
        if "locked" in str(error):
            return NotYetError(f"{where} is held by another process ({error}). Try again later.")
        return ParameterError(
            f"{where} cannot be read or written ({error}). Make room on the disk, or give the right to write there; a "
            "damaged file is moved away, and then each run that is due is made once more."
        )

    def _have_column(self, table: str, column: str) -> None:
        """Add a text column to a table of an earlier version."""
        if column not in {row[1] for row in self._ask(f"PRAGMA table_info({table})")}:
            with suppress(sqlite3.OperationalError):  # another process was faster
                self._base.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all changes of the block or none, and let nobody else change anything at the same time."""
        self._ask("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled back by itself
                self._base.execute("ROLLBACK")
            raise
        self._ask("COMMIT")
