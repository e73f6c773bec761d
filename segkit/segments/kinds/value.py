"""Value groups: customers ordered by what they bring and cut into groups of equal size."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field

from segkit.errors import ParameterError
from segkit.segments.kinds.by_predicted_value import ByValue
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel
from segkit.statistics.told import Figure, Quoted, Told

_NAMES = {2: "Half", 3: "Third", 4: "Quarter", 5: "Quintile", 10: "Decile", 20: "Twentieth", 100: "Percentile"}


class Value(ByValue):
    """Deciles (or other groups) of a measure. The first group is the most valuable.

    Customers with the same value are never split. A customer's rank counts from the top and includes all with the same
    value; a group takes everyone whose rank falls into its share. So groups are of equal size except for ties, and the
    result is the same on every engine and in every order of rows.
    """

    model_name: ClassVar[str] = "value-based"

    kind: Literal["value"]
    groups: int = Field(default=10, ge=2, le=100)
    model: MarketingModel | None = None

    def default_title(self) -> str:
        what = {"predicted_value": "predicted value", "total_value": "past and predicted value"}.get(self.by, "value")
        return f"{_NAMES.get(self.groups, 'Group')}s of {what}"

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        known = self.learnt(customers, context)
        if known is None:
            return []
        if self.by not in known.columns:
            raise ParameterError(
                f"segmentation value: `by: {self.by}` is not a column of the customer table. "
                f"It has: {', '.join(customers.columns)}."
            )
        word = _NAMES.get(self.groups, "Group")
        months = context.value_months
        what = self.measure
        if self.by == "value":
            what = Told.of(
                "net revenue of the last {months} months" if months else "net revenue so far",
                months=Figure(months, "count"),
            )
        found: list[tuple[str, str]] = []
        for number in range(1, self.groups + 1):
            extra = " (top)" if number == 1 else " (lowest)" if number == self.groups else ""
            told = Told.of(
                "{who} ranked by {what}: the "
                + ("top {high} %." if number == 1 else "{low} to {high} % from the top."),
                who=Quoted(context.unit_name.capitalize()),
                what=what,
                low=Figure(round(100 * (number - 1) / self.groups, 4), "number"),
                high=Figure(round(100 * number / self.groups, 4), "number"),
            )
            found.append((f"{word} {number}{extra}", told))
        return found

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        return self.with_measure(customers, context) if names else customers

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        if not names:
            return ibis.null("int64")
        return quantile_group(customers, customers[self.by], self.groups)


def quantile_group(table: ir.Table, value: Any, groups: int) -> ir.IntegerValue:
    """Return the index from 0 of the group that a value falls into, highest first. Ties stay together; NULL gives
    NULL.
    """
    known = value.notnull()
    counted = known.ifelse(1, 0)  # PostgreSQL cannot cast a truth value to a 64-bit number
    # how many rank at least as high: a window over the ordered values that ends with the last tie
    at_least = counted.sum().over(ibis.window(order_by=[value.desc(nulls_first=False)], range=(None, 0)))
    everyone = counted.sum().over(ibis.window())
    # the first group is rounded up to whole customers, as in a page's deciles of value; a whole quotient is exact
    place = (at_least - 1).cast("float64") * float(groups) / everyone.cast("float64").nullif(0.0)
    group = place.floor().cast("int64")
    return known.ifelse(group, ibis.null("int64"))
