"""Fixtures for the whole suite."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import settings

from tests.cases import case
from tests.customers.worlds import grocery, telecom

__all__ = ["case", "grocery", "telecom"]

mpl.use("Agg")

ROOT = Path(__file__).resolve().parents[1]

# Machines differ in speed; a deadline would make a slow one fail. Examples are the same in every run.
settings.register_profile("segkit", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("segkit")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all processes of a run of the tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data for checks, which a user's clone does not have."""
    folder = Path(os.environ.get("SEGKIT_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data for checks is not on this machine: {folder} (SEGKIT_SHARED_DATA says where it is)")
    return folder


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write what tests have recorded as `figure` (record_property), also from other processes of the run."""
    told = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in getattr(report, "user_properties", [])
        if name == "figure"
    ]
    if told:
        terminalreporter.section("figures")
        for line in told:
            terminalreporter.write_line(str(line))
