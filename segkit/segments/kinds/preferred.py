"""Segments by where or what customers buy most: the home store, the preferred channel, brand or department."""

from __future__ import annotations

from typing import ClassVar, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field, PrivateAttr

from segkit.customers.bought import BOUGHT
from segkit.segments.kinds.attribute import OTHER
from segkit.segments.kinds.purchased import purchases_by
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.statistics.told import Figure, Quoted, Told

_WHO, _TOP, _SHARE = "_preferrer", "_preferred", "_preferred_share"
_NONE = "No clear preference"


class Preferred(SegmentationKind):
    """The value of a column of purchases that most of a customer's orders have so far, such as the home store.

    Where two values have equally many orders, the one with more gross revenue is preferred, then the first by name.
    An order with several values (products of two brands) counts for each of them. Purchases without a value in the
    column do not count. The largest `most` values are segments, and the rest joins in "Other". With `least_share:
    0.5`, customers who make less than half of their orders with the preferred value have no clear preference.
    Customers without a purchase are Unassigned.
    """

    model_name: ClassVar[str] = "behavioural"
    ordered: ClassVar[bool] = False

    kind: Literal["preferred"]
    model: MarketingModel | None = None
    column: str = Field(description="of the table transactions, or of products")
    label: str = Field(default="", description="stands before each value: `Store` for Store 367")
    most: int = Field(default=12, ge=1, le=1000, description="how many segments before the rest joins in Other")
    least_share: float = Field(default=0.0, ge=0, le=1, description="of orders, for a preference to be clear")

    _values: tuple[str, ...] = PrivateAttr(default=())

    def default_title(self) -> str:
        return f"Preferred {self.column.replace('_', ' ')}"

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        top = self._preferences(customers, context)
        clear = top.filter(top[_SHARE] >= self.least_share)
        sizes = clear.group_by(value=clear[_TOP]).aggregate(n=clear.count())
        largest = sizes.order_by(ibis.desc("n"), "value").limit(self.most + 1)
        found = [str(value) for value in context.engine.collect(largest)["value"]]
        what = self.column.replace("_", " ")
        segments: list[tuple[str, str]] = [
            (f"{self.label} {value}".strip(), Told.own(f"Most orders: {what} {value}."))
            for value in found[: self.most]
        ]
        taken = {name for name, _ in segments}
        if len(found) > self.most:
            segments.append(
                (OTHER if OTHER not in taken else "All others", Told.own(f"Most orders: any other {what}."))
            )
        if self.least_share:
            name = _NONE if _NONE not in taken else f"{_NONE} at all"
            segments.append(
                (
                    name,
                    Told.of(
                        "No {what} has {share} of their orders.",
                        what=Quoted(what),
                        share=Figure(self.least_share, "share"),
                    ),
                )
            )
        self._values = tuple(found[: self.most])
        return segments

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        top = self._preferences(customers, context)
        return customers.left_join(top, customers.customer_id == top[_WHO])

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        value = customers[_TOP]
        last, kept = len(names) - 1, len(self._values)
        branches: list[tuple[ir.BooleanValue, ir.IntegerValue | int]] = [(value.isnull(), ibis.null("int64"))]
        if self.least_share:
            branches.append((customers[_SHARE] < self.least_share, last))
            last -= 1
        branches += [(value == name, index) for index, name in enumerate(self._values)]
        return ibis.cases(*branches, else_=ibis.literal(kept, "int64") if last >= kept else ibis.null("int64"))

    def _preferences(self, customers: ir.Table, context: Context) -> ir.Table:
        """Find each customer's preferred value and its share of the orders, for customers with a known purchase."""
        rows = purchases_by(customers, self.column, context, self.kind)
        rows = rows.filter(rows[BOUGHT].notnull())
        if "order_id" in rows.columns:
            # an order counts once on each day on which it has a purchase, as in the customer table
            order = rows.group_by("customer_id", "day", "order_id", BOUGHT).aggregate(amount=rows.amount.sum())
            whole = rows.select("customer_id", "day", "order_id").distinct()
        else:
            order, whole = rows, rows
        by = order.group_by("customer_id", BOUGHT).aggregate(n=order.count(), amount=order.amount.sum())
        sums = whole.group_by(_payer=whole.customer_id).aggregate(whole=whole.count())
        ranking = [by.n.desc(), by.amount.desc(), by[BOUGHT].asc()]
        ranked = by.mutate(_rank=ibis.row_number().over(group_by=by.customer_id, order_by=ranking))
        first = ranked.filter(ranked["_rank"] == 0)
        joined = first.join(sums, first.customer_id == sums["_payer"])
        share = joined.n.cast("float64") / joined.whole.cast("float64")
        return joined.select(joined.customer_id.name(_WHO), joined[BOUGHT].name(_TOP), share.name(_SHARE))
