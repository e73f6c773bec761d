"""Segments by the year, quarter or month in which customers came."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field, PrivateAttr

from segkit.errors import ParameterError
from segkit.segments.kinds.attribute import column_of
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.statistics.told import Told

_EARLIER: Final = "Earlier"
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


class Cohort(SegmentationKind):
    """One segment for each calendar year, quarter or month of the first purchase (or first contract), newest first.

    The newest `most` are segments of their own. All before them join in "Earlier".
    """

    model_name: ClassVar[str] = "behavioural"

    kind: Literal["cohort"]
    model: MarketingModel | None = None
    column: str = Field(default="", description="a date; first contract or first purchase if not given")
    by: Literal["month", "quarter", "year"] = "quarter"
    most: int = Field(default=8, ge=1, le=120)

    _numbers: dict[str, int] = PrivateAttr(default_factory=dict)

    def made_from(self) -> tuple[str, ...]:
        return () if self.column else ("T_days", "tenure")

    def default_title(self) -> str:
        return f"{self.by.capitalize()} of acquisition"

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        numbered = customers.select(n=self._number(customers))
        present = numbered.filter(numbered.n.notnull()).distinct().order_by(ibis.desc("n")).limit(self.most + 1)
        numbers = [int(n) for n in context.engine.collect(present)["n"]]
        segments: list[tuple[str, str]] = []
        for number in numbers[: self.most]:
            name = self._name(number)
            self._numbers[name] = number
            segments.append((name, Told.own(f"{context.unit_name.capitalize()} since {name}.")))
        if len(numbers) > self.most:
            segments.append((_EARLIER, Told.own(f"{context.unit_name.capitalize()} since before {segments[-1][0]}.")))
        return segments

    def _name(self, number: int) -> str:
        per_year = 12 // _MONTHS[self.by]
        year, part = divmod(number, per_year)
        if self.by == "year":
            return str(year)
        return f"{year} Q{part + 1}" if self.by == "quarter" else f"{year}-{part + 1:02d}"

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        number = self._number(customers)
        branches: list[tuple[ir.BooleanValue, ir.IntegerValue | int]] = [(number.isnull(), ibis.null("int64"))]
        branches += [(number == self._numbers[name], index) for index, name in enumerate(names) if name != _EARLIER]
        rest = len(names) - 1 if _EARLIER in names else ibis.null("int64")
        return ibis.cases(*branches, else_=rest)

    def _number(self, customers: ir.Table) -> ir.IntegerValue:
        """Return how many months, quarters or years have passed since year 0, the same whole number for a whole
        period.
        """
        day = self._day(customers)
        months = day.year().cast("float64") * 12.0 + day.month().cast("float64") - 1.0
        return (months / float(_MONTHS[self.by])).floor().cast("int64")

    def _day(self, customers: ir.Table) -> ir.DateValue:
        own = next((c for c in ("customer_since", "first_purchase") if c in customers.columns), "first_purchase")
        day = column_of(customers, self.column or own, self.kind)
        if not isinstance(day, ir.DateValue | ir.TimestampValue):
            raise ParameterError(
                f"segmentation of kind cohort: `column: {self.column}` holds {day.type()}, not dates."
            )
        return day.date() if isinstance(day, ir.TimestampValue) else day
