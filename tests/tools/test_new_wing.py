"""A wing that the scaffold makes stands: its tests pass, and the house's contracts and page hold with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PARTS = ("segkit", "tools", "tests/conftest.py", "tests/cases.py", "tests/page", "tests/customers", "tests/docs")
FILES = ("params", "notebooks", "docs", "pyproject.toml", "tox.ini")


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    """A copy of what a wing has to do with."""
    left_out = shutil.ignore_patterns("__pycache__", "images")
    for part in (*PARTS, *FILES):
        source, target = root / part, tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=left_out)
        else:
            shutil.copy(source, target)
    return tmp_path


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command in the copy, on the copy's segkit."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["loyalty", "price_tests"])
def test_a_new_wing_stands(tree: Path, name: str) -> None:
    made = run(tree, "tools/new_wing.py", name)
    assert made.returncode == 0, made.stderr
    assert f"segkit/{name}/wing.py" in made.stdout
    plain = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    tested = run(tree, *plain, f"tests/{name}", "tests/docs/test_architecture_page.py")
    assert tested.returncode == 0, tested.stdout
    linted = run(tree, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache")
    assert linted.returncode == 0, linted.stdout
    asked = run(tree, "-c", f"import segkit; print(segkit.{name}.share.__module__)")
    assert asked.stdout.strip() == f"segkit.{name}.measure.share"


@pytest.mark.parametrize(
    ("name", "said"),
    [("segments", "is there already"), ("errors", "is there already"), ("Loyalty", "no name"), ("class", "no name")],
)
def test_a_name_that_does_not_serve_is_refused_and_nothing_is_written(tree: Path, name: str, said: str) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    made = run(tree, "tools/new_wing.py", name)
    assert made.returncode == 2
    assert said in made.stderr
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before
