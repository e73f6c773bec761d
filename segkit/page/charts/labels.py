"""Labels that do not collide."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from segkit.page.charts.style import INK, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_USUAL: Final = 8.0
"""Points that a bold character takes, on average."""


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Place the labels as near as possible to the wanted positions, at least `gap` apart, in the same order.

    Isotonic regression (pool adjacent violators) on the positions less their minimal offsets gives the least sum
    of squared moves; it is then clipped to the range. Where they do not all fit, the gap shrinks to what does.

    >>> spread([10, 11, 50], gap=4, low=0, high=100)
    [8.5, 12.5, 50.0]

    Args:
        wanted: positions, in any order and unit.
        gap: least distance of neighbours.
        low, high: the range.

    Returns:
        One position for each wanted one.
    """
    n = len(wanted)
    if n == 0:
        return []
    if n > 1:
        gap = min(gap, (high - low) / (n - 1))
    order = sorted(range(n), key=lambda position: (wanted[position], position))
    # blocks of labels that touch: [sum of targets, how many]
    blocks: list[list[float]] = []
    for rank, position in enumerate(order):
        blocks.append([wanted[position] - rank * gap, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    top = high - (n - 1) * gap
    found = [0.0] * n
    rank = 0
    for total, count in blocks:
        base = min(max(total / count, low), top)
        for _ in range(int(count)):
            found[order[rank]] = base + rank * gap
            rank += 1
    return found


def clipped(text: str, longest: int = 18) -> str:
    """Return a label short enough for a chart; the chart's table has the full name.

    Args:
        text: the label.
        longest: in characters of usual width; wide ones count for more.
    """
    short = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    while len(short) > 2 and _points(short) > longest * _USUAL:
        short = short[:-2].rstrip() + "…"
    return short


@cache
def _points(text: str) -> float:
    """Return the width of the label in points, in the charts' bold font."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        font = FontProperties(family="DejaVu Sans", size=TEXT, weight="bold")
        return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def outward(axes: Axes) -> None:
    """Keep the first and the last label of the horizontal axis within the chart."""
    labels = axes.get_xticklabels()
    if len(labels) > 1:
        labels[0].set_horizontalalignment("left")
        labels[-1].set_horizontalalignment("right")


def beside(axes: Axes, y: float, text: str, *, colour: str = INK, weight: str = "bold") -> None:
    """Write a row's number to the right of the chart."""
    _right_of(axes, (1.0, y), text, 8, colour, weight, xycoords=("axes fraction", "data"))


def at_point(axes: Axes, x: float, y: float, text: str, *, colour: str = INK, weight: str = "normal") -> None:
    """Write text at the end of a bar or a line, a little to the right of it."""
    _right_of(axes, (x, y), text, 5, colour, weight)


def _right_of(
    axes: Axes, point: tuple[float, float], text: str, gap: int, colour: str, weight: str, **where: Any
) -> None:
    axes.annotate(
        text,
        point,
        xytext=(gap, 0),
        textcoords="offset points",
        va="center",
        color=colour,
        weight=weight,
        annotation_clip=False,
        **where,
    )


def few_ticks(axes: Axes, written: Callable[[float], str]) -> None:
    """Set at most five round places on the horizontal axis, written as the page writes numbers."""
    axes.locator_params(axis="x", nbins=4)
    low, high = axes.get_xlim()
    ticks = [round(float(tick), 10) for tick in axes.get_xticks() if low <= tick <= high]
    axes.set_xticks(ticks, [written(tick) for tick in ticks])
    outward(axes)
