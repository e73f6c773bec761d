"""Charts of segment sizes: how many customers now and before, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segkit.page import Block, Metric, Statement, day, literal, number, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import draw_bars, height
from segkit.page.charts.style import ACTUAL, canvas
from segkit.page.format import capital
from segkit.page.segments import SegmentMetrics
from segkit.page.tables import data_table
from segkit.page.telling import telling
from segkit.segments.records import SegmentSizes
from segkit.segments.views.drawn_segments import (
    accents,
    drawn_names,
    key_of_all,
    largest,
    left_off,
    plain,
    segment_numbers,
    sizes_line,
)


def size_bars(sizes: SegmentSizes) -> Block:
    """Draw customers by segment, now (thick, dark) and one period ago (thin, lighter), with news in the segment's
    colour.
    """
    found = segment_numbers(sizes)
    drawn = largest(found)
    strong = accents(sizes, found)
    compared = sizes.total_previous is not None
    texts = [
        "not shown"
        if segment.customers.value is None
        else write(segment.customers)
        + (f" ({write(segment.change, 'signed')})" if segment.change.value is not None else "")
        for segment in drawn
    ]
    with canvas(height(len(drawn))) as (figure, axes):
        draw_bars(
            axes,
            [plain(segment.name) for segment in drawn],
            [segment.customers.value for segment in drawn],
            texts,
            [strong.get(segment.name, ACTUAL) for segment in drawn],
            previous=[segment.previous.value for segment in drawn] if compared else None,
            strong=[segment.name in strong for segment in drawn],
        )
        return assemble(
            figure,
            title=sizes_line(sizes, found),
            subtitle=Statement.join([_subtitle(sizes, "by segment", compared), left_off(sizes, found)], ""),
            alt=_alt("Bars: {unit} by segment on {end}{than}. {list}.", sizes, drawn, compared),
            table=_sizes_data(sizes, drawn, compared),
            names=drawn_names(drawn),
        )


def segment_value(sizes: SegmentSizes) -> Block | None:
    """Draw what each segment brought, with its share of the whole; None where the data hold no amounts."""
    if not sizes.valued:
        return None
    found = segment_numbers(sizes)
    drawn = largest(found, by_value=True)
    strong = accents(sizes, found)
    texts = [
        "not shown" if segment.value.value is None else f"{write(segment.value)} ({write(segment.value_share)})"
        for segment in drawn
    ]
    ranked = sorted(
        (segment for segment in found if segment.value.value is not None),
        key=lambda segment: -(segment.value.value or 0.0),
    )
    title = literal("No segment has value that can be shown")
    if len(ranked) > 2 and (ranked[0].value_share.value or 0) > 0:
        both = Metric(
            key_of_all(sizes, "two_largest_value_share"),
            (ranked[0].value_share.value or 0) + (ranked[1].value_share.value or 0),
            "share",
        )
        title = Statement.of(
            "{a} and {b} bring {share} of the value",
            a=own_name(ranked[0].name, 28),
            b=own_name(ranked[1].name, 28),
            share=both,
        )
    elif ranked:
        title = Statement.of(
            "{a} brings {share} of the value", a=own_name(ranked[0].name, 40), share=ranked[0].value_share
        )
    whole = None if sizes.is_of_few else sizes.total_value
    total = Metric(key_of_all(sizes, "value"), whole, "money", sizes.money.currency)
    listed = [
        Statement.of("{s} {n} ({share})", s=own_name(segment.name, 40), n=segment.value, share=segment.value_share)
        for segment in drawn
        if segment.value.value is not None
    ]
    with canvas(height(len(drawn))) as (figure, axes):
        draw_bars(
            axes,
            [plain(segment.name) for segment in drawn],
            [segment.value.value for segment in drawn],
            texts,
            [strong.get(segment.name, ACTUAL) for segment in drawn],
            strong=[segment.name in strong for segment in drawn],
        )
        return assemble(
            figure,
            title=title,
            subtitle=Statement.join(
                [
                    Statement.of(
                        "{what} by segment, {currency}, {end}; share of the whole",
                        what=telling(sizes.value_name, "value"),
                        currency=own_name(sizes.money.currency),
                        end=day(sizes.period.end),
                    ),
                    left_off(sizes, found),
                ],
                "",
            ),
            alt=Statement.of(
                "Bars: {what} by segment, {total} in all. {list}.",
                what=telling(sizes.value_name, "value", inside=True),
                total=total,
                list=Statement.join(listed),
            ),
            table=data_table(
                Statement.of("{what} by segment", what=telling(sizes.value_name, "value")),
                ["Segment", "Value", "Value share"],
                [(own_words(s.name, 80), s.value, s.value_share) for s in drawn],
            ),
            names=drawn_names(drawn),
        )


def _sizes_data(sizes: SegmentSizes, drawn: Sequence[SegmentMetrics], compared: bool) -> dict[str, Any]:
    return data_table(
        Statement.of("{unit} by segment", unit=own_name(capital(sizes.unit_name), 40)),
        ["Segment", "Now", *(["Previous"] if compared else [])],
        [(own_words(s.name, 80), s.customers, *([s.previous] if compared else [])) for s in drawn],
    )


def _alt(template: str, sizes: SegmentSizes, drawn: Sequence[SegmentMetrics], compared: bool) -> Statement:
    whole = None if sizes.is_of_few else sizes.total_customers
    total = Metric(key_of_all(sizes, "customers"), whole, "customers")
    listed = [
        Statement.of("{s} {n} ({change})", s=own_name(s.name, 40), n=s.customers, change=number(s.change, "signed"))
        if s.change.value is not None
        else Statement.of("{s} {n}", s=own_name(s.name, 40), n=s.customers)
        for s in drawn
        if s.customers.value is not None
    ]
    than = (
        Statement.of(", with the change since {before}", before=day(sizes.previous_end))
        if compared and sizes.previous_end is not None
        else Statement(())
    )
    return Statement.of(
        template,
        unit=Statement.of("{n} {unit}", n=total, unit=own_name(sizes.unit_name, 40)),
        end=day(sizes.period.end),
        than=than,
        list=Statement.join(listed),
    )


def _subtitle(sizes: SegmentSizes, how: str, compared: bool) -> Statement:
    unit = own_name(capital(sizes.unit_name), 40)
    if compared and sizes.previous_end is not None:
        return Statement.of(
            "{unit} " + how + ", {end} (thick) and {before} (thin)",
            unit=unit,
            end=day(sizes.period.end),
            before=day(sizes.previous_end),
        )
    return Statement.of("{unit} " + how + ", {end}", unit=unit, end=day(sizes.period.end))
