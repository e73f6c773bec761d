"""Which columns of the table customers are attributes, and what each of them holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from segkit.data.reading import ReadingRules, read_column
from segkit.data.schema import Kind
from segkit.data.sources import Source
from segkit.data.spec import AttributeSpec, TableSpec
from segkit.data.specfile import suggestion
from segkit.data.wording import seen
from segkit.errors import DataError

RESERVED = frozenset({"customer_id", "segment"})
"""Names that mean something of their own in every customer table."""
_FEW: Final = 20
"""Numbers with at most this many different values are codes."""
_CODE: Final = r"^[+-]?0[0-9]|[eE_]|[0-9]{16}|^\+[0-9]{7}"
"""Texts that an engine reads as numbers although they would lose zeros, signs, digits or their differences."""


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


def label_of(column: str) -> str:
    """Return what a reader calls a column that has no label: its words, however they are put together.

    >>> label_of("InternetService"), label_of("annual_income"), label_of("customerID")
    ('Internet service', 'Annual income', 'Customer ID')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.replace("_", " ")).split()
    plain = [word if len(word) > 1 and word.isupper() else word.lower() for word in words]
    return " ".join(plain)[:1].upper() + " ".join(plain)[1:]


def find_attributes(spec: TableSpec, source: Source, used: set[str]) -> dict[str, tuple[str, Attribute]]:
    """Return attributes by name, each with the source's name of its column.

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
        if lowered in RESERVED:
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
        label = attribute.label or label_of(name)
        found[name] = (theirs, Attribute(name, kind, attribute.unit, attribute.order, label))
    if wrong:
        raise DataError("; ".join(wrong))
    return found


def numbers_in_text(
    found: Mapping[str, tuple[str, Attribute]], spec: TableSpec, source: Source, rules: ReadingRules
) -> dict[str, Attribute]:
    """Return the attributes of a text file that hold numbers although nothing says so, such as age or income.

    A number has more than 20 different values, and all of them are written as numbers but for words such as
    "unknown", of which there are no more than the dataset file tolerates. Fewer values are codes; so is a column with
    any value that is no plain number but has digits: 01067 is a place, 1_1_1 a plot, 10E2 a block, 12a a house, and
    sixteen digits are a card. So are decimals that end in a zero where others have fewer or more of them: 1.1 and 1.10
    are two versions. `kind: …` in the file settles it otherwise.

    Args:
        found: attributes by name, each with its column.
        spec: of the table customers.
        source: a text file.
        rules: how its numbers are written.
    """
    declared = spec.attributes or {}
    open_ones = [name for name in found if (a := declared.get(name)) is None or (a.kind is None and not a.order)]
    if not open_ones:
        return {}
    counts: dict[str, ir.Scalar] = {}
    for at, name in enumerate(open_ones):
        text = cast(ir.StringValue, read_column(source.column(found[name][0]), Kind.TEXT, rules).value)
        number = read_column(source.column(found[name][0]), Kind.NUMBER, rules).value
        counts[f"given_{at}"] = text.count()
        counts[f"numbers_{at}"] = number.count()
        counts[f"different_{at}"] = number.nunique()
        no_number = number.isnull() & text.re_search("[0-9]")
        counts[f"codes_{at}"] = (text.re_search(_CODE) | no_number).sum().fill_null(0)
        decimals = text.re_extract(rf"{re.escape(rules.form.decimal)}([0-9]+)$", 1).length()
        long = decimals > 1
        counts[f"ends_in_zero_{at}"] = (long & text.re_search("0$")).sum().fill_null(0)
        counts[f"fewest_{at}"] = decimals.min(where=decimals > 0).fill_null(0)
        counts[f"most_{at}"] = decimals.max().fill_null(0)
    told = rules.engine.collect(source.table.aggregate(**counts)).iloc[0]
    return {
        name: replace(found[name][1], kind=Kind.NUMBER)
        for at, name in enumerate(open_ones)
        if told[f"different_{at}"] > _FEW
        and told[f"numbers_{at}"] >= (1 - rules.spec.tolerate) * told[f"given_{at}"]
        and not told[f"codes_{at}"]
        and not (told[f"ends_in_zero_{at}"] and told[f"most_{at}"] > told[f"fewest_{at}"])
    }


def kind_of(kind: dt.DataType) -> Kind:
    """Return what a column of a type holds where nothing else is said."""
    if isinstance(kind, dt.Boolean):
        return Kind.FLAG
    if isinstance(kind, dt.Integer):
        return Kind.WHOLE
    if isinstance(kind, dt.Numeric):
        return Kind.NUMBER
    if isinstance(kind, dt.Timestamp | dt.Date):
        return Kind.DATE
    return Kind.TEXT
