"""A segmentation over the whole history of a customer base, and its sums by one query for all period ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT, Segment, Segmentation
from segkit.customers.table import money_columns
from segkit.errors import DataError, ParameterError
from segkit.page.result import Result
from segkit.segments.kind_registry import fit_segmentation
from segkit.segments.measure.predicted_values import PredictedValues
from segkit.statistics.told import Figure, Told

_ALL_SEGMENTS: Final = -1
"""Stands in place of a segment's position for all customers."""


@dataclass(repr=False)
class SegmentedBase(Result):
    """Customers with their segments, as of every period end.

    Attributes:
        base: the customers.
        segmentation: the segmentation, fitted as of the report's date. Earlier ends have the same segments.
    """

    base: CustomerBase
    segmentation: Segmentation
    _assigned: dict[dt.date, ir.Table] = field(default_factory=dict, repr=False)
    _totals: dict[dt.date, pd.DataFrame] = field(default_factory=dict, repr=False)

    def describe(self) -> str:
        """Return the segmentation and its segments, in words."""
        names = ", ".join(segment.name for segment in self.segmentation.segments)
        return f"{self.base.describe()}, by {self.segmentation.title}: {names[:160]}"

    def assigned(self, end: dt.date | None = None) -> ir.Table:
        """Return the customer table with `segment`, as of a period end, kept in the engine."""
        end = end or self.base.as_of
        if end not in self._assigned:
            expr = self.segmentation.assign(self.base.customers(end))
            columns = ["customer_id", SEGMENT]
            columns += [name for name in (value_column(expr),) if name is not None]
            self._assigned[end] = self.base.dataset.engine.keep("assigned", expr.select(*dict.fromkeys(columns)))
        return self._assigned[end]

    def table(self, end: dt.date | None = None) -> ir.Table:
        """Return the customer table with segments by name and money in major units, for an analyst's own questions.

        There is one row per customer: `customer_id`, `segment` (its name; `Unassigned` where no segment takes the
        customer), then every column of the customer table, attributes last. Amounts are floats, each as near as
        possible to the amount in whole minor units, so that rounding to the currency's decimals gives the exact
        amount.

        The table is an expression in the engine. Query it with Ibis, or with SQL by `.alias("customers").sql("SELECT
        …")`. Rows of customers leave the engine only where you ask for them, as with `.to_pandas()`, so aggregate
        first.

        Args:
            end: a period end; the report's date if none is given.

        Raises:
            ParameterError: the day is not a period end of the report.
        """
        end = end or self.base.as_of
        if end not in self.base.ends:
            raise ParameterError(
                f"table: {end} is not a period end of this report. Write one of {', '.join(map(str, self.base.ends))}."
            )
        customers, placed = self.base.customers(end), self.assigned(end).select("customer_id", SEGMENT)
        scale = float(10**self.base.dataset.spec.money.decimals)
        amounts = money_columns(self.base.dataset.attributes)
        both = customers.inner_join(placed, "customer_id")
        names = [segment.name for segment in self.segmentation.all_segments]
        named = ibis.cases(*((both[SEGMENT] == place, name) for place, name in enumerate(names)), else_=names[-1])
        return both.select(
            both["customer_id"],
            named.name(SEGMENT),
            *(
                (both[name].cast("float64") / scale).name(name) if name in amounts else both[name]
                for name in customers.columns
                if name != "customer_id"
            ),
        )

    def totals(self, end: dt.date) -> pd.DataFrame:
        """Count customers and sum value by segment as of a period end, and check that the segments add up to the
        whole.

        Returns:
            The columns customers and value, both whole numbers, value in minor units. The index is the segment's
            position; every segment is present.

        Raises:
            DataError: the segments do not add up to the customer table, so they are no partition.
        """
        return self.all_totals((end,))[end]

    def all_totals(self, ends: Sequence[dt.date] = ()) -> dict[dt.date, pd.DataFrame]:
        """Compute `totals` as of several period ends by one query; all ends if none is given."""
        ends = tuple(ends) or self.base.ends
        missing = [end for end in ends if end not in self._totals]
        if missing:
            parts = [part for number, end in enumerate(missing) for part in self._sums(number, end)]
            sums = self.base.dataset.engine.collect(ibis.union(*parts)).fillna(0).astype("int64")
            for number, end in enumerate(missing):
                self._totals[end] = self._reconciled(end, sums[sums["at"] == number])
        return {end: self._totals[end] for end in ends}

    def _sums(self, number: int, end: dt.date) -> tuple[ir.Table, ir.Table]:
        """Return the sums by segment, and those of the whole customer table to check them. `rows` counts rows,
        `customers` customers.
        """
        assigned, behaviour = self.assigned(end), self.base.behaviour(end)
        at = ibis.literal(number, "int64")
        by_segment = assigned.group_by(position=assigned[SEGMENT]).aggregate(
            rows=assigned.count(), customers=assigned.count(), value=_value_of_all(assigned)
        )
        whole = behaviour.aggregate(
            rows=behaviour.count(), customers=behaviour.customer_id.nunique(), value=_value_of_all(behaviour)
        )
        columns = ("at", "position", "rows", "customers", "value")
        return (
            by_segment.mutate(at=at).select(*columns),
            whole.mutate(at=at, position=ibis.literal(_ALL_SEGMENTS, "int64")).select(*columns),
        )

    def _reconciled(self, end: dt.date, sums: pd.DataFrame) -> pd.DataFrame:
        whole = sums[sums["position"] == _ALL_SEGMENTS].iloc[0]
        frame = sums[sums["position"] != _ALL_SEGMENTS].set_index("position")[["customers", "value"]]
        held = (int(frame["customers"].sum()), int(frame["value"].sum()))
        rows, customers, value = (int(whole[name]) for name in ("rows", "customers", "value"))
        places = range(len(self.segmentation.all_segments))
        if held != (customers, value) or rows != customers:
            raise DataError(
                f"segmentation {self.segmentation.name} as of {end} does not put every customer into "
                f"exactly one segment: its segments hold "
                f"{held[0]:,} customers and {held[1]:,} minor units of value, "
                f"the customer table {customers:,} customers in {rows:,} rows and {value:,}."
            )
        if not set(frame.index) <= set(places):
            raise DataError(
                f"segmentation {self.segmentation.name} as of {end} puts customers into segment number "
                f"{max(frame.index)}; its segments have the numbers 0 to {places[-1]}."
            )
        return frame.reindex(places, fill_value=0).rename_axis(SEGMENT)

    def present(self, *frames: pd.DataFrame) -> tuple[Segment, ...]:
        """Return the segments in their order; Unassigned only if a customer is or was in it."""
        last = len(self.segmentation.segments)
        anyone = any(int(frame["customers"].get(last, 0)) for frame in frames)
        return self.segmentation.all_segments if anyone else self.segmentation.segments


