"""What ends a run from outside: SIGTERM, Ctrl-C, a closed terminal, and the one deadline over everything.

A signal interrupts what can be given up, at any moment of it. What has to be whole, such as the publication of a page,
is not interrupted; the run ends after it.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Final

from segkit.errors import RunError

_SIGNALS: Final = {
    signal.SIGTERM: "Stopped by a signal (SIGTERM).",
    signal.SIGINT: "Stopped by Ctrl-C (SIGINT).",
    signal.SIGHUP: "Stopped because the terminal was closed (SIGHUP).",
}
_AGAIN: Final = 5.0
"""Seconds after which a signal that something swallowed is raised again."""


class _Interruption(BaseException):
    """Raised by a handler. No Exception, so that no library takes it for an error of its own."""


class Stopping:
    """Whether a run has to end, and why.

    Attributes:
        reason: in a sentence; "" while it may go on.
        time_limit: seconds for everything; None for no limit.
        cell_limit: seconds for one cell; None for no limit of its own.
        late: whether it was the deadline.
    """

    def __init__(self, time_limit: float | None, cell_limit: float | None = None) -> None:
        self.cell_limit = cell_limit
        self.reason, self.time_limit, self.late = "", time_limit, False
        self.deadline = time.monotonic() + time_limit if time_limit else None
        self._armed = False

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the block be given up at any moment.

        Raises:
            RunError: it was.
        """
        self._armed = True
        try:
            self.check()
            yield
        except BaseException:
            self._armed = False
            self.check()
            raise
        finally:
            self._armed = False
        self.check()

    def check(self) -> None:
        """End the run if it has to end.

        Raises:
            RunError: it has.
        """
        if not self.reason and self.deadline is not None and time.monotonic() > self.deadline:
            self._tell_late()
        if self.reason:
            raise RunError(self.reason) from None

    def _tell_late(self) -> None:
        self.reason, self.late = f"The time limit of {self.time_limit:g} seconds was up.", True

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Keep the reason of a signal, and interrupt what may be interrupted."""
        if not self.reason:
            if number == signal.SIGALRM:
                self._tell_late()
            else:
                self.reason = _SIGNALS[signal.Signals(number)]
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
            raise _Interruption


@contextlib.contextmanager
def stopping(time_limit: float | None = None, cell_limit: float | None = None) -> Iterator[Stopping]:
    """Take the signals for as long as a run lives; outside of the main thread only the deadline counts."""
    found = Stopping(time_limit, cell_limit)
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = {number: signal.signal(number, found.on_signal) for number in (*_SIGNALS, signal.SIGALRM)}
    if time_limit:
        signal.setitimer(signal.ITIMER_REAL, time_limit)
    try:
        yield found
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
