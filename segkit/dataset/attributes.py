"""Which columns of the table customers are attributes, and what each of them holds."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.datatypes as dt

from segkit.dataset.sources import Source
from segkit.dataset.spec import AttributeSpec, TableSpec
from segkit.dataset.wording import seen
from segkit.errors import DataError
from segkit.schema import Kind
from segkit.specfile import suggestion

_RESERVED = frozenset({"customer_id", "segment"})
"""Names that mean something of their own in every customer table."""


@dataclass(frozen=True)
class Attribute:
    """A customer attribute as a page shows it.

    Attributes:
        name: its column in the customer table.
        kind: what it holds.
        unit: of a number.
        order: its values from low to high, where they have an order.
        label: what a reader calls it.
    """

    name: str
    kind: Kind
    unit: str = ""
    order: tuple[str, ...] = ()
    label: str = ""


def find_attributes(spec: TableSpec, source: Source, used: set[str]) -> dict[str, tuple[str, Attribute]]:
    """Attributes by name, each with the source's name of its column.

    Args:
        spec: of the table customers.
        source: where it comes from.
        used: the source's columns that are no attributes.

    Raises:
        DataError: a column is not there, or a name is taken; every such case at once.
    """
    declared = spec.attributes
    if declared is None:
        declared = {name: AttributeSpec() for name in source.columns if name not in used}
    found: dict[str, tuple[str, Attribute]] = {}
    wrong: list[str] = []
    taken: dict[str, str] = {}
    for name, attribute in declared.items():
        theirs = attribute.column or name
        if theirs not in source.columns:
            wrong.append(
                f"attribute `{seen(name)}` needs the column `{seen(theirs)}`, which is not there."
                f"{suggestion(theirs, source.columns)}"
            )
            continue
        lowered = name.casefold()
        if lowered in _RESERVED:
            wrong.append(
                f"`{seen(name)}` is a name that segkit gives itself. Write `attributes` with another name for that "
                f"column: `{seen(name)}_of_customer: {{column: {seen(theirs)}}}`."
            )
        elif lowered in taken:
            wrong.append(
                f"`{seen(taken[lowered])}` and `{seen(name)}` differ in capitals only. Write `attributes` with two names "
                "that differ, each with its `column`."
            )
        taken.setdefault(lowered, name)
        kind = attribute.kind or kind_of(source.column(theirs).type())
        label = attribute.label or name.replace("_", " ").strip().capitalize()
        found[name] = (theirs, Attribute(name, kind, attribute.unit, attribute.order, label))
    if wrong:
        raise DataError("; ".join(wrong))
    return found


def kind_of(kind: dt.DataType) -> Kind:
    """What a column of a type holds, where nothing else is said."""
    if isinstance(kind, dt.Boolean):
        return Kind.FLAG
    if isinstance(kind, dt.Integer):
        return Kind.WHOLE
    if isinstance(kind, dt.Numeric):
        return Kind.NUMBER
    if isinstance(kind, dt.Timestamp | dt.Date):
        return Kind.DATE
    return Kind.TEXT
