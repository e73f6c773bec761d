"""The customer base of a report: the customer table as of each period end, computed once and kept in the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import ibis
import ibis.expr.types as ir

from segkit.customers.own_locale import adopt_locale
from segkit.customers.periods import Period, period_ending, period_ends, stretch_of
from segkit.customers.report_population import ReportPopulation, narrowed
from segkit.customers.table import (
    CustomerOptions,
    customer_table,
    listed_customers,
    purchase_days,
    usage_days,
    with_attributes,
)
from segkit.customers.windows import TimeWindow
from segkit.data import Dataset, open_dataset
from segkit.data.arrivals import coverage
from segkit.data.asked import asked
from segkit.data.coverage import Coverage
from segkit.errors import DataError, ParameterError
from segkit.page.result import Result

Found = TypeVar("Found")
_MOST_KINDS: Final = 50
_OF_RUN: Final = ("period", "periods", "value_months", "smallest")
"""Parameters of a report that are options of its customers."""


@dataclass(repr=False)
class CustomerBase(Result):
    """Customers as of the report's date and as of the period ends before it.

    Attributes:
        dataset: the dataset that they come from.
        options: time unit and windows.
        ends: the period ends that the data reach, the oldest first; the last is the as-of date.
        missing_ends: the period ends that were asked for and lie before the data.
        smallest: groups of fewer customers are not shown anywhere.
        coverage: how far the data reach. Where they do not reach the last day, there is only the report's own
            period, so nothing is compared.
        population: whom they are among all; None where they are all.
        fitted: what was fitted to these customers, by name, so that each thing is fitted once.
    """

    dataset: Dataset
    options: CustomerOptions
    ends: tuple[dt.date, ...]
    missing_ends: tuple[dt.date, ...]
    smallest: int
    coverage: Coverage | None = None
    population: ReportPopulation | None = None
    fitted: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    _tables: dict[dt.date, ir.Table] = field(default_factory=dict, repr=False)
    _behaviour: dict[dt.date, ir.Table] = field(default_factory=dict, repr=False)
    _sources: dict[str, ir.Table] = field(default_factory=dict, repr=False)
    _days: dict[dt.date, CustomerBase] = field(default_factory=dict, repr=False)

    def once(self, key: Hashable, compute: Callable[[], Found]) -> Found:
        """Return what is found of these customers; it is computed the first time that it is asked for.

        Args:
            key: what it is called in `fitted`.
            compute: finds it.
        """
        if key not in self.fitted:
            self.fitted[key] = compute()
        found: Found = self.fitted[key]
        return found

    def describe(self) -> str:
        """Describe whose customers these are, as of when, and in periods of what length."""
        return f"{self.unit_name} of {self.dataset.name} as of {self.as_of}, {len(self.ends)} {self.options.period}s"

    @property
    def as_of(self) -> dt.date:
        """The report's date."""
        return self.ends[-1]

    @property
    def previous(self) -> dt.date | None:
        """The period end before; None where the data do not reach back."""
        return self.ends[-2] if len(self.ends) > 1 else None

    @property
    def period(self) -> Period:
        """The report's period."""
        return period_ending(self.as_of, self.options.period)

    @property
    def purchases_from(self) -> dt.date:
        """The first day that purchases are known of, which may be later than that of contracts."""
        tables = self.dataset.quality.tables
        first = next((found.first for found in tables if found.table == "transactions"), None)
        return self.dataset.known_from if first is None else max(first, self.dataset.known_from)

    def value_window(self, end: dt.date) -> TimeWindow | None:
        """Return the days that `value` counts as of a period end; None where value is what contracts bring on that
        day.
        """
        if "transactions" not in self.dataset.tables:
            return None
        return TimeWindow.before(end, self.options.value_months, self.purchases_from)

    @property
    def unit_name(self) -> str:
        """The name of a customer, such as household."""
        return self.dataset.spec.customers_are

    @property
    def is_list(self) -> bool:
        """Whether all that is known of customers is a list of them, without any history."""
        return self.dataset.spec.relation == "list"

    def customers(self, end: dt.date | None = None) -> ir.Table:
        """Return the customer table as of a period end, the report's date if none is given.

        The engine keeps the table of the report's date whole. Of earlier tables it keeps what changes with time;
        attributes do not change, and are joined where they are read.
        """
        end = end or self.as_of
        attributes = self.dataset.tables.get("customers")
        if attributes is None or self.is_list:
            return self.behaviour(end)
        if end not in self._tables:
            whole = with_attributes(self.behaviour(end), attributes)
            self._tables[end] = self.dataset.engine.keep("customers", whole) if end == self.as_of else whole
        return self._tables[end]

    def behaviour(self, end: dt.date) -> ir.Table:
        """Return the customer table as of a period end without attributes, computed once and kept in the engine."""
        if end not in self._behaviour:
            expr = self._listed(end) if self.is_list else customer_table(self._reduced_sources(), end, self.options)
            self._behaviour[end] = self.dataset.engine.keep("behaviour", expr)
        return self._behaviour[end]

    def on(self, day: dt.date) -> CustomerBase:
        """Return the customers as of one other day; the table is made once, however often it is asked for.

        It shares the customer-days that were computed for the report's date.
        """
        if day not in self._days:
            other = CustomerBase(self.dataset, self.options, (day,), (), self.smallest)
            usage = self.options.usage_start
            if not self.options.event_kinds or usage(self.ends[0]) <= usage(day):
                other._sources = self._reduced_sources()
            self._days[day] = other
        return self._days[day]

    def at(self, day: dt.date) -> ir.Table:
        """Return the customer table as of any day, from contracts and purchases alone, as an expression that is not
        kept.
        """
        if self.is_list:
            return self._listed(day)
        sources = {name: table for name, table in self._reduced_sources().items() if not name.startswith("usage")}
        sources.pop("events", None)
        return customer_table(sources, day, replace(self.options, event_kinds=()))

    def _listed(self, day: dt.date) -> ir.Table:
        return listed_customers(self.dataset.tables["customers"], self.dataset.attributes, day)

    def daily_purchases(self) -> ir.Table:
        """Return a row for each customer and day with purchases, over the whole history, kept in the engine.

        Raises:
            DataError: the dataset has no transactions.
        """
        sources = self._reduced_sources()
        if "purchase_days" not in sources:
            raise DataError("there are no purchases: the dataset has no table transactions.")
        return sources["purchase_days"]

    def _reduced_sources(self) -> dict[str, ir.Table]:
        """Return what changes with time, with transactions and events summed up to customer-days once."""
        if not self._sources:
            engine, sources = self.dataset.engine, dict(self.dataset.tables)
            sources.pop("customers", None)
            if "transactions" in sources:
                sources["purchase_days"] = engine.keep("purchase_days", purchase_days(sources.pop("transactions")))
            if "events" in sources and self.options.event_kinds:
                days = usage_days(
                    sources.pop("events"), self.options.event_kinds, self.options.usage_start(self.ends[0])
                )
                sources["usage_days"] = engine.keep("usage_days", days)
            self._sources = sources
        return self._sources


