"""docs/how-to/other-schedulers.md: its commands are executed, and so is what they write, as the other scheduler would."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.project.project import metrics_of, write_project

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "other-schedulers.md"
ELSEWHERE = {
    "crontab": "changes the machine's own table; what cron would start is started below",
    "sudo": "changes the machine; tests/schedule/test_export.py has the units verified by systemd-analyze",
    "systemctl": "needs a running systemd",
    "journalctl": "needs a running systemd",
    "kubectl": "needs a cluster; tests/schedule/test_export.py holds the manifests to Kubernetes' schemas",
    "airflow": "tests/schedule/test_airflow.py does it in an Airflow of its own (tox -e airflow)",
}
SCHEDULE = """\
time_zone: UTC
entries:
  monday: {cron: "*/5 * * * *", runs: tiny/one, parameters: {as_of: 2024-03-31}, backoff: 1m, deadline: 5m}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one small report, with a schedule."""
    write_project(tmp_path / "project")
    (tmp_path / "project" / "params" / "schedule.yaml").write_text(SCHEDULE)
    return tmp_path / "project"


@pytest.fixture
def surroundings(tmp_path: Path) -> Mapping[str, str]:
    """What cron gives a command, and no more; `segkit` is the one that is tested."""
    program = tmp_path / "bin" / "segkit"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m segkit "$@"\n')
    program.chmod(0o755)
    return {
        "PATH": f"{program.parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LOGNAME": "reports",
        "SHELL": "/bin/sh",
    }


def commands() -> list[str]:
    """Every line that the page says to type."""
    return [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
    ]


def test_the_page_has_a_section_and_commands_for_each_of_them() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == [
        "cron",
        "systemd",
        "Kubernetes",
        "GitHub Actions",
        "Airflow",
    ]
    exported = {words[3] for words in map(shlex.split, commands()) if words[:3] == ["segkit", "schedule", "--export"]}
    assert exported == {"cron", "systemd", "kubernetes", "github", "airflow"}
    assert {shlex.split(line)[0] for line in commands()} == {"segkit", "git", *ELSEWHERE}


def test_the_commands_of_the_page_and_what_they_write_do_what_is_said(
    project: Path, surroundings: Mapping[str, str]
) -> None:
    def sh(line: str, folder: Path = project, shell: str = "/bin/sh") -> subprocess.CompletedProcess[str]:
        """A line, as a scheduler starts it."""
        return subprocess.run(
            [shell, "-e", "-c", line],
            cwd=folder,
            env=dict(surroundings),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    for line in commands():
        if shlex.split(line)[0] not in ELSEWHERE:
            done = sh(line)
            assert done.returncode == 0, (line, done.stderr)
    units = project / "units"
    assert sorted(path.name for path in units.iterdir()) == [
        "segkit-monday.service",
        "segkit-monday.timer",
        "segkit-monday.yaml",
        "segkit.cron",
    ]
    assert "segkit_monday.py" in os.listdir(project / "dags")

    # cron starts its line in the home of a user; the others find the page there
    (line,) = [line for line in (units / "segkit.cron").read_text().splitlines() if line.startswith("*/5")]
    done = sh(line.split(maxsplit=5)[5].replace("\\%", "%"), Path("/"))
    # a new schedule looks back a minute, so that the line may have come too late for its first moment
    assert (done.returncode, done.stderr) == (0, "")
    service = (units / "segkit-monday.service").read_text()
    done = sh(
        re.findall(r"^ExecStart=(.*)", service, re.MULTILINE)[0],
        Path(re.findall(r"WorkingDirectory=(.*)", service)[0]),
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = project / "reports" / "tiny" / "one" / "2024-03-31"
    assert metrics_of(page)["customers"]["value"] == 3
    before = page.stat().st_ino

    pod = yaml.safe_load((units / "segkit-monday.yaml").read_text())["spec"]["jobTemplate"]["spec"]["template"][
        "spec"
    ]
    assert sh(shlex.join(pod["containers"][0]["args"]), Path("/")).returncode == 0
    workflow = yaml.safe_load((project / ".github" / "workflows" / "segkit-monday.yml").read_text())
    (script,) = [step["run"] for step in workflow["jobs"]["reports"]["steps"] if "due" in step.get("run", "")]
    assert sh(script, shell="/bin/bash").returncode == 0
    assert page.stat().st_ino == before  # it is made once, whoever asks for it
