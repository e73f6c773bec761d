"""A run's own folder for its kernel's connection file and sockets; folders that killed runs left behind are removed.

Sockets in the working folder would have one name for all runs of a project, and that folder would have to be
writable. The path is short, because a socket's path may have about 107 bytes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from segkit.errors import RunError

_PREFIX: Final = "segkit-run-"
_UNDER_WAY: Final = ".segkit-new-"
_LONGEST: Final = 60
"""Characters of the folder that ours stands in; its own name and a socket's come on top."""
_STALE: Final = 3600
"""Seconds after which a folder that never got its lock is taken for left behind."""


@contextlib.contextmanager
def socket_folder() -> Iterator[Path]:
    """Make a folder of mode 0700, which is locked while the run lives and removed afterwards.

    Raises:
        RunError: no folder for temporary files can be written to.
    """
    above = _above()
    _sweep(above)
    made = Path(tempfile.mkdtemp(prefix=_UNDER_WAY, dir=above))
    lock = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # locked before it has the name that is swept
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = made.rename(above / made.name.replace(_UNDER_WAY, _PREFIX, 1))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _above() -> Path:
    """Return the first folder for temporary files that is short enough and can be written to."""
    tried = [tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"]
    for place in tried:
        if len(os.fsencode(place)) <= _LONGEST and os.access(place, os.W_OK | os.X_OK):
            return Path(place)
    raise RunError(
        f"no folder for temporary files can be written to, or their paths are too long: {', '.join(dict.fromkeys(tried))}. "
        "Set TMPDIR to a short path."
    )


def _sweep(above: Path) -> None:
    """Remove folders whose run has ended, which is when nobody holds the lock."""
    for folder in (*above.glob(f"{_PREFIX}*"), *above.glob(f"{_UNDER_WAY}*")):
        with contextlib.suppress(OSError):
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                continue
            if folder.name.startswith(_UNDER_WAY) and time.time() - found.st_mtime < _STALE:
                continue
            handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
