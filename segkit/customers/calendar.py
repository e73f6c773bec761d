"""Elapsed time in calendar-true units, as expressions that give the same on every engine."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from segkit.errors import ParameterError


def elapsed(since: ir.DateValue, until: ir.DateValue, unit: str) -> ir.FloatingValue:
    """Time between two dates in days, weeks or months.

    Engines agree on differences in days only. Weeks are days ÷ 7. A month is a month: each date has a place on a
    line on which every month is one long, however many days it has, and the difference of two places is the
    elapsed time. Differences add up (recency never exceeds T) and never jump at the end of a month.
    """
    if unit == "day":
        return until.delta(since, unit="day").cast("float64")
    if unit == "week":
        return until.delta(since, unit="day").cast("float64") / 7.0
    if unit == "month":
        return month_place(until) - month_place(since)
    raise ParameterError(f"time unit: `{unit}` is not known. Write day, week or month.")


def month_place(day: ir.DateValue) -> ir.FloatingValue:
    """Months since the beginning of 2000, the days of each month evenly spread over it.

    Since 2000 and not since year 0: small numbers keep their differences exact to more digits.
    """
    year, month = day.year(), day.month()
    # leap years by the Gregorian rule; remainders through floor, since integer division does not port
    leap = _divides(year, 4) & (~_divides(year, 100) | _divides(year, 400))
    length = ibis.cases((month == 2, leap.ifelse(29, 28)), (month.isin([4, 6, 9, 11]), 30), else_=31)
    whole = (year.cast("float64") - 2000.0) * 12.0 + month.cast("float64") - 1.0
    return whole + (day.day().cast("float64") - 1.0) / length.cast("float64")


def _divides(year: ir.IntegerValue, by: int) -> ir.BooleanValue:
    quotient = year.cast("float64") / float(by)
    return quotient == quotient.floor()
