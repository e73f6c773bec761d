"""Messages about what came of jobs, once each: pages to readers; failures, recoveries and what is late to owners."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from segkit.delivery.ledger import Ledger
from segkit.delivery.messages import Message, MessageKind, write_message
from segkit.delivery.page_mail import attached_page, page_forms
from segkit.delivery.sending import send, without_secrets
from segkit.delivery.uploading import POINTER
from segkit.errors import DONE, ParameterError
from segkit.held import held_folder
from segkit.project.page_outputs import CHAT, EMAIL, TREND
from segkit.project.publishing import REPORT, published_dates, read_manifest
from segkit.schedule.schedule_file import Schedule
from segkit.schedule.state import OPEN, Job, ScheduleState

RECENT = dt.timedelta(days=30)
"""What ended longer ago is told nobody any more."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Something to be told: what, about what, to whom, and why not, where it is skipped on purpose."""

    kind: MessageKind
    job: Job
    subject: str
    addresses: tuple[str, ...]
    skipped: str = ""


def tell_people(
    schedule: Schedule, state: ScheduleState, ledger: Ledger, now: dt.datetime, unseen: Collection[str] = ()
) -> list[str]:
    """Send what has not been sent; what could not be sent, in words.

    Args:
        schedule: says who is told.
        state: what came of jobs.
        ledger: what was sent.
        now: what time it is.
        unseen: names of jobs whose pages are not yet where readers look; of these they are told later.
    """
    problems = []
    for telling in _tellings(schedule, state, ledger, now):
        if telling.kind == "page" and telling.job.name in unseen:
            continue
        for address in telling.addresses:
            recipient = without_secrets(address, schedule.secrets)
            if telling.skipped:
                ledger.skip(telling.kind, telling.subject, recipient, telling.skipped, now)
            elif ledger.begin(telling.kind, telling.subject, recipient, now):
                with held_folder(Path(tempfile.gettempdir()), "segkit-message-") as folder:
                    message, fault = _message(schedule, telling, folder)
                    problems += [fault] * bool(fault)
                    reason = send(address, message, schedule.secrets)
                ledger.end(telling.kind, telling.subject, recipient, reason, now)
                if reason:
                    problems.append(
                        f"The message {telling.kind} of {telling.subject} to {recipient} failed: {reason}"
                    )
    return problems


def send_tests(schedule: Schedule, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Send everybody a test; recipient and why it was not sent, "" where it was."""
    for name in names or tuple(schedule.entries):
        told = schedule.entries[name].recipients
        readers = (
            [one for some in told.readers.values() for one in some]
            if isinstance(told.readers, dict)
            else told.readers
        )
        for address in dict.fromkeys([*readers, *told.owners]):
            message = write_message("test", {"entry": name}, project=schedule.root)
            yield without_secrets(address, schedule.secrets), send(address, message, schedule.secrets)


def _tellings(schedule: Schedule, state: ScheduleState, ledger: Ledger, now: dt.datetime) -> Iterator[Telling]:
    since = max(ledger.since, now - RECENT)
    for name, entry in schedule.entries.items():
        told = entry.recipients
        if not told.owners and not told.all_readers:
            continue
        before: dict[tuple[str, str], Job] = {}
        for job in state.jobs(name):
            if job.state == "skipped":
                continue
            earlier = before.get((job.run, job.part))
            if job.state in OPEN:
                if entry.late_after and (now - job.planned).total_seconds() > entry.late_after:
                    yield Telling("late", job, job.name, told.owners)
                continue
            before[job.run, job.part] = job
            if dt.datetime.fromisoformat(job.ended) < since:
                continue
            if job.state == "failed":
                yield Telling("failure", job, job.name, told.owners)
            elif job.exit_code == DONE:
                if earlier is not None and earlier.state == "failed":
                    yield Telling("recovery", job, job.name, told.owners)
                subject = f"{'/'.join(filter(None, (job.run, job.part)))}/{job.as_of}"
                yield Telling("page", job, subject, told.readers_of(job.part), _not_wanted(schedule, job))


def _not_wanted(schedule: Schedule, job: Job) -> str:
    """Return why readers do not get a page; "" where they do."""
    when = schedule.entries[job.entry].recipients.when
    if when == "never":
        return "readers want no messages"
    manifest = read_manifest(schedule.reports / job.run / job.part / job.as_of)
    return (
        "no news: all changes are within normal variation" if when == "news" and manifest.get("news") is False else ""
    )


def _message(schedule: Schedule, telling: Telling, folder_of_files: Path) -> tuple[Message, str]:
    """Return what is told, and what is wrong with the project's own words for it: then it is told in segkit's."""
    job, told = telling.job, schedule.entries[telling.job.entry].recipients
    folder = schedule.reports / job.run / job.part
    dates = published_dates(folder)
    page = (
        folder / job.as_of if telling.kind in ("page", "recovery") else folder / (dates[-1] if dates else job.as_of)
    )
    manifest = read_manifest(page)
    run = "/".join(filter(None, (job.run, job.part)))
    site = told.site.rstrip("/")
    # at another place the page stands under an id, and what leads to it under its date
    file = POINTER if schedule.publish_to else REPORT
    link = f"{site}/{quote(run)}/{page.name}/{file}" if site and manifest else ""
    said = {
        "title": str(manifest.get("title") or run),
        "headline": str(manifest.get("headline") or ""),
        "link": link,
        "run": run,
        "as_of": job.as_of,
        "due": f"{job.due:%Y-%m-%d %H:%M} UTC",
        "attempts": job.attempts,
        "exit_code": job.exit_code,
        "message": job.message,
        "log": job.log,
        "last_good": dates[-1] if dates else "",
    }
    if telling.kind != "page" or not (page / REPORT).is_file():
        return _written(schedule, telling, said)
    forms: Mapping[str, bytes] = {}
    fault = ""
    try:
        forms = page_forms(schedule.root, page, run, link)
    except ParameterError as error:  # of the company's own templates: the message goes out as plain text
        fault = str(error)
    message, of_words = _written(schedule, telling, {**said, "summary": forms.get(CHAT, b"").decode()})
    attachment = attached_page(page / REPORT, told.attach, folder_of_files) if told.attach else None
    picture = folder_of_files / TREND
    if TREND in forms:
        picture.write_bytes(forms[TREND])
    whole = replace(
        message,
        attachment=attachment,
        html=forms.get(EMAIL, b"").decode(),
        pictures=(picture,) if TREND in forms else (),
    )
    return whole, fault or of_words


def _written(schedule: Schedule, telling: Telling, said: Mapping[str, object]) -> tuple[Message, str]:
    try:
        return write_message(telling.kind, said, project=schedule.root), ""
    except ParameterError as error:
        return write_message(telling.kind, said, project=None), str(error)
