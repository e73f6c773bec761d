"""Folders and files that stand while a run lives: locked by it, gone afterwards, swept by the next if it was killed."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

_UNDER_WAY: Final = ".segkit-new-"
_STALE: Final = 3600
"""Seconds after which a folder that never got its lock is taken for left behind."""


@contextlib.contextmanager
def held_folder(above: Path, prefix: str) -> Iterator[Path]:
    """Make a folder of mode 0700, locked until the block ends; then it is removed, unless it was moved away.

    Args:
        above: the folder that it stands in; what killed runs left there is removed first.
        prefix: of its name.
    """
    sweep(above, prefix)
    made = Path(tempfile.mkdtemp(prefix=_UNDER_WAY, dir=above))
    try:
        lock = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_EX)
            # locked before it has the name that is swept
            made = made.rename(above / made.name.replace(_UNDER_WAY, prefix, 1))
            yield made
        finally:
            os.close(lock)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sweep(above: Path, prefix: str) -> None:
    """Remove our folders whose run is no more: nobody holds the lock."""
    for folder in (*above.glob(f"{glob.escape(prefix)}*"), *above.glob(f"{_UNDER_WAY}*")):
        with contextlib.suppress(OSError):
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                continue
            if folder.name.startswith(_UNDER_WAY) and time.time() - found.st_mtime < _STALE:
                continue
            with unheld(folder, os.O_RDONLY):
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def unheld(path: Path, flags: int) -> Iterator[int]:
    """Open what nobody holds, and hold it until the block ends; a link is not followed.

    Args:
        path: a folder or a file that its owner locks while it is in use.
        flags: how it is opened.

    Raises:
        OSError: it is not there, somebody holds it, or the file system has no locks.
    """
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def held_file(above: Path, prefix: str, suffix: str = "") -> Iterator[IO[bytes]]:
    """Make a file, locked until the block ends; then it is removed, unless it was moved to where it is to stand.

    Args:
        above: the folder that it stands in; what killed writers left there is removed first.
        prefix: of its name.
        suffix: of its name.
    """
    sweep_files(above, prefix, suffix)
    while True:
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=above)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            break
        os.close(handle)  # swept before it was locked
    try:
        with open(name, "wb", opener=lambda *_: handle) as file:
            yield file
    finally:
        Path(name).unlink(missing_ok=True)


def sweep_files(above: Path, prefix: str, suffix: str = "") -> None:
    """Remove our files of such a name whose writer is no more: nobody holds the lock."""
    for left in above.glob(f"{glob.escape(prefix)}*{glob.escape(suffix)}"):
        with contextlib.suppress(OSError), unheld(left, os.O_RDWR) as handle:
            found = os.fstat(handle)
            if stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid():
                left.unlink()