def customer_base(
    dataset: Dataset,
    *,
    period: str = "week",
    periods: int = 13,
    time_unit: str = "week",
    value_months: int = 12,
    recent_days: int = 28,
    usage_days: int = 90,
    smallest: int = 0,
    population: str = "",
) -> CustomerBase:
    """Return the customers of a dataset as of its date and as of the period ends before it.

    Numbers may come as text, as schedulers and papermill's `-r` pass them.

    Args:
        dataset: an opened dataset.
        period: day, week or month.
        periods: how many period ends, the report's own included.
        time_unit: the unit of `recency` and `T`: day, week or month.
        value_months: how many months `value` looks back; 0 for the whole history.
        recent_days: how many days count as lately, for customers who come back after a silence.
        usage_days: how many days of usage are summed.
        smallest: groups of fewer customers are not shown; 0 for the number in the dataset file.
        population: whom it is about, as a condition on the customer table or on a segmentation of the dataset file, such
            as `region = 'north'` or `lifecycle = 'New'`; it is looked at as of the date. Empty for everybody.

    Raises:
        ParameterError: an option is out of bounds, or of another kind.
        NotYetError: data of the last period are missing, and the dataset file does not ask for a page that says so.
        DataError: the names of two kinds of events differ only in capital letters, or the population is too small.
    """
    least = asked(smallest, int, "smallest")
    if least < 0:
        raise ParameterError(f"smallest: {least} is below 0. Write 1 or more, or 0 for what the dataset file says.")
    period = asked(period, str, "period")
    ends = period_ends(dataset.as_of, period, asked(periods, int, "periods"))
    options = CustomerOptions(
        time_unit=asked(time_unit, str, "time_unit"),
        period=period_ending(dataset.as_of, period).name,
        value_months=asked(value_months, int, "value_months"),
        recent_days=asked(recent_days, int, "recent_days"),
        usage_days=asked(usage_days, int, "usage_days"),
        event_kinds=_event_kinds(dataset),
    )
    known_to = reach(dataset, period)
    # the data must reach back over the whole of a period, unless it is the report's own
    known = tuple(
        end
        for end in ends
        if end == dataset.as_of
        # what is not complete is compared with nothing
        or (
            known_to.complete and end >= dataset.known_from and period_ending(end, period).start >= dataset.known_from
        )
    )
    missing = tuple(end for end in ends if end not in known)
    everybody = CustomerBase(dataset, options, known, missing, least or dataset.spec.smallest, known_to)
    rule = asked(population, str, "population").strip()
    return narrowed(everybody, rule) if rule else everybody


