"""Where a page leads: to the index, the page before, the other reports of its date, and the notebook that made it.

A published page never changes, so that it links to what is there when it is made. What comes later stands in the index:
the next page, failures, numbers that were restated. Links are relative, and lead on from a folder as from a web server.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segkit.page.format import small, write_date
from segkit.project.publishing import INDEX, NOTEBOOK, REPORT, published_dates

if TYPE_CHECKING:
    from segkit.project.request import RunRequest

_TO_REPORT: Final = re.compile(r'<a data-report="([a-z0-9_]+)">(.*?)</a>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of a page.

    Attributes:
        words: what it says.
        href: where it leads, from the page's own folder.
        report: the report that it leads to, "" where it leads to none.
    """

    words: str
    href: str
    report: str = ""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """All links of a page that lead to other files.

    Attributes:
        index: of all reports, or of the part of a matrix that the page belongs to.
        previous: the page before, None where there is none.
        sisters: the other reports of the same date, or where the index says what became of them.
        notebook: the one that made the page.
    """

    index: PageLink
    previous: PageLink | None
    sisters: tuple[PageLink, ...]
    notebook: PageLink

    def hrefs(self) -> frozenset[str]:
        """Return every address that a page may lead to."""
        known = (self.index, self.previous, *self.sisters, self.notebook)
        return frozenset(link.href for link in known if link is not None)

    def of_status(self) -> tuple[PageLink, ...]:
        """Return the links of the status line, in small words: the page before, whose date stands at the foot, and all
        reports.
        """
        known = [link for link in (self.previous, self.index) if link is not None]
        return tuple(replace(link, words=small(link.words.partition(",")[0])) for link in known)

    def of_report(self, report: str) -> str:
        """Return the address of a report's page of the same date, "" where nothing leads there."""
        return next((link.href for link in self.sisters if link.report == report), "")

    def payload(self) -> dict[str, Any]:
        """Return the links as plain JSON."""
        return {
            "index": _plain(self.index),
            "previous": None if self.previous is None else _plain(self.previous),
            "sisters": [_plain(link) for link in self.sisters],
            "notebook": _plain(self.notebook),
        }

    @classmethod
    def from_payload(cls, said: Mapping[str, Any]) -> PageLinks:
        """Read links from plain JSON.

        Raises:
            KeyError, TypeError: they were damaged by hand.
        """
        previous = said["previous"]
        return cls(
            PageLink(**said["index"]),
            None if previous is None else PageLink(**previous),
            tuple(PageLink(**link) for link in said["sisters"]),
            PageLink(**said["notebook"]),
        )


def links_of(request: RunRequest) -> PageLinks:
    """Return where the page of a run leads, by what is published now."""
    up = "../" * (4 if request.part else 3)
    above = "../" if request.part else up
    date = request.as_of.isoformat()
    earlier = [one for one in published_dates(request.folder) if one < date]
    previous = None
    if earlier:
        said = write_date(dt.date.fromisoformat(earlier[-1]))
        previous = PageLink(f"Previous page, {said}", f"../{earlier[-1]}/{REPORT}")
    sisters = []
    for report in _reports_beside(request):
        run = "/".join(filter(None, (report, request.run, request.part)))
        words = report_words(report)
        if (request.reports / run / date / REPORT).is_file():
            sisters.append(PageLink(words, f"{up}{run}/{date}/{REPORT}", report))
        else:
            sisters.append(PageLink(f"{words} (index)", f"{above}{INDEX}#{anchor(run)}", report))
    return PageLinks(PageLink("All reports", above + INDEX), previous, tuple(sisters), PageLink("Notebook", NOTEBOOK))


def kept_links(there: Mapping[str, Any], page: Path, now: PageLinks) -> PageLinks:
    """Return the links of the same page that is published, where all of them still lead somewhere; else those of now.

    So the same inputs give the same bytes, whatever was published since.
    """
    try:
        kept = PageLinks.from_payload(there["links"])
    except (KeyError, TypeError):
        return now
    return kept if all((page / href.partition("#")[0]).is_file() for href in kept.hrefs()) else now


def report_words(report: str) -> str:
    """Return what a report is called: its notebook's name in words."""
    return report.replace("_", " ").capitalize()


def anchor(run: str) -> str:
    """Return what the index calls the entry of a run."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", run)


def lead_on(html: str, links: PageLinks | None) -> str:
    """Return HTML in which the words for another report lead to its page, or are text where nothing does."""

    def led(found: re.Match[str]) -> str:
        href = links.of_report(found[1]) if links is not None else ""
        return f'<a href="{href}">{found[2]}</a>' if href else found[2]

    return _TO_REPORT.sub(led, html)


def _reports_beside(request: RunRequest) -> list[str]:
    """Return the other reports that have a run of the same name, or a page of it."""
    found = {file.parent.name for file in (request.root / "params").glob(f"*/{request.run}.yaml")}
    found = {report for report in found if (request.root / "notebooks" / f"{report}.ipynb").is_file()}
    return sorted(found - {request.report})


def _plain(link: PageLink) -> dict[str, str]:
    return {"words": link.words, "href": link.href, "report": link.report}
