"""The geometry of a sparkline: numbers go in, an SVG path comes out. The template draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

WIDTH: Final = 120
HEIGHT: Final = 28
_EDGE: Final = 3.0


def sparkline(values: Sequence[float | None]) -> dict[str, Any] | None:
    """Return the path and the last point of a small line, in a box of WIDTH × HEIGHT.

    Args:
        values: oldest first; None breaks the line.

    Returns:
        `line` (an SVG path), `last` (x and y of the last value, None where that is unknown); None where fewer
        than two values are known.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    step = (WIDTH - 2 * _EDGE) / (len(values) - 1)

    def point(position: int, value: float) -> str:
        rise = (value - low) / (high - low) if high > low else 0.5
        return f"{_EDGE + position * step:.1f} {HEIGHT - _EDGE - rise * (HEIGHT - 2 * _EDGE):.1f}"

    path: list[str] = []
    pen_down = False
    for position, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        path.append(("L" if pen_down else "M") + point(position, value))
        pen_down = True
    last = values[-1]
    return {"line": "".join(path), "last": None if last is None else point(len(values) - 1, last)}
