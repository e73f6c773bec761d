"""From a schedule and the clock to jobs: each moment is planned once, whoever asks, and however often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from segkit.schedule.occurrences import last_occurrences, latest_occurrence
from segkit.schedule.schedule_file import Schedule, ScheduleEntry
from segkit.schedule.state import Job, JobState, ScheduleState

_FIRST: Final = dt.timedelta(minutes=1)
"""How far back a new entry looks: a scheduler that is started in the minute of a run makes it."""
_MISSED: Final = dt.timedelta(hours=1)
"""What is later than this was missed."""
_MOST_MOMENTS: Final = 1000
"""Moments of one entry that are remembered of a long pause; of those before, nothing is known but that they were missed."""


def plan_due(schedule: Schedule, state: ScheduleState, now: dt.datetime) -> None:
    """Write down what has become due since the last time."""
    with state.alone():
        state.take_back(now)
        for job in newly_due(schedule, state, now):
            state.add(job)
        for name in schedule.entries:
            before = state.planned_until(name)
            if before is None or before < now:
                state.plan_until(name, now)


def newly_due(schedule: Schedule, state: ScheduleState, now: dt.datetime) -> Iterator[Job]:
    """Return jobs that have become due since the last planning, and those that the catch-up policy of their entry
    skips.
    """
    for name, entry in schedule.entries.items():
        since = state.planned_until(name) or now - _FIRST
        moments = last_occurrences(entry.cron, entry.time_zone, since, now, _MOST_MOMENTS)
        for moment in moments:
            missed = now - moment > _MISSED
            is_skipped = (entry.catch_up == "latest" and moment != moments[-1]) or (
                entry.catch_up == "none" and missed
            )
            reason = f"missed; catch_up is {entry.catch_up}" if is_skipped else ""
            yield from jobs_at(schedule, name, entry, moment, now, "skipped" if is_skipped else "waiting", reason)


def jobs_at(
    schedule: Schedule,
    name: str,
    entry: ScheduleEntry,
    moment: dt.datetime,
    now: dt.datetime,
    state: JobState = "waiting",
    reason: str = "",
) -> Iterator[Job]:
    """Return the jobs of an entry at a moment: one for each run and part of the matrix."""
    as_of = entry.as_of(moment)
    for file in schedule.files[name]:
        for part in entry.parts():
            yield Job(
                entry=name,
                due=moment,
                run=f"{file.parent.name}/{file.stem}",
                part=part.name,
                as_of=as_of,
                planned=now,
                state=state,
                attempts=0,
                not_before=moment,
                exit_code=None,
                message=reason,
                ended="",
            )


def plan_latest(
    schedule: Schedule, state: ScheduleState, names: tuple[str, ...], now: dt.datetime, at: dt.datetime | None = None
) -> None:
    """Plan the latest moment of these entries, for a scheduler of somebody else; what failed for it is tried anew.

    Args:
        schedule: of the entries.
        state: where it is written down.
        names: of the entries.
        now: what time it is.
        at: the moment whose latest it is, where that is not now.
    """
    at = at or now
    with state.alone():
        state.take_back(now)
        for name in names:
            entry = schedule.entries[name]
            moment = latest_occurrence(entry.cron, entry.time_zone, at)
            for job in jobs_at(schedule, name, entry, moment, now):
                state.add(job)
                if state.reread(job).state in ("failed", "skipped"):
                    state.change(job)
            before = state.planned_until(name)
            if before is None or before < at:
                state.plan_until(name, at)