def segment(base: CustomerBase, segmentation: str) -> SegmentedBase:
    """Segment a customer base by a segmentation that its dataset file defines.

    Args:
        base: the customers.
        segmentation: its name in the dataset file.

    Raises:
        ParameterError: the file defines no segmentation of that name, or its definition is wrong.
    """
    return SegmentedBase(base, fit_segmentation(base, segmentation, PredictedValues(base)))


def value_column(table: ir.Table) -> str | None:
    """Return the column that means value: revenue where there are transactions, else what the running contracts bring
    per month.
    """
    return next((name for name in ("value", "recurring_amount") if name in table.columns), None)


def _value_of_all(table: ir.Table) -> ir.IntegerValue:
    """Return the sum of the value of a table's customers; 0 where nothing means value."""
    name = value_column(table)
    return table[name].fill_null(0).sum() if name else ibis.literal(0, "int64")


def value_name(base: CustomerBase) -> str:
    """Return what readers call the value; empty where the data hold no amounts, so that there is none."""
    column = value_column(base.customers())
    if column is None:
        return ""
    if base.is_list:
        return Told.own(base.dataset.attributes[column].label)
    if column != "value":
        return "recurring revenue a month"
    months = base.options.value_months
    if not months:
        return "net revenue to date"
    return Told.of("net revenue, last {months} months", months=Figure(months, "count"))
