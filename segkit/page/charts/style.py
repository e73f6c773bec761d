"""The look of all charts: sizes, fonts, and colours that the page's style sheet changes in a dark scheme.

Each colour below is written into the SVG as it is and is used for nothing else. So a rule such as `[style*="fill:
#33475b"]` can change it. A segment's own colour is legible on both grounds and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#16202b"
"""Text."""
MUTED: Final = "#55606c"
"""Text that steps back."""
ACTUAL: Final = "#33475b"
"""Marks of the report's period."""
PREVIOUS: Final = "#8795a3"
"""Marks of the period before, and lines that are context."""
BAD: Final = "#b23a2e"
"""The mark of a change for the worse."""
RULE: Final = "#d5dbe1"
"""Rules and grids, which carry nothing alone."""
BAND: Final = "#dde4ea"
"""The area of normal variation."""

WIDTH: Final = 4.33
"""Inches. At 312 points it is as wide as the narrowest phone, so that text keeps its size there."""
TEXT: Final = 12
"""Points."""

_SETTINGS: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a segment may be called "$100 a month$"
    "font.family": "DejaVu Sans",  # it comes with matplotlib, so layout is the same on every machine
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "axes.edgecolor": RULE,
    "axes.linewidth": 1.0,
    "axes.facecolor": "none",
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "figure.dpi": 72,
    "grid.color": RULE,
    "grid.linewidth": 1.0,
    "path.simplify": True,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
}


@contextmanager
def canvas(height: float) -> Iterator[tuple[Figure, Axes]]:
    """Make a figure of the house's width with one pair of axes, under the house's settings.

    Args:
        height: inches.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)  # type: ignore[arg-type]
        figure = Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02))
        FigureCanvasSVG(figure)
        yield figure, figure.subplots()
