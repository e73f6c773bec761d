"""The page about pages: the index of all reports, and one for the readers of each part of a matrix."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segkit.errors import ParameterError
from segkit.page.locale import written_in
from segkit.page.sparkline import HEIGHT, WIDTH
from segkit.project.archive import Entry, entries, readable
from segkit.project.company import Company, read_company, shown_company
from segkit.project.company_templates import company_templates
from segkit.project.publishing import INDEX, LATEST, write_whole

if TYPE_CHECKING:
    from jinja2 import Environment


def refresh_index(reports: Path, today: dt.date | None = None) -> None:
    """Write the indexes anew from what is published; one run after the other, so that none is missing.

    Args:
        reports: the folder of all pages.
        today: the day that pages are due by; of this machine's clock if not given.
    """
    day = today or dt.date.today()
    handle = os.open(reports, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        for left in (*reports.glob(".index.html-*"), *reports.glob("*/*/*/.index.html-*")):
            left.unlink(missing_ok=True)  # of a run that was killed: only who holds the lock writes here
        company = company_of(reports.parent)
        with written_in(company.said.locale):
            known = entries(reports, day)
            for part, some in _by_part(known):
                text = _index(some, company, day, "../../../", part)
                for entry in some:
                    place = reports / entry.report / entry.run / INDEX
                    if not place.is_file() or place.read_text(encoding="utf-8") != text:
                        write_whole(place, text)
            write_whole(reports / INDEX, _index(known, company, day, "", ""))
    finally:
        os.close(handle)


def _by_part(known: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Return the entries of each part of a matrix, of whatever report."""
    parts = sorted({entry.part for entry in known if entry.part})
    return [(part, [entry for entry in known if entry.part == part]) for part in parts]


def _index(known: Sequence[Entry], company: Company, day: dt.date, above: str, part: str) -> str:
    """Fill an index; where the company's own template cannot be filled, segkit's own stands in for it.

    Args:
        known: the entries, in order.
        company: whose index it is.
        day: on which it is written.
        above: from its folder to that of all pages.
        part: the part of a matrix that it is for, "" for all.
    """
    from jinja2 import TemplateError

    given = {
        "groups": _groups(known) if not part else [[entry] for entry in known],
        "failed": sum(bool(entry.failed) for entry in known),
        "overdue": sum(bool(entry.overdue) and not entry.failed for entry in known),
        "latest": LATEST,
        "written": readable(day.isoformat()),
        "above": above,
        "part": part,
        "spark": {"width": WIDTH, "height": HEIGHT},
    }
    try:
        return pages(company).get_template("index.html.j2").render(**given)
    except TemplateError:
        return pages().get_template("index.html.j2").render(**given)


def _groups(known: Sequence[Entry]) -> list[list[Entry]]:
    """Return the entries with the parts of one matrix together, where the most important of them stands."""
    places: dict[tuple[str, str], list[Entry]] = {}
    for entry in known:
        name = entry.run.split("/")[0] if entry.part else f"{entry.run} alone"
        places.setdefault((entry.report, name), []).append(entry)
    return list(places.values())


def company_of(root: Path) -> Company:
    """Return whose index it is; a company that says nothing where the file is wrong, which a run tells."""
    try:
        return read_company(root)
    except ParameterError:
        return Company()


def pages(company: Company | None = None) -> Environment:
    """Return the templates of the index and of pages of failure, with what the company overrides of them."""
    company = company or Company()
    environment = company_templates(company, "pages")
    environment.globals["company"] = shown_company(company)
    return environment
