"""What the schedule remembers: which runs were planned for which moment, and what came of each. SQLite."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from segkit.project.history import utc_text
from segkit.project.state_file import FAR, StateFile

JobState = Literal["waiting", "running", "retry", "done", "failed", "skipped"]
OPEN: Final = ("waiting", "running", "retry")
"""States of what is still to be done; `running` whose process died is, too."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entries (name TEXT PRIMARY KEY, planned_until TEXT NOT NULL, before TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS jobs (
    entry TEXT NOT NULL, due TEXT NOT NULL, run TEXT NOT NULL, part TEXT NOT NULL,
    as_of TEXT NOT NULL, planned TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, not_before TEXT NOT NULL,
    exit_code INTEGER, message TEXT NOT NULL DEFAULT '', ended TEXT NOT NULL DEFAULT '', log TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (entry, due, run, part)
);
"""
_COLUMNS: Final = "entry, due, run, part, as_of, planned, state, attempts, not_before, exit_code, message, ended, log"


@dataclass(frozen=True, slots=True)
class Job:
    """One run that is due at one moment.

    Attributes:
        entry: of the schedule.
        due: the moment, in UTC.
        run: report/run.
        part: of a matrix, "" where there is none.
        as_of: the date that it is for, resolved when it was planned.
        planned: when it was noticed that it is due; later than that where it was missed. Its deadline counts from there.
        state: what came of it so far.
        attempts: starts so far.
        not_before: the moment of the next try.
        exit_code: of the last try; None before one has ended.
        message: what the last try said.
        ended: when it was done with, "" while it is open.
        log: the end of what the last try said.
    """

    entry: str
    due: dt.datetime
    run: str
    part: str
    as_of: str
    planned: dt.datetime
    state: JobState
    attempts: int
    not_before: dt.datetime
    exit_code: int | None
    message: str
    ended: str
    log: str = ""

    @property
    def name(self) -> str:
        """As a lock and a log line call it."""
        return "/".join(filter(None, (self.entry, self.due.isoformat(), self.run, self.part)))


class ScheduleState(StateFile):
    """The memory of one project's schedule."""

    def __init__(self, reports: Path) -> None:
        super().__init__(reports, "schedule", _TABLES)
        self._have_column("entries", "before")
        self._have_column("jobs", "log")

    def planned_until(self, entry: str) -> dt.datetime | None:
        """Return up to when an entry's moments have been planned; None for a new entry."""
        found = self._ask("SELECT planned_until FROM entries WHERE name = ?", (entry,)).fetchone()
        return _moment(found[0]) if found else None

    def plan_until(self, entry: str, moment: dt.datetime) -> None:
        """Record the moment up to which an entry has been planned."""
        before = self.planned_until(entry)
        self._ask("INSERT OR IGNORE INTO entries (name, planned_until) VALUES (?, ?)", (entry, utc_text(moment)))
        if before is not None and moment - before > FAR:
            self._ask("UPDATE entries SET before = planned_until WHERE name = ?", (entry,))
        self._ask("UPDATE entries SET planned_until = ? WHERE name = ?", (utc_text(moment), entry))

    def take_back(self, now: dt.datetime) -> None:
        """Undo what a clock that was far ahead has planned and given up, now that it has been set right.

        What was made stays made. What it took for missed or late is looked at anew, from where it was before.
        """
        far, here = utc_text(now + FAR), utc_text(now)
        ahead = [name for (name,) in self._ask("SELECT name FROM entries WHERE planned_until > ?", (far,))]
        if not ahead:
            return
        self._ask("DELETE FROM jobs WHERE planned > ? AND (due > ? OR state = 'skipped')", (far, here))
        self._ask(
            "UPDATE jobs SET state = 'waiting', ended = '', attempts = 0, planned = ?, not_before = ? WHERE "
            "(state = 'failed' AND ended > ?) OR "
            "(state IN ('waiting', 'running', 'retry') AND max(planned, not_before) > ?)",
            (here, here, far, far),
        )
        for name in ahead:
            self._ask(
                "UPDATE entries SET planned_until = CASE WHEN before != '' AND before <= :now THEN before ELSE "
                "coalesce((SELECT max(due) FROM jobs WHERE entry = :name AND due <= :now), :now) END WHERE name = :name",
                {"now": here, "name": name},
            )

    def add(self, job: Job) -> None:
        """Plan a job; one that is known stays as it is."""
        self._ask(
            f"INSERT OR IGNORE INTO jobs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _values(job)
        )

    def change(self, job: Job) -> None:
        """Save what came of a job."""
        self._ask(
            "UPDATE jobs SET planned = ?, state = ?, attempts = ?, not_before = ?, exit_code = ?, message = ?, "
            "ended = ?, log = ? WHERE entry = ? AND due = ? AND run = ? AND part = ?",
            (
                *(
                    utc_text(job.planned),
                    job.state,
                    job.attempts,
                    utc_text(job.not_before),
                    job.exit_code,
                    job.message,
                    job.ended,
                    job.log,
                ),
                *(job.entry, utc_text(job.due), job.run, job.part),
            ),
        )

    def reread(self, job: Job) -> Job:
        """Return the job as it stands now."""
        found = self._ask(
            f"SELECT {_COLUMNS} FROM jobs WHERE entry = ? AND due = ? AND run = ? AND part = ?",
            (job.entry, utc_text(job.due), job.run, job.part),
        ).fetchone()
        return _job(found)

    def open_jobs(self) -> list[Job]:
        """Return what is still to be done, in order."""
        marks = ", ".join("?" * len(OPEN))
        rows = self._ask(f"SELECT {_COLUMNS} FROM jobs WHERE state IN ({marks}) ORDER BY due, entry, run, part", OPEN)
        return [_job(row) for row in rows]

    def jobs(self, entry: str | None = None) -> list[Job]:
        """Return all jobs, in order; those of one entry, if it is given."""
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM jobs WHERE entry = coalesce(?, entry) ORDER BY due, entry, run, part", (entry,)
        )
        return [_job(row) for row in rows]


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _values(job: Job) -> tuple[Any, ...]:
    return (
        *(job.entry, utc_text(job.due), job.run, job.part, job.as_of, utc_text(job.planned)),
        *(job.state, job.attempts, utc_text(job.not_before), job.exit_code, job.message, job.ended),
        job.log,
    )


def _job(row: tuple[Any, ...]) -> Job:
    entry, due, run, part, as_of, planned, state, attempts, not_before, exit_code, message, ended, log = row
    return Job(
        *(entry, _moment(due), run, part, as_of, _moment(planned), state, attempts, _moment(not_before)),
        *(exit_code, message, ended, log),
    )
