"""A key figure of the dataset file, checked against its table: its columns, its unit, its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast, get_args

import ibis.expr.types as ir

from segkit.customers import CustomerBase, customer_base, customer_table
from segkit.customers.table import money_columns
from segkit.data import Dataset
from segkit.data.conditions import kind_of_value, read_condition
from segkit.data.schema import TABLES, Kind
from segkit.data.specfile import redact, suggestion
from segkit.errors import ParameterError
from segkit.kpis.options import ROWS, Ground, OwnFigure
from segkit.kpis.records import FigureUnit
from segkit.statistics.told import Told

SECTION: Final = "key_figures"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that figures are computed over.

    Attributes:
        of: the table's name in the dataset file; `customers` for the customer table.
        table: the rows.
        amounts: its columns in minor units.
    """

    of: str
    table: ir.Table
    amounts: frozenset[str]

    @property
    def called(self) -> str:
        """The name of these rows in messages."""
        return "the customer table" if self.of == "customers" else f"the table {self.of}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure, with what its table settles.

    Attributes:
        key: the figure's key.
        told: what the dataset file says of it.
        unit: what it counts.
        minor: 1 where the result is in minor units, −1 where it is divided by minor units, else 0.
    """

    key: str
    told: OwnFigure
    unit: FigureUnit
    minor: int

    @property
    def label(self) -> str:
        """The name of the figure for readers."""
        return self.told.label or self.key.replace("_", " ").capitalize()

    def definition(self, period: str) -> str:
        """Return in a sentence how the figure is computed."""
        told = self.told
        if told.definition:
            return Told.own(told.definition)
        rows = "customers" if told.of == "customers" else f"rows of {told.of}"
        each = rows if told.count in ("", ROWS) else f"different values of {told.count} in {rows}"
        match told.operation:
            case "sum":
                said = f"Sum of {told.sum} over {rows}"
            case "mean":
                said = f"Mean of {told.mean} over {rows}"
            case "count":
                said = f"{each[:1].upper()}{each[1:]}"
            case "share":
                said = f"Share of {each} for which {told.share}"
            case "ratio":
                said = f"Sum of {told.ratio[0]} ÷ sum of {told.ratio[1]}, over {rows}"
        when = f"at the end of the {period}" if told.of == "customers" else f"in the {period}"
        only = f"; only where {told.where}" if told.where else ""
        return Told.own(f"{said}, {when}{only}.")


def read_figures(dataset: Dataset, told: Mapping[str, OwnFigure], rows_of: Callable[[str], Rows]) -> list[Drawn]:
    """Read the figures of a dataset file, and check each against its table.

    Args:
        dataset: the dataset, which knows the lines of its file.
        told: key → what the file says.
        rows_of: returns the rows of a table by its name.

    Raises:
        ParameterError: lists every mistake, with file and line.
    """
    drawn: list[Drawn] = []
    problems: list[str] = []
    for key, figure in told.items():
        try:
            there = _table(dataset, key, figure)
            if there:
                raise ParameterError(there)
            drawn.append(_Reader(dataset, key, figure, rows_of(figure.of)).read())
        except ParameterError as error:
            problems.append(redact(str(error), dataset.file.secrets))
    if problems:
        raise ParameterError("\n".join(problems))
    return drawn


def check_key_figures(dataset: Dataset) -> None:
    """Check the section `key_figures` of an opened dataset against its tables.

    Raises:
        ParameterError: tables, columns or units are wrong; the message lists every mistake.
    """
    told = dataset.spec.section(SECTION) or {}
    if told:
        read_figures(dataset, told, lambda of: _unkept(dataset, of))


def _unkept(dataset: Dataset, of: str) -> Rows:
    if of != "customers":
        return source_rows(dataset, of)
    options = customer_base(dataset, periods=1).options
    return Rows(of, customer_table(dataset.tables, dataset.as_of, options), money_columns(dataset.attributes))


def is_snapshot(dataset: Dataset) -> bool:
    """Return whether contracts are known as they stood on one day only."""
    table = dataset.spec.tables.get("subscriptions")
    return table is not None and table.shape == "snapshot"


def source_rows(dataset: Dataset, of: str) -> Rows:
    """Return the rows of a checked table; an event without a value counts as 1, as everywhere."""
    table = dataset.tables[of]
    if of == "events":
        table = table.mutate(value=table["value"].fill_null(1.0))
    return Rows(of, table, frozenset(column.name for column in TABLES[of].columns if column.kind is Kind.MONEY))


def customer_rows(base: CustomerBase) -> Rows:
    """Return the customer table as of the report's date."""
    return Rows("customers", base.customers(), money_columns(base.dataset.attributes))


