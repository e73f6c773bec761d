"""A schedule that can do nothing at all, such as one whose reports/ cannot be written: its owners are told, once a day.

That they were told is remembered outside of the project, in the folder for temporary files.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from segkit.delivery.messages import Message, write_message
from segkit.delivery.sending import send, without_secrets
from segkit.errors import ParameterError
from segkit.schedule.schedule_file import Schedule

_AGAIN: Final = 86_400
"""Seconds after which it is told once more."""


def tell_stopped(schedule: Schedule, error: ParameterError) -> list[str]:
    """Tell all owners why nothing is run, unless they know; who could not be told, in words."""
    owners = dict.fromkeys(owner for entry in schedule.entries.values() for owner in entry.recipients.owners)
    if not owners or _is_known(_mark(schedule)):
        return []
    with contextlib.suppress(ParameterError):  # apprise is not installed: the log says so
        message = write_message("stopped", {"project": schedule.root.name, "message": str(error)}, project=None)
        return list(_sent(schedule, owners, message))
    return []


def works_again(schedule: Schedule) -> None:
    """Remove the mark that owners know, so that they hear of the next time."""
    with contextlib.suppress(OSError):
        _mark(schedule).unlink(missing_ok=True)


def _sent(schedule: Schedule, owners: dict[str, None], message: Message) -> Iterator[str]:
    for address in owners:
        reason = send(address, message, schedule.secrets)
        if reason:
            yield f"The message stopped to {without_secrets(address, schedule.secrets)} failed: {reason}"


def _mark(schedule: Schedule) -> Path:
    name = hashlib.sha256(os.fsencode(schedule.root.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"segkit-stopped-{os.getuid()}-{name}"


def _is_known(mark: Path) -> bool:
    """Return whether owners were told within a day; else note that they are told now."""
    with contextlib.suppress(OSError):
        found = mark.lstat()
        if found.st_uid == os.getuid() and 0 <= time.time() - found.st_mtime < _AGAIN:
            return True
        mark.unlink()
    with contextlib.suppress(OSError):  # told too often rather than never
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    return False
