"""Small inputs of which the right values are known by hand; kept beside the repository, so that a test may lack them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

_FOLDERS = ("../shared/cases", "../../shared/cases")


def case(name: str, tmp_path: Path) -> Path:
    """A copy of a case's folder, found by the start of its name; the test is skipped where there is none."""
    root = Path(__file__).resolve().parent.parent
    found = [path for folder in _FOLDERS for path in sorted((root / folder).glob(f"{name}*")) if path.is_dir()]
    if not found:
        pytest.skip(f"the case {name} is not on this machine (../shared/cases)")
    target = tmp_path / found[0].name
    shutil.copytree(found[0], target, copy_function=shutil.copyfile)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return target
