"""Runs that are killed, signalled and started many at a time: `latest` and index stay whole, the next run is right.

The slow suite has a dozen of each, the soak suite (`tox -e soak`) two hundred.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from segkit.project.history import read_history
from tests.project.project import PAGE, metrics_of, write_notebook, write_project


def _start(root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "segkit", "run", *arguments],
        cwd=root,
        env=os.environ | {"TMPDIR": str(root / "t")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _is_whole(root: Path) -> None:
    """What a reader finds: every link of the index leads somewhere, and every page is complete."""
    reports = root / "reports"
    if (reports / "index.html").exists():
        for link in re.findall(r'href="([^"]+)"', (reports / "index.html").read_text()):
            assert (reports / unquote(link)).is_file(), link
    for page in reports.glob("tiny/one/*/report.html"):
        if page.parent.name.startswith(
            ".staging-"
        ):  # of a run that was cut off: no reader sees it, the next run sweeps it
            continue
        assert page.read_text().rstrip().endswith("</html>")
        assert json.loads((page.parent / "manifest.json").read_text())["report"] == "tiny"
        assert metrics_of(page.parent)["customers"]["unit"] == "customers"
    latest = reports / "tiny" / "one" / "latest"
    assert not latest.is_symlink() or (latest / "report.html").is_file()


def _orphans(root: Path) -> list[str]:
    """Processes that still stand in the project."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(root):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def _litter(root: Path) -> list[str]:
    places = [*(root / "reports").rglob(".*"), *(root / "t").iterdir(), *(root / "reports/.segkit/locks").iterdir()]
    return [str(path) for path in places if path.name != ".segkit"]


def kill_at_random(root: Path, kills: int, seed: int) -> Counter[str]:
    """Kill so many runs at random moments of their lives, and look after each."""
    draw = random.Random(seed)
    write_project(root)
    (root / "t").mkdir()
    began = time.monotonic()
    assert _start(root, "params/tiny/one.yaml").wait() == 0
    whole = time.monotonic() - began
    came: Counter[str] = Counter()
    for number in range(kills):
        write_notebook(root / "notebooks" / "tiny.ipynb", PAGE + f"# {number}")
        process = _start(root, "params/tiny/one.yaml")
        time.sleep(draw.uniform(0, 1.1 * whole))
        number_sent = draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        process.send_signal(number_sent)
        came[f"{number_sent.name} {process.wait(timeout=60)}"] += 1
        _is_whole(root)
    assert _start(root, "params/tiny/one.yaml").wait() == 0
    deadline = time.monotonic() + 10
    while _orphans(root) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _orphans(root) == []
    _is_whole(root)
    assert _litter(root) == []
    assert not (root / "reports/tiny/one/failures/2024-03-31").exists()
    return came


def start_at_once(root: Path, equal: int, different: int) -> None:
    """Equal starts do the work once; different ones all of theirs."""
    write_project(root)
    (root / "t").mkdir(exist_ok=True)
    for number in range(different):
        (root / "params" / "tiny" / f"run{number}.yaml").write_text(f"count: {number + 10}\n")
    files = ["one"] * equal + [f"run{number}" for number in range(different)]
    running = [_start(root, f"params/tiny/{file}.yaml") for file in files]
    assert [process.wait(timeout=900) for process in running] == [0] * len(files)
    for number in range(different):
        page = root / "reports" / "tiny" / f"run{number}" / "2024-03-31"
        assert metrics_of(page)["customers"]["value"] == number + 10
    came = Counter((line["run"], line["status"]) for line in read_history(root / "reports"))
    assert came == {
        ("tiny/one", "published"): 1,
        ("tiny/one", "unchanged"): equal - 1,
        **{(f"tiny/run{number}", "published"): 1 for number in range(different)},
    }
    index = (root / "reports" / "index.html").read_text()
    assert index.count("<section ") == different + 1
    assert _litter(root) == []


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short path: sockets stand in it."""
    folder = Path(tempfile.mkdtemp(prefix="segkit-kill-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_killed_at_random_moments(place: Path, record_property: Callable[[str, object], None]) -> None:
    came = kill_at_random(place, 12, seed=1)
    record_property("figure", f"12 runs ended at random moments (signal, exit code): {dict(came)}")


@pytest.mark.slow
def test_equal_and_different_starts_at_once(place: Path) -> None:
    start_at_once(place, equal=8, different=4)


@pytest.mark.soak
def test_two_hundred_kills(place: Path) -> None:
    kill_at_random(place, 200, seed=2)


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(10))
def test_twenty_equal_and_ten_different_starts(place: Path, round_: int) -> None:
    start_at_once(place, equal=20, different=10)


def due_at_once(root: Path, runs: int) -> None:
    """Two schedulers that are asked at one time make each run once."""
    write_project(root)
    (root / "t").mkdir()
    (root / "params" / "tiny" / "one.yaml").unlink()
    for number in range(runs):
        (root / "params" / "tiny" / f"run{number}.yaml").write_text(f"count: {number + 10}\n")
    (root / "params" / "schedule.yaml").write_text(
        'time_zone: UTC\nentries: {all: {cron: "0 0 1 1 *", runs: tiny/*, parameters: {as_of: 2024-03-31}}}\n'
    )
    due = [sys.executable, "-m", "segkit", "due", "--entry", "all", "--jobs", "2"]
    surroundings = os.environ | {"TMPDIR": str(root / "t")}
    both = [
        subprocess.Popen(due, cwd=root, env=surroundings, stderr=subprocess.PIPE, text=True, start_new_session=True)
        for _ in range(2)
    ]
    said = "".join(process.communicate(timeout=900)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert Counter((line["run"], line["status"]) for line in read_history(root / "reports")) == {
        (f"tiny/run{number}", "published"): 1 for number in range(runs)
    }
    for number in range(runs):
        page = root / "reports" / "tiny" / f"run{number}" / "2024-03-31"
        assert metrics_of(page)["customers"]["value"] == number + 10
    assert _litter(root) == []
    assert _orphans(root) == []


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(10))
def test_ten_runs_by_two_schedulers(place: Path, round_: int) -> None:
    due_at_once(place, runs=10)


@pytest.mark.soak
def test_two_hundred_tiny_runs_in_a_row(place: Path) -> None:
    write_project(place)
    (place / "t").mkdir()
    for number in range(200):
        write_notebook(place / "notebooks" / "tiny.ipynb", PAGE + f"# {number}")
        assert _start(place, "params/tiny/one.yaml").wait(timeout=120) == 0
    assert len(list((place / "reports/tiny/one/revisions/2024-03-31").iterdir())) == 199
    assert _litter(place) == []
