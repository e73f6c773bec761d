"""A drawing, its sentences and its numbers become a chart block of the page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segkit.errors import ReportError
from segkit.page.block import Block
from segkit.page.charts.svg import inline_svg
from segkit.page.statement import Number, Statement, literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def assemble(
    drawing: Figure,
    *,
    title: Statement,
    subtitle: Statement,
    alt: Statement,
    table: Mapping[str, Any],
    names: Sequence[Statement] = (),
    shows: str = "",
) -> Block:
    """Assemble the block of a chart.

    Args:
        drawing: the matplotlib figure.
        title: what the chart shows, as a headline.
        subtitle: measure, population, period, unit.
        alt: what a reader who does not see it is told; has at least one number.
        table: the data, from `segkit.page.tables.table`.
        names: words from the data that are written in the chart.
        shows: what it shows, as a key; the chart at the head of a page is not drawn again below it. Empty for none.
    """
    if not any(isinstance(piece, Number) for piece in alt.pieces):
        raise ReportError(f"the description of “{title.text}” states no number: {alt.text!r}")
    key = hashlib.sha256(f"{title.text}\0{subtitle.text}\0{alt.text}".encode("utf-8", "replace")).hexdigest()
    return Block.of(
        "figure",
        {
            "title": title,
            "subtitle": subtitle,
            "alt": alt,
            "svg": inline_svg(drawing, key),
            "summary": literal("Data of this chart"),
            "table": table,
            "names": list(names),
            "shows": shows,
        },
    )
