"""One page is made by one run at a time: the others wait for it, or leave."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from segkit.errors import NotYetError
from segkit.held import unheld

STATE: Final = ".segkit"
"""In reports/: what runs keep of themselves, for no reader."""
_LOCKS: Final = "locks"
_LONGEST: Final = 200


@contextlib.contextmanager
def locked(reports: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """Keep the lock of a name until the block ends; it ends with the process, too, however that dies.

    Args:
        reports: the folder of all pages.
        name: of what is locked, such as report/run/date.
        wait: for whoever holds it.

    Raises:
        NotYetError: somebody holds it, and we do not wait.
    """
    folder = reports / STATE / _LOCKS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _file_name(name)
    while True:
        # nobody sweeps while we ask: who takes the lock for a moment would pass for a run that has it
        with _folder_held(folder, fcntl.LOCK_SH):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                is_ours = _taken(handle)
            except BaseException:
                os.close(handle)
                raise
        try:
            if not is_ours:
                _wait_for(handle, name, wait)
            # whoever held it before has removed the file: another may hold its successor
            if _is_at(handle, path):
                break
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(handle)


def sweep_locks(reports: Path) -> None:
    """Remove the files of locks that nobody holds: whoever did was killed."""
    folder = reports / STATE / _LOCKS
    with contextlib.suppress(OSError), _folder_held(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        for path in folder.iterdir():
            with contextlib.suppress(OSError), unheld(path, os.O_RDWR):
                path.unlink()


@contextlib.contextmanager
def _folder_held(folder: Path, how: int) -> Iterator[None]:
    """Keep a lock of the folder of locks until the block ends: shared by who asks for one, alone by who sweeps.

    Raises:
        OSError: somebody asks while we would sweep, or the file system has no locks and nothing can be swept.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, how)
        except OSError:
            if how & fcntl.LOCK_EX:
                raise
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nobody is kept out, as there
        return True
    return True


def _wait_for(handle: int, name: str, wait: bool) -> None:
    if not wait:
        raise NotYetError(f"{name} is under way in another process. Try again when that has ended.")
    fcntl.flock(handle, fcntl.LOCK_EX)


def _is_at(handle: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def _file_name(name: str) -> str:
    """Return a name as a file may have it; a long one is cut and told apart by a digest."""
    plain = quote(name, safe="")
    if len(plain) <= _LONGEST:
        return plain
    return f"{plain[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
