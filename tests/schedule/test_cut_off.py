"""A scheduler whose power fails at any event of its work: what it remembers, files, copies and messages.

Whenever it stops, the next look does what is left: each page is made, copied and told once. A message that was being sent
when the power failed may have arrived, and is not sent again.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from segkit.delivery.ledger import Ledger
from segkit.schedule.schedule_file import read_schedule
from segkit.schedule.state import ScheduleState
from tests.delivery.test_delivery import hook  # noqa: F401
from tests.delivery.test_uploading import read_by
from tests.project.project import write_project

START = dt.datetime(2024, 3, 4, 6, 1, tzinfo=dt.UTC)
LOOK = '''\
"""Looks of a scheduler, each in a process of its own that ends at an event: the moment and the event come by line."""
import datetime as dt, json, os, sys
from pathlib import Path
from segkit.delivery.ledger import Ledger
from segkit.delivery.sending import _apprise
from segkit.project import publishing
from segkit.project.catalogue import refresh_index
from segkit.project.state_file import StateFile
from segkit.schedule import notifying
from segkit.schedule.job_planning import plan_due
from segkit.schedule.schedule_file import read_schedule
from segkit.schedule.state import ScheduleState
from segkit.schedule.upload_pages import upload_pages
from segkit.schedule.working import TryOutcome, work
from tests.project.power_cuts import PowerCut

ROOT = Path.cwd()
_apprise()
import fsspec.implementations.local

def around(function, cut):
    def told(*args, **more):
        cut.event()
        found = function(*args, **more)
        cut.event()
        return found
    return told

def runs(jobs):
    for job in jobs:
        folder = ROOT / "reports" / "tiny" / "one"
        if not (folder / job.as_of / "report.html").is_file():
            with publishing.staging(folder) as staged:
                (staged / "report.html").write_text(f"<p>{job.as_of}</p>")
                (staged / "metrics.json").write_text("{}")
                said = {"identity": job.as_of * 3, "revision": 1, "title": f"Page of {job.as_of}", "headline": "News."}
                (staged / "manifest.json").write_text(json.dumps(said))
                publishing.put_in_place(staged, folder / job.as_of)
        publishing.point_latest(folder)
        refresh_index(ROOT / "reports")
        yield job, TryOutcome(0, "page")

def look(now):
    schedule = read_schedule(ROOT)
    state, ledger = ScheduleState(schedule.reports), Ledger(schedule.reports, now)
    plan_due(schedule, state, now)
    work(schedule, state, lambda: now, runs)
    assert not list(upload_pages(schedule, state, ledger, now))
    assert not notifying.tell_people(schedule, state, ledger, now)

for line in sys.stdin:
    moment, last = json.loads(line)
    child = os.fork()
    if child == 0:
        cut = PowerCut(ROOT, last)
        StateFile._ask, notifying.send = around(StateFile._ask, cut), around(notifying.send, cut)
        cut.watch_files()
        look(dt.datetime.fromisoformat(moment))
        print(cut.seen, flush=True)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(f"end {code}", flush=True)
'''


class Scheduler:
    """Looks at a project's schedule that end when they are told to."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", LOOK], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def look(self, now: dt.datetime, cut_at: int = 0) -> int:
        """One look: how many events it had, 0 where it was cut."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([now.isoformat(), cut_at]) + "\n")
        self._process.stdin.flush()
        said = []
        while not (line := self._process.stdout.readline()).startswith("end "):
            assert line, "the scheduler ended"
            said.append(int(line))
        assert line.split()[1] == ("0" if said else "137")
        return said[0] if said else 0

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_power_cut_at_any_event_of_a_schedule_loses_and_doubles_nothing(
    quick_place: Path,
    hook: tuple[list[dict[str, Any]], int],  # noqa: F811
    step: int,
) -> None:
    fsspec = pytest.importorskip("fsspec")
    got, port = hook
    write_project(quick_place)
    told = json.dumps({"readers": f"json://127.0.0.1:{port}/readers"})
    (quick_place / "params" / "schedule.yaml").write_text(
        f"time_zone: UTC\npublish_to: {json.dumps(str(quick_place / 'site'))}\nentries:\n"
        f"  daily: {{cron: '0 6 * * *', runs: tiny/one, catch_up: all, recipients: {told}}}\n"
    )
    scheduler, cuts, day = Scheduler(quick_place), 0, dt.timedelta(days=1)
    scheduler.look(START - dt.timedelta(minutes=2))
    events = scheduler.look(START)
    assert events > 60
    points = range(1, events + 1, step)
    for number, point in enumerate(points, 1):
        now = START + number * day
        cuts += scheduler.look(now, point) == 0
        _is_whole(quick_place)
        assert scheduler.look(now + dt.timedelta(minutes=5))
        date = (now - day).date().isoformat()
        _is_whole(quick_place)
        place = fsspec.filesystem("file")
        for pointer in (date, "latest"):
            assert read_by(place, f"{quick_place}/site/tiny/one/{pointer}/index.html") == f"<p>{date}</p>", (
                point,
                pointer,
            )
    # what cuts left behind is swept by a later run; what never got its lock, once it is an hour old
    for folder in (quick_place / "reports").rglob(".segkit-new-*"):
        os.utime(folder, (0, 0))
    scheduler.look(START + (len(points) + 1) * day)
    scheduler.close()
    assert cuts >= len(points) - 3  # how many events there are depends on the day
    schedule = read_schedule(quick_place)
    state, ledger = ScheduleState(schedule.reports), Ledger(schedule.reports, START)
    assert {job.state for job in state.jobs()} == {"done"}
    assert len(state.jobs()) == len(points) + 2
    arrived = Counter(str(message["title"]) for message in got)
    assert set(arrived.values()) == {1}
    left = {line.subject.split("/")[2] for line in ledger.lines() if line.kind == "page" and line.state == "sending"}
    sent = {line.subject.split("/")[2] for line in ledger.lines() if line.kind == "page" and line.state == "sent"}
    assert {f"Page of {date}" for date in sent} <= set(arrived) <= {f"Page of {date}" for date in sent | left}
    assert len(sent | left) == len(points) + 2
    assert len(left) <= 8  # the few events between its begin and its end in the ledger
    state.close()
    ledger.close()
    assert not [path for path in (quick_place / "reports").rglob(".*") if path.name != ".segkit"]
    assert list((quick_place / "reports" / ".segkit" / "locks").iterdir()) == []
    assert list((quick_place / "site").rglob(".*")) == []


def _is_whole(root: Path) -> None:
    """What a reader finds after a cut: pages and the index are there whole or not at all."""
    pages = root / "reports" / "tiny" / "one"
    for page in pages.glob("2*"):
        assert sorted(file.name for file in page.iterdir()) == ["manifest.json", "metrics.json", "report.html"]
        assert (page / "report.html").read_text() == f"<p>{page.name}</p>"
    assert (pages / "latest" / "report.html").is_file()
    assert (root / "reports" / "index.html").read_text().rstrip().endswith("</html>")
