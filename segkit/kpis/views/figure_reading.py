"""A key figure prepared for a page: its numbers as metrics."""

from __future__ import annotations

import math
from dataclasses import dataclass

from segkit.errors import ReportError
from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.page import Metric, Statement, literal
from segkit.page.judged_words import JudgedMetrics, judged_metrics
from segkit.page.metric import Unit
from segkit.page.segments import relative, slug


@dataclass(frozen=True, slots=True)
class FigureReading:
    """A key figure as metrics.

    Attributes:
        value, previous: the figure now and one period ago.
        change: the difference; in points for a share.
        relative: the change as a share of the previous value; None for a share, and where that value is not positive.
        judged: what is said of the value, and its numbers.
        low, high: the smallest and the largest value of the periods shown.
        periods: of how many periods a value is shown.
        contributions: what each factor contributed to the change, by its name.
    """

    value: Metric
    previous: Metric
    change: Metric
    relative: Metric
    judged: JudgedMetrics
    low: Metric
    high: Metric
    periods: Metric
    contributions: tuple[tuple[str, Metric], ...]

    @property
    def stated(self) -> Metric:
        """The change as a reader wants it: relative where that has a meaning."""
        return self.change if self.relative.value is None else self.relative


def read_figure(figure: KeyFigure, currency: str, periods: int = 12) -> FigureReading:
    """Return a key figure as metrics, with the range of its last `periods` periods.

    Raises:
        ReportError: its contributions do not sum to its change.
    """
    unit: Unit = figure.unit
    money = currency if unit == "money" else None
    gap: Unit = "points" if unit == "share" else unit
    shown = figure.values[-periods:]
    known = [value for value in shown if value is not None]
    brought = math.fsum(part.amount for part in figure.contributions)
    if figure.contributions and abs(brought - (figure.change or 0.0)) > 1e-6 * abs(figure.value or 1.0):
        raise ReportError(f"{figure.label}: its factors brought {brought:,.4f}, its change is {figure.change}")
    return FigureReading(
        value=Metric(figure.key, figure.value, unit, money, figure.label),
        previous=Metric(f"{figure.key}_previous", figure.previous, unit, money),
        change=Metric(f"{figure.key}_change", figure.change, gap, money),
        relative=Metric(f"{figure.key}_change_relative", None, "share")
        if unit == "share"
        else relative(
            f"{figure.key}_change_relative",
            figure.value,
            figure.previous,
            counted=unit in ("customers", "orders", "count"),
        ),
        judged=judged_metrics(figure.key, figure.judgement, figure.value, figure.previous, unit, money),
        low=Metric(f"{figure.key}_low", min(known, default=None), unit, money),
        high=Metric(f"{figure.key}_high", max(known, default=None), unit, money),
        periods=Metric(f"{figure.key}_periods", len(known), "count"),
        contributions=tuple(
            (part.factor, Metric(f"{figure.key}_through_{slug(part.factor)}", part.amount, gap, money))
            for part in figure.contributions
        ),
    )


def absent_words(figure: KeyFigure, among: KeyFigures) -> Statement | None:
    """Say why a figure has no verdict, or no value: not settled, not shown, not known; None where it has one."""
    if figure.is_unsettled:
        days = Metric(f"{figure.key}_certain_after", among.certain_after, "count")
        said = "not settled yet: contracts that ended less than {n} days ago may still be followed by others"
        return Statement.of(said, n=days)
    if figure.is_hidden:
        return Statement.of("not shown ({few})", few=few_words(figure, among))
    return literal("not known for this period") if figure.value is None else None


def few_words(figure: KeyFigure, among: KeyFigures) -> Statement:
    """Say of how few customers a number would be that is not shown."""
    return Statement.of("fewer than {n}", n=Metric(f"{figure.key}_smallest_shown", among.smallest, "count"))


def year_ago(figure: KeyFigure, among: KeyFigures) -> Metric:
    """Return a key figure a year earlier; without a value where the data do not reach back."""
    money = among.money.currency if figure.unit == "money" else None
    return Metric(f"{figure.key}_year_ago", figure.year_ago(among.period.name), figure.unit, money)
