"""docs/reference/how-runs-end.md, line by line: whatever is wrong ends in the stated exit code, sentence and page."""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from segkit.cli import app
from segkit.project.history import read_history
from segkit.project.kernel import RunKernelManager
from segkit.project.locking import locked
from tests.engines.servers import running_postgres
from tests.project.project import PAGE, PARAMETERS, segkit, write_notebook, write_project
from tests.project.test_identity import COUNT, SHOP, write_shop

ROOT = Path(__file__).resolve().parents[2]
DATE = "2024-03-31"
Breaking = Callable[[Path], list[str] | None]


def rows(heading: str) -> dict[str, list[str]]:
    """A table of the page: what is wrong → the cells behind it."""
    text = (ROOT / "docs" / "reference" / "how-runs-end.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"
    ]
    return {line[0]: line[1:] for line in lines[2:]}


def _notebook(change: Callable[[str], str]) -> Breaking:
    def broken(root: Path) -> None:
        path = root / "notebooks" / "tiny.ipynb"
        path.write_text(change(path.read_text()))

    return broken


def _params(content: bytes) -> Breaking:
    def broken(root: Path) -> None:
        (root / "params" / "tiny" / "one.yaml").write_bytes(content)

    return broken


def _folder(name: str) -> Breaking:
    def broken(root: Path) -> None:
        (root / name).unlink()
        (root / name).mkdir()

    return broken


def _cell(parameters: str) -> Breaking:
    def broken(root: Path) -> None:
        write_notebook(root / "notebooks" / "tiny.ipynb", PAGE, parameters=parameters)

    return broken


def _dataset(text: str) -> Breaking:
    def broken(root: Path) -> None:
        (root / "params" / "datasets").mkdir()
        (root / "params" / "datasets" / "shop.yaml").write_text(text)
        write_notebook(root / "notebooks" / "tiny.ipynb", PAGE, parameters=PARAMETERS + 'dataset = "shop"\n')

    return broken


def _page_of_other_parameters(root: Path) -> list[str]:
    page = root / "reports" / "tiny" / "one" / DATE
    page.mkdir(parents=True)
    (page / "report.html").write_text("page")
    (page / "manifest.json").write_text(json.dumps({"parameters": {"count": 3}, "given": ["count"]}))
    return ["-p", "count=4"]


def _secret_parameter(root: Path) -> list[str]:
    _dataset(SHOP + "connection: postgres://shop:${SHOP_ENTRY}@127.0.0.1:1/shop\n")(root)
    return ["-p", "names=[correct-horse]"]


def _unwritable(root: Path) -> None:
    (root / "reports").write_text("a file, not a folder")


def _merge(text: str) -> str:
    head, rest = text.split("\n", 1)
    return f"{head}\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n{rest}"


REFUSED: dict[str, Breaking] = {
    "a notebook of nbformat 3": _notebook(lambda text: text.replace('"nbformat": 4', '"nbformat": 3')),
    "a notebook of nbformat 9": _notebook(lambda text: text.replace('"nbformat": 4', '"nbformat": 9')),
    "a notebook whose JSON is cut off": _notebook(lambda text: text[:-40]),
    "a notebook with marks of a merge": _notebook(_merge),
    "an empty file as a notebook": _notebook(lambda _: ""),
    "a folder as a notebook": _folder("notebooks/tiny.ipynb"),
    "no notebook": lambda root: (root / "notebooks" / "tiny.ipynb").unlink(),
    "no cell tagged `parameters`": _notebook(lambda text: text.replace('"parameters"', '"other"')),
    "a `parameters` cell that is no Python": _cell("as_of = ("),
    "a parameter file that is no YAML": _params(b"as_of: [2024-03-31\ncount: }"),
    "a parameter file that is not UTF-8": _params(b"as_of: 2024-03-31\nnames: [\xff\xfe]"),
    "a folder as a parameter file": _folder("params/tiny/one.yaml"),
    "a parameter that the report does not have": _params(b"as_of: 2024-03-31\ncuont: 3\n"),
    "a dataset file with a mistake": _dataset(SHOP.replace("currency", "curency")),
    "a variable of the dataset file that is not set": _dataset(SHOP.replace("Shop", "${SHOP_NOWHERE}")),
    "no such parameter file": lambda root: (root / "params" / "tiny" / "one.yaml").unlink(),
    "a mistake on the command line, by a person": lambda _: ["-p", "cuont=3"],
    "the same mistake, by the schedule": lambda _: ["-p", "cuont=3", "--unattended"],
    "a date after today": lambda _: ["--as-of", "2999-01-03"],
    "other parameters than those of the page that is there": _page_of_other_parameters,
    "a parameter that holds a secret": _secret_parameter,
    "`reports/` cannot be written": _unwritable,
}