def _table(dataset: Dataset, key: str, figure: OwnFigure) -> str:
    """Return what is wrong with the table that a figure names; empty if nothing is."""
    where = dataset.file.where((SECTION, key, "of"))
    at = f"{where}: `{SECTION}.{key}.of: {figure.of}`"
    if figure.of == "customers":
        return ""
    if figure.of not in dataset.tables:
        known = [name for name in get_args(Ground) if name == "customers" or name in dataset.tables]
        return f"{at} is not a table of this dataset. It has: {', '.join(known)}."
    if figure.of == "subscriptions" and is_snapshot(dataset):
        return f"{at}: a snapshot does not tell on which day contracts began. Write `of: customers`."
    if figure.of == "survey" and "time" not in dataset.tables["survey"].columns:
        return f"{at}: its rows have no time, so they belong to no period. Map the column `time`."
    return ""


class _Reader:
    """One figure of the dataset file, and the rows that it is read against."""

    def __init__(self, dataset: Dataset, key: str, told: OwnFigure, rows: Rows) -> None:
        self.dataset, self.key, self.told, self.rows = dataset, key, told, rows

    def read(self) -> Drawn:
        told = self.told
        for field in ("share", "where"):
            if getattr(told, field):
                condition(self.dataset, self.key, told, field, self.rows)
        amounts = [self.is_amount(name) for name in self.numbers()]
        if told.count not in ("", ROWS):
            self.column("count", told.count)
        minor = sum(amounts[:1]) - sum(amounts[1:])
        return Drawn(self.key, told, self.unit(amounts), minor)

    def numbers(self) -> tuple[str, ...]:
        return self.told.ratio or tuple(name for name in (self.told.sum, self.told.mean) if name)

    def is_amount(self, name: str) -> bool:
        """Return whether a column that is summed holds money."""
        found = self.column(self.told.operation, name)
        if kind_of_value(found) != "a number":
            self.refuse(
                self.told.operation,
                f"`{name}` of {self.rows.called} holds {kind_of_value(found)}, and a {self.told.operation} is of numbers. "
                "Write a `count` or a `share`",
            )
        return name in self.rows.amounts

    def column(self, field: str, name: str) -> ir.Column:
        columns = self.rows.table.columns
        if name not in columns:
            self.refuse(
                field, f"`{name}` is not a column of {self.rows.called}.{suggestion(name, columns)}"[:400].rstrip(".")
            )
        return cast(ir.Column, self.rows.table[name])

    def unit(self, amounts: list[bool]) -> FigureUnit:
        """Return the stated unit if it fits the columns; without one, the unit that follows from them."""
        told, stated = self.told, self.told.unit
        if amounts in ([True], [True, False]):
            if stated not in (None, "money"):
                self.refuse("unit", f"amounts have the unit money, not {stated}")
            return "money"
        if stated == "money":
            self.refuse("unit", "no column is an amount, so the unit is not money")
        if amounts == [False, True]:
            if stated not in (None, "index"):
                self.refuse("unit", f"a number ÷ an amount has the unit index, not {stated}")
            return "index"
        if stated is not None:
            return stated
        if told.operation == "share" or amounts == [True, True]:
            return "share"
        if told.operation == "count" and (
            told.count == "customer_id" or (told.of, told.count) == ("customers", ROWS)
        ):
            return "customers"
        if told.operation == "count" and told.count == "order_id":
            return "orders"
        self.refuse((), "lacks its `unit`: write customers, orders, days or index (a plain number)")
        raise AssertionError

    def refuse(self, field: str | tuple[()], what: str) -> None:
        location = (SECTION, self.key, field) if field else (SECTION, self.key)
        ended = what if what.endswith("?") else f"{what}."
        raise ParameterError(f"{self.dataset.file.where(location)}: `{'.'.join(location)}`: {ended}")


def condition(dataset: Dataset, key: str, told: OwnFigure, field: str, rows: Rows) -> ir.BooleanValue:
    """Return a figure's condition as an expression on its rows; it is false where it cannot be decided."""
    where = f"{dataset.file.where((SECTION, key, field))}: `{SECTION}.{key}.{field}`"
    found = read_condition(
        getattr(told, field), rows.table, dataset.spec.money, where, amounts=rows.amounts, of=rows.called
    )
    return cast(ir.BooleanValue, found.fill_null(False))
