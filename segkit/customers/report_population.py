"""Whom a report is about: everybody, or the customers for whom a rule holds as of the report's date.

The rule is looked at once, among all customers; the report then sees only what is of those for whom it holds. How far the
data reach is judged before, of all of them: a store that sold nothing today is no file that is late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ibis.expr.types as ir

from segkit.data.opened import note_population
from segkit.errors import DataError
from segkit.statistics.told import Figure, Quoted, Told
from segkit.wing import load, member_readers

if TYPE_CHECKING:
    from segkit.customers.base import CustomerBase


@dataclass(frozen=True, slots=True)
class ReportPopulation:
    """The customers that a report is about, among all.

    Attributes:
        rule: the condition that holds for them as of the report's date.
        customers: how many they are.
        value: what they bring, in minor units, as the customer table counts it.
        all_customers, all_value: the same of everybody.
    """

    rule: str
    customers: int
    value: int
    all_customers: int
    all_value: int

    def told(self, base: CustomerBase) -> Told:
        """Say it in a sentence, for the page's account of its data."""
        return Told.of(
            "Only {whom} with {rule} on {day} are counted: {n} of {all}.",
            whom=Quoted(base.unit_name),
            rule=Quoted(self.rule),
            day=base.as_of,
            n=Figure(self.customers, "count"),
            all=Figure(self.all_customers, "count"),
        )


def narrowed(base: CustomerBase, rule: str) -> CustomerBase:
    """Return a customer base of those for whom a rule holds.

    Raises:
        ParameterError: the text is no rule.
        DataError: it holds for nobody, or for fewer than may be shown.
    """
    dataset = base.dataset
    (read,) = (load(reader) for reader in member_readers())
    ids = dataset.engine.keep("population", read(base, rule))
    found = _counted(base, ids, rule)
    if found.customers < max(base.smallest, 1):
        least = f"fewer than {base.smallest}" if found.customers else "none"
        raise DataError(
            f"population: `{rule[:200]}` holds for {least} of the {found.all_customers:,} {base.unit_name} on "
            f"{base.as_of}. A page of so few would show single ones; write a wider rule."
        )
    note_population({name: getattr(found, name) for name in ReportPopulation.__slots__} | {"dataset": dataset.name})
    spec = dataset.spec
    quality = replace(
        dataset.quality,
        dataset=f"{dataset.quality.dataset}, {base.unit_name} with {rule}",
        notes=(*dataset.quality.notes, found.told(base)),
    )
    return replace(
        base,
        dataset=replace(
            dataset,
            spec=spec.model_copy(update={"title": f"{spec.title}, {base.unit_name} with {rule}"}),
            tables={name: _of(table, ids) for name, table in dataset.tables.items()},
            set_aside={name: _of(table, ids) for name, table in dataset.set_aside.items()},
            quality=quality,
        ),
        population=found,
        fitted={},
        _tables={},
        _behaviour={},
        _sources={},
        _days={},
    )


def _of(table: ir.Table, ids: ir.Table) -> ir.Table:
    """Return the rows of these customers; a table that is not about customers stays whole."""
    return table.semi_join(ids, "customer_id") if "customer_id" in table.columns else table


def _counted(base: CustomerBase, ids: ir.Table, rule: str) -> ReportPopulation:
    everybody = base.behaviour(base.as_of)
    whole, part = _sums(everybody, "all_"), _sums(everybody.semi_join(ids, "customer_id"), "")
    row = base.dataset.engine.collect(whole.cross_join(part)).iloc[0]
    return ReportPopulation(rule, *(int(row[name]) for name in ("customers", "value", "all_customers", "all_value")))


def _sums(customers: ir.Table, prefix: str) -> ir.Table:
    columns = (customers[name] for name in ("value", "recurring_amount") if name in customers.columns)
    # of a list, an attribute of that name may be anything
    value = next((column for column in columns if column.type().is_integer()), None)
    sums = {
        f"{prefix}customers": customers.count(),
        f"{prefix}value": customers.count() * 0 if value is None else value.sum().fill_null(0),
    }
    return customers.aggregate(**sums)