def test_each_line_of_the_first_table_is_tried() -> None:
    assert list(rows("Refused before anything runs")) == list(REFUSED)


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_refused_has_its_code_its_sentence_and_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("SHOP_ENTRY", "correct-horse")
    code, said, page = rows("Refused before anything runs")[wrong]
    write_project(tmp_path)
    more = REFUSED[wrong](tmp_path) or []
    _check(tmp_path, monkeypatch, ["params/tiny/one.yaml", *more], int(code), said, page)


def _check(
    root: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str, page: str
) -> None:
    """Run, and hold the end against what the table says of it."""
    monkeypatch.chdir(root)
    # what the table cannot know is the date of a run whose files do not say it
    dated = ["--as-of", DATE] if "--as-of" not in arguments else []
    told = CliRunner().invoke(app, ["run", *arguments, *dated, "--quiet"])
    assert told.exit_code == code, told.output
    assert said.replace("`", "") in told.output.replace("`", "")
    assert "Traceback" not in told.output
    assert "correct-horse" not in told.output
    failure = root / "reports" / "tiny" / "one" / "failures" / DATE / "failure.html"
    assert failure.is_file() == page.startswith("yes")
    assert (failure.parent / "notebook.ipynb").is_file() == ("with the notebook" in page)
    if page.startswith("yes"):
        assert f'href="tiny/one/failures/{DATE}/failure.html"' in (root / "reports" / "index.html").read_text()
        (line,) = read_history(root / "reports")
        assert (line["run"], line["as_of"], line["exit_code"]) == ("tiny/one", DATE, code)
        assert line["status"] in ("refused", "failed")


def test_a_refusal_is_in_the_index_until_a_run_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    text = (tmp_path / "notebooks" / "tiny.ipynb").read_text()
    (tmp_path / "notebooks" / "tiny.ipynb").write_text(text[:50])
    for part in ([], ["--part", "north"]):
        assert CliRunner().invoke(app, ["run", str(file), *part]).exit_code == 2
    index = tmp_path / "reports" / "index.html"
    assert "The run for 31 Mar 2024 failed" in index.read_text()
    assert (tmp_path / f"reports/tiny/one/north/failures/{DATE}/failure.html").is_file()
    (tmp_path / "notebooks" / "tiny.ipynb").write_text(text)
    for part in ([], ["--part", "north"]):
        assert CliRunner().invoke(app, ["run", str(file), *part]).exit_code == 0
    assert "failed" not in index.read_text()
    statuses = [line["status"] for line in read_history(tmp_path / "reports")]
    assert statuses == ["refused", "refused", "published", "published"]


def test_a_run_whose_date_nobody_knows_fails_for_the_date_of_its_latest_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path)
    _page_of_other_parameters(tmp_path)
    _params(b"as_of: soonish\n")(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["run", "params/tiny/one.yaml"]).exit_code == 2
    assert (tmp_path / f"reports/tiny/one/failures/{DATE}/failure.html").is_file()


ON_THE_WAY: dict[str, str] = {
    "a file of the data is not there": "here",
    "data that stop before the date of the page": "test_late.py::test_a_run_ends_with_75_and_the_page_before_stays",
    "a table with fewer rows than the page before was made of": "test_shrunk.py::test_a_file_that_was_cut_off_is_refused_and_what_was_meant_is_said",
    "a file of the data vanishes after it was read": "here",
    "the database is down": "here",
    "the database goes away in mid-query": "here",
    "the same page is being made": "here",
    "a cell raises an error": "here",
    "a page that states a number without its source": "test_run.py::test_a_page_that_says_what_its_numbers_do_not",
    "a cell ends its process": "test_run.py::test_a_kernel_that_dies",
    "a crash outside of Python": "here",
    "killed, as by a machine without memory": "here",
    "more memory than the run may take": "test_memory.py::test_a_cell_that_asks_for_more_than_the_run_may_take_fails_in_words",
    "the time limit of the run": "test_run.py::test_the_time_limit_is_for_the_whole_notebook",
    "the time limit of a cell": "here",
    "cells print without end": "test_unattended.py::test_what_cells_show_is_bounded",
    "a secret on the page": "test_secrets.py::test_the_canary_is_in_no_output_of_a_failed_run",
    "a signal (SIGTERM, Ctrl-C, a closed terminal)": "test_killed.py::test_killed_at_random_moments",
    "the disk is full": "here",
    "files may not grow (`ulimit -f`)": "here",
    "the run is killed (SIGKILL), the power fails": "test_crashes.py::test_power_cuts_at_file_events",
}


