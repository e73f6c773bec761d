"""What does not fit into memory goes to a folder of the connection's own, and goes with it."""

from __future__ import annotations

import gc
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
