"""Which segments a chart draws, which of them stand out, and what charts of segments say alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from segkit.page import Metric, Statement, day, own_name, own_words
from segkit.page.charts.labels import clipped
from segkit.page.palette import legible
from segkit.page.segments import SegmentMetrics, keys, records, segment_metrics
from segkit.segments.records import SegmentSizes

MOST: Final = 12
"""Segments drawn; of more, the largest."""
ACCENTS: Final = 2
"""Segments in colour: more would be none."""


def segment_numbers(sizes: SegmentSizes) -> tuple[SegmentMetrics, ...]:
    """The segments' numbers as metrics, in the fixed order."""
    return segment_metrics(sizes.title, sizes.money.currency, records(sizes.frame))


def key_of_all(sizes: SegmentSizes, part: str) -> str:
    """The key of a metric of all segments together."""
    return f"{keys(sizes.title, ['all'])[0]}_{part}"


def largest(found: Sequence[SegmentMetrics], by_value: bool = False) -> list[SegmentMetrics]:
    """The largest segments, in the fixed order."""
    ranked = sorted(found, key=lambda s: -((s.value if by_value else s.customers).value or 0.0))[:MOST]
    return [segment for segment in found if segment in ranked]


def news(found: Sequence[SegmentMetrics]) -> list[SegmentMetrics]:
    """At most two segments whose change is news, the largest change first."""
    loud = [segment for segment in found if segment.variation == "news" and segment.change.value]
    return sorted(loud, key=lambda segment: -abs(segment.change.value or 0))[:ACCENTS]


def accents(sizes: SegmentSizes, found: Sequence[SegmentMetrics]) -> Mapping[str, str]:
    """The segments that stand out in every chart of the page, with their colours."""
    colours = {segment.name: legible(segment.colour) for segment in sizes.segments}
    return {segment.name: colours[segment.name] for segment in news(found)}


def drawn_names(drawn: Sequence[SegmentMetrics]) -> list[Statement]:
    """The segments' names as charts write them."""
    return [own_words(clipped(plain(segment.name), longest)) for segment in drawn for longest in (16, 18)]


def left_off(sizes: SegmentSizes, found: Sequence[SegmentMetrics]) -> Statement:
    """That the chart shows only the largest, where that is so."""
    if len(found) <= MOST:
        return Statement(())
    return Statement.of(
        "; the {shown} largest of {all}",
        shown=Metric(key_of_all(sizes, "segments_drawn"), MOST, "count"),
        all=Metric(key_of_all(sizes, "segments"), len(found), "count"),
    )


def plain(text: str) -> str:
    """A name without what cannot be drawn."""
    return own_name(text).text


def day_and_month(date: dt.date) -> str:
    """A date without its year, for an axis."""
    return day(date).text.rsplit(" ", 1)[0]
