"""Folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from segkit.errors import ParameterError
from segkit.held import held_folder


class FolderExistsError(ParameterError):
    """The folder to be made is there already."""


def build_folder(folder: Path, build: Callable[[Path], None]) -> None:
    """Let `build` fill a temporary folder beside the wanted one, then rename it.

    Raises:
        FolderExistsError: the folder exists and is not empty, before or (made by another process) after.
        ParameterError: the parent folder is missing or cannot be written.
    """
    folder = folder.absolute()
    _refuse_existing(folder)
    if not folder.parent.is_dir():
        raise ParameterError(f"{folder.parent} is not a folder; make it first, {folder.name} is written into it.")
    with contextlib.ExitStack() as held:
        try:
            partial = held.enter_context(held_folder(folder.parent, f".{folder.name}.partial-"))
        except OSError as error:
            raise ParameterError(f"{folder.parent} cannot be written: {error.strerror}.") from error
        build(partial)
        # it was made the owner's alone; the finished folder is as open as any other
        partial.chmod(0o777 & ~_umask())
        _rename(partial, folder)


def _rename(partial: Path, folder: Path) -> None:
    try:
        os.replace(partial, folder)
    except OSError:
        _refuse_existing(folder)
        raise


def _refuse_existing(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderExistsError(
            f"{folder} exists already and is not overwritten; name another folder or remove this one."
        )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
