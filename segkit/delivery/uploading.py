"""Published pages copied to another place: a folder, or whatever fsspec reaches, such as s3://bucket/reports.

A page's files go under the id of what the page was made of, its manifest last. Then pointers are moved, each one object
that is written in one step: that of the page's date, and that of the latest date. A reader finds the old page or the new
one, whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from segkit.errors import NotYetError, ParameterError
from segkit.project.publishing import (
    INDEX,
    LATEST,
    MANIFEST,
    REPORT,
    is_date,
    manifest_json,
    read_manifest,
    write_whole,
)
from segkit.project.relinking import for_site

POINTER: Final = "index.html"
_SAID: Final = "page.json"
_ID: Final = 16


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A page at its other place: its address, and whether anything had to be copied."""

    address: str
    copied: bool


def upload(page: Path, name: str, destination: str) -> Uploaded:
    """Copy a published page, and move the pointers to it.

    Done twice it changes nothing; what an upload that was ended left undone, the next one does.

    Args:
        page: the folder of a date.
        name: report/run, and the part of a matrix.
        destination: a folder, or a URL that fsspec knows.

    Raises:
        ParameterError: nothing knows such a URL, or its driver is not installed; or there is no page.
        NotYetError: the place cannot be reached, or refuses.
    """
    manifest = read_manifest(page)
    if "identity" not in manifest or not (page / REPORT).is_file():
        raise ParameterError(f"{page}: there is no published page, so that nothing can be uploaded.")
    place, root = _opened(destination)
    key = f"{str(manifest['identity'])[:_ID]}-{manifest.get('revision', 1)}"
    run = f"{root}/{name}"
    target = f"{run}/{page.name}/{key}"
    leads_to = {"date": page.name, "id": key, **{one: manifest.get(one) for one in ("title", "headline", "news")}}
    try:
        copied = not place.exists(f"{target}/{MANIFEST}")
        if copied:
            files = sorted(file for file in page.iterdir() if file.is_file())
            for file in sorted(files, key=lambda one: one.name == MANIFEST):
                _put(place, f"{target}/{file.name}", _as_uploaded(file))
        if _read(place, f"{run}/{page.name}/{_SAID}") != leads_to:
            _point(place, f"{run}/{page.name}", f"{key}/{REPORT}", leads_to)
            copied = True
        there = _read(place, f"{run}/{LATEST}/{_SAID}")
        if there != leads_to and page.name >= str(there.get("date", "")):
            _point(place, f"{run}/{LATEST}", f"../{page.name}/{key}/{REPORT}", leads_to)
            copied = True
        _put_indexes(place, root, page, name)
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own
        said = f"{name}/{page.name} could not be copied to {destination}: {type(error).__name__}: {str(error)[:300]}."
        if isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError):
            raise ParameterError(f"{said} Make the place, or give the right to write there.") from None
        raise NotYetError(said) from None
    return Uploaded(f"{destination.rstrip('/')}/{name}/{page.name}/{key}/{REPORT}", copied)


def _as_uploaded(file: Path) -> bytes:
    """Return what is copied of a file: a page's links lead on from under its id, and the manifest knows it so."""
    if file.name == REPORT:
        return for_site(file.read_text(encoding="utf-8"), 1).encode()
    page = file.with_name(REPORT)
    manifest = read_manifest(file.parent) if file.name == MANIFEST else {}
    if REPORT in manifest.get("files", {}) and page.is_file():
        manifest["files"][REPORT] = hashlib.sha256(_as_uploaded(page)).hexdigest()
        return manifest_json(manifest).encode()
    return file.read_bytes()


def _put_indexes(place: Any, root: str, page: Path, name: str) -> None:
    """Bring the index of all reports, and that of a part's readers, up to date."""
    depth = len(name.split("/"))
    for folder, below in ((page.parents[depth], root), (page.parent, f"{root}/{name}")):
        index = folder / INDEX
        if index.is_file():
            text = for_site(index.read_text(encoding="utf-8"), 0).encode()
            with contextlib.suppress(FileNotFoundError):
                if place.cat_file(f"{below}/{INDEX}") == text:
                    continue
            _put(place, f"{below}/{INDEX}", text)


def _opened(destination: str) -> tuple[Any, str]:
    """Return the file system of a destination, and the path in it."""
    try:
        import fsspec
    except ModuleNotFoundError:
        raise ParameterError("Uploads need the package fsspec. Install it: pip install 'segkit[cloud]'.") from None
    try:
        place, root = fsspec.core.url_to_fs(destination)
    except (ImportError, ValueError) as error:
        raise ParameterError(
            f"`{destination[:80]}` is no place that fsspec reaches ({str(error)[:200]}). Write a folder, or such as "
            "s3://bucket/reports with its driver installed: pip install 'segkit[cloud]'."
        ) from None
    place.invalidate_cache()
    return place, str(root).rstrip("/")


def _point(place: Any, folder: str, target: str, said: Mapping[str, Any]) -> None:
    """Let a folder's first page lead to another page, then say where it leads."""
    address = html.escape(quote(target))
    title = html.escape(str(said.get("title") or "Report"))
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="refresh" content="0; url={address}"></head>'
        f'<body><p><a href="{address}">{title}</a></p></body></html>\n'
    )
    _put(place, f"{folder}/{POINTER}", text.encode())
    _put(place, f"{folder}/{_SAID}", (json.dumps(said, sort_keys=True, ensure_ascii=False) + "\n").encode())


def _put(place: Any, path: str, content: bytes) -> None:
    """Write an object in one step: object stores do, and in a folder it is moved into place."""
    if "file" in (place.protocol if isinstance(place.protocol, tuple) else (place.protocol,)):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(Path(path), content)
        return
    place.pipe_file(path, content)


def _read(place: Any, path: str) -> dict[str, Any]:
    with contextlib.suppress(FileNotFoundError, ValueError):
        found = json.loads(place.cat_file(path))
        if isinstance(found, dict) and is_date(str(found.get("date"))):
            return found
    return {}
