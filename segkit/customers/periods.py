"""Periods of a report, calendar-true: a month is a month and a week has seven days."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from segkit.data.coverage import JudgedDays
from segkit.errors import ParameterError

PeriodName = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch of time that a report is about, both days included."""

    start: dt.date
    end: dt.date
    name: PeriodName

    @property
    def days(self) -> int:
        """The length in days."""
        return (self.end - self.start).days + 1


def period_ending(end: dt.date, name: str) -> Period:
    """Return the period that ends with a day: that day, the seven days up to it, or the month up to it.

    >>> period_ending(dt.date(2017, 12, 24), "week")
    Period(start=datetime.date(2017, 12, 18), end=datetime.date(2017, 12, 24), name='week')
    >>> period_ending(dt.date(2024, 2, 29), "month").start
    datetime.date(2024, 2, 1)
    """
    if name == "day":
        return Period(end, end, "day")
    if name == "week":
        return Period(end - dt.timedelta(days=6), end, "week")
    if name == "month":
        return Period(months_before(end, 1) + dt.timedelta(days=1), end, "month")
    raise ParameterError(f"period: `{name}` is not known. Write day, week or month.")


MOST_PERIODS: Final = 1_000
"""Period ends that a page looks at, at most; each has a customer table of its own."""


def period_ends(end: dt.date, name: str, count: int) -> tuple[dt.date, ...]:
    """Return the last days of `count` consecutive periods, the oldest first and the given day last.

    >>> [str(day) for day in period_ends(dt.date(2024, 3, 31), "month", 3)]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    if count < 1:
        raise ParameterError(f"periods: {count} is too few. Write a whole number from 1.")
    if count > MOST_PERIODS:
        raise ParameterError(f"periods: {count:,} is too many. Write a whole number up to {MOST_PERIODS:,}.")
    if name == "month":
        return tuple(months_before(end, k) for k in range(count - 1, -1, -1))
    step = dt.timedelta(days=period_ending(end, name).days)
    return tuple(end - step * k for k in range(count - 1, -1, -1))


def stretch_of(period: Period) -> JudgedDays:
    """Return the period with its neighbours, as coverage asks for it.

    >>> found = stretch_of(period_ending(dt.date(2024, 2, 29), "month"))
    >>> str(found.before), str(found.next_end)
    ('2024-01-01', '2024-03-31')
    """
    before = period_ending(period.start - dt.timedelta(days=1), period.name)
    after = months_before(period.end, -1) if period.name == "month" else period.end + dt.timedelta(days=period.days)
    return JudgedDays(period.name, period.start, period.end, before.start, after)


def months_before(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months earlier.

    The last day of a month gives the last day of the earlier month, and so does a day that the earlier month lacks.

    >>> months_before(dt.date(2024, 2, 29), 1), months_before(dt.date(2024, 3, 30), 1)
    (datetime.date(2024, 1, 31), datetime.date(2024, 2, 29))
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month + 1, last if is_last else min(day.day, last))
