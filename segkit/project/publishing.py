"""Publishing: a page is published whole or not at all. All is written beside, synced, and put in place in one step."""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from segkit.data.specfile import shown
from segkit.errors import ParameterError, RunError
from segkit.held import held_file, held_folder
from segkit.project.locking import STATE
from segkit.project.relinking import deeper

INDEX: Final = "index.html"
REPORT: Final = "report.html"
NOTEBOOK: Final = "notebook.ipynb"
METRICS: Final = "metrics.json"
MANIFEST: Final = "manifest.json"
FAILURE: Final = "failure.html"
LATEST: Final = "latest"
FAILURES: Final = "failures"
WITHDRAWN: Final = "withdrawn.json"
"""In the folder of a page that was withdrawn; its report.html says why."""
REVISIONS: Final = "revisions"
REVISIONS_BELOW: Final = 2
"""A revision stands so many folders below the page that it was."""
_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Make a folder beside the published ones, gone afterwards unless it was put in place; what killed runs left is
    swept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with held_folder(folder, ".staging-") as path:
        yield path


def ask_writable(reports: Path) -> None:
    """Find out before anything runs whether a page could be published.

    Raises:
        ParameterError: it could not.
    """
    try:
        (reports / STATE).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=reports / STATE):
            pass
    except OSError as error:
        raise ParameterError(
            f"{shown(reports)}: pages cannot be written there ({error.strerror}). Nothing has run. Give whoever starts "
            "the run the right to write into this folder."
        ) from None


def put_in_place(staged: Path, published: Path) -> None:
    """Make a staged folder the published one; a reader sees the old one or the new one, never a mixture.

    Raises:
        RunError: the file system refuses; what was published stays.
    """
    mask = _umask()
    try:
        staged.chmod(0o777 & ~mask)
        for file in staged.iterdir():
            file.chmod(0o666 & ~mask)
            _sync(file)
        _sync(staged)
        try:
            _rename_new(staged, published)
        except FileExistsError:
            _exchange(staged, published)
    except OSError as error:
        raise RunError(f"Nothing was published: {error.strerror} ({error.filename}).") from error
    with suppress(OSError):  # the page is in place; the disk may be slow to know it
        _sync(published.parent)


def keep_revision(folder: Path, date: str) -> int:
    """Keep the page of a date as an earlier revision before another takes its place.

    Its files are linked, not moved, so that at no moment the page is missing; the page itself is copied, since its links
    lead on from a deeper folder. Done twice, it changes nothing.

    Returns:
        The number of the revision that comes next.

    Raises:
        RunError: the file system refuses.
    """
    published = folder / date
    if not (published / REPORT).is_file():
        return 1
    number = int(read_manifest(published).get("revision", 1))
    kept = folder / REVISIONS / date / str(number)
    if not kept.exists():
        try:
            with staging(kept.parent) as staged:
                for file in published.iterdir():
                    if file.name == REPORT:
                        page = deeper(file.read_text(encoding="utf-8"), REVISIONS_BELOW)
                        (staged / REPORT).write_text(page, encoding="utf-8")
                        (staged / REPORT).chmod(0o666 & ~_umask())
                        continue
                    try:
                        os.link(file, staged / file.name)
                    except OSError:  # a file system without links
                        shutil.copy2(file, staged / file.name)
                staged.chmod(0o777 & ~_umask())
                os.rename(staged, kept)
        except OSError as error:
            raise RunError(
                f"Nothing was published: the page of {date} could not be kept ({error.strerror})."
            ) from error
    return number + 1


def _umask() -> int:
    """Return the rights that new files do not get, as the system's administrator set them."""
    with suppress(OSError), open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _rename_new(staged: Path, published: Path) -> None:
    try:
        os.rename(staged, published)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(error.errno, error.strerror, str(published)) from None
        raise


def _exchange(staged: Path, published: Path) -> None:
    """Swap two folders in one step where the kernel can, in two steps where it cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):
        done = libc.renameat2(_AT_FDCWD, os.fsencode(staged), _AT_FDCWD, os.fsencode(published), _EXCHANGE)
        if done == 0:
            return
    aside = staged.with_name(staged.name + "-old")
    os.rename(published, aside)
    try:
        os.rename(staged, published)
    except OSError:
        os.rename(aside, published)
        raise
    os.rename(aside, staged)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old content or the new one; what killed writers left there is swept."""
    with held_file(path.parent, f".{path.name}-") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
        stream.flush()
        os.fsync(stream.fileno())
        os.chmod(stream.name, 0o666 & ~_umask())
        os.replace(stream.name, path)


def point_latest(folder: Path) -> None:
    """Let `latest` be the page with the latest date, however late an older one was made."""
    if not folder.is_dir():
        return
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        dates = published_dates(folder)
        link, temporary = folder / LATEST, folder / f".{LATEST}-new"
        if not dates or (link.is_symlink() and os.readlink(link) == dates[-1]):
            return
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(dates[-1])
        os.replace(temporary, link)
    finally:
        os.close(handle)


def published_dates(folder: Path, *, withdrawn: bool = False) -> list[str]:
    """Return the dates for which a run has a page, oldest first; with those that were withdrawn where asked for."""
    if not folder.is_dir():
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if is_date(path.name)
        and not path.is_symlink()
        and (path / REPORT).is_file()
        and (withdrawn or not (path / WITHDRAWN).is_file())
    )


def is_date(name: str) -> bool:
    """Return whether a folder is named as a page of a date is: 2017-12-24, not backup-old."""
    try:
        return dt.date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a page's manifest; empty where it is missing or was damaged by hand."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def manifest_json(manifest: Mapping[str, Any]) -> str:
    """Return a manifest as text."""
    return json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False, default=str) + "\n"
