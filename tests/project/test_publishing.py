"""What is published is whole, and what was there stays until the new is."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from segkit.errors import RunError
from segkit.held import held_file
from segkit.project import publishing
from segkit.project.publishing import point_latest, published_dates, put_in_place, staging, write_whole


def _stage(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / ".staging-x"
    staged.mkdir()
    (staged / "report.html").write_text(text)
    return staged


def test_a_new_page_and_a_page_in_place_of_another(tmp_path: Path) -> None:
    target = tmp_path / "2024-01-07"
    for text in ("first", "second"):
        staged = _stage(tmp_path, text)
        put_in_place(staged, target)
        assert (target / "report.html").read_text() == text
        if staged.exists():  # holds what was published before; the caller clears it away
            assert (staged / "report.html").read_text() == "first"
            (staged / "report.html").unlink()
            staged.rmdir()
    assert os.listdir(tmp_path) == ["2024-01-07"]


def test_without_the_kernels_exchange_two_renames_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoExchange:
        def renameat2(self, *_: object) -> int:
            return -1

    monkeypatch.setattr(publishing.ctypes, "CDLL", lambda *_, **__: NoExchange())
    target = tmp_path / "2024-01-07"
    with staging(tmp_path) as staged:
        (staged / "report.html").write_text("first")
        put_in_place(staged, target)
    with staging(tmp_path) as staged:
        (staged / "report.html").write_text("second")
        put_in_place(staged, target)
    assert (target / "report.html").read_text() == "second"
    assert os.listdir(tmp_path) == ["2024-01-07"]


def test_a_failure_on_the_way_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "2024-01-07"
    with staging(tmp_path) as staged:
        (staged / "report.html").write_text("first")
        put_in_place(staged, target)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", "report.html")

    monkeypatch.setattr(publishing, "_sync", refuse)
    with staging(tmp_path) as staged:
        (staged / "report.html").write_text("second")
        with pytest.raises(RunError, match="Nothing was published: No space left"):
            put_in_place(staged, target)
    assert (target / "report.html").read_text() == "first"
    assert os.listdir(tmp_path) == ["2024-01-07"]


def test_latest_is_the_latest_date_not_the_latest_run(tmp_path: Path) -> None:
    for date in ("2024-01-14", "2024-01-07"):
        (tmp_path / date).mkdir()
        (tmp_path / date / "report.html").write_text(date)
        point_latest(tmp_path)
    assert os.readlink(tmp_path / "latest") == "2024-01-14"
    assert published_dates(tmp_path) == ["2024-01-07", "2024-01-14"]
    point_latest(tmp_path / "nothing-here")
    assert not (tmp_path / "nothing-here").exists()


def test_a_file_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.html"
    write_whole(path, "first")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "second")
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["index.html"]


def test_what_a_killed_writer_left_is_swept_and_what_lives_is_not(tmp_path: Path) -> None:
    left, other = tmp_path / ".index.html-x", tmp_path / ".index.html.bak"
    left.touch()
    other.touch()
    with held_file(tmp_path, ".index.html-") as being_written:
        write_whole(tmp_path / "index.html", "<p>whole</p>")
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
            [Path(being_written.name).name, ".index.html.bak", "index.html"]
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == [".index.html.bak", "index.html"]


def test_who_sweeps_never_takes_the_file_of_who_writes(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(200):
            write_whole(tmp_path / "index.html", str(number))

    with ThreadPoolExecutor(4) as several:
        list(several.map(write, range(4)))
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
