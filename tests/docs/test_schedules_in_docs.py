"""What the how-to pages show of schedules is a schedule, and their commands do what is said."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segkit.delivery.recipients import Recipients
from segkit.schedule.schedule_file import ScheduleEntry, read_schedule

PAGES = ("schedule-reports", "tell-people")


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """The reports that come along."""
    shutil.copytree(root / "notebooks", tmp_path / "notebooks")
    shutil.copytree(root / "params", tmp_path / "params")
    return tmp_path


def _text(root: Path, page: str) -> str:
    return (root / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_the_schedule_of_a_page_is_one(root: Path, project: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    monkeypatch.setenv("TEAMS_HOOK", "json://127.0.0.1/hook")
    (block,) = re.findall(r"```yaml\n(.*?)```", _text(root, page), re.DOTALL)
    (project / "params" / "schedule.yaml").write_text(block)
    schedule = read_schedule(project)
    assert [path.stem for path in schedule.files["monday"]][:1] == ["grocery"]


def test_the_tables_of_keys_are_whole(root: Path) -> None:
    told = {
        page: set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", _text(root, page), re.M))))
        for page in PAGES
    }
    assert set(ScheduleEntry.model_fields) <= told["schedule-reports"]
    assert set(Recipients.model_fields) <= told["tell-people"]


def test_the_commands_of_the_page_are_there(root: Path, project: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", _text(root, "schedule-reports"), re.DOTALL)
    (project / "params" / "schedule.yaml").write_text(block)

    def segkit(*arguments: str) -> str:
        command = [sys.executable, "-m", "segkit", *arguments]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout

    assert segkit("due", "--dry-run") == "Nothing is due.\n"
    assert segkit("due") == ""
    assert "monday  weekly_segments/grocery  new" in segkit("status")
    assert segkit("messages") == segkit("history") == ""
    named = set(re.findall(r"`segkit ([a-z]+)", _text(root, "schedule-reports") + _text(root, "run-reports")))
    offered = segkit("--help")
    assert {name for name in named if not re.search(rf"^\s+{name}\s", offered, re.M)} == set()
