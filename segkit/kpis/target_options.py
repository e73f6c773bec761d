"""What a company has planned, as the section `targets:` of a dataset file states it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from segkit.customers.periods import Period, PeriodName
from segkit.data.options import Options

OF_SEGMENTS: Final = ("customers", "value")
"""What a segment may have a target for."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is planned of one number, for every period that ends within a stretch of days.

    Attributes:
        metric: key of a key figure; of a segment, `customers` or `value`.
        value: what is planned; money in major units, a share as a fraction of one.
        period: the kind of period that it is planned for.
        first: the first day on which such a period may end.
        last: the last one; None for until further notice.
        segmentation: where a segment is meant, its segmentation; else empty.
        segment: the segment's name; else empty.
    """

    metric: str
    value: float
    period: PeriodName
    first: dt.date
    last: dt.date | None = None
    segmentation: str = ""
    segment: str = ""

    def holds_for(self, period: Period) -> bool:
        """Tell whether it is planned for a period.

        >>> plan = Target("orders", 900, "week", dt.date(2024, 1, 1), dt.date(2024, 3, 31))
        >>> plan.holds_for(Period(dt.date(2024, 3, 25), dt.date(2024, 3, 31), "week"))
        True
        >>> plan.holds_for(Period(dt.date(2024, 3, 1), dt.date(2024, 3, 31), "month"))
        False
        """
        return (
            period.name == self.period and self.first <= period.end and (self.last is None or period.end <= self.last)
        )


class TargetEntry(Options):
    """One target, or where a list of them is."""

    metric: str = Field(
        default="", description="the key of a key figure, such as net_revenue; of a segment, customers or value"
    )
    value: float | None = Field(
        default=None, description="what is planned; money in whole units such as dollars, a share as 0.2"
    )
    period: Literal["day", "week", "month"] = Field(
        default="week", description="the kind of period that it is planned for; other pages do not show it"
    )
    first: dt.date | None = Field(
        default=None, alias="from", description="the first day on which a period may end that it is planned for"
    )
    last: dt.date | None = Field(
        default=None, alias="to", description="the last one; until further notice, if not given"
    )
    segmentation: str = Field(default="", description="for a target of a segment: its segmentation")
    segment: str = Field(default="", description="for a target of a segment: its name")
    path: str = Field(default="", description="instead: a CSV file with these columns")
    table: str = Field(default="", description="instead: a table of the connection with these columns")

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [key for key in ("metric", "path", "table") if getattr(self, key)]
        if len(given) != 1:
            said = " and ".join(f"`{key}`" for key in given) or "none"
            raise ValueError(f"a target has a `metric`, or a list of them a `path` or a `table`; there is {said}")
        if self.metric:
            self.target()
        return self

    def target(self) -> Target:
        """Return it as a record.

        Raises:
            ValueError: a part is missing, or parts do not go together.
        """
        if self.value is None or self.first is None:
            raise ValueError(f"the target of {self.metric} needs a `value`, and `from`, a day such as 2017-12-24")
        if self.last is not None and self.last < self.first:
            raise ValueError(f"`to: {self.last}` is before `from: {self.first}`")
        if bool(self.segmentation) != bool(self.segment):
            raise ValueError("a target of a segment needs both, `segmentation` and `segment`")
        if self.segment and self.metric not in OF_SEGMENTS:
            raise ValueError(f"of a segment, `metric` is {' or '.join(OF_SEGMENTS)}, not {self.metric}")
        return Target(self.metric, self.value, self.period, self.first, self.last, self.segmentation, self.segment)


Targets = Annotated[
    tuple[TargetEntry, ...], BeforeValidator(lambda found: [found] if isinstance(found, dict) else found)
]
"""What is planned."""
