"""How long pages are kept: by count and by age. The last good page of a run always stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from segkit.project import publishing
from segkit.project.archive import failed_dates, run_folders
from segkit.project.catalogue import refresh_index
from segkit.project.publishing import FAILURES


def outdated(reports: Path, *, keep: int, days: int, today: dt.date) -> list[Path]:
    """Return the folders that may go: neither among a run's newest pages nor young enough.

    Args:
        reports: the folder of all pages.
        keep: so many of a run's newest pages stay, however old they are; the newest always does.
        days: whatever is of a date within so many days stays, too.
        today: to count them from.
    """
    oldest = (today - dt.timedelta(days=days)).isoformat()
    return [path for folder in run_folders(reports) for path in _of_run(folder, max(keep, 1)) if path.name < oldest]


def remove_pages(reports: Path, folders: list[Path]) -> None:
    """Remove these folders, each in one step for a reader, and renew the index."""
    for folder in folders:
        with publishing.staging(folder.parent) as removed:
            folder.rename(removed / folder.name)
    if folders:
        refresh_index(reports)


def _of_run(folder: Path, keep: int) -> Iterator[Path]:
    dates = publishing.published_dates(folder)
    kept = set(dates[-keep:])
    for date in publishing.published_dates(folder, withdrawn=True):
        if date not in kept:
            yield folder / date
    revisions = folder / publishing.REVISIONS
    yield from (path for path in sorted(revisions.glob("*")) if publishing.is_date(path.name))
    # a failure that no success came after is what the index still shows
    last_good = dates[-1] if dates else ""
    for date in failed_dates(folder):
        if date < last_good:
            yield folder / FAILURES / date