def reach(dataset: Dataset, period: str = "week") -> Coverage:
    """Return how far the data of a dataset reach at the end of the period that ends with its date.

    Raises:
        NotYetError: data are missing, and the dataset file does not ask for a page that says so.
    """
    found = coverage(dataset, stretch_of(period_ending(dataset.as_of, period)))
    if found.state == "refused":
        raise found.refusal(dataset.name)
    return found


def customers_of_run(dataset: Dataset, parameters: Mapping[str, Any]) -> CustomerBase:
    """Return the customers as a report with these parameters would have them, computed as of its date.

    Raises:
        ParameterError: a parameter is out of bounds.
        DataError: the customer table cannot be made from the data.
    """
    base = customer_base(dataset, **{name: parameters[name] for name in _OF_RUN if name in parameters})
    base.customers()
    return base


def open_customers(
    dataset: str | Path,
    as_of: str | dt.date,
    *,
    period: str = "week",
    periods: int = 13,
    time_unit: str = "week",
    value_months: int = 12,
    recent_days: int = 28,
    usage_days: int = 90,
    smallest: int = 0,
    population: str = "",
) -> CustomerBase:
    """Open a dataset and return its customers, as of a date and of the period ends before it.

        base = sk.open("grocery", "2017-12-24", period="week")

    Args:
        dataset: a name in params/datasets, or the path of a dataset file.
        as_of: the last day that is seen, in the dataset's time zone.
        period: day, week or month.
        periods: how many period ends, the report's own included.
        time_unit: the unit of `recency` and `T`: day, week or month.
        value_months: how many months `value` looks back; 0 for the whole history.
        recent_days: how many days count as lately, for customers who come back after a silence.
        usage_days: how many days of usage are summed.
        smallest: groups of fewer customers are not shown; 0 for the number in the dataset file.
        population: whom it is about, as a condition on the customer table or on a segmentation of the dataset file, such
            as `region = 'north'` or `lifecycle = 'New'`; it is looked at as of the date. Empty for everybody.

    Raises:
        ParameterError: the dataset file or an option is wrong.
        NotYetError: data of the last period are missing, and the dataset file does not ask for a page that says so.
        DataError: the data are broken; the message lists every failure.
    """
    opened = open_dataset(dataset, as_of)
    adopt_locale(opened.root)
    return customer_base(
        opened,
        period=period,
        periods=periods,
        time_unit=time_unit,
        value_months=value_months,
        recent_days=recent_days,
        usage_days=usage_days,
        smallest=smallest,
        population=population,
    )


def _event_kinds(dataset: Dataset) -> tuple[str, ...]:
    """Return the kinds of events there are; if they are too many to be columns, the most frequent ones."""
    if "events" not in dataset.tables:
        return ()
    events = dataset.tables["events"]
    counts = events.group_by("event").aggregate(n=events.count()).order_by(ibis.desc("n"), "event")
    kinds = sorted(dataset.engine.collect(counts.limit(_MOST_KINDS))["event"])
    seen: dict[str, str] = {}
    for kind in kinds:
        # they become columns, whose names engines compare without regard to capitals
        if seen.setdefault(kind.casefold(), kind) != kind:
            raise DataError(
                f"table events: the kinds `{seen[kind.casefold()]}` and `{kind}` differ in capital letters only. "
                "Write them alike in the source."
            )
    return tuple(kinds)
