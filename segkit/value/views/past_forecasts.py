"""The chart at the head of a page on value: what past forecasts said, with their range, and what came."""

from __future__ import annotations

from typing import Final

from segkit.page import Block, Metric, Statement, day, own_name, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.series import SERIES_HEIGHT
from segkit.page.charts.style import ACTUAL, BAND, MUTED, PREVIOUS, canvas
from segkit.page.statement import literal
from segkit.page.tables import data_table
from segkit.value.records import CustomerValue

_ALL_DAYS: Final = 4
"""Periods up to which each one's day stands below it."""
_HALF: Final = 0.32
"""Half the width of a range."""


def past_forecasts(value: CustomerValue, about: str = "") -> Block | None:
    """Draw the held-out periods, the oldest first: shaded the range that was said, dotted its middle, a point what came."""
    tested = value.backtest
    if value.refusal is not None or tested is None or not tested.periods:
        return None
    currency = value.money.currency
    periods = tuple(enumerate(tested.periods))[::-1]
    told = {
        part: [
            Metric(f"customer_value_test_{at}_{part}", getattr(one, part), "money", currency) for at, one in periods
        ]
        for part in ("actual", "predicted", "low", "high")
    }
    drawn = {part: [float(metric.value or 0.0) for metric in metrics] for part, metrics in told.items()}
    inside = sum(
        low <= came <= high for came, low, high in zip(drawn["actual"], drawn["low"], drawn["high"], strict=True)
    )
    within = Metric("customer_value_tests_within", inside, "count")
    many = Metric("customer_value_tests", len(periods), "count")
    with canvas(SERIES_HEIGHT) as (figure, axes):
        for at, (low, high, said, came) in enumerate(
            zip(drawn["low"], drawn["high"], drawn["predicted"], drawn["actual"], strict=True)
        ):
            across = [at - _HALF, at + _HALF]
            axes.fill_between(across, [low] * 2, [high] * 2, color=BAND, linewidth=0)
            for edge in (low, high):
                axes.plot(across, [edge] * 2, color=PREVIOUS, linewidth=1.2)
            axes.plot(across, [said] * 2, color=PREVIOUS, linewidth=0.8, linestyle=":")
            axes.plot([at], [came], marker="o", markersize=8, color=ACTUAL)
        bottom, top = min([*drawn["low"], *drawn["actual"]]), max([*drawn["high"], *drawn["actual"]])
        room = (top - bottom) * 0.15 or abs(top) * 0.1 or 1.0
        axes.set_ylim(bottom - room, top + room)
        axes.set_xlim(-0.6, len(periods) - 0.4)
        axes.locator_params(axis="y", nbins=4)
        ticks = [float(tick) for tick in axes.get_yticks() if bottom - room <= tick <= top + room]
        axes.set_yticks(ticks, [write(Metric("drawn", tick, "money", currency)) for tick in ticks])
        shown = range(len(periods)) if len(periods) <= _ALL_DAYS else (0, len(periods) - 1)
        axes.set_xticks(list(shown), [day(periods[at][1].end).text.rsplit(" ", 1)[0] for at in shown])
        axes.tick_params(length=0, labelcolor=MUTED)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        unit = own_name(value.unit_name, 40)
        spans = [Statement((day(one.origin, one.end),)) for _, one in periods]
        return assemble(
            figure,
            title=Statement.of("What came lay within {n} of {k} forecasts", n=within, k=many),
            subtitle=Statement.of(
                "Shaded: what was said; point: what came in {held}",
                held=Metric("customer_value_holdout", tested.holdout_days, "days"),
            ),
            alt=Statement.of(
                "Ranges that were said and points of what {unit} then brought: {list}.",
                unit=unit,
                list=Statement.join(
                    [
                        Statement.of("{span} {came} ({low} to {high})", span=span, came=came, low=low, high=high)
                        for span, came, low, high in zip(
                            spans, told["actual"], told["low"], told["high"], strict=True
                        )
                    ],
                    "; ",
                ),
            ),
            table=data_table(
                literal("Forecasts that were tested"),
                ["Held-out period", "Came", "Said", "From", "To"],
                [
                    (span, *cells)
                    for span, *cells in zip(
                        spans, told["actual"], told["predicted"], told["low"], told["high"], strict=True
                    )
                ],
            ),
            shows="value_forecasts",
        )
