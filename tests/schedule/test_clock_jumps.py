"""A clock that jumps ahead and is set right again: what was due in between is made, once, and nothing waits for 2099."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from segkit.delivery.ledger import Ledger
from segkit.schedule.job_planning import plan_due
from segkit.schedule.schedule_file import Schedule
from segkit.schedule.state import Job, ScheduleState
from segkit.schedule.working import TryOutcome, work
from tests.schedule.test_schedule import write_schedule

U = dt.UTC
SCHEDULE = """\
time_zone: UTC
entries:
  daily: {{cron: "0 6 * * *", runs: tiny/one, catch_up: {policy}, retries: 1, backoff: 5m}}
"""
START = dt.datetime(2024, 3, 4, 5, 59, 30, tzinfo=U)
AHEAD = dt.datetime(2099, 1, 1, 12, tzinfo=U)


class Runs:
    """Runs as a machine with that clock makes them: of days that have not come there are no data."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.today = START

    def __call__(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, TryOutcome]]:
        for job in jobs:
            if job.as_of > "2024-03-20":
                yield job, TryOutcome(75, "no data yet")
            else:
                self.made[job.as_of] += 1
                yield job, TryOutcome(0, "page")


def look(schedule: Schedule, now: dt.datetime, runs: Runs) -> list[Job]:
    """One call of `segkit due` at that time."""
    state = ScheduleState(schedule.reports)
    try:
        plan_due(schedule, state, now)
        work(schedule, state, lambda: now, runs)
        return state.jobs()
    finally:
        state.close()


@pytest.mark.parametrize("policy", ["latest", "all", "none"])
@pytest.mark.parametrize("away", [dt.timedelta(minutes=10), dt.timedelta(days=3)], ids=["ten minutes", "three days"])
def test_a_clock_that_was_in_2099_loses_and_doubles_no_run(
    quick_place: Path, policy: str, away: dt.timedelta
) -> None:
    schedule, runs = write_schedule(quick_place, SCHEDULE.format(policy=policy)), Runs()
    days = [dt.datetime(2024, 3, day, 6, 1, tzinfo=U) for day in range(4, 12)]
    look(schedule, START, runs)
    look(schedule, days[0], runs)
    # the battery is empty; the time server answers later, and by then a run was due
    for minute in (0, 5, 10):
        look(schedule, AHEAD + dt.timedelta(minutes=minute), runs)
    back = days[1] - dt.timedelta(minutes=6) + away
    seen = [look(schedule, back, runs)]
    seen += [look(schedule, day, runs) for day in days if day > back]
    assert set(runs.made.values()) == {1}
    jobs = seen[-1]
    assert max(job.due for job in jobs) == days[-1] - dt.timedelta(minutes=1)
    assert {job.state for job in jobs} <= {"done", "skipped"}
    assert sorted(job.due for job in jobs) == [day - dt.timedelta(minutes=1) for day in days]
    if policy == "all" or away < dt.timedelta(hours=1):
        assert {job.state for job in jobs} == {"done"}
        assert sorted(runs.made) == [(day - dt.timedelta(days=1)).date().isoformat() for day in days]


def test_what_waits_or_was_given_up_by_the_wrong_clock_is_tried_by_the_right_one(quick_place: Path) -> None:
    schedule, runs = write_schedule(quick_place, SCHEDULE.format(policy="all")), Runs()

    def wait(jobs: Iterable[Job]) -> Iterator[tuple[Job, TryOutcome]]:
        return ((job, TryOutcome(75, "no data yet")) for job in jobs)

    now = START + dt.timedelta(minutes=1)
    look(schedule, START, runs)
    state = ScheduleState(schedule.reports)
    plan_due(schedule, state, now)
    work(schedule, state, lambda: now, wait)
    assert [job.state for job in state.jobs()] == ["retry"]
    plan_due(schedule, state, AHEAD)
    work(schedule, state, lambda: AHEAD, wait)  # its deadline is long over
    assert state.jobs()[0].state == "failed"
    state.close()
    jobs = look(schedule, now + dt.timedelta(minutes=20), runs)
    assert [(job.state, job.as_of) for job in jobs] == [("done", "2024-03-03")]
    assert runs.made == {"2024-03-03": 1}


def test_an_hour_back_makes_nothing_twice(quick_place: Path) -> None:
    schedule, runs = write_schedule(quick_place, SCHEDULE.format(policy="all")), Runs()
    look(schedule, START, runs)
    for minutes in (1, 40, -30, 0, 1, 60):
        look(schedule, START + dt.timedelta(minutes=minutes), runs)
    assert runs.made == {"2024-03-03": 1}


def test_a_ledger_that_a_wrong_clock_began_tells_what_ends_from_now_on(quick_place: Path) -> None:
    ledger = Ledger(quick_place, AHEAD)
    assert ledger.since == AHEAD
    ledger.close()
    ledger = Ledger(quick_place, START)
    assert ledger.since == START
    ledger.close()
