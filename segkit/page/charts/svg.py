"""A matplotlib figure as inline SVG: no header, no metadata, no style element, ids that are unique on a page."""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import RendererSVG

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_IMAGE_DPI: Final = 144
"""Resolution of what is drawn as points: twice as fine as the drawing's unit."""


class _InlineRenderer(RendererSVG):
    """matplotlib's SVG renderer without what only a stand-alone file needs."""

    def _write_metadata(self, metadata: Any) -> None:
        """Write none: they would be the same in every chart of a page."""

    def _write_default_style(self) -> None:
        """Write none: its rule would hold for the whole page, and the page's style sheet has it."""

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Open a group without an id: matplotlib numbers them from 1 in each figure, so they would clash on a page."""
        self.writer.start("g")  # type: ignore[no-untyped-call]


def inline_svg(figure: Figure, key: str) -> str:
    """Return the figure as an `<svg>` element, the same bytes for the same figure and key.

    Args:
        figure: drawn under `segkit.page.charts.style.canvas`.
        key: names the figure; clip paths and markers get ids that hold for it alone.
    """
    buffer = io.StringIO()
    salt = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    with mpl.rc_context({"svg.hashsalt": salt, "svg.id": None}), warnings.catch_warnings():
        # the reader's browser has the glyphs that the font used for measuring lacks
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        figure.dpi = 72
        width, height = figure.get_size_inches()
        inner = _InlineRenderer(width * 72, height * 72, buffer, image_dpi=_IMAGE_DPI)  # type: ignore[no-untyped-call]
        # matplotlib's own way to write SVG; its stubs do not know it
        renderer: Any = MixedModeRenderer(figure, width, height, _IMAGE_DPI, inner)  # type: ignore[no-untyped-call]
        figure.draw(renderer)
        renderer.finalize()
    text = buffer.getvalue()
    return text[text.index("<svg") :].strip()
