"""The chart at the head of a page on segments: the segment that its headline is about, over time."""

from __future__ import annotations

from typing import Final

from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.series import SERIES_HEIGHT, draw_series
from segkit.page.charts.style import canvas
from segkit.page.palette import legible
from segkit.page.segments import records
from segkit.page.tables import data_table
from segkit.segments.records import SegmentSizes
from segkit.segments.views.sizes_reading import read_sizes

_DRAWN: Final = 24
"""Periods that are drawn."""
_LEAST: Final = 2


def leading_segment(sizes: SegmentSizes, about: str = "") -> Block | None:
    """Draw the customers of the segment whose change is news; None where there is none, or no history of it."""
    changed = read_sizes(sizes).news
    if not changed:
        return None
    segment = changed[0]
    known = [row for row in records(sizes.history) if row["segment"] == segment.name]
    rows = sorted(known, key=lambda row: row["date"])[-_DRAWN:]
    if len(rows) < _LEAST or segment.customers.value is None:
        return None
    frame = next(row for row in records(sizes.frame) if row["segment"] == segment.name)
    low = Metric(f"{segment.key}_normal_low", frame.get("normal_low"), "customers")
    high = Metric(f"{segment.key}_normal_high", frame.get("normal_high"), "customers")
    dates = [row["date"] for row in rows]
    counts = [
        Metric(f"{segment.key}_customers_{len(rows) - 1 - at}_before", row["customers"], "customers")
        for at, row in enumerate(rows[:-1])
    ]
    counts.append(segment.customers)
    colour = next(legible(one.colour) for one in sizes.segments if one.name == segment.name)
    name, unit = own_name(segment.name, 40), own_name(sizes.unit_name, 30)
    with canvas(SERIES_HEIGHT) as (figure, axes):
        draw_series(
            axes,
            [None if one.value is None else float(one.value) for one in counts],
            dates,
            lambda count: write(Metric("drawn", round(count), "customers")),
            normal=(low.value, high.value),
            colour=colour,
        )
        return assemble(
            figure,
            title=Statement.of("{name}, {unit}", name=name, unit=unit),
            subtitle=Statement.of("{a} to {b}", a=day(dates[0]), b=day(dates[-1]))
            if low.value is None or high.value is None
            else Statement.of("Shaded: normal, {low} to {high}", low=low, high=high),
            alt=Statement.of(
                "Line: {unit} of {name} from {a}, {first}, to {b}, {last}.",
                unit=unit,
                name=name,
                a=day(dates[0]),
                b=day(dates[-1]),
                first=counts[0],
                last=counts[-1],
            ),
            table=data_table(
                Statement.of("{name} over time", name=name),
                [literal("Period end"), own_words(sizes.unit_name.capitalize(), 40)],
                [(Statement((day(date),)), count) for date, count in zip(dates, counts, strict=True)],
            ),
            shows=f"{segment.key}_over_time",
        )
