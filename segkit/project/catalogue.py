"""The page about pages: the index of all reports."""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segkit.errors import ParameterError
from segkit.project.company import Company, read_company, shown_company
from segkit.project.page_links import anchor
from segkit.project.publishing import (
    FAILURE,
    INDEX,
    LATEST,
    REPORT,
    REVISIONS,
    is_date,
    published_dates,
    read_manifest,
    write_whole,
)

if TYPE_CHECKING:
    from jinja2 import Environment

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

    @property
    def anchor(self) -> str:
        """What links to the entry name."""
        return anchor(f"{self.report}/{self.run}")


def entries(reports: Path) -> list[Entry]:
    """Return every run that has a page or a failure, by report and run."""
    found = []
    for folder in run_folders(reports):
        dates, failures = published_dates(folder), failed_dates(folder)
        manifest = read_manifest(folder / dates[-1]) if dates else {}
        found.append(
            Entry(
                report=folder.relative_to(reports).parts[0],
                run="/".join(folder.relative_to(reports).parts[1:]),
                title=str(
                    manifest.get("title") or folder.relative_to(reports).parts[0].replace("_", " ").capitalize()
                ),
                headline=str(manifest.get("headline") or ""),
                latest=dates[-1] if dates else "",
                earlier=tuple(reversed(dates[:-1])),
                failed=failures[-1] if failures and failures[-1] >= (dates or [""])[-1] else "",
                known=str((manifest.get("reach") or {}).get("known") or ""),
            )
        )
    return found


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


def refresh_index(reports: Path) -> None:
    """Write reports/index.html anew from what is published; one run after the other, so that none is missing."""
    handle = os.open(reports, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        for left in reports.glob(".index.html-*"):  # of a run that was killed: only who holds the lock writes here
            left.unlink(missing_ok=True)
        write_whole(reports / INDEX, _index(reports, _company_of(reports.parent)))
    finally:
        os.close(handle)


def _index(reports: Path, company: Company) -> str:
    """Fill the index; where the company's own template cannot be filled, segkit's own stands in for it."""
    from jinja2 import TemplateError

    known = entries(reports)
    try:
        return pages(company).get_template("index.html.j2").render(entries=known, latest=LATEST)
    except TemplateError:
        return pages().get_template("index.html.j2").render(entries=known, latest=LATEST)


def _company_of(root: Path) -> Company:
    """Return whose index it is; nobody's where the file is wrong, which whoever runs a report is told."""
    try:
        return read_company(root)
    except ParameterError:
        return Company()


def pages(company: Company | None = None) -> Environment:
    """Return the templates of the index and of pages of failure, with what the company overrides of them."""
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined

    company = company or Company()
    shipped = PackageLoader("segkit.project", "templates/pages")
    own = [] if company.templates is None else [FileSystemLoader(company.templates)]
    environment = Environment(
        loader=ChoiceLoader([*own, shipped, PrefixLoader({"segkit": shipped})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["company"] = shown_company(company)
    return environment
