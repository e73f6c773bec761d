"""The choice of segments for charts: which ones are drawn, which stand out, and what charts of segments have in
common.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from segkit.page import Metric, Statement, day, own_name, own_words
from segkit.page.charts.labels import clipped
from segkit.page.palette import legible
from segkit.page.segments import SegmentMetrics, keys, records, segment_metrics
from segkit.segments.records import SegmentSizes
from segkit.segments.views.sizes_reading import by_change

MOST: Final = 12
"""Most segments drawn; if there are more, the largest are."""
ACCENTS: Final = 2
"""Most segments in colour; with more, none would stand out."""


def segment_numbers(sizes: SegmentSizes) -> tuple[SegmentMetrics, ...]:
    """Return the segments' numbers as metrics, in the fixed order."""
    return segment_metrics(sizes.title, sizes.money.currency, records(sizes.frame))


def key_of_all(sizes: SegmentSizes, part: str) -> str:
    """Return the key of a metric of all segments together."""
    return f"{keys(sizes.title, ['all'])[0]}_{part}"


def largest(found: Sequence[SegmentMetrics], by_value: bool = False) -> list[SegmentMetrics]:
    """Return the largest segments, in the fixed order."""
    ranked = sorted(found, key=lambda s: -((s.value if by_value else s.customers).value or 0.0))[:MOST]
    return [segment for segment in found if segment in ranked]


def news(found: Sequence[SegmentMetrics]) -> list[SegmentMetrics]:
    """Return at most two segments whose change is news, the largest change first."""
    return list(by_change(found)[:ACCENTS])


def accents(sizes: SegmentSizes, found: Sequence[SegmentMetrics]) -> Mapping[str, str]:
    """Return the segments that stand out in every chart of the page, with their colours."""
    colours = {segment.name: legible(segment.colour) for segment in sizes.segments}
    return {segment.name: colours[segment.name] for segment in news(found)}


def drawn_names(drawn: Sequence[SegmentMetrics]) -> list[Statement]:
    """Return the segments' names as charts write them."""
    return [own_words(clipped(plain(segment.name), longest)) for segment in drawn for longest in (16, 18)]


def left_off(sizes: SegmentSizes, found: Sequence[SegmentMetrics]) -> Statement:
    """Say that the chart shows only the largest segments, if it does."""
    if len(found) <= MOST:
        return Statement(())
    return Statement.of(
        "; the {shown} largest of {all}",
        shown=Metric(key_of_all(sizes, "segments_drawn"), MOST, "count"),
        all=Metric(key_of_all(sizes, "segments"), len(found), "count"),
    )


def plain(text: str) -> str:
    """Return a name without what cannot be drawn."""
    return own_name(text).text


def day_and_month(date: dt.date) -> str:
    """Write a date without its year, for an axis."""
    return day(date).text.rsplit(" ", 1)[0]
