"""A schedule that can do nothing at all says so once, to its owners, in words; the loop goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from segkit.errors import NotYetError, ParameterError
from segkit.project import state_file
from segkit.schedule.state import ScheduleState
from tests.delivery.test_delivery import Mailbox, mail, to_mail, write_schedule  # noqa: F401
from tests.project.project import segkit


@pytest.fixture(autouse=True)
def _place(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files of the test's own: it is remembered there who was told."""
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("t")))
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_owners_are_told_once_that_reports_cannot_be_written(
    tmp_path: Path,
    mail: tuple[Mailbox, int],  # noqa: F811
) -> None:
    box, port = mail
    write_schedule(tmp_path, owners=to_mail(port, "ops"), readers=to_mail(port, "ann"))
    reports = tmp_path / "reports"
    reports.write_text("a file, not a folder")
    for _ in range(2):
        done = segkit(tmp_path, "due")
        assert done.returncode == 2
        assert "pages cannot be written there (Not a directory)" in json.loads(done.stderr)["message"]
    (message,) = box.got
    assert (message["Subject"], message["To"]) == (f"Stopped: the schedule of {tmp_path.name}", "ops@example.com")
    assert "pages cannot be written there (Not a directory)" in message.get_content()
    reports.unlink()
    assert segkit(tmp_path, "due").returncode == 0
    (reports / ".segkit" / "schedule.sqlite").write_text("this is no database, but a text that somebody has put here")
    done = segkit(tmp_path, "due")
    assert done.returncode == 2
    assert "what the schedule remembers cannot be read or written (file is not a database)" in done.stderr
    assert len(box.got) == 2


def test_the_loop_waits_until_it_can_work(tmp_path: Path) -> None:
    write_schedule(tmp_path)
    (tmp_path / "reports").write_text("a file, not a folder")
    code = "import segkit.schedule.due_commands as c; c._LOOK = 0.2\nfrom segkit.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "schedule"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "pages cannot be written" in json.loads(process.stderr.readline())["message"]
    (tmp_path / "reports").unlink()
    base = tmp_path / "reports" / ".segkit" / "schedule.sqlite"
    for _ in range(1200):
        if base.exists() and os.path.getsize(base):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in said.splitlines()] == ["stopped"]


def test_a_state_that_is_held_is_tried_later_and_one_that_is_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = state_file.sqlite3.connect
    monkeypatch.setattr(state_file.sqlite3, "connect", lambda *a, **k: connect(*a, **{**k, "timeout": 0.1}))
    holder = ScheduleState(tmp_path)
    waiting = ScheduleState(tmp_path)
    with holder.alone(), pytest.raises(NotYetError, match="is held by another process"), waiting.alone():
        pass
    waiting._ask("PRAGMA max_page_count = 1")
    said = r"cannot be read or written \(database or disk is full\)"
    big = "INSERT INTO entries (name, planned_until) VALUES ('big', zeroblob(1000000))"
    with pytest.raises(ParameterError, match=said), waiting.alone():
        waiting._ask(big)
    assert waiting._ask("SELECT count(*) FROM entries").fetchone() == (0,)
    for state in (holder, waiting):
        state.close()


def test_a_state_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / ".segkit").mkdir()
    base = state_file.sqlite3.connect(tmp_path / ".segkit" / "schedule.sqlite")
    base.executescript(
        "CREATE TABLE entries (name TEXT PRIMARY KEY, planned_until TEXT NOT NULL);"
        "CREATE TABLE jobs (entry TEXT, due TEXT, run TEXT, part TEXT, as_of TEXT, planned TEXT, state TEXT, attempts INTEGER,"
        " not_before TEXT, exit_code INTEGER, message TEXT, ended TEXT, PRIMARY KEY (entry, due, run, part));"
        "INSERT INTO entries VALUES ('a', '2024-03-04T06:00:00+00:00');"
        "INSERT INTO jobs VALUES ('a', '2024-03-04T06:00:00+00:00', 'tiny/one', '', '2024-03-03', '2024-03-04T06:00:00+00:00',"
        " 'done', 1, '2024-03-04T06:00:00+00:00', 0, 'page', '2024-03-04T06:01:00+00:00');"
    )
    base.close()
    state = ScheduleState(tmp_path)
    (job,) = state.jobs()
    assert (job.state, job.log) == ("done", "")
    state.close()
