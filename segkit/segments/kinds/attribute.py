"""Segments by one attribute of customers: its values, in their order."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field

from segkit.data.specfile import suggestion
from segkit.errors import DataError, ParameterError
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.statistics.told import Figure, Quoted, Told

OTHER = "Other"
_FEWEST_OF_AN_EMPTY: Final = 20


class ByAttribute(SegmentationKind):
    """One segment for each value of a column of the customer table (an attribute, the plan, the status …).

    If there are more than `most` values, the rarest join in "Other". The order is that of `order`, else that of the
    attribute's `order` in the dataset file, else by size as of the report's date.
    """

    model_name: ClassVar[str] = "demographic"
    ordered: ClassVar[bool] = False

    kind: Literal["attribute"]
    model: MarketingModel | None = None
    column: str
    order: tuple[str, ...] = ()
    most: int = Field(default=12, ge=1, le=1000, description="how many segments before the rest joins in Other")

    def default_title(self) -> str:
        return self.column.replace("_", " ").capitalize()

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        value = column_of(customers, self.column, self.kind)
        sizes = (
            customers.group_by(_value=value.cast("string"))
            .aggregate(n=customers.count())
            .filter(ibis._._value.notnull())
        )
        largest = sizes.order_by(ibis.desc("n"), "_value").limit(self.most + 1)
        found = [str(name) for name in context.engine.collect(largest)["_value"]]
        if not found:
            ask_filled(customers, self.column, self.kind, context)
        declared = self.order or (context.attributes[self.column].order if self.column in context.attributes else ())
        kept = found[: self.most]
        names = [name for name in declared if name in kept]
        names += [name for name in kept if name not in names]
        label = context.attributes[self.column].label if self.column in context.attributes else self.default_title()
        segments: list[tuple[str, str]] = [(name, Told.own(f"{label}: {name}.")) for name in names]
        if len(found) > len(names):
            segments.append((OTHER if OTHER not in names else "All others", Told.own(f"{label}: any rarer value.")))
        return segments

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        value = column_of(customers, self.column, self.kind).cast("string")
        known = self._known(names)
        rest = ibis.literal(len(names) - 1) if len(known) < len(names) else ibis.null("int64")
        if not known:
            return ibis.null("int64")
        branches = [(value == name, index) for index, name in enumerate(known)]
        return ibis.cases((value.isnull(), ibis.null("int64")), *branches, else_=rest)

    def _known(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names that are values; the last name may stand for all others."""
        return names[:-1] if len(names) > self.most else names


def ask_filled(customers: ir.Table, column: str, kind: str, context: Context) -> None:
    """Refuse a column that is empty for everybody, by which all customers would be in no segment.

    Of fewer than twenty customers it may be empty by chance; they are Unassigned then.

    Raises:
        DataError: it is.
    """
    counted = customers.aggregate(n=customers.count(), known=customers[column].count())
    one = context.engine.collect(counted).iloc[0]
    if int(one["n"]) >= _FEWEST_OF_AN_EMPTY and not int(one["known"]):
        raise DataError(
            Told.of(
                "segmentation of kind {kind}: the column {column} is empty for all {n} {unit}, so that nobody would be in "
                "a segment. Fill it, or take another column.",
                kind=Quoted(kind),
                column=Quoted(f"`{column}`"),
                n=Figure(int(one["n"]), "count"),
                unit=Quoted(context.unit_name),
            )
        )


def column_of(customers: ir.Table, column: str, kind: str) -> ir.Value:
    """Return a column of the customer table.

    Raises:
        ParameterError: there is no column of that name.
    """
    if column not in customers.columns:
        raise ParameterError(
            f"segmentation of kind {kind}: `column: {column}` is not in the customer table."
            f"{suggestion(column, customers.columns)}"
        )
    return customers[column]
