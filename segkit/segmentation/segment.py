"""A segment, the same object to everything downstream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as every page shows it: name, definition in words, colour (hex), in the fixed order."""

    name: str
    definition: str
    colour: str
