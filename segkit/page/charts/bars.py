"""Horizontal bars with labels at their ends, the most common chart of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from segkit.page.charts.labels import at_point, name_rows
from segkit.page.charts.style import INK, MUTED, PREVIOUS, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW: Final = 0.34
"""Inches per row."""


def height(rows: int) -> float:
    """Return the inches that so many rows take."""
    return max(0.85, rows * ROW + 0.15)


def draw_bars(
    axes: Axes,
    labels: Sequence[str],
    values: Sequence[float | None],
    texts: Sequence[str],
    colours: Sequence[str],
    *,
    previous: Sequence[float | None] | None = None,
    strong: Sequence[bool] | None = None,
) -> None:
    """Draw the bars from zero, the first at the top, each labelled at its end.

    Args:
        axes: to draw on.
        labels: one per bar.
        values: None draws no bar.
        texts: what is written at the bar's end.
        colours: one per bar.
        previous: a thin lighter bar beneath each.
        strong: which labels are bold.
    """
    import seaborn as sns

    positions = list(range(len(values)))
    heavy = strong or [False] * len(values)
    lengths = [value or 0.0 for value in values]
    before = [value or 0.0 for value in previous] if previous is not None else []
    offset = 0.1 if previous is not None else 0.0
    if positions:
        sns.barplot(
            x=lengths,
            y=[position - offset for position in positions],
            hue=positions,
            palette=dict(zip(positions, colours, strict=True)),
            orient="h",
            native_scale=True,
            width=0.5 if previous is not None else 0.62,
            saturation=1,
            errorbar=None,
            legend=False,
            dodge=False,
            linewidth=0,
            ax=axes,
        )
    if before:
        axes.barh([position + 0.27 for position in positions], before, height=0.16, color=PREVIOUS, linewidth=0)
    reach = [*lengths, *before, 0.0]
    left, right = min(reach), max(reach)
    span = (right - left) or 1.0
    for position, (length, text) in enumerate(zip(lengths, texts, strict=True)):
        end = max(length, before[position] if before else 0.0, 0.0)
        colour, weight = INK if values[position] is not None else MUTED, "bold" if heavy[position] else "normal"
        at_point(axes, end, position - offset / 2, text, colour=colour, weight=weight)
    axes.set_xlim(left - (0.02 * span if left < 0 else 0), right + 0.01 * span)
    axes.set_ylim(len(positions) - 0.45, -0.55)
    name_rows(axes, labels, strong=heavy)
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.xaxis.set_visible(False)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_visible(left == 0)
    if left < 0:
        axes.axvline(0, color=RULE, linewidth=1)
