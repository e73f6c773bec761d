"""Pages that turned out wrong: withdrawn, so that the reason stands in their place; or corrected, and it stands on them.

What was published stays in revisions/. A withdrawn page is published again only by a run that says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segkit.errors import ParameterError
from segkit.page.locale import written_in
from segkit.project import publishing
from segkit.project.archive import readable, told_of
from segkit.project.catalogue import company_of, pages, refresh_index
from segkit.project.locking import locked
from segkit.project.verifying import file_digest


@dataclass(frozen=True, slots=True)
class Remark:
    """Why a page was withdrawn or corrected.

    Attributes:
        reason: in the words of whoever did it.
        by: who that was, "" for nobody named.
        day: on which.
    """

    reason: str
    by: str
    day: dt.date

    def payload(self) -> dict[str, str]:
        """Return the remark as plain JSON."""
        return {"reason": self.reason, "by": self.by, "day": self.day.isoformat()}


def remark_of(reason: str, by: str, day: dt.date) -> Remark:
    """Return a remark, its words on one line.

    Raises:
        ParameterError: no reason is given.
    """
    said = " ".join(reason.split())
    if not said:
        raise ParameterError("--reason is empty, and readers see nothing else. Say why, in a sentence.")
    return Remark(said[:400], " ".join(by.split())[:80], day)


def withdraw(page: Path, reports: Path, remark: Remark) -> None:
    """Put the reason in the place of a published page; done twice, it changes the reason.

    Args:
        page: the folder of a date.
        reports: the folder of all pages.
        remark: why.

    Raises:
        RunError: the file system refuses; the page stays.
    """
    folder = page.parent
    with locked(reports, f"{folder.relative_to(reports)}/{page.name}", wait=True):
        before = publishing.read_manifest(page)
        with publishing.staging(folder) as staged:
            _write_notice(staged, page, reports, before, remark)
            revision = publishing.keep_revision(folder, page.name)
            manifest = _manifest(before, remark, revision)
            manifest["files"] = {file.name: file_digest(file) for file in sorted(staged.iterdir())}
            (staged / publishing.MANIFEST).write_text(publishing.manifest_json(manifest), encoding="utf-8")
            publishing.put_in_place(staged, page)
    publishing.point_latest(folder)
    refresh_index(reports)


def refuse_withdrawn(name: str, there: Mapping[str, Any]) -> None:
    """Refuse to publish again what a person has withdrawn.

    Raises:
        ParameterError: it was withdrawn; the message says by whom and why.
    """
    said = there.get("withdrawn")
    if isinstance(said, Mapping):
        raise ParameterError(
            f"{name}: {told_of('Withdrawn', said)}. Write --replace to publish it again; the reason goes with it into "
            "revisions/."
        )


def _manifest(before: Mapping[str, Any], remark: Remark, revision: int) -> dict[str, Any]:
    kept = {name: before[name] for name in ("report", "run", "part", "as_of", "title") if name in before}
    text = json.dumps([before.get("identity"), remark.payload()], sort_keys=True)
    return kept | {
        "identity": hashlib.sha256(text.encode()).hexdigest(),
        "revision": revision,
        "headline": "",
        "withdrawn": remark.payload(),
    }


def _write_notice(staged: Path, page: Path, reports: Path, before: Mapping[str, Any], remark: Remark) -> None:
    company = company_of(reports.parent)
    depth = len(page.relative_to(reports).parts)
    with written_in(company.said.locale):
        dates = [date for date in publishing.published_dates(page.parent) if date != page.name]
        html = (
            pages(company)
            .get_template("withdrawn.html.j2")
            .render(
                title=str(before.get("title") or page.parent.name),
                as_of=readable(page.name),
                told=told_of("Withdrawn", remark.payload()),
                last_good=dates[-1] if dates else "",
                last_good_said=readable(dates[-1]) if dates else "",
                index="../" * depth + publishing.INDEX if not before.get("part") else f"../{publishing.INDEX}",
            )
        )
    (staged / publishing.REPORT).write_text(html, encoding="utf-8")
    (staged / publishing.WITHDRAWN).write_text(
        json.dumps(remark.payload(), ensure_ascii=False) + "\n", encoding="utf-8"
    )
