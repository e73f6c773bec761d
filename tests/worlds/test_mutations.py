"""Each of the mutations is noticed: with it, tests fail that pass without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.mutations import MUTATIONS, Mutation

FOLDERS = ("segkit", "tests", "params", "notebooks")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_the_list_is_of_the_code_of_today(root: Path, mutation: Mutation) -> None:
    assert (root / "segkit" / mutation.file).read_text("utf-8").count(mutation.old) == 1
    for test in mutation.tests:
        assert (root / test.partition("::")[0]).is_file()


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The code and its tests in a folder where they may be changed."""
    to = tmp_path_factory.mktemp("mutated")
    for folder in FOLDERS:
        shutil.copytree(
            root / folder, to / folder, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        )
    shutil.copy(root / "pyproject.toml", to)
    return to


def failed(folder: Path, tests: tuple[str, ...]) -> tuple[int, str]:
    """Run tests in a folder: pytest's exit code, 1 where a test failed, and what it wrote."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.soak
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_mutation_is_noticed(copied: Path, mutation: Mutation) -> None:
    file = copied / "segkit" / mutation.file
    whole = file.read_text("utf-8")
    file.write_text(whole.replace(mutation.old, mutation.new), "utf-8")
    try:
        code, said = failed(copied, mutation.tests)
    finally:
        file.write_text(whole, "utf-8")
    assert code == 1, said
    # a figure is another one, or data are refused; and nothing else went wrong
    why = [line for line in said.splitlines() if line.startswith("E ")]
    assert any("assert" in line.lower() or "DataError" in line for line in why), said


@pytest.mark.soak
def test_without_mutation_they_pass(copied: Path) -> None:
    code, said = failed(copied, tuple(sorted({test for mutation in MUTATIONS for test in mutation.tests})))
    assert code == 0, said
