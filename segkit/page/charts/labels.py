"""Labels that do not collide."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from segkit.page.charts.style import INK, TEXT
from segkit.page.statement import Statement, own_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_USUAL: Final = 8.0
"""Points that a bold character takes, on average."""
_TALLER: Final = 1.3
"""How many times as high a chart is whose rows are named in two lines."""


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


def wrapped(text: str, longest: int = 16) -> str:
    """Return a label in one line or two, broken between words; what two lines do not hold is clipped.

    >>> wrapped("High voice, high messages")
    'High voice, high\\nmessages'

    Args:
        text: the label.
        longest: characters of usual width that a line holds; wide ones count for more.
    """
    if len(text) <= longest and _points(text) <= longest * _USUAL:
        return text
    words = text.split(" ")
    breaks = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, min(len(words), longest))]
    fitting = [pair for pair in breaks if all(clipped(line, longest) == line for line in pair)]
    if fitting:
        # the first line as long as it may be, so that labels begin alike
        return "\n".join(fitting[-1])
    fuller = [first for first, _ in breaks if clipped(first, longest) == first]
    if not fuller:
        return clipped(text, longest)
    return fuller[-1] + "\n" + clipped(text[len(fuller[-1]) + 1 :], longest)


def label_words(labels: Iterable[str], longest: int = 16) -> list[Statement]:
    """Return the labels as charts write them, line by line, for the check of the finished page."""
    return [own_words(line) for label in labels for line in wrapped(label, longest).split("\n")]


def name_rows(axes: Axes, labels: Sequence[str], longest: int = 16, strong: Sequence[bool] | None = None) -> None:
    """Name the rows of a chart on the left; where a name takes two lines, all rows are higher.

    Args:
        axes: to draw on.
        labels: one per row, the first at 0.
        longest: as for `wrapped`.
        strong: which are bold.
    """
    told = [wrapped(label, longest) for label in labels]
    axes.set_yticks(range(len(told)), told)
    axes.tick_params(axis="y", length=0, pad=6, labelcolor=INK)
    for tick, bold in zip(axes.get_yticklabels(), strong or [False] * len(told), strict=True):
        tick.set_fontweight("bold" if bold else "normal")
        tick.set_linespacing(1.05)
    figure = axes.get_figure(root=True)
    if figure is not None and any("\n" in label for label in told):
        figure.set_size_inches(figure.get_size_inches()[0], figure.get_size_inches()[1] * _TALLER)


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
