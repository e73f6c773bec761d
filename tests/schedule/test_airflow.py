"""The DAGs for Airflow 3: read and executed by a real one, which has an environment of its own (`tox -e airflow`)."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segkit.schedule.export import export
from segkit.schedule.job_planning import plan_latest
from segkit.schedule.schedule_file import read_schedule
from segkit.schedule.state import ScheduleState
from tests.project.project import segkit, write_project

ROOT = Path(__file__).resolve().parents[2]
SCHEDULE = """\
time_zone: Europe/Berlin
entries:
  monday: {cron: "0 6 * * 1", runs: tiny/one, parameters: {as_of: last_sunday}, backoff: 10m, deadline: 2h}
  every-day: {cron: "0 7 * * *", runs: tiny/one, catch_up: all}
  broken: {cron: "0 6 * * 1", runs: tiny/one, parameters: {as_of: 2999-01-01}, retries: 0}
"""


def write_dags(root: Path) -> Path:
    """A project with a schedule, and its DAGs in a folder."""
    write_project(root)
    (root / "params" / "schedule.yaml").write_text(SCHEDULE)
    folder = root / "dags"
    folder.mkdir()
    for name, text in export(read_schedule(root), "airflow", project=str(root)).items():
        (folder / name).write_text(text)
    return folder


def test_what_was_due_at_a_moment_that_has_passed(tmp_path: Path) -> None:
    write_dags(tmp_path)
    schedule, state = read_schedule(tmp_path), ScheduleState(tmp_path / "reports")
    now, at = dt.datetime(2024, 6, 5, tzinfo=dt.UTC), dt.datetime(2024, 4, 1, 4, 0, tzinfo=dt.UTC)
    plan_latest(schedule, state, ("monday",), now, at)
    (job,) = state.open_jobs()
    assert (job.due, job.as_of, job.planned) == (at, "2024-03-31", now)
    state.close()
    dry = segkit(tmp_path, "due", "--entry", "monday", "--at", "2024-04-01T06:00+02:00", "--dry-run")
    assert dry.stdout.startswith("monday  tiny/one as of 2024-03-31, due 2024-04-01 04:00 UTC")
    for wrong in (["--at", "2024-04-01"], ["--at", "monday"], ["--at", "2999-01-01T00:00+00:00"]):
        done = segkit(tmp_path, "due", "--entry", "monday", *wrong)
        assert done.returncode == 2
        assert "is no moment that has passed" in json.loads(done.stderr)["message"]
    assert segkit(tmp_path, "due", "--at", "2024-04-01T06:00+02:00").returncode == 2


def test_the_dags_are_python_and_say_what_the_entry_says(tmp_path: Path) -> None:
    folder = write_dags(tmp_path)
    assert sorted(file.name for file in folder.iterdir()) == [
        "segkit_broken.py",
        "segkit_every_day.py",
        "segkit_monday.py",
    ]
    for file in folder.iterdir():
        compile(file.read_text(), file.name, "exec")
    monday = (folder / "segkit_monday.py").read_text()
    assert "CronDataIntervalTimetable('0 6 * * 1', timezone='Europe/Berlin')" in monday
    assert "@task(retries=12, retry_delay=timedelta(seconds=600))" in monday
    assert "catchup=False" in monday
    assert "catchup=True" in (folder / "segkit_every_day.py").read_text()


@pytest.mark.airflow
def test_a_real_airflow_reads_the_dags_and_makes_the_page_of_the_data_interval(tmp_path: Path) -> None:
    airflow = Path(os.environ["SEGKIT_AIRFLOW"])
    folder = write_dags(tmp_path)
    program = tmp_path / "bin" / "segkit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m segkit "$@"\n')
    program.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PATH": f"{program.parent}:{airflow.parent}:{os.environ['PATH']}",
    }

    def ask(*arguments: str) -> str:
        done = subprocess.run(
            [airflow, *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0 or arguments[:2] == ("dags", "test"), done.stdout + done.stderr
        return done.stdout + done.stderr

    ask("db", "migrate")
    assert "No data found" in ask("dags", "list-import-errors")
    # the interval that ends on a Monday at six in Berlin; its Sunday is the page's date
    said = ask("dags", "test", "segkit_monday", "2024-04-01T06:00:00+02:00")
    assert "data_interval_end=2024-04-01 04:00:00+00:00" in said
    assert "state=success" in said
    pages = sorted(path.name for path in (tmp_path / "reports" / "tiny" / "one").iterdir())
    assert pages == ["2024-03-31", "latest"]
    said = ask("dags", "test", "segkit_broken", "2024-04-01T06:00:00+02:00")
    assert "segkit ended with exit code 2" in said
    assert "state=failed" in said
