"""Elapsed time in calendar-true units, as expressions that give the same result on every engine."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from segkit.errors import ParameterError


def elapsed(since: ir.DateValue, until: ir.DateValue, unit: str) -> ir.FloatingValue:
    """Return the time between two dates in days, weeks or months.

    Engines agree on differences in days only. Weeks are days ÷ 7. For months, each date has a place on a line on
    which every month has the length one, however many days it has; the elapsed time is the difference of two places.
    So differences add up (recency never exceeds T), and they never jump at the end of a month.
    """
    if unit == "day":
        return until.delta(since, unit="day").cast("float64")
    if unit == "week":
        return until.delta(since, unit="day").cast("float64") / 7.0
    if unit == "month":
        return month_place(until) - month_place(since)
    raise ParameterError(f"time unit: `{unit}` is not known. Write day, week or month.")


def month_place(day: ir.DateValue) -> ir.FloatingValue:
    """Return the months since the beginning of 2000; the days of a month are spread evenly over it.

    They count from 2000 and not from year 0, since differences of small numbers are exact to more digits.
    """
    year, month = day.year(), day.month()
    # leap years by the Gregorian rule; remainders by floor, since engines differ in integer division
    leap = _divides(year, 4) & (~_divides(year, 100) | _divides(year, 400))
    length = ibis.cases((month == 2, leap.ifelse(29, 28)), (month.isin([4, 6, 9, 11]), 30), else_=31)
    whole = (year.cast("float64") - 2000.0) * 12.0 + month.cast("float64") - 1.0
    return whole + (day.day().cast("float64") - 1.0) / length.cast("float64")


def _divides(year: ir.IntegerValue, by: int) -> ir.BooleanValue:
    quotient = year.cast("float64") / float(by)
    return quotient == quotient.floor()
