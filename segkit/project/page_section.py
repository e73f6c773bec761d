"""A section of a page: what stands below one heading, open or folded, and the line that says what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from segkit.page import Block
from segkit.page.drawing import draw
from segkit.page.statement import Statement

FOLDED: Final = "folded"
"""Tag of a heading's cell: the section shows its heading and its line, and opens on a click."""
BRIEF: Final = "brief"
"""Tag of a heading's cell: the section's line stands on the first screen, too, and links to it."""
MOST_BRIEF: Final = 3
"""Lines on the first screen."""
_LONGEST: Final = 210
"""Characters that a line may have; what is longer is no line."""


@dataclass
class PageSection:
    """What stands below one heading of a page.

    Attributes:
        id: what a link to it names; empty for what stands before the first heading.
        heading: its words.
        tags: of the heading's cell.
        parts: HTML, and whether it is a figure.
        line: what it found, the first that one of its blocks says; None where none does.
        warned: one of its blocks has to be seen, so that the section never folds.
    """

    id: str
    heading: str
    tags: frozenset[str] = frozenset()
    parts: list[tuple[str, bool]] = field(default_factory=list)
    line: Statement | None = None
    warned: bool = False

    @property
    def folded(self) -> bool:
        """Whether a reader has to open it."""
        return bool(self.id) and FOLDED in self.tags and not self.warned

    @property
    def laid_out(self) -> list[str]:
        """The parts, with figures that follow each other put together."""
        found: list[str] = []
        for figure, group in groupby(self.parts, key=lambda part: part[1]):
            parts = [html for html, _ in group]
            if figure:
                joined = "\n".join(parts)
                parts = [f'<div class="figures n{min(len(parts), 3)}">\n{joined}\n</div>']
            found += parts
        return found

    def hear(self, block: Block) -> None:
        """Take the section's line from a block, if it has none yet, and whether it has to be seen."""
        self.warned |= bool(block.fields.get("unfolded"))
        if self.line is None:
            self.line = _said(block)

    def drawn(self) -> dict[str, Any]:
        """Return what the template shows of it."""
        line = "" if self.line is None else draw("line", {"line": self.line})
        return {"id": self.id, "heading": self.heading, "parts": self.laid_out, "folded": self.folded, "line": line}


def in_brief(sections: list[PageSection]) -> str:
    """Return the lines of the first screen: of each section that asks for one, what it found, with a link to it."""
    lines = [{"id": section.id, "heading": section.heading, "line": section.line} for section in _brief(sections)]
    return draw("brief", {"lines": lines}) if lines else ""


def brief_lines(sections: list[PageSection]) -> list[tuple[str, Statement]]:
    """Return heading and line of each section that speaks on the first screen."""
    return [(section.heading, section.line) for section in _brief(sections) if section.line is not None]


def _brief(sections: list[PageSection]) -> list[PageSection]:
    speaking = [one for one in sections if BRIEF in one.tags and one.parts and one.line is not None]
    return speaking[:MOST_BRIEF]


def _said(block: Block) -> Statement | None:
    """Return what a block says in a line: what it declares, the title of a chart, the first sentence of a text."""
    fields: Mapping[str, Any] = block.fields
    first = [
        fields.get("line"),
        fields.get("title") if block.kind == "figure" else None,
        *fields.get("paragraphs", ())[:1],
    ]
    return next((one for one in first if isinstance(one, Statement) and len(one.text) <= _LONGEST), None)
