"""Segments by cumulative share of value: the few customers who bring most of it, the middle, the many."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from segkit.errors import ParameterError
from segkit.segments.kinds.attribute import column_of
from segkit.segments.kinds.by_predicted_value import ByValue
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel
from segkit.statistics.told import Figure, Quoted, Told

_BEFORE, _WHOLE = "_abc_before", "_abc_whole"
_LETTERS: Final = "ABCDEFGHIJ"


class Abc(ByValue):
    """Customers in order of value, cut where their sum reaches a share of the whole.

    With `cuts: [0.8, 0.95]`, A are the customers who together bring the first 80 %, including the one who passes that
    mark. B bring the next 15 %. C are the rest, and everyone who brings nothing or less. Customers with the same value
    are never split.
    """

    model_name: ClassVar[str] = "value-based"

    kind: Literal["abc"]
    model: MarketingModel | None = None
    cuts: tuple[float, ...] = Field(default=(0.8, 0.95), min_length=1, max_length=len(_LETTERS) - 1)

    @model_validator(mode="after")
    def _rising(self) -> Abc:
        if list(self.cuts) != sorted(set(self.cuts)) or not 0 < self.cuts[0] <= self.cuts[-1] < 1:
            raise ValueError("`cuts` must rise from one to the next, between 0 and 1. Write such as [0.8, 0.95]")
        return self

    def default_title(self) -> str:
        return f"ABC by share of {self.by.replace('_', ' ')}"

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        known = self.learnt(customers, context)
        if known is None:
            return []
        self._value(known)
        what = self.measure
        edges = [0.0, *self.cuts, 1.0]
        found: list[tuple[str, str]] = []
        for letter, low, high in zip(_LETTERS, edges, edges[1:], strict=False):
            share = "the first {high} %" if low == 0 else "the share from {low} to {high} %"
            rest = ", and all who bring none" if high == 1.0 else ""
            told = Told.of(
                f"{{who}} who bring {share} of {{what}}{rest}.",
                who=Quoted(context.unit_name.capitalize()),
                low=Figure(round(100 * low, 6), "number"),
                high=Figure(round(100 * high, 6), "number"),
                what=what,
            )
            found.append((letter, told))
        return found

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        if not names:
            return customers
        customers = self.with_measure(customers, context)
        value = self._value(customers)
        positive = ibis.greatest(value.fill_null(0), 0)
        table = customers.mutate(_abc=positive)
        falling = ibis.window(order_by=table["_abc"].desc(), range=(None, 0))
        so_far = table["_abc"].sum().over(falling).cast("float64")
        ties = table["_abc"].sum().over(ibis.window(group_by=table["_abc"])).cast("float64")
        whole = table["_abc"].sum().over(ibis.window()).cast("float64")
        return table.mutate(**{_BEFORE: so_far - ties, _WHOLE: whole})

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        if not names:
            return ibis.null("int64")
        last = len(names) - 1
        value, before, whole = self._value(customers), customers[_BEFORE], customers[_WHOLE]
        branches: list[tuple[ir.BooleanValue, ir.IntegerValue | int]] = [
            (value.isnull(), ibis.null("int64")),
            (value <= 0, last),
        ]
        branches += [(before < whole * cut, index) for index, cut in enumerate(self.cuts)]
        return ibis.cases(*branches, else_=last)

    def _value(self, customers: ir.Table) -> ir.NumericValue:
        value = column_of(customers, self.by, self.kind)
        if not isinstance(value, ir.NumericValue):
            raise ParameterError(
                f"segmentation of kind abc: `by: {self.by}` holds {value.type()}, not numbers. Write such as value."
            )
        return value
