"""The chart at the head of a profile: each segment's share of customers and of value."""

from __future__ import annotations

from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.style import ACTUAL, canvas
from segkit.page.palette import legible
from segkit.page.precision import written_alike
from segkit.page.segments import SegmentMetrics
from segkit.page.tables import data_table
from segkit.segments.profile_records import SegmentProfile
from segkit.segments.views.drawn_segments import drawn_names, plain
from segkit.segments.views.profile import chosen_segment
from segkit.segments.views.sizes_reading import read_sizes

_MOST = 6


def share_chart(profile: SegmentProfile, about: str = "") -> Block | None:
    """Draw the share of value (thick) over the share of customers (thin) of the largest segments, the one that the page
    is about in its colour; of customers alone where nothing is known of value.
    """
    sizes = profile.sizes
    every = read_sizes(sizes).segments
    known = [one for one in every if one.share.value is not None]
    chosen = chosen_segment(profile, about)
    if chosen is None or not known:
        return None
    first = [one for one in known if one.name == chosen]
    largest = sorted(known, key=lambda one: (one not in first, -(_thick(one, sizes.valued).value or 0.0)))[:_MOST]
    drawn = [one for one in every if one in largest]
    colour = next(legible(one.colour) for one in sizes.segments if one.name == chosen)
    thick = [_thick(one, sizes.valued) for one in drawn]
    with canvas(height(len(drawn))) as (figure, axes):
        draw_bars(
            axes,
            [plain(one.name) for one in drawn],
            [max(float(metric.value or 0.0), 0.0) for metric in thick],
            written_alike(thick),
            [colour if one.name == chosen else ACTUAL for one in drawn],
            previous=[float(one.share.value or 0.0) for one in drawn] if sizes.valued else None,
            strong=[one.name == chosen for one in drawn],
        )
        unit = own_name(profile.unit_name, 40)
        told = [
            Statement.of(
                "{name} {share} of {unit}{value}",
                name=own_name(one.name, 40),
                share=one.share,
                unit=unit,
                value=Statement.of(", {value} of the value", value=one.value_share)
                if sizes.valued and one.value_share.value is not None
                else literal(""),
            )
            for one in drawn
        ]
        return assemble(
            figure,
            title=literal("Share of value, and of customers") if sizes.valued else literal("Share of customers"),
            subtitle=Statement.of(
                "{what}{end}{left}",
                what=Statement.of("Value (thick) and {unit} (thin), ", unit=unit)
                if sizes.valued
                else Statement.of("All {unit}, ", unit=unit),
                end=day(profile.end),
                left=literal("") if len(drawn) == len(known) else _left_off(drawn, known),
            ),
            alt=Statement.of("Bars, a segment each: {told}.", told=Statement.join(told, "; ")),
            table=data_table(
                literal("Shares by segment"),
                [literal("Segment"), own_words(f"Share of {profile.unit_name}", 40), literal("Share of value")]
                if sizes.valued
                else [literal("Segment"), own_words(f"Share of {profile.unit_name}", 40)],
                [
                    (own_words(one.name, 80), one.share, *((one.value_share,) if sizes.valued else ()))
                    for one in drawn
                ],
            ),
            names=drawn_names(drawn),
            shows="segment_shares",
        )


def _thick(one: SegmentMetrics, valued: bool) -> Metric:
    return one.value_share if valued else one.share


def _left_off(drawn: list[SegmentMetrics], known: list[SegmentMetrics]) -> Statement:
    return Statement.of(
        "; {n} of {all} segments",
        n=Metric("segments_with_shares_drawn", len(drawn), "count"),
        all=Metric("segments_with_shares", len(known), "count"),
    )
