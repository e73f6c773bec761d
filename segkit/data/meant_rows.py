"""Which rows of a table are meant: `keep:` and `leave_out:` by value, and `where:` as a condition.

Every other row is set aside for the reason that the dataset file gives. It is not looked at any further, so that a
test order without a date is no unreadable date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import cast

import ibis
import ibis.expr.types as ir

from segkit.data.checks import Fault
from segkit.data.conditions import read_condition
from segkit.data.engine import Engine
from segkit.data.reading import Reading
from segkit.data.schema import Kind, Money, TableSchema
from segkit.data.sources import Source
from segkit.data.spec import TableSpec
from segkit.data.specfile import SpecFile, suggestion
from segkit.data.wording import seen
from segkit.errors import DataError, ParameterError
from segkit.statistics.told import Quoted, Told

_MOST_VALUES = 40


@dataclass(frozen=True)
class NamedColumns:
    """Columns by name, for a condition: typed ones under segkit's names, the others as they stand in the source."""

    values: Mapping[str, ir.Value]

    @property
    def columns(self) -> list[str]:
        """The names that a condition may use."""
        return list(self.values)

    def __getitem__(self, name: str) -> ir.Value:
        """Return a column."""
        return self.values[name]


def has_value(source: Source, spec: TableSpec, by_column: Mapping[str, Iterable[str]], key: str) -> ir.BooleanValue:
    """Return whether any of some columns holds one of its values, whatever the capitals and blanks around.

    Args:
        source: of the table.
        spec: what it says of the columns' names.
        by_column: a column, by segkit's name or the source's, and its values; an empty one stands for no value.
        key: of the dataset file, for the error.

    Raises:
        DataError: no such column.
    """
    found = []
    for column, values in by_column.items():
        text = _text(source, spec, column, key)
        found.append(text.isin(sorted({value.strip().casefold() for value in values})))
    return reduce(or_, found)


def _text(source: Source, spec: TableSpec, column: str, key: str) -> ir.StringValue:
    theirs = spec.columns.get(column, column)
    if theirs not in source.columns:
        raise DataError(f"has no column `{seen(theirs)}`, which `{key}` names.{suggestion(theirs, source.columns)}")
    text = cast(ir.StringValue, source.column(theirs).cast("string"))
    return cast(ir.StringValue, text.strip().lower().fill_null(""))


def rows_not_meant(
    source: Source, spec: TableSpec, schema: TableSchema, readings: Mapping[str, Reading], money: Money
) -> dict[str, ir.BooleanValue]:
    """Return the conditions on rows that are not meant, by reason.

    Raises:
        DataError: a column is not there, or the condition is none.
    """
    found: dict[str, ir.BooleanValue] = {}
    for column, values in spec.leave_out.items():
        reason = _reason("{column} is {values} ({key})", column, values, "`leave_out`")
        found[reason] = has_value(source, spec, {column: values}, "leave_out")
    for column, values in spec.keep.items():
        reason = _reason("{column} is not {values} ({key})", column, values, "`keep`")
        found[reason] = ~has_value(source, spec, {column: values}, "keep")
    if spec.where is not None:
        typed = {name: reading.value for name, reading in readings.items()}
        raw = {name: source.column(name) for name in source.columns if name not in typed}
        money_columns = frozenset(n for n in typed if (c := schema.column(n)) is not None and c.kind is Kind.MONEY)
        try:
            condition = read_condition(
                spec.where,
                NamedColumns({**raw, **typed}),
                money,
                "`where`",
                amounts=money_columns,
                of=f"the table {schema.name}",
            )
        except ParameterError as error:
            raise DataError(str(error).rstrip(".")) from None
        shown = spec.where if len(spec.where) < 80 else "…"
        reason = Told.of("not in the part that is meant ({condition})", condition=Quoted(f"`where: {shown}`"))
        found[reason] = cast(ir.BooleanValue, ~condition.fill_null(False))
    return found


def _reason(template: str, column: str, values: Iterable[str], key: str) -> Told:
    return Told.of(template, column=Quoted(column), values=Quoted(_listed(values)), key=Quoted(key))


def _listed(values: Iterable[str]) -> str:
    return " or ".join(value if value else "empty" for value in values)


def chosen_first(chosen: list[Fault], others: list[Fault]) -> list[Fault]:
    """Return faults in which rows that are not meant have no other fault."""
    outside = [fault.when for fault in chosen if fault.when is not None]
    if not outside:
        return others
    out = reduce(or_, outside)
    return [
        *chosen,
        *(replace(fault, when=fault.when & ~out) if fault.when is not None else fault for fault in others),
    ]


def own_values(file: SpecFile, name: str, spec: TableSpec) -> TableSpec:
    """Return a table without the values that a recipe lists: no export has all of them."""
    own = {
        key: {c: v for c, v in getattr(spec, key).items() if file.is_own(("tables", name, key, c))}
        for key in ("keep", "leave_out", "returned_when", "refunded_when")
    }
    return spec.model_copy(update=own)


def values_that_never_occur(engine: Engine, name: str, source: Source, spec: TableSpec) -> list[str]:
    """Return a sentence for each stated value that no row has: it may be mistyped."""
    sentences = []
    for key, by_column in (
        ("keep", spec.keep),
        ("leave_out", spec.leave_out),
        ("returned_when", spec.returned_when),
        ("refunded_when", spec.refunded_when),
    ):
        for column, values in by_column.items():
            text = _text(source, spec, column, key)
            rows = source.table.select(value=text)
            counts = rows.group_by("value").aggregate(n=rows.count()).order_by(ibis.desc("n"), "value")
            there = [str(value) for value in engine.collect(counts.limit(_MOST_VALUES))["value"]]
            missing = [value for value in values if value.strip().casefold() not in there]
            if missing and len(there) < _MOST_VALUES:
                sentences.append(
                    f"Table {name}: `{key}` names {_listed(missing)}, which no row of `{seen(column)}` has. It has: "
                    f"{', '.join(seen(value, 30) if value else 'empty' for value in there[:12])}."
                )
    return sentences
