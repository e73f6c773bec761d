"""What does not fit into memory goes to a folder of the connection's own, and goes with it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from segkit.data.engine import Engine


def folder(engine: Engine) -> Path:
    rows = engine.backend.raw_sql("SELECT current_setting('temp_directory')").fetchall()  # type: ignore[attr-defined]
    return Path(rows[0][0])


def test_every_connection_spills_into_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = (Engine.connect("duckdb://", memory_limit="300MB", threads=1) for _ in range(2))
    assert folder(one) != folder(other)
    one.run("CREATE TABLE big AS SELECT i, hash(i) AS h, hash(i + 1) AS g FROM range(12_000_000) t(i)")
    kept = folder(one)
    assert any(kept.iterdir()), "nothing was spilled: the table is too small for this test"
    assert list(tmp_path.iterdir()) == []
    one.backend.disconnect()
    del one
    gc.collect()
    assert not kept.exists()
    assert folder(other).exists()


def test_the_folder_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import sys\nfrom segkit.data.engine import Engine\nengine = Engine.connect('duckdb://')\n"
        "print('open', flush=True)\nsys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    (left,) = tmp_path.iterdir()
    here = Engine.connect("duckdb://")
    assert left.exists()
    other.kill()
    other.communicate()
    assert left.exists()
    there = Engine.connect("duckdb://")
    assert sorted(tmp_path.iterdir()) == sorted([folder(here), folder(there)])