def test_each_line_of_the_second_table_is_tried_here_or_where_it_is_said() -> None:
    assert list(rows("Ended on the way")) == list(ON_THE_WAY)
    for place in ON_THE_WAY.values():
        if place != "here":
            file, name = place.split("::")
            tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _ends(root: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, *arguments: str) -> None:
    code, said, page = rows("Ended on the way")[wrong]
    _check(root, monkeypatch, ["params/tiny/one.yaml", *arguments], int(code), said, page)


def test_the_same_page_is_being_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path)
    with locked(tmp_path / "reports", f"tiny/one/{DATE}"):
        _ends(tmp_path, monkeypatch, "the same page is being made", "--no-wait")


def test_a_cell_that_takes_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path, "1 / 1", "import time\ntime.sleep(60)")
    _ends(tmp_path, monkeypatch, "the time limit of a cell", "--cell-limit", "2", "--time-limit", "100")
    failure = tmp_path / f"reports/tiny/one/failures/{DATE}/failure.html"
    assert "Cell 6, “Section 2”" in failure.read_text()


def test_a_cell_that_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path, "1 / 0")
    _ends(tmp_path, monkeypatch, "a cell raises an error")


def test_a_source_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shop(tmp_path)
    (tmp_path / "data" / "sales.csv").unlink()
    _ends(tmp_path, monkeypatch, "a file of the data is not there")


@pytest.mark.slow
def test_a_source_that_vanishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shop(tmp_path)
    gone = COUNT.replace("rows =", 'import os\nos.remove("../data/sales.csv")\nrows =')
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", gone, parameters=PARAMETERS + 'dataset = "shop"\n')
    _ends(tmp_path, monkeypatch, "a file of the data vanishes after it was read")


@pytest.mark.slow
def test_a_database_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    psycopg = pytest.importorskip("psycopg")
    write_shop(tmp_path)
    gone = COUNT.replace("rows =", 'shop.engine.run("SELECT pg_terminate_backend(pg_backend_pid())")\nrows =')
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", gone, parameters=PARAMETERS + 'dataset = "shop"\n')
    with running_postgres() as server:
        monkeypatch.setenv("SHOP_ENTRY", urllib.parse.quote(server.password, safe=""))
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user=server.user, password=server.password, dbname="postgres"
        ) as connection:
            connection.execute("CREATE TABLE sales (customer_id text, time date, amount numeric, order_id text)")
            connection.execute("INSERT INTO sales VALUES ('a', '2024-03-30', 1, 'o'), ('b', '2024-03-31', 2, 'p')")
        (tmp_path / "params" / "datasets" / "shop.yaml").write_text(
            SHOP.replace("{path: data/sales.csv}", "{table: sales}")
            + f"connection: postgres://{server.user}:${{SHOP_ENTRY}}@127.0.0.1:{server.port}/postgres\n"
        )
        _ends(tmp_path, monkeypatch, "the database goes away in mid-query")
    shutil.rmtree(tmp_path / "reports")
    _ends(tmp_path, monkeypatch, "the database is down")


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (signal.SIGSEGV, "a crash outside of Python"),
        (signal.SIGKILL, "killed, as by a machine without memory"),
    ],
)
def test_how_a_kernel_died_is_told(monkeypatch: pytest.MonkeyPatch, number: signal.Signals, wrong: str) -> None:
    died = subprocess.Popen([sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(number)})"])
    died.wait(timeout=60)

    class Manager:
        process: Any = died

    monkeypatch.setattr(RunKernelManager, "_last", Manager)
    assert rows("Ended on the way")[wrong][1] in RunKernelManager.last_death()


def _can_mount() -> bool:
    return shutil.which("unshare") is not None and (
        subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0
    )


FULL = """\
set -e
mount -t tmpfs -o size=2m tmpfs reports
cp -r before/. reports
head -c 4000000 /dev/zero > reports/filler || true
code=0; "$PYTHON" -m segkit run params/tiny/one.yaml --quiet 2> said || code=$?
echo $code > code
cp -r reports/tiny while
code=0; "$PYTHON" -m segkit due --quiet 2> due_said || code=$?
echo $code > due_code
rm reports/filler
"$PYTHON" -m segkit run params/tiny/one.yaml --quiet
cp -r reports after
"""


