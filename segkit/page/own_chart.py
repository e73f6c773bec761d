"""A chart of an analyst's own: a matplotlib figure, drawn with the page's own size, font and colours."""

from __future__ import annotations

import hashlib
import sys
import warnings
from typing import TYPE_CHECKING, Any, Final

from segkit.errors import ParameterError, ReportError
from segkit.page.block import Block
from segkit.page.check import check_page
from segkit.page.statement import Statement
from segkit.page.unchecked import FIELD, mark, said

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SMALLEST_TEXT: Final = 10.5
"""Points: 12 pixels on a phone."""
_LARGEST_SVG: Final = 120_000
"""Characters of the largest SVG. A larger drawing becomes an image, and its text stays text."""
_LARGEST: Final = 400_000
_WHITE, _BLACK = 1.0, 0.0
_HOW: Final = "Write page.chart(figure, title=…, alt=…)"


def chart(
    figure: Any, *, title: str | Statement, alt: str | Statement, subtitle: str | Statement = "", notes: str = ""
) -> Block:
    """Show a matplotlib figure as a chart of the page.

    The figure gets the page's width and colours, and is closed: Jupyter does not show it a second time. Its numbers
    are traced to nothing, so the chart says that it is not checked.

    Args:
        figure: a figure, axes, or what seaborn and pandas return from plotting.
        title: what the chart shows, as a headline.
        alt: what a reader who does not see it is told: what is drawn, and the numbers that matter.
        subtitle: measure, population, period, unit.
        notes: small print under it.

    Raises:
        ParameterError: no matplotlib figure, or no words for title or alt.
        ReportError: text in the figure that no reader should see, such as `mean_value` or `nan`.
    """
    drawing = _figure(figure)
    for what, text in (("title", title), ("alt", alt)):
        if not (text.text if isinstance(text, Statement) else str(text or "")).strip():
            raise ParameterError(
                f"page.chart: {what} is empty. {_HOW}: the alt text tells who does not see the chart."
            )
    heading, told = said(title, 160), said(alt, 2000)
    under = said(subtitle) if subtitle else Statement(())
    key = hashlib.sha256(f"own\0{heading.text}\0{under.text}\0{told.text}".encode("utf-8", "replace")).hexdigest()
    svg = _svg(drawing, key)
    if len(svg) > _LARGEST:
        raise ReportError(
            f"page.chart “{heading.text[:80]}”: the drawing takes {len(svg):,} characters; draw fewer marks."
        )
    try:
        check_page(svg)
    except ReportError as error:
        faults = str(error).split(":", 1)[1]
        raise ReportError(f"page.chart “{heading.text[:80]}” cannot be shown:{faults}") from None
    small = [said(notes)] if notes else []
    return Block.of(
        "figure",
        {
            "title": heading,
            "subtitle": under,
            "alt": told,
            "svg": svg,
            "notes": [*small, mark()],
            "names": [],
            FIELD: True,
        },
    )


def _figure(given: Any) -> Figure:
    """Return the figure that the argument is or belongs to."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:  # pragma: no cover
        raise ParameterError(f"page.chart: matplotlib is not there ({error}).") from None
    found = given.flat[0] if hasattr(given, "flat") and getattr(given, "size", False) else given
    found = found[0] if isinstance(found, list | tuple) and found else found
    for _ in range(3):  # axes → subfigure → figure
        if isinstance(found, Figure):
            return found
        found = getattr(found, "figure", None)
    raise ParameterError(
        f"page.chart: a {type(given).__module__.split('.')[0]} {type(given).__name__} is no matplotlib figure or axes. "
        f"{_HOW} with what pandas' .plot(), seaborn or plt.subplots() return."
    )


def _svg(figure: Figure, key: str) -> str:
    import matplotlib as mpl

    from segkit.page.charts.style import WIDTH
    from segkit.page.charts.svg import inline_svg

    with mpl.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # matplotlib warns of layouts; the page is checked anyway
        width, height = figure.get_size_inches()
        _restyle(figure)
        figure.set_size_inches(WIDTH, min(max(height * WIDTH / width, 1.6), 2 * WIDTH))
        if figure.get_layout_engine() is None and any(axes.get_subplotspec() for axes in figure.axes):
            figure.set_layout_engine("constrained")
        svg = inline_svg(figure, key)
        if len(svg) > _LARGEST_SVG:
            for axes in figure.axes:
                for artist in (*axes.collections, *axes.lines, *axes.patches):
                    artist.set_rasterized(True)
            svg = inline_svg(figure, key)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
    return svg


def _restyle(figure: Figure) -> None:
    """Replace black and white by the page's ink and ground, which follow the reader's colour scheme; small text
    grows.
    """
    from matplotlib.colors import to_rgba
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    from segkit.page.charts.style import INK

    def is_colour(found: Any, wanted: float) -> bool:
        try:
            return to_rgba(found) == (wanted, wanted, wanted, 1.0)
        except (ValueError, TypeError):
            return False

    grounds = [figure.patch, *(axes.patch for axes in figure.axes)]
    grounds += [legend.get_frame() for axes in figure.axes if (legend := axes.get_legend()) is not None]
    for ground in grounds:
        if to_rgba(ground.get_facecolor())[:3] == (_WHITE, _WHITE, _WHITE):  # the ground of a legend is translucent
            ground.set_facecolor("none")
    for artist in figure.findobj():
        if isinstance(artist, Text):
            artist.set_fontfamily("DejaVu Sans")  # comes with matplotlib: the same layout on every machine
            artist.set_fontsize(max(float(artist.get_fontsize()), _SMALLEST_TEXT))
            if is_colour(artist.get_color(), _BLACK):
                artist.set_color(INK)
        elif isinstance(artist, Line2D):
            if is_colour(artist.get_color(), _BLACK):
                artist.set_color(INK)
            for get, put in (
                (artist.get_markeredgecolor, artist.set_markeredgecolor),
                (artist.get_markerfacecolor, artist.set_markerfacecolor),
            ):
                if is_colour(get(), _BLACK):
                    put(INK)
        elif isinstance(artist, Patch):
            if is_colour(artist.get_edgecolor(), _BLACK) and artist.get_linewidth():
                artist.set_edgecolor(INK)
            if is_colour(artist.get_facecolor(), _BLACK):
                artist.set_facecolor(INK)
