"""The chart at the head of a campaign's page: what each arm changed; where nothing compares, how far apart arms were."""

from __future__ import annotations

from typing import Final

from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.lift_charts import balance_plot
from segkit.campaigns.views.lift_words import arm_key, change_of, deciding_effects, each_interval, ends_of, metric_key
from segkit.page import Block, Metric, Statement, name, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.labels import few_ticks, label_words, name_rows
from segkit.page.charts.style import ACTUAL, BAND, INK, MUTED, PREVIOUS, canvas
from segkit.page.table_cells import one_number
from segkit.page.tables import data_table

_MOST_APART: Final = 6
"""Covariates that the head shows; the table of all stands below."""


def leading_campaign(lift: CampaignLift, about: str = "") -> Block | None:
    """Draw what the headline of a campaign is about: its effects, else how little its recipients were like the others."""
    return arms_chart(lift, about) or balance_plot(lift, _MOST_APART)


def arms_chart(lift: CampaignLift, about: str = "") -> Block | None:
    """Draw the difference of each arm from the control on the outcome that decides; None where none may be shown."""
    found = list(deciding_effects(lift).items())
    if not found:
        return None
    metric = lift.metrics[0]
    keys = [f"{metric_key(metric)}_{arm_key(lift, arm)}" for arm, _ in found]
    each = [change_of(lift, metric, key, effect.difference) for key, (_, effect) in zip(keys, found, strict=True)]
    ends = [ends_of(lift, metric, key, effect) for key, (_, effect) in zip(keys, found, strict=True)]
    low, high = ([pair[at] for pair in ends] for at in (0, 1))
    names = [own_name(arm, 40).text for arm, _ in found]
    with canvas(0.52 * len(found) + 0.5) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=1)
        for at, (a, b, c) in enumerate(zip(each, low, high, strict=True)):
            span = [float(b.value or 0.0), float(c.value or 0.0)]
            axes.fill_between(span, [at - 0.16] * 2, [at + 0.16] * 2, color=BAND, linewidth=0)
            for edge in span:
                axes.plot([edge] * 2, [at - 0.16, at + 0.16], color=PREVIOUS, linewidth=1.2)
            axes.plot([float(a.value or 0.0)], [at], marker="o", markersize=8, color=ACTUAL)
            axes.annotate(
                write(a, "signed"),
                (float(a.value or 0.0), at - 0.24),
                ha="center",
                va="bottom",
                color=INK,
                weight="bold",
                annotation_clip=False,
            )
        name_rows(axes, names, 12)
        axes.set_ylim(len(names) - 0.6, -0.75)
        axes.tick_params(axis="x", length=0, labelcolor=MUTED)
        axes.spines["left"].set_visible(False)
        few_ticks(axes, lambda tick: write(change_of(lift, metric, "drawn", tick), "signed"))
        return assemble(
            figure,
            title=Statement.of("{m}, a customer", m=own_name(metric.label, 48)),
            subtitle=Statement.of(
                "{badge}, against {control}; shaded: the {level} interval",
                badge=name(lift.evidence.badge.value),
                control=own_name(lift.facts.control, 24),
                level=Metric("lift_level", lift.facts.level, "share"),
            ),
            alt=Statement.of(
                "Points with intervals, an arm each, against no change: {list}.",
                list=Statement.join(each_interval(names, each, low, high), "; "),
            ),
            table=data_table(
                Statement.of("{m}, difference from the control", m=own_name(metric.label, 40)),
                ["Arm", "Difference", "From", "To"],
                [
                    [own_words(arm, 60), *(one_number(one, "signed") for one in cells)]
                    for arm, *cells in zip(names, each, low, high, strict=True)
                ],
            ),
            names=label_words(names, 12),
            shows="lift_arms",
        )
