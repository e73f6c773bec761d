"""Runs at one time in one project: sockets in folders of their own, private, short, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from segkit.errors import NotYetError, RunError
from segkit.project import sockets
from segkit.project.locking import locked, sweep_locks
from segkit.project.request import read_request
from segkit.project.run import run_report
from segkit.project.sockets import socket_folder
from tests.project.project import PAGE, write_project

LOOK = """\
import os, pathlib
from ipykernel.connect import get_connection_file
folder = pathlib.Path(get_connection_file()).parent
assert folder.stat().st_mode & 0o777 == 0o700
names = os.listdir(folder)
assert "kernel.json" in names and sum(name.startswith("kernel-") for name in names) >= 4, names
assert all(len(os.fsencode(folder / name)) < 107 for name in names)
assert not [name for place in (".", "..") for name in os.listdir(place) if "kernel" in name]
pathlib.Path("../folder.txt").write_text(str(folder))
"""


def test_the_sockets_stand_in_a_private_folder_that_is_gone_afterwards(tmp_path: Path) -> None:
    run_report(read_request(write_project(tmp_path, PAGE, LOOK)))
    folder = Path((tmp_path / "folder.txt").read_text())
    assert folder.name.startswith("segkit-run-")
    assert not folder.exists()


def test_six_runs_at_one_time_in_one_project(tmp_path: Path) -> None:
    write_project(tmp_path)
    files = []
    for number in range(6):
        files.append(tmp_path / "params" / "tiny" / f"run{number}.yaml")
        files[-1].write_text("as_of: 2024-03-31\n")
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "segkit", "run", str(file)], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for file in files
    ]
    told = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 6, told
    index = (tmp_path / "reports" / "index.html").read_text()
    assert all(f'href="tiny/run{number}/latest/report.html"' in index for number in range(6))


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files with a short path."""
    folder = Path("/tmp") / f"segkit-test-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    monkeypatch.setattr(sockets.tempfile, "tempdir", str(folder))
    return folder


def test_what_a_killed_run_left_behind_is_swept_and_what_lives_is_not(place: Path) -> None:
    code = (
        f"import tempfile, time; tempfile.tempdir = {str(place)!r}\n"
        "from segkit.project.sockets import socket_folder\n"
        "with socket_folder() as folder:\n    (folder / 'kernel-1').touch()\n    print(folder, flush=True)\n"
        "    time.sleep(300)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    left = Path(other.stdout.readline().strip())
    try:
        with socket_folder() as folder:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert left.exists()
    finally:
        other.send_signal(signal.SIGKILL)
        other.communicate()
    assert left.exists()
    (place / "segkit-run-link").symlink_to("/")
    started = place / ".segkit-new-x"
    started.mkdir()
    with socket_folder():
        assert sorted(path.name for path in place.iterdir() if path != left)[0] == ".segkit-new-x"
        assert not left.exists()
    os.utime(started, (time.time() - 7200,) * 2)
    with socket_folder():
        assert not started.exists()
    assert [path.name for path in place.iterdir()] == ["segkit-run-link"]
    shutil.rmtree(place)


def test_a_long_path_is_passed_over(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = place / ("x" * 80)
    long.mkdir()
    monkeypatch.setattr(sockets.tempfile, "tempdir", str(long))
    with socket_folder() as folder:
        assert folder.parent == Path("/tmp")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(RunError, match="no folder for temporary files can be written to"), socket_folder():
        pass
    shutil.rmtree(place)


HOLD = """\
import os, sys
from pathlib import Path
from segkit.project.locking import locked
with locked(Path("reports"), sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_killed_run_is_swept_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, name], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("tiny/one/2024-03-24", "schedule/monday", "tiny/one/2024-03-31")
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
    locks = tmp_path / "reports" / ".segkit" / "locks"
    for process in running[:2]:
        process.kill()
        process.wait()
    assert len(list(locks.iterdir())) == 3
    with locked(tmp_path / "reports", "tiny/one/2024-04-07"):
        sweep_locks(tmp_path / "reports")
        assert sorted(path.name for path in locks.iterdir()) == ["tiny%2Fone%2F2024-03-31", "tiny%2Fone%2F2024-04-07"]
        with pytest.raises(NotYetError), locked(tmp_path / "reports", "tiny/one/2024-03-31", wait=False):
            pass
    for process in running:
        process.communicate()
    assert list(locks.iterdir()) == []


def test_the_next_run_of_whatever_page_sweeps_the_lock(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    locks = tmp_path / "reports" / ".segkit" / "locks"
    locks.mkdir(parents=True)
    (locks / "tiny%2Ftwo%2F2020-01-05").touch()
    run_report(read_request(file))
    assert list(locks.iterdir()) == []


def test_who_sweeps_never_passes_for_a_run_that_holds_a_lock(tmp_path: Path) -> None:
    reports, rounds = tmp_path / "reports", 300

    def ask(name: str) -> None:
        for _ in range(rounds):
            with locked(reports, name, wait=False):
                (reports / ".segkit" / "locks" / f"left-by-{name}").touch()

    def sweep(_: int) -> None:
        for _ in range(rounds):
            sweep_locks(reports)

    with ThreadPoolExecutor(4) as several:
        done = [several.submit(ask, name) for name in ("a", "b")]
        done += [several.submit(sweep, number) for number in range(2)]
        for one in done:
            one.result()
    sweep_locks(reports)
    assert list((reports / ".segkit" / "locks").iterdir()) == []
