"""Folders for files that are made on the way, such as unpacked ones. They go with the connection."""

from __future__ import annotations

import contextlib
import tempfile
import weakref
from pathlib import Path

from segkit.data.engine import Engine
from segkit.held import held_folder


def temporary_folder(engine: Engine) -> Path:
    """Make an empty folder that is removed when the connection is gone; what killed runs left is removed first."""
    held = contextlib.ExitStack()
    folder = held.enter_context(held_folder(Path(tempfile.gettempdir()), "segkit-read-"))
    weakref.finalize(engine.backend, held.close)
    return folder
