"""What came of every run: lines that are only ever added, so that a later success erases nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from segkit.project.locking import STATE

HISTORY: Final = "history.jsonl"


def new_run_id() -> str:
    """Make a name for one start of one run, which its log lines and its line in the history have in common."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def utc_text(moment: dt.datetime) -> str:
    """Return a moment as records write it: in UTC, to the second.

    >>> utc_text(dt.datetime(2024, 3, 31, 6, tzinfo=dt.timezone(dt.timedelta(hours=2))))
    '2024-03-31T04:00:00+00:00'
    """
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")


def add_to_history(reports: Path, **said: Any) -> None:
    """Add a line. Where it cannot be written, the run goes on all the same."""
    line = {"time": utc_text(dt.datetime.now(dt.UTC)), **said}
    with contextlib.suppress(OSError):
        (reports / STATE).mkdir(parents=True, exist_ok=True)
        handle = os.open(reports / STATE / HISTORY, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            # a line that a full disk or a crash cut short stays a line of its own
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            text = json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
            os.write(handle, b"\n" * torn + text + b"\n")
        finally:
            os.close(handle)


def read_history(reports: Path) -> Iterator[dict[str, Any]]:
    """Read the lines, oldest first; one that was cut short is passed over."""
    with contextlib.suppress(OSError), (reports / STATE / HISTORY).open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            with contextlib.suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict):
                    yield found
