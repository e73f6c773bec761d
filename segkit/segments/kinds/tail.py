"""The unprofitable tail: customers who cost money, and those who bring least."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field

from segkit.errors import DataError, ParameterError
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.segments.kinds.value import quantile_group
from segkit.statistics.told import Figure, Quoted, Told

_RANK: Final = "_tail"
_PARTS: Final = 1_000_000
"""Parts of the whole in which shares are counted, so fine that 12.5 % is a whole number of them."""


class Tail(SegmentationKind):
    """Three segments by margin: customers with a positive margin, the lowest share among them, and those below zero.

    The lowest share is one of all customers with a known margin; those below zero have a segment of their own.
    The table transactions must have `margin` or `cost`.
    """

    model_name: ClassVar[str] = "value-based"

    kind: Literal["tail"]
    model: MarketingModel | None = None
    by: str = Field(default="value_margin", description="a column of the customer table")
    bottom: float = Field(default=0.2, gt=0, lt=1, description="the lowest share of customers")

    def default_title(self) -> str:
        return "Unprofitable tail"

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        self._margin(customers)
        what, share = self.by.replace("_", " ").removeprefix("value "), f"{100 * self.bottom:g} %"
        given: dict[str, Figure | Quoted] = {
            "who": Quoted(context.unit_name.capitalize()),
            "share": Figure(round(100 * self.bottom, 6), "number"),
            "what": Quoted(what),
        }
        return [
            ("Earning", Told.of("{who} above the lowest {share} % by {what}.", **given)),
            (f"Lowest {share}", Told.of("{who} in the lowest {share} % by {what} who do not cost money.", **given)),
            ("Costing money", Told.of("{who} with a {what} below zero.", **given)),
        ]

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        # rank in millionths, 0 for the lowest
        return customers.mutate(**{_RANK: quantile_group(customers, -self._margin(customers), _PARTS)})

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        margin = self._margin(customers)
        low = customers[_RANK] < int(self.bottom * _PARTS + 0.5)
        return ibis.cases((margin.isnull(), ibis.null("int64")), (margin < 0, 2), (low, 1), else_=0)

    def _margin(self, customers: ir.Table) -> ir.NumericValue:
        if self.by not in customers.columns:
            raise DataError(
                f"segmentation tail: the customer table has no `{self.by}`. "
                "Give the table transactions a column for margin or cost."
            )
        margin = customers[self.by]
        if not isinstance(margin, ir.NumericValue):
            raise ParameterError(
                f"segmentation of kind tail: `by: {self.by}` holds {margin.type()}, not numbers. Write such as margin."
            )
        return margin
