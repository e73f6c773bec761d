"""Segments by a number: explicit bands with units, or bands of equal size."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import ClassVar, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from segkit.customers.table import money_columns
from segkit.data.schema import Kind
from segkit.errors import ParameterError
from segkit.segments.kinds.attribute import ask_filled, column_of
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.segments.kinds.value import quantile_group
from segkit.statistics.told import Figure, Quoted, Told


class Bands(SegmentationKind):
    """Bands of a number. `edges` [10, 20] make three of them: below 10, 10 to under 20, and 20 or more.

    A value on an edge belongs to the band above it. With `quantiles: 4` instead of edges there are four bands of equally
    many customers, the highest first; customers with the same value are never split.
    """

    model_name: ClassVar[str] = "demographic"

    kind: Literal["bands"]
    model: MarketingModel | None = None
    column: str
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = Field(default=(), description="names of the bands, one more than there are edges")
    quantiles: int | None = Field(default=None, ge=2, le=100)
    unit: str = ""

    @model_validator(mode="after")
    def _edges_or_quantiles(self) -> Bands:
        if bool(self.edges) == (self.quantiles is not None):
            raise ValueError("`edges` and `quantiles` are both given, or neither. Write one of them")
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("`edges` must rise from one to the next. Write such as [10, 20]")
        bands = self.quantiles or len(self.edges) + 1
        if self.labels and len(self.labels) != bands:
            raise ValueError(f"`labels` has {len(self.labels)} names for {bands} bands")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("`labels` has a name twice. Give each band its own")
        return self

    def default_title(self) -> str:
        return self.column.replace("_", " ").capitalize()

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        self._number(customers, context)
        ask_filled(customers, self.column, self.kind, context)
        known = context.attributes.get(self.column)
        money = self.column in money_columns(context.attributes)
        unit = self.unit or (known.unit if known else "") or (context.money.currency if money else "")
        unit = f" {unit}" if unit else ""
        title = self.title or self.default_title()
        if self.quantiles is not None:
            words = [
                Told.of(
                    "{title}: group {i} of {groups} from the highest, equally many customers each.",
                    title=Quoted(title),
                    i=Figure(i, "count"),
                    groups=Figure(self.quantiles, "count"),
                )
                for i in range(1, self.quantiles + 1)
            ]
            names = self.labels or tuple(f"Group {i} of {self.quantiles}" for i in range(1, self.quantiles + 1))
            return list(zip(names, words, strict=True))
        edges = [_written(edge) for edge in self.edges]
        texts = [f"Under {edges[0]}{unit}"]
        texts += [f"{low} to under {high}{unit}" for low, high in pairwise(edges)]
        texts.append(f"{edges[-1]}{unit} and more")
        return [
            (name, Told.own(f"{title}: {text[0].lower()}{text[1:]}."))
            for name, text in zip(self.labels or texts, texts, strict=True)
        ]

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        value = self._number(customers, context)
        if self.column in money_columns(context.attributes):
            # edges are in major units, as people write money
            value = value.cast("float64") / float(10**context.money.decimals)
        if self.quantiles is not None:
            return quantile_group(customers, value, self.quantiles)
        branches = [(value < edge, index) for index, edge in enumerate(self.edges)]
        return ibis.cases((value.isnull(), ibis.null("int64")), *branches, else_=len(self.edges))

    def _number(self, customers: ir.Table, context: Context) -> ir.NumericValue:
        value = column_of(customers, self.column, self.kind)
        if not isinstance(value, ir.NumericValue):
            known = context.attributes.get(self.column)
            held = "text" if isinstance(value, ir.StringValue) else f"{value.type()}"
            advice = "Name a column of numbers."
            if known is None or known.kind is Kind.TEXT:
                advice = (
                    f"For its values, write `kind: attribute`; if they are numbers, write `attributes: {{{self.column}: "
                    "{kind: number}}` with the table that has it."
                )
            raise ParameterError(
                f"segmentation of kind bands: `column: {self.column}` holds {held}, not numbers. {advice}"
            )
        return value


def _written(edge: float) -> str:
    """Write a number in full; `:g` would write 1234567 as 1.23457e+06, which is another number.

    >>> _written(1234567.5), _written(20.0), _written(0.1)
    ('1234567.5', '20', '0.1')
    """
    return f"{Decimal(repr(edge)).normalize():f}"
