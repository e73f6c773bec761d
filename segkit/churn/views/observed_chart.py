"""Observed churn as a line: the rate of each period of a year, and the range in which the last one is normal."""

from __future__ import annotations

from typing import Final

from segkit.churn.records import ChurnRisk
from segkit.churn.views.detail import observed_churn_table
from segkit.churn.views.risk import observed_over
from segkit.page import Block, Metric, Statement, day, literal, name, number, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.series import SERIES_HEIGHT, draw_series
from segkit.page.charts.style import ACTUAL, BAD, canvas
from segkit.page.format import plain_date
from segkit.page.judged_words import judged_metrics, verdict
from segkit.page.segments import records

_LEAST: Final = 3
"""Periods that make a line."""


def observed_chart(risk: ChurnRisk, about: str = "") -> Block | None:
    """Plot the observed churn of each period; None where fewer than three periods can be shown."""
    if risk.observed is None:
        return None
    rows = records(risk.observed.periods)[-12:]
    rates = [row["rate"] for row in rows]
    known = [rate for rate in rates if rate is not None]
    table = observed_churn_table(risk)
    if len(known) < _LEAST or rates[-1] is None or table is None:
        return None
    dates = [plain_date(row["end"]) for row in rows]
    judgement = risk.observed.judgement
    judged = judged_metrics("churn_observed", judgement, rates[-1], rates[-2], "share")
    worse = judgement.state == "news" and judged.agrees and (judged.change.value or 0) > 0
    last = Metric("churn_observed_rate", rates[-1], "share")
    low = Metric("churn_observed_low", min(known), "share")
    high = Metric("churn_observed_high", max(known), "share")
    over = name(observed_over(risk))
    with canvas(SERIES_HEIGHT) as (figure, axes):
        draw_series(
            axes,
            rates,
            dates,
            lambda rate: write(Metric("drawn", rate, "share")),
            normal=(judgement.low, judgement.high) if judgement.expected is not None else (None, None),
            expected=judgement.expected,
            colour=BAD if worse else ACTUAL,
        )
        return assemble(
            figure,
            title=Statement.of("Churn observed, {over}", over=over),
            subtitle=Statement.of("{span}", span=day(plain_date(rows[0]["start"]), dates[-1]))
            if judged.low.value is None or judged.expected.value is None
            else Statement.of("Shaded: normal, {low} to {high}", low=judged.low, high=judged.high),
            alt=Statement.of(
                "Line: share that left {over}, between {low} and {high}, last {last}{change}.",
                over=over,
                low=low,
                high=high,
                last=last,
                change=literal("")
                if judged.change.value is None
                else Statement.of(", {by}: {v}", by=number(judged.change, "signed"), v=verdict(judged)),
            ),
            table=table.fields,
            shows="churn_over_time",
        )
