"""Nobody watches: signals, closed pipes, corrupt notebooks, folders that cannot be written, what is kept and removed."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from segkit.data.passing import passes
from segkit.errors import NotYetError, ParameterError, RunError
from segkit.project import publishing
from segkit.project.archive import entries
from segkit.project.catalogue import refresh_index
from segkit.project.history import add_to_history, read_history
from segkit.project.locking import locked
from segkit.project.notebook import read_notebook
from segkit.project.notebook_engine import MOST_SHOWN, Shown
from segkit.project.request import read_request
from segkit.project.retention import outdated, remove_pages
from segkit.project.run import run_report
from segkit.project.stopping import stopping
from tests.project.project import PAGE, write_project


def _corrupt(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: document | changes


def _first_cell(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: document | {"cells": [document["cells"][0] | changes, *document["cells"][1:]]}


@pytest.mark.parametrize(
    ("corrupt", "said"),
    [
        (lambda _: None, "the file holds NoneType"),
        (lambda _: [], "the file holds list"),
        (_corrupt(nbformat=3), "its format is nbformat 3; segkit runs nbformat 4"),
        (_corrupt(nbformat=9), "its format is nbformat 9"),
        (_corrupt(nbformat=None), "its format is nbformat null"),
        (_corrupt(nbformat_minor="x"), "`nbformat_minor` is missing or no whole number"),
        (_corrupt(metadata=None), "its `metadata` is missing or no object"),
        (_corrupt(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "its kernel speaks R"),
        (_corrupt(cells=None), "its `cells` are missing or no list"),
        (_corrupt(cells=[None]), "cell 1 is no object"),
        (_first_cell(cell_type="heading"), 'cell 1 is of the type "heading"'),
        (_first_cell(source=None), "cell 1 has a `source` that is no text"),
        (_first_cell(metadata=None), "cell 1 has `metadata` that are missing or no object"),
        (_first_cell(metadata={"tags": "parameters"}), "cell 1 has `metadata`"),
        (_first_cell(source="half \ud800"), "cell 1 holds half of a character"),
        (_first_cell(cell_type="code", outputs=None), "cell 1 has no list of `outputs`"),
    ],
)
def test_a_corrupt_notebook_is_refused_in_a_sentence(tmp_path: Path, corrupt: Any, said: str) -> None:
    file = write_project(tmp_path)
    notebook = tmp_path / "notebooks" / "tiny.ipynb"
    notebook.write_text(json.dumps(corrupt(json.loads(notebook.read_text()))))
    with pytest.raises(ParameterError, match=re.escape(said)):
        read_request(file)


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not readable"), ("[" * 100_000, "not readable"), ("", "not readable")]
)
def test_a_file_that_is_no_json_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.ipynb").write_text(text)
    with pytest.raises(ParameterError, match=said):
        read_notebook(tmp_path / "x.ipynb")


def test_a_notebook_without_a_kernelspec_runs(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    notebook = tmp_path / "notebooks" / "tiny.ipynb"
    document = json.loads(notebook.read_text())
    document["metadata"] = {}
    notebook.write_text(json.dumps(document))
    assert run_report(read_request(file)).made


def test_where_pages_cannot_be_written_nothing_starts(tmp_path: Path) -> None:
    request = read_request(write_project(tmp_path))
    (tmp_path / "reports").write_text("a file, not a folder")
    began = time.monotonic()
    with pytest.raises(ParameterError, match=r"pages cannot be written there \(Not a directory\). Nothing has run"):
        run_report(request)
    assert time.monotonic() - began < 1


def test_a_failure_after_publication_is_not_told_as_nothing_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_project(tmp_path)

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device", "index.html")

    monkeypatch.setattr("segkit.project.run.refresh_index", full)
    with pytest.raises(RunError, match=r"report.html is published, but the index .* No space left on device"):
        run_report(read_request(file))
    page = tmp_path / "reports" / "tiny" / "one" / "2024-03-31"
    assert (page / "report.html").is_file()
    assert not (page.parent / "failures").exists()


def test_a_closed_pipe_and_a_full_disk_under_the_log_end_no_run(tmp_path: Path) -> None:
    write_project(tmp_path)
    read, write = os.pipe()
    os.close(read)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "segkit", "run", "params/tiny/one.yaml"],
            cwd=tmp_path,
            stdout=full,
            stderr=write,
            check=False,
            timeout=120,
        )
    os.close(write)
    assert done.returncode == 0
    assert (tmp_path / "reports" / "tiny" / "one" / "latest" / "report.html").is_file()


def test_a_kernel_in_c_code_dies_with_a_killed_run_and_the_next_run_sweeps(tmp_path: Path) -> None:
    busy = "import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\nsum(range(10**13))"
    write_project(tmp_path, busy)
    process = subprocess.Popen(
        [sys.executable, "-m", "segkit", "run", "params/tiny/one.yaml"], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    kernel = _number_in(tmp_path / "notebooks" / "pid")
    assert [path.name[:9] for path in (tmp_path / "reports/tiny/one").iterdir()] == [".staging-"]
    process.kill()
    process.wait(timeout=60)
    _wait_until(lambda: not _lives(kernel))
    write_project(tmp_path)
    assert run_report(read_request(tmp_path / "params/tiny/one.yaml")).made
    assert sorted(os.listdir(tmp_path / "reports/tiny/one")) == ["2024-03-31", "latest"]
    assert os.listdir(tmp_path / "reports/.segkit/locks") == []


def _number_in(path: Path) -> int:
    _wait_until(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


def _lives(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def _wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    for _ in range(int(seconds * 20)):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_interrupts_what_may_be_given_up_and_nothing_else(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopping() as stop:
        os.kill(os.getpid(), number)
        done = "whole"
        assert stop.reason
        with pytest.raises(RunError, match=number.name), stop.interruptible():
            done = "began all the same"
    assert done == "whole"
    assert signal.getsignal(number) is before


def test_a_signal_that_a_library_swallows_ends_the_run_all_the_same() -> None:
    def work() -> None:
        with stopping() as stop, stop.interruptible(), contextlib.suppress(BaseException):  # a library's own
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(RunError, match="SIGTERM"):
        work()


def test_the_deadline_counts_from_the_start() -> None:
    began = time.monotonic()
    with stopping(0.2) as stop, pytest.raises(RunError, match=r"time limit of 0\.2 seconds"), stop.interruptible():
        time.sleep(30)
    assert time.monotonic() - began < 5


def test_a_lock_is_held_by_one_at_a_time_however_it_is_let_go(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(60):
            with locked(tmp_path, "a/run #1/2024-03-31"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (360, 1)
    assert os.listdir(tmp_path / ".segkit" / "locks") == []
    with locked(tmp_path, "x" * 3000), pytest.raises(NotYetError), locked(tmp_path, "x" * 3000, wait=False):
        pass


def test_what_cells_show_is_bounded() -> None:
    shown = Shown()
    assert shown.add({"text": "x" * 1000}, 1)
    assert shown.add({"data": {"text/html": "y" * 1000, "other": {"a": 1}}}, 2)
    assert shown.characters == 2000
    assert not shown.add({"text": "x" * MOST_SHOWN}, 7)
    assert shown.too_much.startswith("Cell 7 shows too much: the notebook's outputs have more than 32 million")


def test_who_may_read_is_said_by_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with publishing.staging(tmp_path / "run") as staged:
            (staged / "report.html").write_text("x")
            publishing.put_in_place(staged, tmp_path / "run" / "2024-01-07")
        refresh_index(tmp_path)
    finally:
        os.umask(before)
    modes = [
        stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("run/2024-01-07", "run/2024-01-07/report.html", "index.html")
    ]
    assert modes == [0o750, 0o640, 0o640]


def _page(reports: Path, run: str, date: str, kind: str = "report.html") -> None:
    folder = reports / "tiny" / run / date
    folder.mkdir(parents=True)
    (folder / kind).write_text(date)


def test_latest_follows_dates_alone(tmp_path: Path) -> None:
    for name in ("2024-03-24", "2024-03-31", "backup-old", "2024-13-99", "2024-3-031"):
        _page(tmp_path, "one", name)
    publishing.point_latest(tmp_path / "tiny" / "one")
    assert os.readlink(tmp_path / "tiny" / "one" / "latest") == "2024-03-31"


def test_names_with_signs_of_urls_lead_to_their_pages(tmp_path: Path) -> None:
    names = ["a#b", "who?", "50 % off", "ä & ö", '"quoted"']
    for name in names:
        _page(tmp_path, name, "2024-03-24")
        _page(tmp_path, name, "2024-03-31")
        _page(tmp_path, name, "failures/2024-04-07", "failure.html")
        publishing.point_latest(tmp_path / "tiny" / name)
    refresh_index(tmp_path)
    links = re.findall(r'href="([^"]+)"', (tmp_path / "index.html").read_text())
    assert len(links) == 3 * len(names)
    for link in links:
        assert "#" not in link
        assert "?" not in link
        assert (tmp_path / unquote(link)).is_file()


def test_parts_of_a_matrix_and_failures_stand_in_the_index(tmp_path: Path) -> None:
    _page(tmp_path, "regions/north", "2024-03-31")
    _page(tmp_path, "regions/south", "failures/2024-03-31", "failure.html")
    _page(tmp_path, "one", "2024-03-31")
    _page(tmp_path, "one", "revisions/2024-03-31/1")
    _page(tmp_path, "one", "failures/2024-03-24", "failure.html")  # a later date succeeded
    found = [(entry.run, entry.latest, entry.failed) for entry in entries(tmp_path)]
    assert found == [
        ("regions/south", "", "2024-03-31"),  # what a person has to look at comes first
        ("one", "2024-03-31", ""),
        ("regions/north", "2024-03-31", ""),
    ]


def test_the_history_only_grows_and_survives_a_torn_line(tmp_path: Path) -> None:
    add_to_history(tmp_path, run="a", status="failed")
    with (tmp_path / ".segkit" / "history.jsonl").open("a") as stream:
        stream.write('{"run": "b", "sta')
    add_to_history(tmp_path, run="c", status="published", message="half \ud800")
    assert [line["run"] for line in read_history(tmp_path)] == ["a", "c"]


def test_old_pages_go_and_the_last_good_one_stays(tmp_path: Path) -> None:
    for week in range(8):
        _page(tmp_path, "one", (dt.date(2024, 1, 7) + dt.timedelta(weeks=week)).isoformat())
    _page(tmp_path, "one", "revisions/2024-01-07/1")
    _page(tmp_path, "one", "failures/2024-01-14", "failure.html")
    _page(tmp_path, "one", "failures/2024-12-01", "failure.html")
    _page(tmp_path, "old", "2020-01-05")
    today = dt.date(2024, 3, 1)
    gone = outdated(tmp_path, keep=2, days=20, today=today)
    assert [str(path.relative_to(tmp_path / "tiny" / "one")) for path in gone] == [
        *(f"2024-{day}" for day in ("01-07", "01-14", "01-21", "01-28", "02-04")),
        "revisions/2024-01-07",
        "failures/2024-01-14",
    ]
    remove_pages(tmp_path, gone)
    assert publishing.published_dates(tmp_path / "tiny" / "one") == ["2024-02-11", "2024-02-18", "2024-02-25"]
    assert publishing.published_dates(tmp_path / "tiny" / "old") == ["2020-01-05"]
    assert not list(tmp_path.rglob(".staging-*"))
    left = outdated(tmp_path, keep=1, days=0, today=dt.date(2030, 1, 1))
    assert [path.name for path in left] == ["2024-02-11", "2024-02-18"]  # not the failure that no success came after


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("connection to server at 127.0.0.1, port 5432 failed: Connection refused", True),
        ("FATAL: the database system is starting up", True),
        ("consuming input failed: server closed the connection unexpectedly", True),
        ("FATAL: password authentication failed for user", False),
        ('relation "orders" does not exist', False),
    ],
)
def test_what_passes_by_itself_is_told_from_what_a_person_mends(said: str, expected: bool) -> None:
    assert passes(said) is expected


def test_a_locked_database_is_tried_later(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    from segkit.data import open_dataset

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as shop:
        shop.execute(
            "CREATE TABLE sales AS SELECT 'a' customer_id, DATE '2024-03-01' AS time, 1.0 amount, 'o' order_id"
        )
    spec = tmp_path / "params" / "datasets" / "shop.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(
        "title: Shop\nrelation: non_contractual\ncurrency: EUR\ntime_zone: UTC\nconnection: duckdb://shop.duckdb\n"
        "tables:\n  transactions: {table: sales}\n"
    )
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / "shop.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        with pytest.raises(NotYetError, match=r"shop.yaml, line 5: `connection`: .*Could not set lock on file"):
            open_dataset(spec, "2024-03-31")
    finally:
        holder.communicate()
    assert open_dataset(spec, "2024-03-31").quality.tables[0].rows_in == 1


def test_a_project_is_found_from_any_folder(tmp_path: Path) -> None:
    write_project(tmp_path / "project", PAGE)
    for arguments, environment in (
        (["--project", str(tmp_path / "project")], {}),
        ([], {"SEGKIT_PROJECT": str(tmp_path / "project")}),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "segkit", *arguments, "list"],
            cwd="/",
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "params/tiny/one.yaml  not published yet\n"
