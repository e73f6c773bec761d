"""The grid of calendar months that the simulation steps through."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segkit.errors import ParameterError

HIDDEN = 3
"""How many months are simulated after the end. They are never written to the tables: forecasts are judged by them."""

FEWEST = 24
MOST = 600


@dataclass(frozen=True)
class Months:
    """Whole calendar months; index 0 begins on `start`.

    Attributes:
        count: months that the tables show.
        first: (count + HIDDEN + 1,) first day of each month, days since 1970-01-01.
        length: (count + HIDDEN,) days of each month.
        calendar: (count + HIDDEN,) 0 for January … 11.
    """

    count: int
    first: NDArray[np.int64]
    length: NDArray[np.int64]
    calendar: NDArray[np.int64]

    @property
    def end(self) -> int:
        """Last day that the tables show, days since 1970-01-01."""
        return int(self.first[self.count]) - 1

    @property
    def total(self) -> int:
        """Months simulated, the hidden ones included."""
        return self.count + HIDDEN

    def date(self, month: int, day: int = 0) -> dt.date:
        """Return the date `day` days after the first of the month, whose index may be negative."""
        january = self.calendar[0] + month
        base = dt.date(1970, 1, 1) + dt.timedelta(days=int(self.first[0]))
        whole = dt.date(base.year + int(january) // 12, int(january) % 12 + 1, 1)
        return whole + dt.timedelta(days=day)


def month_grid(start: dt.date, end: dt.date) -> Months:
    """Return the months from start to end.

    Raises:
        ParameterError: start is not the first of a month, end not the last of one, or the span is shorter than 24
            months (campaigns and the price rise need their place) or longer than 50 years.
    """
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    if start.day != 1 or (end + dt.timedelta(days=1)).day != 1:
        raise ParameterError(
            f"telecom data span whole calendar months; start is {start}, end is {end}. "
            "Write the first day of a month as start and the last day of a month as end."
        )
    if not FEWEST <= count <= MOST:
        raise ParameterError(
            f"telecom data span {FEWEST} to {MOST} months; {start} to {end} is {count}. Move start or end."
        )
    months = np.datetime64(start, "M") + np.arange(count + HIDDEN + 1)
    first = months.astype("datetime64[D]").astype(np.int64)
    return Months(count, first, np.diff(first), months[:-1].astype(np.int64) % 12)
