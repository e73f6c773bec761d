"""Whether a page is still what was published, and whether its numbers come out again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from segkit.data.specfile import shown
from segkit.errors import ParameterError
from segkit.project.archive import run_folders
from segkit.project.publishing import METRICS, NOTEBOOK, REPORT, published_dates, read_manifest
from segkit.project.request import RunRequest, read_request
from segkit.project.same_numbers import disagreements


def file_digest(file: Path) -> str:
    """Return the SHA-256 of what a file holds."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def changed_files(page: Path) -> list[str]:
    """Describe what is not as it was published: each in words; empty where all is."""
    files = read_manifest(page).get("files")
    if not isinstance(files, Mapping):
        return ["the manifest has no hashes: the page is of before there were any, or its manifest was changed"]
    found = []
    for name, digest in sorted(files.items()):
        if not (page / name).is_file():
            found.append(f"{name} is missing")
        elif file_digest(page / name) != digest:
            found.append(f"{name} is not what was published")
    if all((page / name).is_file() for name in (NOTEBOOK, METRICS, REPORT)):
        found += disagreements(page)
    return found


def restated(page: Path, again: Path) -> list[str]:
    """Return the numbers of a page that come out otherwise now, each in words."""
    before, now = _metrics(page), _metrics(again)
    found = []
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            label = (before.get(key) or now[key]).get("label") or key
            found.append(f"{label} ({key}): was {_told(before, key)}, is {_told(now, key)}")
    return found


def pages_of(root: Path, name: str, *, withdrawn: bool = False) -> list[Path]:
    """Return the pages that a name means: all, those of report/run, or that of report/run/date.

    Those that were withdrawn are left out unless asked for.

    Raises:
        ParameterError: there are none.
    """
    reports = root / "reports"
    found = [
        folder / date for folder in run_folders(reports) for date in published_dates(folder, withdrawn=withdrawn)
    ]
    wanted = [
        page
        for page in found
        if not name or page == reports / name or page.is_relative_to(reports / name.rstrip("/"))
    ]
    if not wanted:
        raise ParameterError(f"reports/{name}: there is no such page. `segkit list` says what is there.")
    return wanted


def one_page(root: Path, name: str) -> Path:
    """Return the page that a name means: report/run/date, with the part of a matrix before the date.

    Raises:
        ParameterError: it means none, or several.
    """
    found = pages_of(root, name, withdrawn=True)
    if len(found) > 1:
        raise ParameterError(
            f"reports/{name}: these are {len(found)} pages. Name one, with its date: report/run/date."
        )
    return found[0]


def request_of(page: Path, root: Path, place: str) -> RunRequest:
    """Return the run that a page was made by, with the same parameters, published at another place of the project."""
    manifest = read_manifest(page)
    file = root / "params" / str(manifest.get("report")) / f"{manifest.get('run')}.yaml"
    parameters = manifest.get("parameters")
    if not isinstance(parameters, Mapping):
        raise ParameterError(f"{shown(page)}: its manifest has no parameters, so that it cannot be made again.")
    names = manifest.get("given", parameters)
    given = {name: value for name, value in parameters.items() if name in names}
    request = read_request(file, overrides=given)
    return replace(request, part=str(manifest.get("part") or ""), reports_folder=place)


def _metrics(page: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((page / METRICS).read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _told(metrics: Mapping[str, Mapping[str, Any]], key: str) -> str:
    if key not in metrics:
        return "not on the page"
    one = metrics[key]
    return " ".join(str(part) for part in (one.get("value"), one.get("unit")) if part is not None)
