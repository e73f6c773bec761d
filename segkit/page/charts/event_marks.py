"""What happened, marked on a chart over time: a letter above the period in which it began, named in the subtitle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segkit.news.feasts import OwnEvent
from segkit.page.charts.style import MUTED
from segkit.page.metric import Metric
from segkit.page.statement import Statement, literal, name, own_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST: Final = 4
_LETTERS: Final = "abcd"


@dataclass(frozen=True, slots=True)
class EventMark:
    """One event of a chart.

    Attributes:
        letter: what stands above its period.
        place: the period's position on the chart.
        event: what began in it.
    """

    letter: str
    place: int
    event: OwnEvent


@dataclass(frozen=True, slots=True)
class EventMarks:
    """The events that a chart marks.

    Attributes:
        marks: in the order of their beginning, four at most.
        further: how many more began within the chart.
    """

    marks: tuple[EventMark, ...]
    further: int

    def draw(self, axes: Axes) -> None:
        """Draw a dotted line and a letter for each period in which something began."""
        places: dict[int, list[str]] = {}
        for mark in self.marks:
            places.setdefault(mark.place, []).append(mark.letter)
        for place, letters in places.items():
            axes.axvline(place, color=MUTED, linewidth=0.8, linestyle=":", zorder=0)
            axes.annotate(
                " ".join(letters),
                xy=(place, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                color=MUTED,
                annotation_clip=False,
            )

    def told(self, key: str) -> Statement:
        """Return their names for the subtitle; nothing where there are none.

        Args:
            key: what the keys of its numbers begin with.
        """
        if not self.marks:
            return literal("")
        named = [
            Statement.of("({letter}) {event}", letter=name(mark.letter), event=own_name(mark.event.name, 40))
            for mark in self.marks
        ]
        if self.further:
            named.append(Statement.of("and {n} more", n=Metric(f"{key}_events_further", self.further, "count")))
        return Statement.of("; began: {list}", list=Statement.join(named))


def event_marks(events: Sequence[OwnEvent], dates: Sequence[dt.date]) -> EventMarks:
    """Return the events that began within a chart; of more than four, those given first.

    Args:
        events: what happened, the most important first.
        dates: last days of the chart's periods, oldest first.
    """
    if len(dates) < 2:
        return EventMarks((), 0)
    since = [dates[0] - (dates[1] - dates[0]), *dates]
    found = [
        (next(at for at, end in enumerate(dates) if event.start <= end), event)
        for event in events
        if since[0] < event.start <= dates[-1]
    ]
    chosen = sorted(found[:MOST], key=lambda one: one[1].start)
    marks = tuple(EventMark(letter, at, event) for letter, (at, event) in zip(_LETTERS, chosen, strict=False))
    return EventMarks(marks, len(found) - len(marks))
