"""The chart of what sets a segment apart: each trait's index with its interval."""

from __future__ import annotations

import math
from typing import Any, Final

from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.bars import height
from segkit.page.charts.labels import beside, label_words, name_rows
from segkit.page.charts.style import MUTED, PREVIOUS, RULE, canvas
from segkit.page.format import small
from segkit.page.precision import written_alike
from segkit.page.segments import keys, records
from segkit.page.tables import data_table
from segkit.segments.profile_records import SegmentProfile
from segkit.segments.views.drawn_segments import plain
from segkit.segments.views.profile import chosen_segment

_MOST_TRAITS: Final = 10
_FAR: Final = 8.0
"""The multiple (or its inverse) at which the axis ends; beyond it, the number stands beside the mark."""


def trait_index(profile: SegmentProfile, segment: str = "") -> Block | None:
    """Draw the traits that are certain: how many times the value of all others, with intervals, on a logarithmic
    axis.

    Args:
        profile: the profile of one segmentation.
        segment: its name; if empty, the one that brings most beyond its share of customers.

    Returns:
        The chart; None where there is no such segment, or none of its traits is certain.
    """
    chosen = chosen_segment(profile, segment)
    if chosen is None:
        return None
    segment = chosen
    at = [s.name for s in profile.segments].index(segment)
    prefix = keys(f"profile {profile.title}", [s.name for s in profile.segments])[at]
    rows = records(profile.frame[profile.frame["segment"] == segment])
    shown = [
        (place, r)
        for place, r in enumerate(rows)
        if r["distinct"] and not r["defining"] and r["index"] is not None and r["low"] is not None
    ][:_MOST_TRAITS]
    if not shown:
        return None
    shown.sort(key=lambda pair: -pair[1]["index"])
    metrics = [
        {part: Metric(f"{prefix}_{place}_{part}", r[part], "index") for part in ("index", "low", "high")}
        for place, r in shown
    ]
    labels = [_label(r) for _, r in shown]
    colour = profile.segments[at].colour
    told = written_alike([found["index"] for found in metrics])
    with canvas(height(len(shown)) + 0.3) as (figure, axes):
        reach = max(min(_FAR, max(max(r["high"], 1 / max(r["low"], 1 / _FAR)) for _, r in shown)), 1.5)
        for y, (_, r) in enumerate(shown):
            low, middle, high = (min(max(r[part], 1 / reach), reach) for part in ("low", "index", "high"))
            axes.plot([low, high], [y, y], color=PREVIOUS, linewidth=3, zorder=2)
            axes.plot([middle], [y], marker="o", markersize=8, color=colour, zorder=3, clip_on=False)
            beside(axes, y, told[y])
        axes.axvline(1.0, color=MUTED, linewidth=1, zorder=1)
        axes.set_xscale("log", base=2)
        axes.set_xlim(1 / reach / 1.05, reach * 1.05)
        exponent = math.floor(math.log2(reach * 1.05))
        ticks = [2.0**k for k in range(-exponent, exponent + 1)]
        axes.set_xticks(ticks, [write(Metric("tick", tick, "index")) for tick in ticks])
        axes.minorticks_off()
        axes.tick_params(length=0, labelcolor=MUTED, axis="x")
        name_rows(axes, labels, 18)
        axes.set_ylim(len(shown) - 0.45, -0.55)
        axes.grid(axis="x", color=RULE)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        first = metrics[0]["index"] if (shown[0][1]["index"] or 0) >= 1 else metrics[-1]["index"]
        lead = labels[0] if first is metrics[0]["index"] else labels[-1]
        return assemble(
            figure,
            title=Statement.of(
                "What sets {s} apart: {what} {n} times that of all others",
                s=own_name(segment, 32),
                what=own_name(small(lead), 48),
                n=first,
            ),
            subtitle=Statement.of(
                "Times the mean or share of all other {unit}, {end}; bars are intervals at {level}",
                unit=own_name(profile.unit_name, 40),
                end=day(profile.end),
                level=Metric(f"{keys(f'profile {profile.title}', ['all'])[0]}_level", profile.level, "share"),
            ),
            alt=Statement.of(
                "Points with intervals: traits of {s} against all others. {list}.",
                s=own_name(segment, 40),
                list=Statement.join(
                    [
                        Statement.of("{f} {n}", f=own_name(label, 48), n=m["index"])
                        for label, m in zip(labels, metrics, strict=True)
                    ],
                    "; ",
                ),
            ),
            table=_data(labels, metrics),
            names=label_words(labels, 18),
        )


def _label(r: dict[str, Any]) -> str:
    answer = {"true": "yes", "false": "no"}.get(str(r["answer"]), str(r["answer"]))
    return plain(f"{r['feature']}: {answer}" if answer else str(r["feature"]))


def _data(labels: list[str], metrics: list[dict[str, Metric]]) -> dict[str, Any]:
    return data_table(
        literal("Traits, times that of all others"),
        ["Trait", "Times", "From", "To"],
        [(own_words(label, 80), m["index"], m["low"], m["high"]) for label, m in zip(labels, metrics, strict=True)],
    )
