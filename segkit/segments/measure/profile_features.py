"""Features of a profile: the columns of the customer table that describe a customer, and their names for readers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import ibis.expr.types as ir

from segkit.customers import CustomerBase
from segkit.customers.table import usage_column
from segkit.data.asked import asked
from segkit.data.schema import Kind
from segkit.data.specfile import suggestion
from segkit.errors import ParameterError
from segkit.segments.kind_registry import read_segmentations

TraitUnit = Literal["money", "share", "days", "number"]


@dataclass(frozen=True, slots=True)
class ProfileFeature:
    """A column that describes customers.

    Attributes:
        column: its column in the customer table.
        label: its name for readers.
        unit: the unit of a number; "share" for a column whose values are counted.
    """

    column: str
    label: str
    unit: TraitUnit

    @property
    def counted(self) -> bool:
        """Whether values are counted rather than averaged."""
        return self.unit == "share"


_SHOP: Final = (
    ProfileFeature("value", "Value", "money"),
    ProfileFeature("value_margin", "Margin", "money"),
    ProfileFeature("orders", "Orders", "number"),
    ProfileFeature("mean_order_value", "Mean order", "money"),
    ProfileFeature("days_since_last_purchase", "Since last purchase", "days"),
    ProfileFeature("T_days", "Since first purchase", "days"),
    ProfileFeature("returned", "Returned", "money"),
)
_CONTRACT: Final = (
    ProfileFeature("value", "Value", "money"),
    ProfileFeature("value_margin", "Margin", "money"),
    ProfileFeature("recurring_amount", "Recurring revenue a month", "money"),
    ProfileFeature("tenure", "Months a customer", "number"),
    ProfileFeature("plan", "Plan", "share"),
)


def features(base: CustomerBase, wanted: Sequence[str] = ()) -> tuple[ProfileFeature, ...]:
    """Return the features of a customer base: behaviour that segkit computes, usage, and every attribute.

    Args:
        base: the customers.
        wanted: the columns, in order; if empty, all there are.

    Raises:
        ParameterError: a column does not exist, or holds neither numbers nor texts.
    """
    table = base.customers()
    own = () if base.is_list else _CONTRACT if base.dataset.spec.relation == "contractual" else _SHOP
    known = {f.column: f for f in own}
    found = {name: feature for name, feature in known.items() if name in table.columns}
    for kind in base.options.event_kinds:
        name = usage_column(kind)
        found[name] = ProfileFeature(name, kind.replace("_", " ").capitalize(), "number")
    for name, attribute in base.dataset.attributes.items():
        # an amount is kept in minor units, so that it is no plain number
        unit = "money" if attribute.kind is Kind.MONEY else _unit(table[name])
        if unit is not None:
            found[name] = ProfileFeature(name, attribute.label or name.replace("_", " ").capitalize(), unit)
    if not wanted:
        return tuple(found.values())
    names = asked(list(wanted), list[str], "columns")
    return tuple(found.get(name) or _named(table, name) for name in names)


_ALIKE: Final = (
    frozenset({"orders", "purchase_days", "frequency"}),
    frozenset({"value", "revenue", "gross_revenue", "repeat_revenue", "margin", "value_margin"}),
    frozenset({"days_since_last_purchase", "recency", "recency_days", "last_purchase"}),
    frozenset({"T", "T_days", "first_purchase"}),
    frozenset({"tenure", "tenure_days", "customer_since"}),
    frozenset({"recurring_amount", "last_recurring_amount"}),
)
"""Columns that say the same of a customer: who is put apart by one is put apart by all, which is no finding."""


_QUOTIENTS: Final = ((frozenset({"mean_order_value"}), frozenset({"value", "orders"})),)
"""Columns → what they are quotients of: whoever is put apart by both of these is put apart by the quotient."""


def defining_columns(base: CustomerBase, segmentation: str) -> frozenset[str]:
    """Return the columns that a segmentation of the dataset file is made from, and those that say the same.

    They are what its options name, its defaults included, and what its kind looks at by itself.
    """
    dataset = base.dataset
    definition = dataset.spec.segmentations.get(segmentation)
    if definition is None:
        return frozenset()
    kind = read_segmentations({segmentation: definition}, dataset.file, dataset.root)[segmentation]
    options = kind.model_dump(exclude={"kind", "title", "model"})
    there = frozenset(base.customers().columns)
    named = frozenset((*_words(options), *kind.made_from())) & there
    same = named.union(*(alike for alike in _ALIKE if alike & named))
    return same.union(*(by for by, of in _QUOTIENTS if of <= same)) & there


def _words(options: Any) -> Iterator[str]:
    match options:
        case str():
            yield from re.findall(r"\w+", options)
        case Mapping():
            for name, value in options.items():
                yield from _words(name)
                yield from _words(value)
        case list() | tuple():
            for value in options:
                yield from _words(value)


def _named(table: ir.Table, name: str) -> ProfileFeature:
    if name not in table.columns:
        raise ParameterError(f"features: `{name}` is not in the customer table.{suggestion(name, table.columns)}")
    unit = _unit(table[name])
    if unit is None:
        raise ParameterError(f"features: `{name}` holds {table[name].type()}; a profile needs numbers or texts.")
    return ProfileFeature(name, name.replace("_", " ").capitalize(), unit)


def _unit(column: ir.Value) -> TraitUnit | None:
    if isinstance(column, ir.BooleanValue | ir.StringValue):
        return "share"
    return "number" if isinstance(column, ir.NumericValue) else None
