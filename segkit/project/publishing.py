"""Publishing: a page is published whole or not at all. All is written beside, synced, and put in place in one step."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from segkit.errors import RunError

REPORT: Final = "report.html"
NOTEBOOK: Final = "notebook.ipynb"
METRICS: Final = "metrics.json"
MANIFEST: Final = "manifest.json"
FAILURE: Final = "failure.html"
LATEST: Final = "latest"
_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Make a folder beside the published ones, which is removed afterwards unless it was put in place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def put_in_place(staged: Path, published: Path) -> None:
    """Make a staged folder the published one; a reader sees the old one or the new one, never a mixture.

    Raises:
        RunError: the file system refuses; what was published stays.
    """
    staged.chmod(0o755)
    try:
        for file in staged.iterdir():
            file.chmod(0o644)
            _sync(file)
        _sync(staged)
        try:
            _rename_new(staged, published)
        except FileExistsError:
            _exchange(staged, published)
        _sync(published.parent)
    except OSError as error:
        raise RunError(f"Nothing was published: {error.strerror} ({error.filename}).") from error


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


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def point_latest(folder: Path) -> None:
    """Make `latest` the page with the latest date, however late an older one was made."""
    dates = published_dates(folder)
    link = folder / LATEST
    if not dates:
        return
    if link.is_symlink() and os.readlink(link) == dates[-1]:
        return
    temporary = folder / f".{LATEST}-{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(dates[-1])
    os.replace(temporary, link)


def published_dates(folder: Path) -> list[str]:
    """Return the dates for which a run has a page, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if not path.is_symlink() and len(path.name) == 10 and (path / REPORT).is_file()
    )


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
