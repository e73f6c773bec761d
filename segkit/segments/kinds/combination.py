"""Segments by several attributes together, such as age, marital status and household."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import ClassVar, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field, PrivateAttr

from segkit.segments.kinds.attribute import OTHER, column_of
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.statistics.told import Told


class Combination(SegmentationKind):
    """One segment for each combination of values that occurs. The rarest join in "Other".

    A customer with an unknown value in any of the columns is Unassigned. If the combinations need names and limits of
    their own, as life stages do, use the kind `rules`.
    """

    model_name: ClassVar[str] = "demographic"
    ordered: ClassVar[bool] = False

    kind: Literal["combination"]
    model: MarketingModel | None = None
    columns: tuple[str, ...] = Field(min_length=2, max_length=5)
    most: int = Field(default=12, ge=1, le=1000, description="how many segments before the rest joins in Other")

    _values: dict[str, tuple[str, ...] | None] = PrivateAttr(default_factory=dict)

    def default_title(self) -> str:
        return " and ".join(column.replace("_", " ") for column in self.columns).capitalize()

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        keys = {f"c{i}": column_of(customers, c, self.kind).cast("string") for i, c in enumerate(self.columns)}
        counts = customers.group_by(**keys).aggregate(n=customers.count())
        known = counts.filter(reduce(and_, (counts[key].notnull() for key in keys)))
        frame = context.engine.collect(known.order_by(ibis.desc("n"), *keys).limit(self.most + 1))
        rows = [tuple(str(row[key]) for key in keys) for _, row in frame.iterrows()]
        segments: list[tuple[str, str]] = []
        for values in rows[: self.most]:
            name = " · ".join(values)
            while name in self._values and self._values[name] != values:
                name += " (combination)"
            self._values[name] = values
            pairs = zip(self.columns, values, strict=True)
            segments.append(
                (name, Told.own("; ".join(f"{c.replace('_', ' ')}: {value}" for c, value in pairs) + "."))
            )
        if len(rows) > self.most:
            self._values[OTHER] = None
            segments.append((OTHER, "Any rarer combination."))
        return segments

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        columns = [column_of(customers, column, self.kind).cast("string") for column in self.columns]
        unknown = reduce(lambda a, b: a | b, (column.isnull() for column in columns))
        branches: list[tuple[ir.BooleanValue, ir.IntegerValue | int]] = [(unknown, ibis.null("int64"))]
        rest: ir.IntegerValue | int = ibis.null("int64")
        for index, name in enumerate(names):
            values = self._values[name]
            if values is None:
                rest = index
            else:
                same = (column == value for column, value in zip(columns, values, strict=True))
                branches.append((reduce(and_, same), index))
        return ibis.cases(*branches, else_=rest)
