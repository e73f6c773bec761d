"""How far each table is expected to reach. The section `freshness:` of a dataset file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from segkit.data.options import Options

LagUnit = Literal["day", "week", "month", "period"]
_LAG: Final = re.compile(r"(\d{1,4}) *(day|week|month|period)s?")
_DAYS: Final = {"day": 1, "week": 7, "month": 31}


@dataclass(frozen=True, slots=True)
class Lag:
    """How many days, or periods of the report, data may be behind.

    Attributes:
        count: how many.
        unit: of what; a month is 31 days at most.
    """

    count: int
    unit: LagUnit

    def days(self, period_days: int) -> int:
        """Return the days, where a period of the report has so many.

        >>> Lag(1, "period").days(7), Lag(2, "day").days(7)
        (7, 2)
        """
        return self.count * (period_days if self.unit == "period" else _DAYS[self.unit])

    @classmethod
    def read(cls, written: Any) -> Lag:
        """Read `2 days`, `1 period`, or a bare number of days.

        >>> Lag.read("1 period"), Lag.read(3)
        (Lag(count=1, unit='period'), Lag(count=3, unit='day'))
        """
        if isinstance(written, Lag):
            return written
        text = str(written).strip()
        found = _LAG.fullmatch(f"{text} days" if text.isdigit() else text)
        if found is None or isinstance(written, bool):
            raise ValueError("is no stretch of time. Write `2 days`, `1 week`, `1 month` or `1 period`")
        unit: Any = found.group(2)
        return cls(int(found.group(1)), unit)


_Lag = Annotated[Lag, BeforeValidator(Lag.read)]


def by_column(given: Any) -> Any:
    """Return a mapping of columns to values with its keys and values as text; what is none is returned as it is.

    >>> by_column({"store": [17, "x"]}), by_column({"channel": "fax"})
    ({'store': ['17', 'x']}, {'channel': ['fax']})
    """
    if isinstance(given, Mapping):
        return {str(k): [str(one) for one in (v if isinstance(v, list | tuple) else [v])] for k, v in given.items()}
    return given


class TableFreshness(Options):
    """How far behind a table may be, and which of its columns name what sends by itself."""

    warn_after: _Lag | None = Field(
        default=None,
        description="days or periods without data up to the report's date, beyond which the page says that the data "
        "are not complete, and compares nothing; judged by what arrives where neither limit is given",
    )
    error_after: _Lag | None = Field(
        default=None,
        description="days or periods without data, beyond which there is no page: the run ends with 75, try later",
    )
    incomplete: Literal["refuse", "warn"] = Field(
        default="refuse",
        description="refuse: no page where data are missing by what arrives, the run ends with 75; warn: a page that says "
        "so and compares nothing",
    )
    shrunk: Literal["refuse", "warn"] = Field(
        default="refuse",
        description="refuse: no page where the table has fewer than nine tenths of the rows that the page before was made "
        "of, the run ends with 75; warn: a page that says so first",
    )
    groups: tuple[str, ...] | None = Field(
        default=None,
        description="columns whose values send by themselves, such as store; those of store, channel, category and "
        "department that are there, if not given; `[]` for none",
    )
    closed: Annotated[dict[str, tuple[str, ...]], BeforeValidator(by_column)] = Field(
        default_factory=dict, description="column: values of it that are closed, so that nothing of them is missed"
    )

    @property
    def has_limit(self) -> bool:
        """Whether the file says how far behind the table may be, so that what arrives does not."""
        return self.warn_after is not None or self.error_after is not None


Freshness = Annotated[
    dict[str, TableFreshness],
    BeforeValidator(lambda found: {str(k): v or {} for k, v in found.items()} if isinstance(found, dict) else found),
]
"""Table → how far behind it may be."""
