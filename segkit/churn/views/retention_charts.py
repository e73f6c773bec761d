"""Retention, drawn: the share of contracts still running, by plan and by when they began. Projections are dashed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segkit.churn.records import ChurnRisk
from segkit.page import Block, Metric, Statement, day, own_name, own_words, write
from segkit.page.charts.assembly import assemble
from segkit.page.charts.labels import at_point, clipped, spread
from segkit.page.charts.style import ACTUAL, BAD, MUTED, PREVIOUS, canvas
from segkit.page.tables import data_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_CURVES: Final = 5


def retention_chart(risk: ChurnRisk) -> Block | None:
    """Draw the share of contracts still running by months, for the plans with the most contracts."""
    if not risk.curves or risk.curves[0].months[-1] < 3:
        return None
    shown = risk.curves[1 : _MOST_CURVES + 1] or risk.curves[:1]
    last = min(curve.months[-1] for curve in shown)
    ends = [Metric(f"churn_chart_curve_{at}", c.share[last], "share") for at, c in enumerate(shown)]
    best = max(range(len(shown)), key=lambda at: ends[at].value or 0.0)
    worst = min(range(len(shown)), key=lambda at: ends[at].value or 0.0)
    months = Metric("churn_chart_months", last, "count")
    with canvas(3.2) as (figure, axes):
        for at, curve in enumerate(shown):
            colour = ACTUAL if at == best else BAD if at == worst else PREVIOUS
            axes.plot(range(last + 1), curve.share[: last + 1], color=colour, linewidth=2.2, drawstyle="steps-post")
            if curve.projected is not None and at in (best, worst):
                axes.plot(
                    range(last + 1), curve.projected[: last + 1], color=colour, linewidth=1.2, linestyle=(0, (3, 3))
                )
        low = min(min(curve.share[: last + 1]) for curve in shown)
        bottom = max(0.0, low - 0.1)
        heights = spread([metric.value or 0.0 for metric in ends], (1.02 - bottom) * 0.085, bottom, 1.0)
        for at, (curve, where) in enumerate(zip(shown, heights, strict=True)):
            weight = "bold" if at in (best, worst) else "normal"
            at_point(axes, last, where, f"{clipped(curve.name, 14)} {write(ends[at])}", weight=weight)
        _frame(axes, last, bottom, "months under contract")
        names = [own_name(curve.name, 40) for curve in shown]
        return assemble(
            figure,
            title=Statement.of(
                "After {m} months {a} of {best} contracts still run, {b} of {worst}",
                m=months,
                a=ends[best],
                b=ends[worst],
                best=names[best],
                worst=names[worst],
            )
            if best != worst
            else Statement.of("After {m} months {a} of contracts still run", m=months, a=ends[best]),
            subtitle=Statement.of("Share still running, Kaplan-Meier with late entry, {d}", d=day(risk.end)),
            alt=Statement.of(
                "Lines that sink with months under contract. After {m} months: {list}.",
                m=months,
                list=Statement.join(
                    [Statement.of("{n} {s}", n=n, s=end) for n, end in zip(names, ends, strict=True)], "; "
                ),
            ),
            table=data_table(
                Statement.of("Share of contracts still running after {m} months", m=months),
                ["Plan", "Still there"],
                [(own_words(curve.name, 80), end) for curve, end in zip(shown, ends, strict=True)],
            ),
            names=[own_words(clipped(curve.name, 14)) for curve in shown],
        )


def cohort_retention(risk: ChurnRisk) -> Block | None:
    """Draw the share of contracts still running by months, with a line for each quarter in which they began.

    The newest quarter that can be compared and the oldest are in colour, those between in grey.
    """
    month = risk.cohort_month
    if month is None:
        return None
    curves = risk.cohort_curves
    there = [at for at, curve in enumerate(curves) if curve.months[-1] >= month]
    ends = {at: Metric(f"churn_cohort_curve_{at}_year", curves[at].share[month], "share") for at in there}
    oldest, newest = there[0], there[-1]
    months = Metric("churn_cohort_curve_after", month, "count")
    last = max(curve.months[-1] for curve in curves)
    with canvas(3.2) as (figure, axes):
        colours = {oldest: BAD, newest: ACTUAL}
        for at, curve in enumerate(curves):
            colour, width = colours.get(at, PREVIOUS), 2.2 if at in colours else 1.0
            seen = curve.months[-1]
            axes.plot(range(seen + 1), curve.share, color=colour, linewidth=width, drawstyle="steps-post")
            if at in colours and curve.projected is not None and len(curve.projected) > seen + 1:
                ahead = range(seen, len(curve.projected))
                axes.plot(
                    ahead, [curve.projected[m] for m in ahead], color=colour, linewidth=1.2, linestyle=(0, (3, 3))
                )
                last = max(last, len(curve.projected) - 1)
        tails = {at: _tail(risk, at) for at in colours}
        bottom = max(0.0, min(*(min(curve.share) for curve in curves), *tails.values()) - 0.05)
        where = spread(list(tails.values()), (1.02 - bottom) * 0.1, bottom, 1.0)
        for (at, _), height in zip(tails.items(), where, strict=True):
            at_point(axes, last, height, curves[at].name, colour=colours[at], weight="bold")
        _frame(axes, last, bottom, "months since they began")
        return assemble(
            figure,
            title=Statement.of(
                "Still running after {m} months: begun {new} {a}, {old} {b}",
                m=months,
                a=ends[newest],
                b=ends[oldest],
                new=own_name(curves[newest].name),
                old=own_name(curves[oldest].name),
            ),
            subtitle=Statement.of(
                "Share still running by the quarter in which contracts began, Kaplan-Meier, {d}", d=day(risk.end)
            ),
            alt=Statement.of(
                "Lines that sink with months since contracts began, one a quarter. After {m} months: {list}.",
                m=months,
                list=Statement.join(
                    [Statement.of("{n} {s}", n=own_name(curves[at].name), s=ends[at]) for at in there], "; "
                ),
            ),
            table=data_table(
                Statement.of("Share of contracts still running after {m} months, by when they began", m=months),
                ["Began", "Still there"],
                [(own_words(curves[at].name), ends[at]) for at in there],
            ),
            names=[own_words(curves[at].name) for at in colours],
        )


def _tail(risk: ChurnRisk, at: int) -> float:
    """Return where a line ends on the right: the projection's last month, or the last one that was seen."""
    curve = risk.cohort_curves[at]
    if curve.projected is not None and len(curve.projected) > len(curve.share):
        return curve.projected[-1]
    return curve.share[-1]


def _frame(axes: Axes, last: int, bottom: float, label: str) -> None:
    """Set up the axes: months across, shares up."""
    axes.set_xlim(0, last)
    axes.set_ylim(bottom, 1.02)
    axes.locator_params(axis="y", nbins=4)
    ticks = [tick for tick in axes.get_yticks() if bottom <= tick <= 1]
    axes.set_yticks(ticks, [write(Metric("tick", round(float(tick), 6), "share")) for tick in ticks])
    step = 12 if last >= 24 else 6 if last >= 12 else 3
    axes.set_xticks(range(0, last + 1, step), [str(m) for m in range(0, last + 1, step)])
    axes.tick_params(length=0, labelcolor=MUTED)
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{label}; dashed: projected")
