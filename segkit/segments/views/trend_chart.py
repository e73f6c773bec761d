"""The chart of segments over time: one line each, with labels that do not collide."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from segkit.errors import ReportError
from segkit.page import Block, Metric, Statement, day, literal, name, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import height
from segkit.page.charts.event_marks import event_marks
from segkit.page.charts.labels import spread, wrapped
from segkit.page.charts.style import INK, MUTED, PREVIOUS, TEXT, canvas
from segkit.page.format import capital
from segkit.page.metric import Unit
from segkit.page.segments import LEAST_BASE, SegmentMetrics, records
from segkit.page.tables import data_table
from segkit.segments.records import SegmentSizes
from segkit.segments.views.drawn_segments import (
    AT_LINES,
    MOST,
    accents,
    day_and_month,
    drawn_names,
    key_of_all,
    largest,
    left_off,
    plain,
    segment_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_Series = dict[str, list[float | None]]
_HIDES: Final = 4
"""How many times as large as the next a segment must be to hide it: then lines are drawn as an index."""
_START: Final = 100
"""What each line of an index begins at."""


def segment_trend(sizes: SegmentSizes) -> Block | None:
    """Draw customers by segment over the last periods, with news in colour, the rest in grey, and labels that do not
    collide; as an index where one large segment would hide the others. Return None where one period is all there is.
    """
    found = segment_numbers(sizes)
    drawn = largest(found)
    strong = accents(sizes, found)
    history = records(sizes.history)
    dates = sorted({entry["date"] for entry in history})[-MOST:]
    counts = {(entry["date"], entry["segment"]): entry["customers"] for entry in history}
    series: _Series = {
        segment.name: [None if segment.hidden else counts.get((date, segment.name)) for date in dates]
        for segment in drawn
    }
    periods = Metric(key_of_all(sizes, "periods"), len(dates), "count")
    if not dates:
        raise ReportError(f"{sizes.title}: there is no history to draw")
    if len(dates) < 2:
        return None
    indexed, lined = _indexed(series) if _one_hides(series) else None, drawn
    if indexed is not None:
        lined = [segment for segment in drawn if segment.name in indexed]
    with canvas(max(2.6, height(len(drawn)))) as (figure, axes):
        _draw_trend(figure, axes, lined, indexed or series, dates, strong, indexed is not None)
        marks = event_marks(sizes.events, dates)
        marks.draw(axes)
        first, last = dates[0], dates[-1]
        lead = next((s for s in drawn if s.name in strong), None)
        title, ends = _trend_title(lined, series, lead, first, indexed is not None)
        return assemble(
            figure,
            title=title,
            subtitle=Statement.join(
                [
                    Statement.of(
                        "{unit} by segment, {n} {period} ends, {first} to {last}",
                        unit=own_name(capital(sizes.unit_name), 40),
                        n=periods,
                        period=name(sizes.period.name),
                        first=day(first),
                        last=day(last),
                    ),
                    literal("") if indexed is None else _index_words(sizes, len(indexed), len(series)),
                    left_off(sizes, found),
                    marks.told(key_of_all(sizes, "trend")),
                ],
                "",
            ),
            alt=Statement.of(
                "Lines: {unit} by segment from {first} to {last}. {list}.",
                unit=own_name(sizes.unit_name, 40),
                first=day(first),
                last=day(last),
                list=Statement.join(ends) if ends else Statement.of("{n} periods", n=periods),
            ),
            table=_trend_data(sizes, drawn, dates, series),
            names=drawn_names(drawn),
        )


def _draw_trend(
    figure: Figure,
    axes: Axes,
    drawn: Sequence[SegmentMetrics],
    series: _Series,
    dates: Sequence[dt.date],
    colours: Mapping[str, str],
    indexed: bool,
) -> None:
    import seaborn as sns

    places = list(range(len(dates)))
    for segment in sorted(drawn, key=lambda s: s.name in colours):
        values = [math.nan if v is None else float(v) for v in series[segment.name]]
        if all(math.isnan(v) for v in values):
            continue
        strong = segment.name in colours
        sns.lineplot(
            x=places,
            y=values,
            color=colours.get(segment.name, PREVIOUS),
            linewidth=2.6 if strong else 1.5,
            errorbar=None,
            estimator=None,
            legend=False,
            ax=axes,
        )
    axes.set_xlabel("")
    axes.set_ylabel("")
    known = [v for values in series.values() for v in values if v is not None]
    bottom, top = 0.0, max(known, default=1) * 1.04 or 1
    if indexed:
        room = 0.08 * (max(known) - min(known)) or 1.0
        bottom, top = min(known) - room, max(known) + room
        axes.axhline(_START, color=MUTED, linewidth=1, zorder=1)
    axes.set_ylim(bottom, top)
    axes.set_xlim(0, max(len(places) - 1, 1))
    axes.locator_params(axis="y", nbins=4)
    ticks = [tick for tick in axes.get_yticks() if bottom <= tick <= top and float(tick).is_integer()]
    unit: Unit = "index" if indexed else "customers"
    axes.set_yticks(ticks, [write(Metric("tick", float(tick), unit)) for tick in ticks])
    axes.tick_params(axis="y", length=0, labelcolor=MUTED)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    ends = sorted({0, len(places) - 1})
    axes.set_xticks(ends, [day_and_month(dates[place]) for place in ends])
    ended = {s.name: series[s.name][-1] for s in drawn}
    labelled = [s for s in drawn if ended[s.name] is not None]
    room = figure.get_figheight() * 72 - 2.4 * TEXT
    wanted = [float(ended[s.name] or 0) for s in labelled]
    placed = spread(wanted, gap=(top - bottom) * 1.25 * TEXT / room, low=bottom, high=top)
    for segment, at, end in zip(labelled, placed, wanted, strict=True):
        strong = segment.name in colours
        axes.annotate(
            wrapped(plain(segment.name), AT_LINES),
            xy=(places[-1], end),
            xytext=(1.06, (at - bottom) / (top - bottom)),
            textcoords="axes fraction",
            va="center",
            color=INK if strong else MUTED,
            weight="bold" if strong else "normal",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colours.get(segment.name, PREVIOUS),
                "linewidth": 0.8,
                "shrinkA": 1,
                "shrinkB": 2,
                "relpos": (0, 0.5),
            },
        )


def _one_hides(series: _Series) -> bool:
    """Return whether one segment is so much larger than all others that a common scale would show their lines flat."""
    tops = sorted(
        (max((v for v in values if v is not None), default=0.0) for values in series.values()), reverse=True
    )
    return len(tops) > 2 and tops[0] > _HIDES * tops[1]


def _indexed(series: _Series) -> _Series | None:
    """Return the lines as an index of where they begin, of segments that begin with enough customers; None where fewer
    than two do.
    """
    found = {
        name: [None if value is None else _START * value / values[0] for value in values]
        for name, values in series.items()
        if values[0] is not None and values[0] >= LEAST_BASE
    }
    return found if len(found) > 1 else None


def _index_words(sizes: SegmentSizes, drawn: int, every: int) -> Statement:
    """Say what the lines of an index begin at, and that small segments have none."""
    base = Statement.of("; the first is {base}", base=Metric(key_of_all(sizes, "index_start"), _START, "index"))
    if drawn == every:
        return base
    least = Metric(key_of_all(sizes, "index_least"), LEAST_BASE, "customers")
    return Statement.of("{base}, without segments that began with fewer than {n}", base=base, n=least)


def _trend_title(
    drawn: Sequence[SegmentMetrics],
    series: _Series,
    lead: SegmentMetrics | None,
    since: dt.date,
    indexed: bool,
) -> tuple[Statement, list[Statement]]:
    """Return the title, and what the description says of each line; in an index, who moved most for their size."""
    ends: list[Statement] = []
    widest: tuple[float, Statement] | None = None
    title = None
    for segment in drawn:
        known = [value for value in series[segment.name] if value is not None]
        if not known or segment.customers.value is None:
            continue
        first = Metric(f"{segment.key}_first_customers", known[0], "customers")
        ends.append(Statement.of("{s} from {a} to {b}", s=own_name(segment.name, 40), a=first, b=segment.customers))
        low = Metric(f"{segment.key}_low_customers", min(known), "customers")
        high = Metric(f"{segment.key}_high_customers", max(known), "customers")
        told = Statement.of(
            "{s} moved most{how}, between {low} and {high}",
            s=own_name(segment.name, 32),
            how=literal(" for its size" if indexed else ""),
            low=low,
            high=high,
        )
        if lead is not None and segment.name == lead.name:
            title = Statement.of(
                "{s} went from {a} to {b} since {since}",
                s=own_name(segment.name, 32),
                a=first,
                b=segment.customers,
                since=day(since),
            )
        width = float(max(known) - min(known)) / (float(known[0]) if indexed else 1.0)
        if width and (widest is None or width > widest[0]):
            widest = (width, told)
    if title is None:
        title = literal("No segment changed in size") if widest is None else widest[1]
    return title, ends


def _trend_data(
    sizes: SegmentSizes, drawn: Sequence[SegmentMetrics], dates: Sequence[dt.date], series: _Series
) -> dict[str, Any]:
    unit = own_name(capital(sizes.unit_name), 40)
    lines: list[list[Statement | Metric]] = []
    for position, date in enumerate(dates):
        at = len(dates) - 1 - position
        part = "customers" if at == 0 else f"customers_{at}_before"
        counts = [Metric(f"{s.key}_{part}", series[s.name][position], "customers") for s in drawn]
        lines.append([Statement((day(date),)), *counts])
    headings = [Statement.of("{unit} on", unit=unit), *(own_words(segment.name, 24) for segment in drawn)]
    return data_table(Statement.of("{unit} by segment over time", unit=unit), headings, lines)
