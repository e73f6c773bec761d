"""How far a run is, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellProgress:
    """A cell has begun: its number from 1, how many there are, and the heading that it stands under."""

    number: int
    cells: int
    heading: str


ProgressListener = Callable[[CellProgress], None]
