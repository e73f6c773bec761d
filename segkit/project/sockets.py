"""A run's own folder for its kernel's connection file and sockets; folders that killed runs left behind are removed.

Sockets in the working folder would have one name for all runs of a project, and that folder would have to be
writable. The path is short, because a socket's path may have about 107 bytes.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from segkit.errors import RunError
from segkit.held import held_folder

_PREFIX: Final = "segkit-run-"
_LONGEST: Final = 60
"""Characters of the folder that ours stands in; its own name and a socket's come on top."""


@contextlib.contextmanager
def socket_folder() -> Iterator[Path]:
    """Make a folder of mode 0700, which is locked while the run lives and removed afterwards.

    Raises:
        RunError: no folder for temporary files can be written to.
    """
    with held_folder(_above(), _PREFIX) as folder:
        yield folder


def _above() -> Path:
    """Return the first folder for temporary files that is short enough and can be written to."""
    tried = [tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"]
    for place in tried:
        if len(os.fsencode(place)) <= _LONGEST and os.access(place, os.W_OK | os.X_OK):
            return Path(place)
    raise RunError(
        f"no folder for temporary files can be written to, or their paths are too long: {', '.join(dict.fromkeys(tried))}. "
        "Set TMPDIR to a short path."
    )
