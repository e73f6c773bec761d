"""What is written for other schedulers, judged by them where they are here."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
import yaml

from segkit.errors import ParameterError
from segkit.schedule.export import export, in_utc, on_calendar
from segkit.schedule.occurrences import next_occurrence, occurrences
from segkit.schedule.schedule_file import Schedule, read_schedule
from tests.project.project import write_project

U = dt.UTC
TWO = """\
time_zone: Europe/Berlin
entries:
  monday: {cron: "0 6 * * 1", runs: tiny/one, parameters: {as_of: last_sunday}, backoff: 10m, deadline: 2h}
  month_end: {cron: "15 4 1 * *", runs: tiny/one, time_zone: America/New_York, catch_up: none, retries: 9, deadline: 10m}
"""
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    write_project(tmp_path)
    (tmp_path / "params" / "schedule.yaml").write_text(TWO)
    return read_schedule(tmp_path)


@needs_systemd
def test_systemd_takes_the_units(schedule: Schedule, tmp_path: Path) -> None:
    files = export(schedule, "systemd", project=str(tmp_path))
    assert sorted(files) == [
        f"segkit-{name}.{ending}" for name in ("monday", "month_end") for ending in ("service", "timer")
    ]
    # a program of that name, which verify looks for
    (tmp_path / "segkit").write_text("#!/bin/sh\n")
    (tmp_path / "segkit").chmod(0o755)
    for name, text in files.items():
        (tmp_path / name).write_text(text.replace("ExecStart=segkit", f"ExecStart={tmp_path}/segkit"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(files)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if "segkit-" in line]
    assert (done.returncode, told) == (0, []), done.stderr
    assert "RestartPreventExitStatus=1 2" in files["segkit-monday.service"]
    assert "Persistent=false" in files["segkit-month_end.timer"]


@needs_systemd
@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    "cron",
    [
        "0 6 * * 1",
        "*/15 * * * *",
        "30 5,17 * * 1-5",
        "0 0 1 1 *",
        "5 4 */10 2,3 *",
        "0 6 13 * 5",
        "0 6 * * 0,7",
        "1-5 3 29 2 *",
    ],
)
def test_systemds_calendar_means_what_cron_means(cron: str, zone: str) -> None:
    base = dt.datetime(2024, 6, 3, 12, 7, tzinfo=U)
    following = []
    for line in on_calendar(cron, zone):
        command = ["systemd-analyze", "calendar", line, "--iterations=1", "--base-time=2024-06-03 12:07:00 UTC"]
        told = subprocess.run(
            command, capture_output=True, text=True, check=True, env=os.environ | {"TZ": "UTC"}
        ).stdout
        found = re.search(r"(?:Next elapse|\(in UTC\)): \w+ (\S+ \S+) UTC", told)
        assert found, told
        following.append(dt.datetime.fromisoformat(found[1]).replace(tzinfo=U))
    assert min(following) == next_occurrence(cron, zone, base)


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("0 6 * * 1", "Europe/Berlin"),
        ("30 1 * * 1,3", "Australia/Sydney"),
        ("0 22 * * 5", "America/New_York"),
        ("0 6 * * *", "UTC"),
        ("15 9 1 * *", "Europe/Berlin"),
        ("5 * * * *", "Europe/Berlin"),
    ],
)
def test_githubs_hour_is_never_before_its_time_and_at_most_an_hour_late(cron: str, zone: str) -> None:
    start, end = dt.datetime(2026, 1, 10, tzinfo=U), dt.datetime(2026, 12, 20, tzinfo=U)
    meant = list(occurrences(cron, zone, start, end))
    made = list(occurrences(in_utc(cron, zone), "UTC", start, end))
    if cron.startswith("5 *"):
        assert set(made) == set(meant)
        return
    assert len(made) == len(meant)
    assert all(dt.timedelta(0) <= late - due <= dt.timedelta(hours=1) for due, late in zip(meant, made, strict=True))


@pytest.mark.parametrize(
    ("cron", "zone", "said"),
    [
        ("0 6 * * 1", "Asia/Kathmandu", "no whole hour"),
        ("0 0 1 * *", "Europe/Berlin", "day of the month"),
        ("0 1,12 * * 1", "Australia/Sydney", "on another day"),
        ("0 * * * 1", "Europe/Berlin", "every hour of certain days"),
    ],
)
def test_what_github_cannot_say_is_refused(cron: str, zone: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        in_utc(cron, zone)


def test_the_workflow_of_github(schedule: Schedule, tmp_path: Path) -> None:
    found = yaml.safe_load(export(schedule, "github", project=str(tmp_path))["segkit-monday.yml"])
    assert found[True]["schedule"] == [{"cron": "0 5 * * 1"}]  # YAML 1.1 reads `on` as true
    (script,) = [step["run"] for step in found["jobs"]["reports"]["steps"] if "due" in step.get("run", "")]
    # the script itself, with a segkit that is not there yet twice, then refused
    (tmp_path / "segkit").write_text('#!/bin/sh\necho x >> calls\n[ "$(wc -l < calls)" -lt 3 ] && exit 75\nexit 2\n')
    (tmp_path / "sleep").write_text("#!/bin/sh\necho $1 >> slept\n")
    for name in ("segkit", "sleep"):
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=os.environ | {"PATH": path}, check=False)
    assert done.returncode == 2
    assert (tmp_path / "slept").read_text() == "600\n600\n"


def test_the_line_of_cron(schedule: Schedule, tmp_path: Path) -> None:
    text = export(schedule, "cron", project="/srv/50 % of it")["segkit.cron"]
    (line,) = [line for line in text.splitlines() if "due" in line and not line.startswith("#")]
    assert line.startswith("*/5 * * * * segkit --project ")
    # cron turns a bare % into a line break, and takes the backslash away
    command = line.split(maxsplit=5)[5]
    assert re.search(r"(?<!\\)%", command) is None
    told = subprocess.run(
        ["sh", "-c", command.replace("\\%", "%").replace("segkit", "printf '%s|'", 1)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split("|")[:3] == ["--project", "/srv/50 % of it", "due"]


def test_the_manifest_of_kubernetes(schedule: Schedule, tmp_path: Path) -> None:
    files = export(schedule, "kubernetes", project="/srv/reports", image="registry/shop:1")
    assert sorted(files) == ["segkit-monday.yaml", "segkit-month-end.yaml"]
    validate = pytest.importorskip("kubernetes_validate").validate
    for text in files.values():
        for version in ("1.30", "1.34"):  # the schemas of Kubernetes, in which no unknown key is let through
            assert validate(yaml.safe_load(text), version, strict=True)
    found: dict[str, Any] = yaml.safe_load(files["segkit-month-end.yaml"])
    assert (found["apiVersion"], found["kind"], found["metadata"]["name"]) == (
        "batch/v1",
        "CronJob",
        "segkit-month-end",
    )
    spec, job = found["spec"], found["spec"]["jobTemplate"]["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == (
        "15 4 1 * *",
        "America/New_York",
        "Forbid",
    )
    assert zoneinfo.ZoneInfo(spec["timeZone"])
    assert (spec["startingDeadlineSeconds"], job["activeDeadlineSeconds"], job["backoffLimit"]) == (3600, 600, 9)
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # a pod failure policy needs it
    (rule,) = job["podFailurePolicy"]["rules"]
    assert (rule["action"], rule["onExitCodes"]["values"]) == ("FailJob", [1, 2])
    (container,) = pod["containers"]
    assert rule["onExitCodes"]["containerName"] == container["name"]
    assert container["args"] == ["segkit", "--project", "/srv/reports", "due", "--entry", "month_end"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
