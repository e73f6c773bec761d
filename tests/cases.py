"""Small inputs that once gave a wrong answer, each a project without its notebooks, in a folder beside the checkout."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

Case = Callable[[str], Path]
"""The beginning of a case's name, such as "08" → a copy of its folder."""


def copied(name: str, tmp_path: Path) -> Path:
    """Copy a case's folder, so that a test may write into it; skip, saying so, where the cases are not there."""
    folder = Path(os.environ.get("SEGKIT_SHARED_CASES", ROOT.parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip(f"cases for checks are not on this machine: {folder} (SEGKIT_SHARED_CASES says where they are)")
    found = sorted(folder.glob(f"{name}*"))
    assert len(found) == 1, f"{name}: {len(found)} cases begin so in {folder}"
    target = tmp_path / found[0].name
    shutil.copytree(found[0], target, copy_function=shutil.copyfile)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return target


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A copy of a case by the beginning of its name."""
    return lambda name: copied(name, tmp_path)
