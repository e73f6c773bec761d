"""Do what is due: each job by one process at a time, tried again while it is worth it, given up at its deadline."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from segkit.errors import DONE, FAILED, NOTHING_NEW, TRY_LATER, NotYetError
from segkit.project.history import utc_text
from segkit.project.locking import locked, sweep_locks
from segkit.project.matrix import MatrixPart
from segkit.schedule.schedule_file import Schedule, ScheduleEntry
from segkit.schedule.state import OPEN, Job, ScheduleState

LONGEST_BACKOFF: Final = 3600
"""Seconds between two tries, at most."""


@dataclass(frozen=True, slots=True)
class TryOutcome:
    """What came of one try: its exit code, its sentence, and the end of what it said on the way."""

    exit_code: int
    message: str
    log: str = ""


Runner = Callable[[Iterable[Job]], Iterator[tuple[Job, TryOutcome]]]
"""Runs jobs, several at a time if it likes, and tells what came of each as it ends."""
Listener = Callable[[Job], None]


def work(
    schedule: Schedule,
    state: ScheduleState,
    clock: Callable[[], dt.datetime],
    runner: Runner,
    on_change: Listener = lambda job: None,
    only: Collection[str] = (),
) -> list[int]:
    """Run what is due and open.

    Args:
        schedule: says how often and how long something is tried.
        state: what is open.
        clock: what time it is.
        runner: runs it.
        on_change: told of every job that was tried, skipped or given up.
        only: names of entries; all of them if empty.

    Returns:
        An exit code for each job that was tried or given up; 75 for one that will be tried again.
    """
    codes = []
    sweep_locks(schedule.reports)
    with contextlib.ExitStack() as locks:
        ready = []
        for job in state.open_jobs():
            if only and job.entry not in only:
                continue
            if job.not_before > clock():
                # who asked for it by name must not take it for done
                codes += [TRY_LATER] * bool(only)
                continue
            try:
                locks.enter_context(locked(schedule.reports, f"schedule/{job.name}", wait=False))
            except NotYetError:  # another scheduler has it
                continue
            taken = _taken(schedule, state.reread(job), clock())
            if taken is None:
                continue
            state.change(taken)
            if taken.state == "running":
                ready.append(taken)
                continue
            on_change(taken)
            if taken.state == "failed":
                codes.append(taken.exit_code or FAILED)
        for job, outcome in runner(ready):
            after = after_try(job, schedule.entries[job.entry], outcome, clock())
            state.change(after)
            codes.append(TRY_LATER if after.state == "retry" else outcome.exit_code)
            on_change(after)
    return codes


def _taken(schedule: Schedule, job: Job, now: dt.datetime) -> Job | None:
    """Return a job that we hold the lock of: begun, given up, or None where another was faster."""
    if job.state not in OPEN or job.not_before > now:
        return None
    entry = schedule.entries.get(job.entry)
    if entry is None or not is_scheduled(schedule, job):
        return _ended(job, "skipped", "no longer in the schedule", now)
    if now > _deadline(job, entry):
        return _ended(job, "failed", job.message or "not begun before its deadline", now)
    return replace(job, state="running", attempts=job.attempts + 1)


def after_try(job: Job, entry: ScheduleEntry, outcome: TryOutcome, now: dt.datetime) -> Job:
    """Return what becomes of a job: done, tried again, or failed.

    What a person must mend is not tried again. What failed is tried `retries` times more. What is not there yet is
    waited for until the deadline.
    """
    job = replace(job, exit_code=outcome.exit_code, message=outcome.message, log=outcome.log)
    if outcome.exit_code in (DONE, NOTHING_NEW):
        return _ended(job, "done", outcome.message, now)
    wait = min(entry.backoff * 2 ** min(job.attempts - 1, 20), LONGEST_BACKOFF)
    again = now + dt.timedelta(seconds=wait)
    worth_it = outcome.exit_code == TRY_LATER or (outcome.exit_code == FAILED and job.attempts <= entry.retries)
    if worth_it and again <= _deadline(job, entry):
        return replace(job, state="retry", not_before=again)
    return _ended(job, "failed", outcome.message, now)


def is_scheduled(schedule: Schedule, job: Job) -> bool:
    """Return whether the schedule still has the job's run and part."""
    runs = {f"{file.parent.name}/{file.stem}" for file in schedule.files[job.entry]}
    return job.run in runs and job.part in {part.name for part in schedule.entries[job.entry].parts()}


def part_of_job(entry: ScheduleEntry, job: Job) -> MatrixPart:
    """Return the job's part of the matrix."""
    return next(part for part in entry.parts() if part.name == job.part)


def _deadline(job: Job, entry: ScheduleEntry) -> dt.datetime:
    return job.planned + dt.timedelta(seconds=entry.deadline)


def _ended(job: Job, state: str, message: str, now: dt.datetime) -> Job:
    return replace(job, state=state, message=message, ended=utc_text(now))  # type: ignore[arg-type]
