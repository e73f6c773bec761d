"""The pages about pages: the index of all reports, and the page that says why a run failed."""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segkit.project.publishing import FAILURE, LATEST, published_dates, read_manifest, write_whole

if TYPE_CHECKING:
    from jinja2 import Environment

    from segkit.project.request import RunRequest

FAILURES = "failures"


@dataclass(frozen=True)
class Entry:
    """A line of the index: one run of one report.

    Attributes:
        report: the notebook's name.
        run: the parameter file's name.
        title: of its latest page.
        headline: of its latest page.
        latest: its latest date, "" where no page was ever published.
        earlier: the dates before, newest first.
        known: how far the data of its latest page reach and when the next is due, "" where the page does not say.
        failed: the date of a failed run later than or as late as the latest page, "" where there is none.
    """

    report: str
    run: str
    title: str
    headline: str
    latest: str
    earlier: tuple[str, ...]
    failed: str
    known: str = ""


def entries(reports: Path) -> list[Entry]:
    """Return every run that has a page or a failure, by report and run."""
    found = []
    for folder in sorted(path for path in reports.glob("*/*") if path.is_dir() and not path.name.startswith(".")):
        dates = published_dates(folder)
        failures = sorted(path.name for path in (folder / FAILURES).glob("*") if (path / FAILURE).is_file())
        if not dates and not failures:
            continue
        manifest = read_manifest(folder / dates[-1]) if dates else {}
        found.append(
            Entry(
                report=folder.parent.name,
                run=folder.name,
                title=str(manifest.get("title") or folder.parent.name.replace("_", " ").capitalize()),
                headline=str(manifest.get("headline") or ""),
                latest=dates[-1] if dates else "",
                earlier=tuple(reversed(dates[:-1])),
                failed=failures[-1] if failures else "",
                known=str((manifest.get("reach") or {}).get("known") or ""),
            )
        )
    return found


def refresh_index(reports: Path) -> None:
    """Write reports/index.html anew from what is published; one run after the other, so that none is missing."""
    handle = os.open(reports, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        text = _environment().get_template("index.html.j2").render(entries=entries(reports), latest=LATEST)
        write_whole(reports / "index.html", text)
    finally:
        os.close(handle)


def failure_page(request: RunRequest, message: str, cell: str) -> str:
    """Return the page that stands in failures/ until a run for the date succeeds."""
    dates = published_dates(request.folder)
    return (
        _environment()
        .get_template("failure.html.j2")
        .render(
            report=request.report.replace("_", " ").capitalize(),
            run=request.run,
            as_of=request.as_of.isoformat(),
            message=message,
            cell=cell,
            last_good=dates[-1] if dates else "",
        )
    )


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("segkit.project", "templates/pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
