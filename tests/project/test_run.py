"""Runs with a real kernel: what is published, what a failure leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from segkit.errors import DataError, ReportError, RunError
from segkit.project.execution import CellError
from segkit.project.progress import CellProgress
from segkit.project.request import read_request
from segkit.project.run import RunOptions, run_report
from tests.project.project import PAGE, metrics_of, write_project


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a page for 2024-03-31, with the progress that was told in `progress`."""
    root = tmp_path_factory.mktemp("project")
    seen: list[CellProgress] = []
    result = run_report(read_request(write_project(root)), on_cell=seen.append)
    assert result.page == root / "reports" / "tiny" / "one" / "2024-03-31" / "report.html"
    assert [cell.number for cell in seen] == list(range(1, seen[-1].cells + 1))
    assert seen[-1].heading == "Section 1"
    return root


def _page(root: Path, date: str = "2024-03-31") -> Path:
    return root / "reports" / "tiny" / "one" / date


def test_the_four_files_and_nothing_else(published: Path) -> None:
    assert sorted(os.listdir(_page(published))) == [
        *("chat.txt", "email.html", "email.txt", "manifest.json", "metrics.json", "notebook.ipynb", "report.html")
    ]
    assert metrics_of(_page(published))["customers"]["value"] == 3
    assert "3 customers were counted." in (_page(published) / "report.html").read_text()
    nbformat.validate(nbformat.read(_page(published) / "notebook.ipynb", as_version=4))
    assert not [path for path in _page(published).parent.iterdir() if path.name.startswith(".")]


def test_index_and_latest(published: Path) -> None:
    index = (published / "reports" / "index.html").read_text()
    assert 'href="tiny/one/latest/report.html"' in index
    assert os.readlink(_page(published).parent / "latest") == "2024-03-31"


def test_the_same_inputs_give_the_same_bytes(published: Path) -> None:
    before = {name: (_page(published) / name).read_bytes() for name in ("report.html", "metrics.json")}
    again = run_report(read_request(published / "params" / "tiny" / "one.yaml"), RunOptions(force=True))
    assert again.made
    assert {name: (_page(published) / name).read_bytes() for name in before} == before


def test_a_failing_cell(published: Path) -> None:
    before = (_page(published) / "report.html").read_bytes()
    write_project(published, PAGE, "secret_number = 1\nraise ValueError('the till is empty')")
    request = read_request(published / "params" / "tiny" / "one.yaml")
    with pytest.raises(CellError, match=r"cell 6 \(“Section 2”\) failed: ValueError: the till is empty"):
        run_report(request)
    assert (_page(published) / "report.html").read_bytes() == before
    failure = (_page(published).parent / "failures" / "2024-03-31" / "failure.html").read_text()
    assert "the till is empty" in failure
    assert 'href="../../2024-03-31/report.html"' in failure
    assert "The run for 31 Mar 2024 failed" in (published / "reports" / "index.html").read_text()
    write_project(published)
    run_report(request)
    assert not (_page(published).parent / "failures" / "2024-03-31").exists()
    assert "failed" not in (published / "reports" / "index.html").read_text()


def test_a_notebook_that_refuses_its_data(tmp_path: Path) -> None:
    file = write_project(tmp_path, "from segkit import DataError\nraise DataError('table transactions: no rows.')")
    with pytest.raises(DataError, match="no rows"):
        run_report(read_request(file))
    assert not _page(tmp_path).exists()


def test_a_page_that_says_what_its_numbers_do_not(tmp_path: Path) -> None:
    file = write_project(
        tmp_path, "from IPython.display import Markdown\nimport segkit as sk\nsk.page.note('about 17 customers')"
    )
    with pytest.raises((ReportError, RunError), match="17"):
        run_report(read_request(file))
    assert not _page(tmp_path).exists()


def test_a_secret_on_the_page_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "correct-horse")
    dataset = tmp_path / "params" / "datasets" / "shop.yaml"
    dataset.parent.mkdir(parents=True)
    dataset.write_text(
        "title: Shop\nrelation: non_contractual\ncurrency: EUR\ntime_zone: UTC\n"
        "connection: postgres://shop:${SHOP_PASSWORD}@127.0.0.1/shop\ntables:\n  transactions: {table: rows}\n"
    )
    file = write_project(tmp_path, "import os\nprint(os.environ['SHOP_PASSWORD'])", PAGE, params="dataset: shop\n")
    from tests.project.project import PARAMETERS, write_notebook

    write_notebook(
        tmp_path / "notebooks" / "tiny.ipynb",
        "import os\nprint(os.environ['SHOP_PASSWORD'])",
        PAGE,
        parameters=PARAMETERS + 'dataset = "shop"\n',
    )
    with pytest.raises(RunError, match="shows a secret"):
        run_report(read_request(file))
    written = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if "correct-horse" in path.read_text()]


def test_the_time_limit_is_for_the_whole_notebook(tmp_path: Path) -> None:
    file = write_project(tmp_path, "import time\ntime.sleep(60)")
    began = time.monotonic()
    with pytest.raises(RunError, match="time limit of 4 seconds"):
        run_report(read_request(file), RunOptions(time_limit=4))
    assert time.monotonic() - began < 40


def test_a_kernel_that_dies(tmp_path: Path) -> None:
    file = write_project(tmp_path, "import os\nos._exit(1)")
    with pytest.raises(RunError, match=r"A cell ended the kernel with exit code 1\."):
        run_report(read_request(file))
    assert not _page(tmp_path).exists()


def test_a_signal_ends_the_kernel_too(tmp_path: Path) -> None:
    file = write_project(
        tmp_path, "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(120)"
    )
    process = subprocess.Popen([sys.executable, "-m", "segkit", "run", str(file)], stderr=subprocess.DEVNULL)
    marker = tmp_path / "notebooks" / "pid"
    for _ in range(600):
        if marker.exists() and marker.read_text():
            break
        time.sleep(0.1)
    kernel = int(marker.read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 1
    for _ in range(100):
        if not Path(f"/proc/{kernel}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{kernel}").exists()
    assert not _page(tmp_path).exists()
