"""The choice of segments for charts: which ones are drawn, which stand out, and what charts of segments have in
common.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from segkit.page import Metric, Statement, day, direction, literal, number, own_name
from segkit.page.charts.labels import label_words
from segkit.page.palette import legible
from segkit.page.segments import SegmentMetrics, keys, records, segment_metrics
from segkit.segments.records import SegmentSizes
from segkit.segments.views.sizes_reading import by_change

MOST: Final = 12
"""Most segments drawn; if there are more, the largest are."""
AT_LINES: Final = 14
"""Characters that a line of a name beside a line's end holds."""
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


def largest_of(found: Sequence[SegmentMetrics]) -> list[SegmentMetrics]:
    """Return the segment with most customers; of several with the same number all, in the fixed order."""
    most = max((s.customers.value or 0 for s in found), default=0)
    return [s for s in found if (s.customers.value or 0) == most]


def news(found: Sequence[SegmentMetrics]) -> list[SegmentMetrics]:
    """Return at most two segments whose change is news, the largest change first."""
    return list(by_change(found)[:ACCENTS])


def accents(sizes: SegmentSizes, found: Sequence[SegmentMetrics]) -> Mapping[str, str]:
    """Return the segments that stand out in every chart of the page, with their colours."""
    colours = {segment.name: legible(segment.colour) for segment in sizes.segments}
    return {segment.name: colours[segment.name] for segment in news(found)}


def drawn_names(drawn: Sequence[SegmentMetrics]) -> list[Statement]:
    """Return the segments' names as charts write them."""
    names = [plain(segment.name) for segment in drawn]
    return [*label_words(names), *label_words(names, AT_LINES)]


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


def sizes_line(sizes: SegmentSizes, found: Sequence[SegmentMetrics]) -> Statement:
    """Say in a line what the sizes of segments tell: which are news, or that none is, or which is the largest."""
    parts = [
        Statement.of(
            "{s} {moved} by {by}{since}",
            s=own_name(s.name, 32),
            moved=direction(change, s.variation),
            by=number(change, "size"),
            since=Statement(()) if s.since is None else Statement.of(" since {d}", d=day(s.since)),
        )
        for s in news(found)
        for change in (s.slow_change if s.variation == "slow" else s.change,)
    ]
    if parts:
        return Statement.join(parts, "; ")
    known = [s for s in found if s.customers.value is not None]
    if not known:
        return literal("No segment is large enough to be shown")
    if any(s.variation == "unsettled" for s in found):
        return literal("Not settled yet: contracts that ended lately may still be followed by others")
    if any(s.variation == "normal" for s in found):
        return literal("No segment left its normal range")
    alike = largest_of(known)
    first = alike[0]
    if len(alike) > 1:
        return Statement.of(
            "{n} segments are the largest alike, with {share} of {unit} each",
            n=Metric(key_of_all(sizes, "largest_alike"), len(alike), "count"),
            share=first.share,
            unit=own_name(sizes.unit_name, 32),
        )
    return Statement.of(
        "{s} is the largest segment, with {share} of {unit}",
        s=own_name(first.name, 32),
        share=first.share,
        unit=own_name(sizes.unit_name, 32),
    )
