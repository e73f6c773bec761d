"""A process whose power fails at one of its events: each change of a file below a folder, and what else it counts."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

CUT: Final = 137
"""What the process ends with."""
_CHANGES: Final = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod"})


class PowerCut:
    """Counts events, and ends the process at the one that is asked for; 0 for none."""

    def __init__(self, root: Path, at: int = 0) -> None:
        self.root, self.at, self.seen = str(root), at, 0

    def event(self) -> None:
        """Count an event; the power fails before it where it is the one."""
        self.seen += 1
        if self.seen == self.at:
            os._exit(CUT)

    def watch_files(self) -> None:
        """Count every change of a file from now on, until the process ends."""
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if _writes(event, args) and str(args[0]).startswith(self.root):
            self.event()


def _writes(event: str, args: tuple[Any, ...]) -> bool:
    if event in _CHANGES:
        return True
    if event != "open":
        return False
    mode, flags = args[1], args[2]
    return any(sign in mode for sign in "wxa+") if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR))
