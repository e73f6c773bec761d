"""Power cuts at the file events of a run, a withdrawal and a correction: whenever one stops, pages and index are whole, and
the next is right.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from segkit.project.publishing import read_manifest
from segkit.project.request import read_request
from segkit.project.run import run_report
from segkit.project.verifying import changed_files
from tests.project.project import PAGE, write_notebook, write_project
from tests.project.test_killed import _is_whole, _litter

RUN = """\
import os
from tests.project.power_cuts import PowerCut
cut = PowerCut(os.environ["CRASH_ROOT"], int(os.environ["CRASH_AT"]))
cut.watch_files()
from segkit.project.request import read_request
from segkit.project.run import RunOptions, run_report
from segkit.project.withdrawing import Remark
from pathlib import Path
import datetime as dt
why = os.environ.get("CRASH_REASON")
remark = Remark(why, "Ann", dt.date(2024, 4, 2)) if why else None
run_report(read_request(Path("params/tiny/one.yaml")), RunOptions(force=bool(why), replace=bool(why), remark=remark))
print(cut.seen)
"""


def _run(root: Path, crash_at: int, reason: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=root,
        env=os.environ
        | {"CRASH_ROOT": str(root), "CRASH_AT": str(crash_at), "TMPDIR": str(root / "t"), "CRASH_REASON": reason},
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
    assert _left(root) == []
    return cut


def _left(root: Path) -> list[str]:
    """What cuts left for good: what never got its lock goes when it is an hour old, and Python's own probe of whether it
    can write into the folder for temporary files is not ours.
    """
    left = [path for path in _litter(root) if "segkit-new" not in path]
    probes = [path for path in left if Path(path).parent == root / "t" and _is_probe(Path(path))]
    assert len(probes) <= 3
    return [path for path in left if path not in probes]


def _is_probe(path: Path) -> bool:
    return (
        re.fullmatch("[a-z0-9_]{8}", path.name) is not None and path.is_file() and path.read_bytes() in (b"", b"blat")
    )


@pytest.mark.slow
def test_power_cuts_at_file_events() -> None:
    with tempfile.TemporaryDirectory(prefix="segkit-cut-", dir="/tmp") as root:
        assert crash_everywhere(Path(root), step=12, last=13) > 12


@pytest.mark.soak
def test_power_cuts_at_every_file_event() -> None:
    with tempfile.TemporaryDirectory(prefix="segkit-cut-", dir="/tmp") as root:
        assert crash_everywhere(Path(root), step=1, last=0) > 20


WITHDRAW = """\
import datetime as dt, json, os, sys
from pathlib import Path
from segkit.project.catalogue import refresh_index
from segkit.project.withdrawing import remark_of, withdraw
from tests.project.power_cuts import PowerCut
reports = Path.cwd() / "reports"
refresh_index(reports)  # what every process would read and compile anew

