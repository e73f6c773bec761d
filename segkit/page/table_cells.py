"""What stands in a cell of a table or in a tile: one number, an interval, or the dash of what is not known."""

from __future__ import annotations

from typing import Final

from segkit.page.format import MISSING, Style
from segkit.page.metric import CURRENCY, Metric
from segkit.page.statement import Statement, literal, number

DASH: Final = literal(MISSING)
"""What stands where there is no number."""


def metric_of(key: str, value: float | None, unit: str, label: str = "") -> Metric:
    """Return a number with its unit, where a currency such as EUR stands for money in it.

    >>> metric_of("revenue", 12.5, "EUR").unit, metric_of("share", 0.5, "share").currency
    ('money', None)
    """
    if CURRENCY.fullmatch(unit):
        return Metric(key, value, "money", unit, label)
    return Metric(key, value, unit, label=label)  # type: ignore[arg-type]  # Metric refuses what is no unit


def one_number(metric: Metric, style: Style = "plain") -> Statement:
    """Return a statement of one number and nothing else.

    >>> one_number(Metric("change", 12, "customers"), "signed").text
    '+12'
    """
    return Statement((number(metric, style),))


def between(low: Metric, high: Metric, style: Style = "plain") -> Statement:
    """Return a statement of an interval; a dash where an end is not known.

    >>> between(Metric("low", 2, "count"), Metric("high", 5, "count")).text
    '2 to 5'
    """
    if low.value is None or high.value is None:
        return DASH
    return Statement((number(low, style), " to ", number(high, style)))
