"""Copies of files that lie elsewhere, one for each state of a file.

A copy is whole or not there, belongs to its user alone (mode 0700), is locked while a run reads it, and goes when a newer
one has come or nobody has asked for it in thirty days. The folder is safe to delete.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
import urllib.parse
import weakref
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from segkit.data.engine import Engine
from segkit.data.formats.temporary import temporary_folder
from segkit.errors import NotYetError
from segkit.held import held_file, sweep_files, unheld

CACHE: Final = "SEGKIT_CACHE"
"""The environment variable that names another folder for copies than the project's own."""
_UNASKED: Final = 30 * 86_400
_TRIES: Final = 3
_PART: Final = ".new-"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file there: its path, its size, and what changes with its content; None where the place does not say."""

    path: str
    size: int | None
    version: str | None


def state_of(place: Any, path: str) -> RemoteFile:
    """Return a file's size and version, asked anew."""
    place.invalidate_cache()
    said = place.info(path)
    given = [
        said.get(key) for key in ("ETag", "etag", "md5Hash", "content_md5", "Content-MD5", "LastModified", "mtime")
    ]
    version = "|".join(str(one) for one in given if one)
    size = said.get("size")
    return RemoteFile(path, int(size) if size is not None else None, f"{version}|{size}" if version else None)


def path_in(path: str) -> str:
    """Return a file's path in its place; that of the web is an address.

    >>> path_in("https://example.com/a/orders.csv?sig=1f"), path_in("shop/a/orders.csv")
    ('example.com/a/orders.csv', 'shop/a/orders.csv')
    """
    parts = urllib.parse.urlsplit(path)
    return f"{parts.netloc.rpartition('@')[2]}{urllib.parse.unquote(parts.path)}" if "://" in path else path


def folder_of_copies(engine: Engine, root: Path) -> Path:
    """Return the folder of the copies; one that goes with the connection, where the project cannot be written."""
    wanted = Path(os.environ.get(CACHE, "") or root / ".segkit").expanduser() / "remote"
    try:
        wanted.mkdir(parents=True, exist_ok=True, mode=0o700)
        wanted.chmod(0o700)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError:
        return temporary_folder(engine)


def copied(engine: Engine, place: Any, found: RemoteFile, keep: Path) -> Path:
    """Return the copy of a file, made if it is not there.

    Args:
        engine: the connection that reads it; the copy stays for as long as it lives.
        place: the file system that the file is in.
        found: the file.
        keep: the folder of the copies.

    Raises:
        NotYetError: the file changes while it is copied.
    """
    name = PurePosixPath(path_in(found.path)).name
    of_file = keep / _digest(place.unstrip_protocol(found.path))
    for _ in range(_TRIES):
        version = _digest(found.version) if found.version else f"once-{os.getpid()}-{time.monotonic_ns()}"
        folder = of_file / version
        _lock(engine, folder)
        copy = folder / name
        if not copy.is_file():
            with held_file(folder, _PART) as part:
                place.get_file(found.path, part.name)
                now = state_of(place, found.path)
                if now.version != found.version or (found.size not in (None, os.stat(part.name).st_size)):
                    found = now
                    continue
                os.replace(part.name, copy)
        os.utime(of_file)
        if not found.version:
            weakref.finalize(engine.backend, shutil.rmtree, folder, ignore_errors=True)
        _sweep(keep, of_file, folder)
        return copy
    raise NotYetError(f"{name} changed {_TRIES} times while it was copied: it is being written. Try again later.")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _lock(engine: Engine, folder: Path) -> None:
    """Make a folder and hold it until the connection is gone; whoever sweeps leaves it alone."""
    while True:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_SH)
        with contextlib.suppress(OSError):
            if os.stat(folder).st_ino == os.fstat(handle).st_ino:
                weakref.finalize(engine.backend, os.close, handle)
                return
        os.close(handle)  # it was swept between the two


def _sweep(keep: Path, of_file: Path, current: Path) -> None:
    """Remove older copies of a file, half ones of killed runs, and those of files that nobody asks for any more."""
    sweep_files(current, _PART)
    for one in of_file.iterdir():
        if one != current:
            _remove_unheld(one)
    for other in keep.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - other.stat().st_mtime > _UNASKED:
                for one in other.iterdir():
                    _remove_unheld(one)
                other.rmdir()


def _remove_unheld(folder: Path) -> None:
    with contextlib.suppress(OSError), unheld(folder, os.O_RDONLY):
        shutil.rmtree(folder, ignore_errors=True)
