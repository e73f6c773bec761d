"""A number over time: a line, its last value, and the range in which that value is normal."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from segkit.page.charts.labels import at_point
from segkit.page.charts.style import ACTUAL, BAND, MUTED, PREVIOUS
from segkit.page.statement import day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES_HEIGHT: Final = 1.8
"""Inches."""


def draw_series(
    axes: Axes,
    values: Sequence[float | None],
    dates: Sequence[dt.date],
    written: Callable[[float], str],
    *,
    normal: tuple[float | None, float | None] = (None, None),
    expected: float | None = None,
    colour: str = ACTUAL,
) -> None:
    """Draw the line with its last value; at that, the normal range is shaded, and what was expected is dotted.

    Args:
        axes: to draw on.
        values: oldest first; None breaks the line.
        dates: last days of the periods.
        written: writes a value as the page does.
        normal: the range in which the last value is normal.
        expected: what was expected of it.
        colour: of the mark at the last value.
    """
    places = list(range(len(values)))
    known = [value for value in values if value is not None]
    low, high = normal
    if low is not None and high is not None:
        here = [places[-1] - 0.5, places[-1] + 0.5]
        axes.fill_between(here, [low] * 2, [high] * 2, color=BAND, linewidth=0)
        for edge in (low, high):
            axes.plot(here, [edge, edge], color=PREVIOUS, linewidth=1.2)
        if expected is not None:
            axes.plot(here, [expected] * 2, color=PREVIOUS, linewidth=0.8, linestyle=":")
        known += [low, high]
    if len(known) > 1:
        line = [math.nan if value is None else value for value in values]
        axes.plot(places, line, color=ACTUAL, linewidth=2.2)
    last = values[-1]
    if last is not None:
        axes.plot([places[-1]], [last], marker="o", markersize=8, color=colour)
        at_point(axes, places[-1] + 0.5, last, written(last), weight="bold")
    bottom, top = min(known, default=0.0), max(known, default=1.0)
    room = (top - bottom) * 0.12 or abs(top) * 0.1 or 1.0
    axes.set_ylim(bottom - room, top + room)
    axes.set_xlim(0, max(len(places) - 1, 1) + 0.5)
    axes.locator_params(axis="y", nbins=4)
    ticks = [round(float(tick), 10) for tick in axes.get_yticks() if bottom - room <= tick <= top + room]
    axes.set_yticks(ticks, [written(tick) for tick in ticks])
    axes.tick_params(length=0, labelcolor=MUTED)
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    ends = sorted({0, len(places) - 1})
    axes.set_xticks(ends, [day(dates[place]).text.rsplit(" ", 1)[0] for place in ends])
