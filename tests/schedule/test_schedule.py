"""A schedule over a year of a clock that can be set, over restarts and crashes; two schedulers at once; real runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from segkit.errors import ParameterError, gravest
from segkit.project.locking import locked
from segkit.project.matrix import parts_of
from segkit.schedule.job_planning import plan_due, plan_latest
from segkit.schedule.schedule_file import Schedule, read_schedule
from segkit.schedule.state import Job, ScheduleState
from segkit.schedule.status import run_states
from segkit.schedule.working import TryOutcome, work
from tests.project.project import metrics_of, segkit, write_project

U = dt.UTC
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
YEAR = """\
time_zone: Europe/Berlin
entries:
  weekly: {cron: "0 6 * * 1", runs: tiny/one, parameters: {as_of: last_sunday}, catch_up: all, backoff: 10m, deadline: 9d}
  nightly: {cron: "30 2 * * *", runs: tiny/*, catch_up: all, retries: 5, backoff: 1m, deadline: 9d}
  leap: {cron: "0 12 29 2 *", runs: tiny/one, parameters: {as_of: today - 1 year}, catch_up: all, deadline: 9d}
  new_year: {cron: "1 0 1 1 *", runs: tiny/one, parameters: {as_of: previous_year_end}, catch_up: all, deadline: 9d}
"""
HOURLY = """\
  hourly: {cron: "0 * * 3,10 *", runs: tiny/two, parameters: {as_of: today}, deadline: 9d}
"""


def write_schedule(root: Path, text: str) -> Schedule:
    """A project with the runs tiny/one and tiny/two, and a schedule."""
    write_project(root)
    (root / "params" / "tiny" / "two.yaml").write_text("count: 2\n")
    (root / "params" / "schedule.yaml").write_text(text)
    return read_schedule(root)


class PowerCut(Exception):  # noqa: N818 - it is none of segkit's
    """The scheduler dies in the middle of its work."""


class World:
    """Runs that fail, wait and crash at random, and remember which page was made how often."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.made: Counter[tuple[str, str, str, str]] = Counter()
        self.begun = 0

    def __call__(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, TryOutcome]]:
        for job in jobs:
            self.begun += 1
            page = (job.entry, job.due.isoformat(), job.run, job.as_of)
            fate = self.draw.random()
            if fate < 0.04:
                raise PowerCut
            if page in self.made:
                yield job, TryOutcome(0, "the same page is there")
            elif fate < 0.1:
                yield job, TryOutcome(75, "no data yet")
            elif fate < 0.12:
                yield job, TryOutcome(1, "a cell failed")
            else:
                self.made[page] += 1
                if fate > 0.97:
                    raise PowerCut  # the page is there, and nobody knows
                yield job, TryOutcome(0, "page")


@pytest.mark.parametrize(
    ("hourly", "pauses"),
    [
        pytest.param("", [200, 550, 610, 60 * 24 * 3], id="sparse"),
        pytest.param(HOURLY, [20, 55, 61, 60 * 24 * 3], id="dense", marks=pytest.mark.slow),
    ],
)
def test_a_year_over_restarts_pauses_and_clock_changes_loses_and_doubles_nothing(
    tmp_path: Path, hourly: str, pauses: list[int], request: pytest.FixtureRequest
) -> None:
    if Path("/dev/shm").is_dir():  # thousands of small transactions: a disk would make them wait
        quick = tempfile.mkdtemp(dir="/dev/shm")
        request.addfinalizer(lambda: shutil.rmtree(quick))
        (tmp_path / "reports").symlink_to(quick)
    schedule = write_schedule(tmp_path, YEAR + hourly)
    world = World(7)
    now = dt.datetime(2023, 12, 31, 20, tzinfo=U)
    end = dt.datetime(2025, 1, 5, tzinfo=U)
    looks = 0
    while now < end:
        looks += 1
        state = ScheduleState(schedule.reports)  # every look is a process of its own
        try:
            plan_due(schedule, state, now)
            here = now
            work(schedule, state, lambda: here, world)  # noqa: B023 - used at once
        except PowerCut:
            pass
        finally:
            state.close()
        step = world.draw.choices(pauses, [45, 30, 24, 0.6])[0]
        now += dt.timedelta(minutes=step)
        if world.draw.random() < 0.01:
            now -= dt.timedelta(minutes=90)  # somebody sets the clock
    state = ScheduleState(schedule.reports)
    jobs = state.jobs()
    state.close()
    settled = end - dt.timedelta(days=4)
    done = {(job.entry, job.due, job.run): job for job in jobs if job.due < settled}
    assert {job.state for job in done.values()} <= {"done", "skipped"}

    days = [dt.date(2024, 1, 1) + dt.timedelta(days=n) for n in range(366)]
    mondays = [day for day in days if day.weekday() == 0 and day < settled.date()]
    weekly = {job.due.astimezone(BERLIN): job for job in done.values() if job.entry == "weekly"}
    assert sorted(weekly) == [dt.datetime.combine(day, dt.time(6), BERLIN) for day in mondays]
    assert [weekly[due].as_of for due in sorted(weekly)] == [str(day - dt.timedelta(days=1)) for day in mondays]

    nightly = Counter(job.due.astimezone(BERLIN).date() for job in done.values() if job.entry == "nightly")
    assert nightly == {day: 2 for day in days if day < settled.date()}  # two runs match tiny/*
    assert (
        done["nightly", dt.datetime(2024, 3, 31, 1, 30, tzinfo=U), "tiny/one"].as_of == "2024-03-30"
    )  # no 02:30 then
    assert done["nightly", dt.datetime(2024, 10, 27, 0, 30, tzinfo=U), "tiny/one"].as_of == "2024-10-26"  # two of it

    if hourly:
        starts = [dt.datetime(2024, month, 1, tzinfo=BERLIN).astimezone(U) for month in (3, 4, 10, 11)]
        hours = [starts[0] + dt.timedelta(hours=n) for n in range(31 * 24 - 1)]
        hours += [starts[2] + dt.timedelta(hours=n) for n in range(31 * 24 + 1)]
        assert (hours[-1] + dt.timedelta(hours=1), hours[742] + dt.timedelta(hours=1)) == (starts[3], starts[1])
        assert sorted(job.due for job in done.values() if job.entry == "hourly") == hours
    assert [job.as_of for job in jobs if job.entry == "leap"] == ["2023-02-28"]
    assert [job.as_of for job in jobs if job.entry == "new_year"] == ["2023-12-31", "2024-12-31"]

    # each page was made once, however often its run was begun; what was skipped was not made
    assert set(world.made.values()) == {1}
    made = {(entry, due, run) for entry, due, run, _ in world.made}
    assert made >= {(j.entry, j.due.isoformat(), j.run) for j in done.values() if j.state == "done"}
    assert not made & {(j.entry, j.due.isoformat(), j.run) for j in jobs if j.state == "skipped"}
    assert (looks > 1000, world.begun > len(world.made)) == (True, True)


def _look(schedule: Schedule, now: dt.datetime, outcome: TryOutcome) -> tuple[list[int], list[Job]]:
    state = ScheduleState(schedule.reports)
    try:
        plan_due(schedule, state, now)
        codes = work(schedule, state, lambda: now, lambda jobs: ((job, outcome) for job in jobs))
        return codes, state.jobs()
    finally:
        state.close()


def _schedule(root: Path, **more: str) -> tuple[Schedule, dt.datetime]:
    options = "".join(f", {name}: {value}" for name, value in more.items())
    schedule = write_schedule(
        root, f"time_zone: UTC\nentries:\n  daily: {{cron: '0 6 * * *', runs: tiny/one{options}}}\n"
    )
    start = dt.datetime(2024, 3, 4, 5, 59, 30, tzinfo=U)
    assert _look(schedule, start, TryOutcome(0, "")) == ([], [])
    return schedule, start + dt.timedelta(seconds=30)


def test_a_failure_is_tried_again_so_often_with_longer_pauses(tmp_path: Path) -> None:
    schedule, now = _schedule(tmp_path, retries="2", backoff="5m")
    states = []
    for minutes in (0, 4, 5, 14, 15, 60):
        codes, (job,) = _look(schedule, now + dt.timedelta(minutes=minutes), TryOutcome(1, "a cell failed"))
        states.append((codes, job.state, job.attempts))
    assert states == [
        ([75], "retry", 1),
        ([], "retry", 1),
        ([75], "retry", 2),
        ([], "retry", 2),
        ([1], "failed", 3),
        ([], "failed", 3),
    ]
    assert job.message == "a cell failed"


def test_what_is_not_there_yet_is_waited_for_until_the_deadline(tmp_path: Path) -> None:
    schedule, now = _schedule(tmp_path, retries="0", backoff="30m", deadline="3h")
    states = []
    for minutes in (0, 30, 90, 150, 240):
        codes, (job,) = _look(schedule, now + dt.timedelta(minutes=minutes), TryOutcome(75, "no Sunday yet"))
        states.append((codes, job.state))
    assert states == [([75], "retry"), ([75], "retry"), ([75], "retry"), ([75], "failed"), ([], "failed")]


def test_what_a_person_must_mend_is_not_tried_again(tmp_path: Path) -> None:
    schedule, now = _schedule(tmp_path)
    codes, (job,) = _look(schedule, now, TryOutcome(2, "no such table"))
    assert (codes, job.state) == ([2], "failed")


@pytest.mark.parametrize(
    ("policy", "states"),
    [
        ("latest", ["skipped", "skipped", "done"]),
        ("all", ["done", "done", "done"]),
        ("none", ["skipped", "skipped", "skipped"]),
    ],
)
def test_what_was_missed_is_caught_up_by_policy(tmp_path: Path, policy: str, states: list[str]) -> None:
    schedule, now = _schedule(tmp_path, catch_up=policy)
    _, jobs = _look(schedule, now + dt.timedelta(days=2, hours=4), TryOutcome(0, "page"))
    assert [job.state for job in jobs] == states
    assert [job.as_of for job in jobs] == ["2024-03-03", "2024-03-04", "2024-03-05"]


def test_a_run_that_left_the_schedule_is_not_made(tmp_path: Path) -> None:
    schedule, now = _schedule(tmp_path)
    _look(schedule, now, TryOutcome(75, "wait"))
    changed = write_schedule(tmp_path, "time_zone: UTC\nentries:\n  daily: {cron: '0 7 * * *', runs: tiny/two}\n")
    codes, jobs = _look(changed, now + dt.timedelta(minutes=10), TryOutcome(0, ""))
    assert (codes, [job.state for job in jobs]) == ([], ["skipped"])


def test_somebody_elses_scheduler_asks_for_an_entry(tmp_path: Path) -> None:
    """cron on another machine keeps no state for us: the entry's latest moment is made, and made once."""
    schedule, now = _schedule(tmp_path)
    state = ScheduleState(schedule.reports)
    codes = []
    for hours, code in ((3, 0), (4, 0), (27, 75), (27.05, 0), (28, 2), (29, 0), (30, 0)):
        here, outcome = now + dt.timedelta(hours=hours), TryOutcome(code, "")
        plan_latest(schedule, state, ("daily",), here)
        tried = work(schedule, state, lambda: here, lambda jobs: ((j, outcome) for j in jobs), only=("daily",))  # noqa: B023
        codes.append(tried)
    # done; nothing to do; not there yet; too early for the next try; refused; mended and asked for again; nothing to do
    assert codes == [[0], [], [75], [75], [2], [0], []]
    assert [(job.as_of, job.state) for job in state.jobs()] == [("2024-03-03", "done"), ("2024-03-04", "done")]
    state.close()


def test_a_job_that_another_scheduler_holds_is_left_to_it(tmp_path: Path) -> None:
    schedule, now = _schedule(tmp_path)
    state = ScheduleState(schedule.reports)
    plan_due(schedule, state, now)
    (job,) = state.open_jobs()
    with locked(schedule.reports, f"schedule/{job.name}"):
        assert _look(schedule, now, TryOutcome(0, ""))[0] == []
    assert _look(schedule, now, TryOutcome(0, ""))[0] == [0]
    state.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entries: {}\n", "`time_zone` is missing"),
        ("time_zone: Mars\nentries: {a: {cron: '0 6 * * *', runs: tiny/one}}\n", "`Mars` is not an IANA time zone"),
        ("time_zone: UTC\nentries: {a: {cron: '0 6 * *', runs: tiny/one}}\n", "`0 6 * *` is no cron expression"),
        ("time_zone: UTC\nentries: {a: {cron: '0 6 * * *', runs: tiny/on}}\n", "Did you mean `tiny/one`"),
        ("time_zone: UTC\nentries: {a b: {cron: '0 6 * * *', runs: tiny/one}}\n", "`a b` is no name"),
        ("time_zone: UTC\nentries: {a: {cron: '0 6 * * *', runs: tiny/one, retrys: 2}}\n", "Did you mean `retries`"),
        ("time_zone: UTC\nentries: {a: {cron: '0 6 * * *', runs: tiny/one, backoff: 5}}\n", "such as 5m or 2h"),
        (
            "time_zone: UTC\nentries: {a: {cron: '0 6 * * *', runs: tiny/one, parameters: {as_of: soonish}}}\n",
            "`soonish` is not a date",
        ),
    ],
)
def test_a_mistake_in_the_schedule_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ParameterError) as refused:
        write_schedule(tmp_path, text)
    assert said in str(refused.value)
    assert "schedule.yaml, line " in str(refused.value)


def test_parts_of_a_matrix_have_folders_that_differ() -> None:
    parts = parts_of({"region": ["North", "South / West"], "count": [1, 2]})
    assert [part.name for part in parts] == ["North+1", "North+2", "South-West+1", "South-West+2"]
    for matrix in ({"a": ["x y", "x-y"]}, {"a": ["latest"]}, {"a": ["2024-03-31"]}, {"a": [".."]}, {"a": []}):
        with pytest.raises(ParameterError, match="matrix: "):
            parts_of(matrix)  # type: ignore[arg-type]


def test_real_runs_that_two_schedulers_are_asked_for_at_once(tmp_path: Path) -> None:
    write_schedule(
        tmp_path,
        'time_zone: UTC\nentries:\n  all: {cron: "* * * * *", runs: tiny/one, parameters: {as_of: 2024-03-31},'
        " matrix: {count: [4, 5]}, retries: 0}\n"
        '  broken: {cron: "* * * * *", runs: tiny/two, parameters: {as_of: 2999-01-01}}\n',
    )
    dry = segkit(tmp_path, "due", "--entry", "all", "--dry-run")
    assert [line.split(",")[0] for line in dry.stdout.splitlines()] == [
        "all  tiny/one/4 as of 2024-03-31",
        "all  tiny/one/5 as of 2024-03-31",
    ]
    assert not (tmp_path / "reports" / "tiny").exists()
    command = [sys.executable, "-m", "segkit", "due", "--entry", "all", "--jobs", "2"]
    both = [subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = "".join(process.communicate(timeout=240)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    for count in (4, 5):
        page = tmp_path / "reports" / "tiny" / "one" / str(count) / "2024-03-31"
        assert metrics_of(page)["customers"]["value"] == count
    index = (tmp_path / "reports" / "index.html").read_text()
    assert 'href="tiny/one/4/latest/report.html"' in index
    refused = segkit(tmp_path, "due", "--entry", "broken")
    assert refused.returncode == 2
    assert "is after today" in json.loads(refused.stderr)["message"]
    told = [json.loads(line) for line in segkit(tmp_path, "status", "--json").stdout.splitlines()]
    assert [(one["run"], one["state"], one["last"]) for one in told] == [
        ("tiny/one/4", "ok", "2024-03-31"),
        ("tiny/one/5", "ok", "2024-03-31"),
        ("tiny/two", "failed", ""),
    ]


def test_a_new_entry_is_new_and_an_open_job_is_late(tmp_path: Path) -> None:
    schedule, now = _schedule(tmp_path)
    state = ScheduleState(schedule.reports)
    assert [one.state for one in run_states(schedule, state, now)] == ["new"]
    plan_due(schedule, state, now)
    (late,) = run_states(schedule, state, now)
    assert (late.state, late.next) == ("late", "2024-03-05T06:00+00:00")
    state.close()
    assert gravest(_look(schedule, now, TryOutcome(75, "no data"))[0]) == 75


@pytest.mark.parametrize(
    ("said", "last_day"),
    [
        (
            {"data": [{"last_days": {"a": "2024-03-03", "b": "2024-03-01"}}, {"last_days": {"c": "2024-03-02"}}]},
            "2024-03-01",
        ),
        ({"data": [{"last_days": {"a": "2024-03-03"}}], "reach": {"last_day": "2024-03-02"}}, "2024-03-02"),
        ({}, ""),
    ],
)
def test_the_status_says_how_fresh_the_data_of_the_page_are(
    tmp_path: Path, said: dict[str, object], last_day: str
) -> None:
    schedule, now = _schedule(tmp_path)
    page = schedule.reports / "tiny" / "one" / "2024-03-03"
    page.mkdir(parents=True)
    (page / "report.html").write_text("page")
    (page / "manifest.json").write_text(json.dumps(said))
    state = ScheduleState(schedule.reports)
    (found,) = run_states(schedule, state, now)
    state.close()
    assert (found.last, found.last_day) == ("2024-03-03", last_day)
    assert ("data until" in found.sentence()) == bool(last_day)


def test_the_loop_outlives_a_mistake_in_the_file_and_ends_on_a_signal(tmp_path: Path) -> None:
    text = "time_zone: UTC\nentries:\n  daily: {cron: '0 6 29 2 *', runs: tiny/one}\n"
    write_schedule(tmp_path, text)
    code = "import segkit.schedule.due_commands as c; c._LOOK = 0.3\nfrom segkit.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "schedule"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    base = tmp_path / "reports" / ".segkit" / "schedule.sqlite"
    for _ in range(1200):
        if base.exists() and os.path.getsize(base):
            break
        time.sleep(0.05)
    (tmp_path / "params" / "schedule.yaml").write_text(text.replace("daily:", "daily: {}\n  other:"))
    told = json.loads(process.stderr.readline())
    assert told["event"] == "refused"
    assert "The schedule stays as it was." in told["message"]
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in said.splitlines()] == ["stopped"]  # the mistake was told once


def test_the_company_says_who_is_told_where_an_entry_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "json://localhost/token-of-the-board")
    write_project(tmp_path)
    entry = "    cron: '0 6 * * *'\n    runs: tiny/one\n"
    (tmp_path / "params" / "schedule.yaml").write_text(
        f"time_zone: UTC\nentries:\n  plain:\n{entry}  own:\n{entry}    recipients: {{readers: json://localhost/mine, when: news}}\n"
    )
    company = tmp_path / "params" / "project.yaml"
    company.write_text(
        "site: https://r.example.com\nrecipients: {readers: ['${HOOK}'], owners: json://localhost/them}\n"
    )
    schedule = read_schedule(tmp_path)
    told = {name: entry.recipients for name, entry in schedule.entries.items()}
    assert told["plain"].readers == ("json://localhost/token-of-the-board",)
    assert (told["own"].readers, told["own"].when) == (("json://localhost/mine",), "news")
    assert {one.owners for one in told.values()} == {("json://localhost/them",)}
    assert {one.site for one in told.values()} == {"https://r.example.com"}
    assert "json://localhost/token-of-the-board" in schedule.secrets
    company.write_text("recipients:\n  readers: nobody\n")
    with pytest.raises(
        ParameterError, match=r"project.yaml, line 2: `recipients.readers`: an address is a URL of apprise"
    ):
        read_schedule(tmp_path)
