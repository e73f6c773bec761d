"""Folders appear whole or not at all."""

from __future__ import annotations

import pytest

from segkit.demo.staging import FolderExistsError, build_folder
from segkit.errors import ParameterError


def fill(folder):
    (folder / "part").write_text("whole")


def test_a_folder_appears_whole(tmp_path):
    build_folder(tmp_path / "made", fill)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    assert (tmp_path / "made" / "part").read_text() == "whole"


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "made").mkdir()
    build_folder(tmp_path / "made", fill)
    assert (tmp_path / "made" / "part").read_text() == "whole"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing(tmp_path, failure):
    def fail(folder):
        fill(folder)
        raise failure("midway")

    with pytest.raises(failure, match="midway"):
        build_folder(tmp_path / "made", fail)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_one_left_is_swept(tmp_path):
    left = tmp_path / ".made.partial-x"
    left.mkdir()
    fill(left)
    build_folder(tmp_path / "made", fill)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_what_another_made_meanwhile_stays(tmp_path):
    def lose(folder):
        fill(folder)
        (tmp_path / "made").mkdir()
        (tmp_path / "made" / "part").write_text("the other's")

    with pytest.raises(FolderExistsError, match="not overwritten"):
        build_folder(tmp_path / "made", lose)
    assert (tmp_path / "made" / "part").read_text() == "the other's"
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "made").write_text("a file")
    with pytest.raises(FolderExistsError, match="exists already"):
        build_folder(tmp_path / "made", fill)


def test_a_missing_parent_is_named(tmp_path):
    with pytest.raises(ParameterError, match="absent is not a folder"):
        build_folder(tmp_path / "absent" / "made", fill)
