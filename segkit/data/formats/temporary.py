"""Folders for files that are made on the way, such as unpacked ones. They go with the connection."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from segkit.data.engine import Engine


def temporary_folder(engine: Engine) -> Path:
    """Make an empty folder that is removed when the connection is gone."""
    folder = tempfile.mkdtemp(prefix="segkit-read-")
    weakref.finalize(engine.backend, shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
