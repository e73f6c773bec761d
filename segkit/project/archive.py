"""What the index knows of each run: its latest page, what became of it since, and all pages before, from manifests."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from segkit.page.format import write_date
from segkit.page.sparkline import sparkline
from segkit.project.page_links import anchor, report_words
from segkit.project.publishing import FAILURE, FAILURES, REPORT, REVISIONS, is_date, published_dates, read_manifest

REASON: Final = "reason.json"
"""Beside a page of failure: why, for the index."""
FIRST: Final = 100
"""Importance of what a person has to look at: a run that failed."""
_TREND: Final = 12
_LONGEST_REASON: Final = 400


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page of the archive.

    Attributes:
        date: of the page, 2017-12-24.
        said: the date as readers read it.
        headline: of the page; "" where nobody knows it.
        marks: what became of it, sentence by sentence: corrected, restated, withdrawn.
        withdrawn: whether it was, so that its place holds the reason.
    """

    date: str
    said: str
    headline: str
    marks: tuple[str, ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ArchivedMonths:
    """The pages of a year by month: `name` is the year, each month has a name and its pages, newest first."""

    name: str
    many: int
    months: tuple[tuple[str, tuple[ArchivedPage, ...]], ...]


@dataclass(frozen=True, slots=True)
class LeadingFigure:
    """The first key figure of a run's latest page, as the page writes it, and its course over the last pages."""

    label: str
    value: str
    change: str
    trend: Mapping[str, Any] | None
    pages: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: one run of one report, or one part of a matrix.

    Attributes:
        report: the notebook's name.
        run: the parameter file's name, and the part of a matrix.
        title: of its latest page.
        headline: of its latest page.
        latest: its latest date, "" where no page was ever published.
        pages: all of them, newest first; the first is the latest that stands.
        failed: the date of a failed run later than or as late as the latest page, "" where there is none.
        reason: why that run failed, "" where nobody knows.
        known: how far the data of its latest page reach and when the next is due, "" where the page does not say.
        overdue: the day on which the next page was due, where that day has passed; "" where it has not.
        complete: whether the data of its latest page had arrived.
        decision: what the latest page asks its reader to decide, "" where it does not say.
        importance: of the latest page's headline; a failure comes before all.
        figure: the first key figure, None where there is none.
    """

    report: str
    run: str
    title: str
    headline: str
    latest: str
    pages: tuple[ArchivedPage, ...]
    failed: str
    reason: str = ""
    known: str = ""
    overdue: str = ""
    complete: bool = True
    decision: str = ""
    importance: int = 0
    figure: LeadingFigure | None = None

    @property
    def anchor(self) -> str:
        """What links to the entry name."""
        return anchor(f"{self.report}/{self.run}")

    @property
    def part(self) -> str:
        """The part of a matrix, "" where the run is none."""
        return "/".join(self.run.split("/")[1:])

    @property
    def said(self) -> str:
        """The latest date as readers read it."""
        return readable(self.latest)

    @property
    def failed_on(self) -> str:
        """The date of the failed run as readers read it."""
        return readable(self.failed)

    @property
    def before(self) -> tuple[ArchivedPage, ...]:
        """The pages but the latest, newest first."""
        return tuple(page for page in self.pages if page.date != self.latest)

    @property
    def marks(self) -> tuple[str, ...]:
        """What became of the latest page."""
        return next((page.marks for page in self.pages if page.date == self.latest), ())

    @property
    def years(self) -> tuple[ArchivedMonths, ...]:
        """The pages before by year and month, newest first."""
        found = []
        for year, pages in groupby(self.before, key=lambda page: page.date[:4]):
            kept = tuple(pages)
            months = tuple((_month(month), tuple(some)) for month, some in groupby(kept, lambda page: page.date[:7]))
            found.append(ArchivedMonths(year, len(kept), months))
        return tuple(found)


def entries(reports: Path, today: dt.date | None = None) -> list[Entry]:
    """Return every run that has a page or a failure: the most important first, of several alike the newest.

    Args:
        reports: the folder of all pages.
        today: the day that pages are due by; None for no day, so that none is overdue.
    """
    found = [entry_of(reports, folder, today) for folder in run_folders(reports)]
    by_name = sorted(found, key=lambda entry: (entry.report, entry.run))
    by_date = sorted(by_name, key=lambda entry: max(entry.latest, entry.failed), reverse=True)
    return sorted(by_date, key=lambda entry: entry.importance, reverse=True)


def entry_of(reports: Path, folder: Path, today: dt.date | None) -> Entry:
    """Return what the index says of a run."""
    dates, failures = published_dates(folder), failed_dates(folder)
    manifests = {date: read_manifest(folder / date) for date in published_dates(folder, withdrawn=True)}
    manifest = manifests[dates[-1]] if dates else {}
    report, *run = folder.relative_to(reports).parts
    failed = failures[-1] if failures and failures[-1] >= (dates or [""])[-1] else ""
    reach = _mapping(manifest.get("reach"))
    due = str(reach.get("next_due") or "")
    return Entry(
        report=report,
        run="/".join(run),
        title=str(manifest.get("title") or report_words(report)),
        headline=str(manifest.get("headline") or ""),
        latest=dates[-1] if dates else "",
        pages=tuple(_archived(date, manifests[date]) for date in reversed(manifests)),
        failed=failed,
        reason=_reason(folder / FAILURES / failed) if failed else "",
        known=str(reach.get("known") or ""),
        overdue=readable(due) if today is not None and is_date(due) and due < today.isoformat() else "",
        complete=reach.get("complete") is not False,
        decision=str(manifest.get("decision") or ""),
        importance=FIRST if failed else _whole(manifest.get("importance")),
        figure=_figure([manifests[date] for date in dates[-_TREND:]]),
    )


def run_folders(reports: Path) -> list[Path]:
    """Return the folder of every run, and of every part of a matrix, that has a page or a failure."""
    found = {path.parent.parent for path in reports.glob(f"*/*/*/{REPORT}") if is_date(path.parent.name)}
    found |= {path.parent.parent for path in reports.glob(f"*/*/*/*/{REPORT}") if is_date(path.parent.name)}
    found |= {path.parent.parent.parent for path in reports.glob(f"*/*/{FAILURES}/*/{FAILURE}")}
    found |= {path.parent.parent.parent for path in reports.glob(f"*/*/*/{FAILURES}/*/{FAILURE}")}
    return sorted(
        folder
        for folder in found
        if not any(part.startswith(".") or part == REVISIONS for part in folder.relative_to(reports).parts)
    )


def failed_dates(folder: Path) -> list[str]:
    """Return the dates for which a run has a page of failure, oldest first."""
    return sorted(path.parent.name for path in (folder / FAILURES).glob(f"*/{FAILURE}") if is_date(path.parent.name))


def readable(date: str) -> str:
    """Return 2017-12-24 as readers read it, "" as it is."""
    return write_date(dt.date.fromisoformat(date)) if date else ""


def _month(month: str) -> str:
    """Return 2017-12 as readers read it: Dec."""
    return f"{dt.date.fromisoformat(f'{month}-01'):%B}"


def _archived(date: str, manifest: Mapping[str, Any]) -> ArchivedPage:
    withdrawn = _mapping(manifest.get("withdrawn"))
    marks = []
    if withdrawn:
        marks.append(told_of("Withdrawn", withdrawn))
    corrections = manifest.get("corrections")
    corrected = corrections if isinstance(corrections, list) else []
    marks += [told_of("Corrected", _mapping(one)) for one in corrected]
    marks += _restated(manifest)
    return ArchivedPage(
        date, readable(date), str(manifest.get("headline") or ""), tuple(marks), withdrawn=bool(withdrawn)
    )


def told_of(what: str, said: Mapping[str, Any]) -> str:
    """Return in a sentence what was done to a page, when, by whom and why."""
    day, by = str(said.get("day") or ""), str(said.get("by") or "")
    return (
        what
        + (f" on {readable(day)}" if is_date(day) else "")
        + (f" by {by}" if by else "")
        + f": {str(said.get('reason') or 'no reason was given')[:_LONGEST_REASON]}"
    )


def _restated(manifest: Mapping[str, Any]) -> list[str]:
    """Return the numbers of an earlier page that this one says otherwise, with both values."""
    found = []
    for field, first in (("restated", "Made again, with other numbers"), ("history", "Says otherwise than before")):
        said = _mapping(manifest.get(field))
        numbers = said.get("numbers")
        lines = [one for one in numbers if isinstance(one, str)] if isinstance(numbers, list) else []
        if lines:
            more = _whole(said.get("more"))
            found.append(f"{first}: {'; '.join(lines)}" + (f"; and {more} more" if more else ""))
    return found


def _figure(manifests: Sequence[Mapping[str, Any]]) -> LeadingFigure | None:
    """Return the first key figure of the last page, with its course over pages that lead with the same one."""
    if not manifests:
        return None
    said = [_mapping(manifest.get("leading")) for manifest in manifests]
    last = said[-1]
    if not last.get("label") or not last.get("value"):
        return None
    values = [one.get("number") if one.get("key") == last.get("key") else None for one in said]
    known = [float(value) if isinstance(value, int | float) else None for value in values]
    trend = sparkline(known) if len(known) > 1 else None
    return LeadingFigure(str(last["label"]), str(last["value"]), str(last.get("change") or ""), trend, len(known))


def _reason(folder: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        said = json.loads((folder / REASON).read_text(encoding="utf-8"))
        return str(said.get("reason") or "")[:_LONGEST_REASON] if isinstance(said, dict) else ""
    return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
