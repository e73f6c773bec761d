"""Power cuts at the file events of a run: whenever it stops, pages and index are whole, and the next run is right."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.project.project import PAGE, write_notebook, write_project
from tests.project.test_killed import _is_whole, _litter

WRITES = """\
import os
NAMES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod"}

def writes(event, args):
    if event in NAMES:
        return True
    if event != "open":
        return False
    mode, flags = args[1], args[2]
    return any(sign in mode for sign in "wxa+") if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR))
"""
RUN = """\
import os, sys
from tests.project.test_crashes import WRITES
ROOT, left, seen = os.environ["CRASH_ROOT"], int(os.environ["CRASH_AT"]), 0
exec(WRITES)

def hook(event, args):
    global seen
    if (event in NAMES or event == "open") and str(args[0]).startswith(ROOT) and writes(event, args):
        seen += 1
        if seen == left:
            os._exit(137)

sys.addaudithook(hook)
from segkit.project.request import read_request
from segkit.project.run import run_report
from pathlib import Path
run_report(read_request(Path("params/tiny/one.yaml")))
print(seen)
"""


def _run(root: Path, crash_at: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=root,
        env=os.environ | {"CRASH_ROOT": str(root), "CRASH_AT": str(crash_at), "TMPDIR": str(root / "t")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def crash_everywhere(root: Path, step: int, last: int) -> int:
    """Cut the power at every step-th file event, and at each of the last so many; how often that was."""
    write_project(root)
    (root / "t").mkdir()
    first = _run(root, 0)
    assert first.returncode == 0, first.stderr
    write_notebook(root / "notebooks" / "tiny.ipynb", PAGE + "# changed")
    events = int(_run(root, 0).stdout)  # with a page to keep as a revision
    assert events > 20
    points = sorted({*range(1, events + 1, step), *range(max(1, events - last), events + 1)})
    cut = 0
    for point in points:
        write_notebook(root / "notebooks" / "tiny.ipynb", PAGE + f"# {point}")
        done = _run(root, point)
        # how many events there are depends on what the cut before left to do
        assert done.returncode == 137 or (done.returncode == 0 and int(done.stdout) < point), (point, done.stderr)
        cut += done.returncode == 137
        _is_whole(root)
        assert (root / "reports/tiny/one/latest/report.html").is_file()
    assert _run(root, 0).returncode == 0
    _is_whole(root)
    assert [left for left in _litter(root) if "segkit-new" not in left] == []
    return cut


@pytest.mark.slow
def test_power_cuts_at_file_events() -> None:
    with tempfile.TemporaryDirectory(prefix="segkit-cut-", dir="/tmp") as root:
        assert crash_everywhere(Path(root), step=12, last=13) > 12


@pytest.mark.soak
def test_power_cuts_at_every_file_event() -> None:
    with tempfile.TemporaryDirectory(prefix="segkit-cut-", dir="/tmp") as root:
        assert crash_everywhere(Path(root), step=1, last=0) > 20