for line in sys.stdin:
    reason, last = json.loads(line)
    child = os.fork()
    if child == 0:
        cut = PowerCut(Path.cwd(), last)
        cut.watch_files()
        withdraw(reports / "tiny/one/2024-03-31", reports, remark_of(reason, "Ann", dt.date(2024, 4, 2)))
        print(cut.seen, flush=True)
        os._exit(0)
    print("end", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Withdrawals:
    """Withdrawals of one page, each in a process of its own that ends at an event."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WITHDRAW], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def withdraw(self, reason: str, cut_at: int = 0) -> int:
        """Withdraw the page: how many events that had, 0 where it was cut."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([reason, cut_at]) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if said.strip().isdigit():
            assert self._process.stdout.readline() == "end 0\n"
            return int(said)
        assert said == "end 137\n"
        return 0

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.slow
def test_a_power_cut_at_any_file_event_of_a_withdrawal(quick_place: Path) -> None:
    file = write_project(quick_place)
    for date in ("2024-03-24", "2024-03-31"):
        run_report(read_request(file, as_of=date))
    reports, before = quick_place / "reports", quick_place / "before"
    reports.rename(before)
    run = reports / "tiny" / "one"
    page, published = run / "2024-03-31", _contents(before / "tiny/one/2024-03-31")
    shutil.copytree(before, reports, symlinks=True)
    withdrawals, came = Withdrawals(quick_place), {"as it was": 0, "withdrawn": 0}
    events = withdrawals.withdraw("The till was empty.")
    assert events > 15
    for point in range(1, events + 1):
        shutil.rmtree(reports)
        shutil.copytree(before, reports, symlinks=True)
        assert withdrawals.withdraw("The till was empty.", point) == 0
        is_withdrawn = "withdrawn" in read_manifest(page)
        came["withdrawn" if is_withdrawn else "as it was"] += 1
        if is_withdrawn:
            assert changed_files(page) == []
            assert "The till was empty." in (page / "report.html").read_text()
        else:
            assert _contents(page) == published
        _leads_on(reports)
        assert _contents(run / "2024-03-24") == _contents(before / "tiny/one/2024-03-24")
        for folder in reports.rglob(".segkit-new-*"):  # it never got its lock: swept when it is an hour old
            os.utime(folder, (0, 0))
        withdrawals.withdraw("The till was empty, all day.")
        assert read_manifest(page)["withdrawn"]["reason"] == "The till was empty, all day."
        assert changed_files(page) == []
        assert os.readlink(run / "latest") == "2024-03-24"
        assert "The till was empty, all day." in (reports / "index.html").read_text()
        _leads_on(reports)
        kept = _contents(run / "revisions/2024-03-31/1")
        assert {name for name in kept if kept[name] != published[name]} <= {"report.html"}  # its links lead on
        assert "3 customers" in kept["report.html"].decode()
        left = [*reports.rglob(".*"), *(reports / ".segkit/locks").iterdir()]
        assert [path for path in left if path.name != ".segkit"] == []
    withdrawals.close()
    assert min(came.values()) > 0


def _leads_on(reports: Path) -> None:
    index = (reports / "index.html").read_text()
    assert index.rstrip().endswith("</html>")
    links = re.findall(r'href="(tiny[^"]+)"', index)
    assert links
    assert all((reports / link).is_file() for link in links)
    assert (reports / "tiny/one/latest/report.html").is_file()


def correct_everywhere(root: Path, first: float) -> int:
    """Cut the power at each file event of a correction from that share of them on; how often that was."""
    write_project(root)
    (root / "t").mkdir()
    for reason in ("", "The till was empty."):
        done = _run(root, 0, reason)
        assert done.returncode == 0, done.stderr
    page, events, cut = root / "reports/tiny/one/2024-03-31", int(done.stdout), 0
    for point in range(max(1, round(first * events)), events + 1):
        reason = f"The till was empty at {point}."
        done = _run(root, point, reason)
        assert done.returncode == 137 or (done.returncode == 0 and int(done.stdout) < point), (point, done.stderr)
        cut += done.returncode == 137
        _is_whole(root)
        assert changed_files(page) == []
        corrections = [one["reason"] for one in read_manifest(page)["corrections"]]
        html = (page / "report.html").read_text()
        assert all(one in html for one in corrections)
        assert (reason in corrections) == (reason in html)
    assert _run(root, 0, "The till was empty, all day.").returncode == 0
    _is_whole(root)
    assert read_manifest(page)["corrections"][-1]["reason"] == "The till was empty, all day."
    assert "The till was empty, all day." in (root / "reports" / "index.html").read_text()
    kept = sorted(int(path.name) for path in (root / "reports/tiny/one/revisions/2024-03-31").iterdir())
    assert kept == list(range(1, read_manifest(page)["revision"]))
    assert _left(root) == []
    return cut


@pytest.mark.parametrize(
    "first", [pytest.param(0.95, marks=pytest.mark.slow), pytest.param(0.0, marks=pytest.mark.soak)]
)
def test_power_cuts_at_file_events_of_a_correction(first: float) -> None:
    with tempfile.TemporaryDirectory(prefix="segkit-cut-", dir="/tmp") as root:
        assert correct_everywhere(Path(root), first) > 1
