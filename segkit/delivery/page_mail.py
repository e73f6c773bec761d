"""What of a page goes into a mailbox: its other forms with the link that readers have, and the page itself as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from segkit.errors import SegkitError
from segkit.project.archive import told_of
from segkit.project.catalogue import company_of
from segkit.project.page_outputs import forms_of
from segkit.project.page_summary import PageSummary
from segkit.project.printing import print_page
from segkit.project.publishing import REPORT, read_manifest
from segkit.project.relinking import without_links


def page_forms(root: Path, page: Path, run: str, link: str) -> dict[str, bytes]:
    """Return the other forms of a published page; none of a page that was made before there were any.

    Args:
        root: the project's folder.
        page: the folder of a date.
        run: its name.
        link: where readers find it, "" where nobody serves it.
    """
    manifest = read_manifest(page)
    try:
        summary = PageSummary.from_payload(manifest["summary"])
    except (KeyError, TypeError, ValueError):
        return {}
    marks = [told_of("Corrected", one) for one in manifest.get("corrections", ())]
    return forms_of(summary, company_of(root), run, page.name, marks, link)


def attached_page(page: Path, how: bool | Literal["pdf"], folder: Path) -> Path:
    """Return a page as a file for a mailbox: as PDF where that is wanted and can be made, else as HTML.

    In it, links to files beside the page are text.
    """
    printed = folder / "report.pdf"
    if how == "pdf":
        try:
            print_page(page, printed)
        except SegkitError:
            pass  # without a browser readers get the page itself
        else:
            return printed
    copy = folder / REPORT
    copy.write_text(without_links(page.read_text(encoding="utf-8")), encoding="utf-8")
    return copy