@pytest.mark.slow
@pytest.mark.skipif(not _can_mount(), reason="no small file system can be mounted here")
def test_a_full_disk(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "params" / "schedule.yaml").write_text(
        "time_zone: UTC\nentries: {often: {cron: '* * * * *', runs: tiny/one, parameters: {as_of: 2024-03-31}}}\n"
    )
    assert segkit(tmp_path, "run", "params/tiny/one.yaml").returncode == 0
    (tmp_path / "reports").rename(tmp_path / "before")
    (tmp_path / "reports").mkdir()
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", PAGE + "# new")
    command = ["unshare", "-rm", "sh", "-c", FULL]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHON": sys.executable}, check=True, timeout=300)
    code, said, _ = rows("Ended on the way")["the disk is full"]
    assert (tmp_path / "code").read_text().strip() == code
    assert said in (tmp_path / "said").read_text()
    page = f"one/{DATE}/report.html"
    assert (tmp_path / "while" / page).read_bytes() == (tmp_path / "before" / "tiny" / page).read_bytes()
    assert os.readlink(tmp_path / "while" / "one" / "latest") == DATE
    assert (tmp_path / "due_code").read_text().strip() == "2"
    assert "what the schedule remembers cannot be read or written" in (tmp_path / "due_said").read_text()
    manifest = json.loads((tmp_path / "after" / "tiny" / "one" / DATE / "manifest.json").read_text())
    assert manifest["revision"] == 2
    assert not [path for path in (tmp_path / "after").rglob(".*") if path.name != ".segkit"]


@pytest.mark.slow
def test_files_that_may_not_grow(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "segkit", "run", "params/tiny/one.yaml", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)),
    )
    code, said, _ = rows("Ended on the way")["files may not grow (`ulimit -f`)"]
    assert done.returncode == int(code), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports" / "tiny" / "one" / DATE).exists()


NOT_AN_END = {
    "only `reports/` can be written, the rest of the project is read-only": "project/test_stated_ends.py::test_a_read_only_project",
    "a log that is full, a pipe that nobody reads": "project/test_unattended.py::test_a_closed_pipe_and_a_full_disk_under_the_log_end_no_run",
    "a template of the project's own messages that cannot be filled": "delivery/test_delivery.py::test_where_the_projects_words_are_wrong_segkits_are_sent",
    "a message that cannot be sent": "delivery/test_delivery.py::test_a_server_that_is_down_is_tried_again_and_told",
    "a clock that was far ahead and is set right": "schedule/test_clock_jumps.py::test_a_clock_that_was_in_2099_loses_and_doubles_no_run",
    "a clock that is set back by less than a day": "schedule/test_clock_jumps.py::test_an_hour_back_makes_nothing_twice",
    "the disk is full, or the file is damaged, where the schedule keeps its state": "schedule/test_stopped.py::test_owners_are_told_once_that_reports_cannot_be_written",
}


def test_each_line_of_the_third_table_is_tried_where_it_is_said() -> None:
    assert list(rows("Not an end")) == list(NOT_AN_END)
    for place in NOT_AN_END.values():
        file, name = place.split("::")
        assert re.search(rf"^def {name}\(", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)


READ_ONLY = """\
set -e
mount --bind . .
mount -o remount,bind,ro .
cd "$PWD"
mount -t tmpfs tmpfs reports
"$PYTHON" -m segkit run params/tiny/one.yaml --quiet
! touch anything 2> /dev/null
cp -r reports "$RESULT"
"""


@pytest.mark.skipif(not _can_mount(), reason="no file system can be made read-only here")
def test_a_read_only_project(tmp_path: Path) -> None:
    write_project(tmp_path / "project")
    (tmp_path / "project" / "reports").mkdir()
    environment = os.environ | {"PYTHON": sys.executable, "RESULT": str(tmp_path / "result")}
    command = ["unshare", "-rm", "sh", "-c", READ_ONLY]
    subprocess.run(command, cwd=tmp_path / "project", env=environment, check=True, timeout=240)
    assert (tmp_path / "result" / "tiny" / "one" / "latest" / "report.html").is_file()
    assert sorted(path.name for path in (tmp_path / "project").iterdir()) == ["notebooks", "params", "reports"]
