"""The stretch of time that a number counts, and the rule that only numbers of like stretches are compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segkit.customers.periods import Period, months_before
from segkit.errors import ReportError


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The days that a number counts, both included.

    Attributes:
        start, end: the first and the last of them.
        span: how long it is meant to be, calendar-true: `week`, `month`, `12 months`; `history` for all that is known.
        whole: whether the data reach over all of it.
    """

    start: dt.date
    end: dt.date
    span: str
    whole: bool = True

    @classmethod
    def of_period(cls, period: Period) -> TimeWindow:
        """Return the window of a report's period."""
        return cls(period.start, period.end, period.name)

    @classmethod
    def before(cls, end: dt.date, months: int, known_from: dt.date) -> TimeWindow:
        """Return so many months up to a day, as far as the data reach back; 0 for the whole history.

        >>> found = TimeWindow.before(dt.date(2017, 12, 24), 12, dt.date(2017, 1, 1))
        >>> str(found.start), found.whole
        ('2017-01-01', False)
        """
        if not months:
            return cls(known_from, end, "history", whole=False)
        start = months_before(end, months) + dt.timedelta(days=1)
        return cls(max(start, known_from), end, f"{months} months", whole=start >= known_from)

    @classmethod
    def after(cls, day: dt.date, end: dt.date, months: int) -> TimeWindow:
        """Return the months that follow a day."""
        return cls(day + dt.timedelta(days=1), end, f"{months} months")

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days + 1

    def like(self, other: TimeWindow) -> bool:
        """Say whether numbers of the two may be compared: both whole and equally long, by the calendar.

        >>> from segkit.customers.periods import period_ending
        >>> week = TimeWindow.of_period(period_ending(dt.date(2017, 12, 24), "week"))
        >>> week.like(TimeWindow.of_period(period_ending(dt.date(2017, 12, 17), "week")))
        True
        >>> week.like(TimeWindow.of_period(period_ending(dt.date(2017, 12, 17), "month")))
        False
        """
        return self.whole and other.whole and self.span == other.span


def ask_like(now: TimeWindow, before: TimeWindow) -> None:
    """Refuse to compare what two unlike windows hold.

    Raises:
        ReportError: one is longer, or the data do not reach over the whole of it.
    """
    if not now.like(before):
        raise ReportError(
            f"a number of {now.start} to {now.end} ({now.days:,} days, {now.span}) is compared with one of "
            f"{before.start} to {before.end} ({before.days:,} days, {before.span}). Only whole stretches of equal length "
            "are compared; restate both for the same length, or leave the change out."
        )
