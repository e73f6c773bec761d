"""What a run says while it runs: plain lines on a terminal, JSON lines elsewhere, nothing where it shall be quiet.

A closed pipe or a full disk under the log never ends a run.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sys
from typing import Any, Literal, TextIO

from segkit.project.history import utc_text

LogForm = Literal["lines", "json"]


class RunLog:
    """Writes to stderr, with the id of the run in every JSON line.

    Attributes:
        form: plain lines or JSON.
        quiet: leave out what is no error.
        run_id: of the run that speaks; "" before there is one.
    """

    def __init__(self, form: LogForm | None = None, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.form: LogForm = form or ("lines" if _is_terminal(self._stream) else "json")
        self.quiet, self.run_id = quiet, ""

    def tell(self, event: str, message: str, **more: Any) -> None:
        """Say what happened."""
        if not self.quiet:
            self._write(event, message, more)

    def complain(self, event: str, message: str, **more: Any) -> None:
        """Say what went wrong, also where it shall be quiet."""
        self._write(event, message, more)

    def _write(self, event: str, message: str, more: dict[str, Any]) -> None:
        line = message
        if self.form == "json":
            head = {"time": utc_text(dt.datetime.now(dt.UTC)), "run_id": self.run_id}
            line = json.dumps({**head, "event": event, **more, "message": message}, ensure_ascii=False, default=str)
        say(line, self._stream)


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line, if there is still somebody to read it."""
    stream = stream or sys.stdout
    with contextlib.suppress(OSError, ValueError):
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()


def let_go() -> None:
    """Discard what a closed pipe or a full disk did not take, so that the exit code is that of the run."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False
