"""The customer table: one row a customer, as of the end of a day. One expression, for every engine.

`frequency`, `recency` and `T` mean what they mean in the literature on customer lifetime value (Fader, Hardie
and Lee 2005): repeat purchase days, time from first to last purchase, time from first purchase to the as-of
date. A purchase day is a calendar day with at least one purchase, however many. "Days since the last purchase"
has a name of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import ibis
import ibis.expr.types as ir

from segkit.customers.calendar import elapsed
from segkit.customers.periods import PeriodName, months_before, period_ending
from segkit.data.attributes import Attribute
from segkit.data.scaled import MICRO, micro
from segkit.data.schema import EARLIEST, Kind
from segkit.data.spells import with_spells
from segkit.errors import DataError, ParameterError

TimeUnit = Literal["day", "week", "month"]

_MOST_MONTHS: Final = 1200
_MOST_DAYS: Final = 36_500

AS_OF: Final = "as_of"
RESERVED: Final = frozenset((AS_OF, "segment"))
"""Columns that come to the customer table last: the day it speaks of, and a customer's segment."""

_ZERO_WITHOUT_PURCHASE: Final = frozenset(
    [
        *("purchase_days", "orders", "frequency", "revenue", "gross_revenue", "returned", "value"),
        *("repeat_revenue", "period_orders", "period_revenue"),
    ]
)
_MARGINS: Final = frozenset(("margin", "value_margin"))
COMPUTED_MONEY: Final = frozenset(
    [
        *("revenue", "gross_revenue", "returned", "value", "period_revenue", "mean_order_value", "repeat_revenue"),
        *("margin", "value_margin", "recurring_amount", "last_recurring_amount"),
    ]
)
"""Columns in minor units, whatever attributes there are."""
_DAY_PLACE: Final = 2**44
"""One day of one customer brings less, in minor units; with a day's number before it, it still fits 64 bits."""


@dataclass(frozen=True, slots=True)
class CustomerOptions:
    """How the customer table is computed.

    Attributes:
        time_unit: unit of `recency` and `T`.
        period: the report's period, for the columns that speak of it.
        value_months: how far back `value` looks; 0 for the whole history.
        recent_days: how far back "lately" reaches, for coming back after a silence.
        usage_days: how far back usage is summed.
        event_kinds: the kinds of events that are summed.
    """

    time_unit: TimeUnit = "week"
    period: PeriodName = "week"
    value_months: int = 12
    recent_days: int = 28
    usage_days: int = 90
    event_kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.time_unit not in get_args(TimeUnit):
            raise ParameterError(f"time_unit: `{self.time_unit}` is not known. Write day, week or month.")
        if not 0 <= self.value_months <= _MOST_MONTHS:
            raise ParameterError(
                f"value_months: {self.value_months} is not from 0 to {_MOST_MONTHS}. Write 0 for the whole history."
            )
        for name in ("recent_days", "usage_days"):
            if not 1 <= getattr(self, name) <= _MOST_DAYS:
                raise ParameterError(f"{name}: {getattr(self, name)} is not from 1 to {_MOST_DAYS}.")

    def value_start(self, as_of: dt.date) -> dt.date | None:
        """First day that counts for `value`."""
        if not self.value_months:
            return None
        return months_before(as_of, self.value_months) + dt.timedelta(days=1)

    def usage_start(self, as_of: dt.date) -> dt.date:
        """First day that counts for usage."""
        return as_of - dt.timedelta(days=self.usage_days - 1)


def customer_table(
    tables: Mapping[str, ir.Table], as_of: dt.date, options: CustomerOptions | None = None
) -> ir.Table:
    """One row a customer: everyone who bought or was under contract by the end of `as_of`.

    Args:
        tables: the checked tables of a dataset; `purchase_days` in place of `transactions`, `usage_days` in place
            of `events`, where these have been kept.
        as_of: nothing after this day is seen, whatever the tables hold.
        options: time unit and windows.

    Returns:
        An expression. docs/reference/customer_table.md lists its columns. Money is in integer minor units.
        Who never bought has 0 orders and NULL dates; who never paid either, 0 revenue.

    Raises:
        DataError: there is neither table, or an attribute has the name of a column that is computed.
    """
    options = options or CustomerOptions()
    days = tables.get("purchase_days")
    if days is None and "transactions" in tables:
        days = purchase_days(tables["transactions"])
    behaviour = [] if days is None else [_purchases(days, as_of, options)]
    if "subscriptions" in tables:
        behaviour.append(_contracts(tables["subscriptions"], as_of, options))
    if not behaviour:
        raise DataError("A customer table needs the table transactions or subscriptions.")
    known: list[ir.Table] = []
    usage = tables.get("usage_days")
    if usage is None and "events" in tables:
        usage = usage_days(tables["events"], options.event_kinds, options.usage_start(as_of))
    if usage is not None and options.event_kinds:
        known.append(_usage(usage, as_of, options))
    if "customers" in tables:
        known.append(_attributes(tables["customers"], [*behaviour, *known]))
    zeros = _ZERO_WITHOUT_PURCHASE | {usage_column(kind) for kind in options.event_kinds}
    return _joined(behaviour, known, zeros, as_of)


def with_attributes(behaviour: ir.Table, attributes: ir.Table) -> ir.Table:
    """A customer table that was computed without attributes, with them: the same as if computed with them."""
    joined = behaviour.left_join(_attributes(attributes, [behaviour]), "customer_id", rname="{name}_of_0")
    columns = dict.fromkeys((*behaviour.columns, *attributes.columns))
    return joined.select(*(name for name in columns if name != AS_OF), AS_OF)


def money_columns(attributes: Mapping[str, Attribute]) -> frozenset[str]:
    """The columns of a customer table that are in minor units: computed ones, and attributes that hold money."""
    return COMPUTED_MONEY | {name for name, attribute in attributes.items() if attribute.kind is Kind.MONEY}


def _attributes(attributes: ir.Table, parts: list[ir.Table]) -> ir.Table:
    """The table of attributes, if none has a taken name. Engines do not tell capitals from small letters there."""
    taken = {name.casefold() for part in parts for name in part.columns} - {"customer_id"} | RESERVED
    for name in attributes.columns:
        if name.casefold() in taken:
            raise DataError(
                f"table customers: the attribute `{name}` has the name of a column that segkit computes. "
                "Give it another name under `attributes`, with `column:` for the source's name."
            )
    return attributes


def _joined(behaviour: list[ir.Table], known: list[ir.Table], zeros: frozenset[str], as_of: dt.date) -> ir.Table:
    """Everyone in `behaviour`, with what is `known` of them, in as few projections as may be: they compile slowly."""
    joined = behaviour[0]
    for other in behaviour[1:]:
        both = joined.outer_join(other, "customer_id", rname="{name}_too")
        joined = both.mutate(customer_id=ibis.coalesce(both.customer_id, both.customer_id_too))
    columns = [name for name in joined.columns if name != "customer_id_too"]
    for number, table in enumerate(known):
        columns += [name for name in table.columns if name != "customer_id"]
        joined = joined.left_join(table, "customer_id", rname="{name}" + f"_of_{number}")

    def filled(name: str) -> ir.Value:
        """No purchase means none, not unknown; a margin may be unknown of purchases."""
        if name in zeros:
            return joined[name].fill_null(0)
        if name in _MARGINS:
            return joined.purchase_days.isnull().ifelse(0, joined[name])
        return joined[name]

    return joined.select(**{name: filled(name) for name in columns}, **{AS_OF: ibis.date(as_of)})


def _purchases(days: ir.Table, as_of: dt.date, options: CustomerOptions) -> ir.Table:
    days = days.filter(days.day <= ibis.date(as_of))
    start = ibis.date(period_ending(as_of, options.period).start)
    recent = ibis.date(as_of - dt.timedelta(days=options.recent_days - 1))
    value_start = options.value_start(as_of)
    bought = days.orders > 0
    in_period = days.day >= start
    valued = None if value_start is None else days.day >= ibis.date(value_start)
    sums: dict[str, ir.Value] = {
        "first_purchase": days.day.min(where=bought),
        "last_purchase": days.day.max(where=bought),
        "purchase_days": days.count(where=bought),
        "orders": days.orders.sum(),
        "revenue": days.revenue.sum(),
        "gross_revenue": days.gross.sum(),
        "value": days.revenue.sum(where=valued),
        "period_revenue": days.revenue.sum(where=in_period),
        "period_orders": days.orders.sum(where=in_period),
        "came_back": days.day.min(where=bought & (days.day >= recent)),
        "silent_since": days.day.max(where=bought & (days.day < recent)),
    }
    if "margin" in days.columns:
        sums["margin"] = days.margin.sum()
        sums["value_margin"] = (days.count(where=valued) > 0).ifelse(days.margin.sum(where=valued), 0)
    # the least of (day, gross) in one whole number: the first day's gross comes without a join or a window
    day_number = days.day.delta(ibis.date(EARLIEST), unit="day").cast("int64")
    sums["first_day_code"] = (day_number * _DAY_PLACE + days.gross).min(where=bought)
    one = days.group_by("customer_id").aggregate(**sums)
    end = ibis.date(as_of)
    first_day = one.first_purchase.delta(ibis.date(EARLIEST), unit="day").cast("int64")
    first_gross = one.first_day_code - first_day * _DAY_PLACE
    numbered = one.mutate(
        repeat_revenue=one.gross_revenue - first_gross.fill_null(0),
        frequency=ibis.greatest(one.purchase_days - 1, 0),
        recency=elapsed(one.first_purchase, one.last_purchase, options.time_unit),
        T=elapsed(one.first_purchase, end, options.time_unit),
        recency_days=one.last_purchase.delta(one.first_purchase, unit="day"),
        T_days=end.delta(one.first_purchase, unit="day"),
        days_since_last_purchase=end.delta(one.last_purchase, unit="day"),
        mean_order_value=one.gross_revenue.cast("float64") / one.orders.nullif(0).cast("float64"),
        returned=one.gross_revenue - one.revenue,
    )
    return numbered.drop("first_day_code")


def purchase_days(rows: ir.Table) -> ir.Table:
    """A row a customer and day: net and gross revenue, orders, and margin where known."""
    sums: dict[str, ir.Value] = {
        "revenue": rows.amount.sum(),
        "gross": rows.amount.sum(where=rows.is_purchase).fill_null(0),
    }
    if "margin" in rows.columns:
        sums["margin"] = rows.margin.sum()
    if "order_id" not in rows.columns:
        return rows.group_by("customer_id", "day").aggregate(**sums, orders=rows.count(where=rows.is_purchase))
    per_order = rows.group_by("customer_id", "day", "order_id").aggregate(
        **sums, bought=rows.count(where=rows.is_purchase)
    )
    upper: dict[str, ir.Value] = {name: per_order[name].sum() for name in sums}
    return per_order.group_by("customer_id", "day").aggregate(
        **upper, orders=per_order.count(where=per_order.bought > 0)
    )


def _contracts(rows: ir.Table, as_of: dt.date, options: CustomerOptions) -> ir.Table:
    """Contracts as of the day. A later end is not yet known.

    The contract that gives plan, amount and dates is one that runs, else the one that ended last; of several such
    the one that began last.
    """
    end = ibis.date(as_of)
    start = ibis.date(period_ending(as_of, options.period).start)
    rows = with_spells(rows)
    seen = rows.filter(rows.start <= end)
    # a row that another follows has ended as a row, and not as a contract
    ended = (seen.end <= end).fill_null(False)
    terms = [name for name in ("plan", "recurring_amount") if name in seen.columns]
    known_end = ended.ifelse(seen.end, ibis.null("date"))
    order: list[ir.Value] = [known_end.desc(nulls_first=True), seen.start.desc()]
    order += [seen[name].desc(nulls_first=True) for name in terms]
    ranked = seen.select(
        "customer_id",
        "start",
        "spell_start",
        "begins",
        *terms,
        end=known_end,
        running=~ended,
        latest=ibis.row_number().over(group_by=seen.customer_id, order_by=order) == 0,
    )
    sums: dict[str, ir.Value] = {
        "customer_since": ranked.start.min(),
        "contracts": ranked.begins.sum(),
        "running_contracts": ranked.running.sum(),
        "contract_start": ranked.spell_start.max(where=ranked.latest),
        "contract_end": ranked.end.max(where=ranked.latest),
    }
    if "plan" in terms:
        sums["plan"] = ranked.plan.max(where=ranked.latest)
    if "recurring_amount" in terms:
        sums["recurring_amount"] = ranked.recurring_amount.sum(where=ranked.running).fill_null(0)
        sums["last_recurring_amount"] = ranked.recurring_amount.max(where=ranked.latest)
    one = ranked.group_by("customer_id").aggregate(**sums)
    active = one.running_contracts > 0
    until = active.ifelse(end, one.contract_end)
    return one.mutate(
        status=active.ifelse("active", "ended"),
        tenure_days=until.delta(one.customer_since, unit="day"),
        tenure=elapsed(one.customer_since, until, "month"),
        ended_in_period=(~active) & (one.contract_end >= start),
        started_in_period=one.customer_since >= start,
    )


def usage_days(rows: ir.Table, kinds: tuple[str, ...], since: dt.date) -> ir.Table:
    """A row a customer and day from `since` on: for each kind of event its sum, in whole millionths.

    Whole numbers, because sums of floats depend on the order of rows and decimals round as each engine likes.
    """
    rows = rows.filter(rows.time.date() >= ibis.date(since))
    amount = micro(rows.value.fill_null(1.0))
    # first by kind, then turned on its side: a row takes part in one sum instead of one for every kind
    tall = rows.group_by("customer_id", "event", day=rows.time.date()).aggregate(amount=amount.sum())
    wide = {usage_column(kind): tall.amount.max(where=tall.event == kind) for kind in kinds}
    return tall.group_by("customer_id", "day").aggregate(**wide)


def _usage(days: ir.Table, as_of: dt.date, options: CustomerOptions) -> ir.Table:
    """For each kind of event its sum over the last `usage_days`."""
    seen = days.filter((days.day <= ibis.date(as_of)) & (days.day >= ibis.date(options.usage_start(as_of))))
    names = [usage_column(kind) for kind in options.event_kinds]
    return seen.group_by("customer_id").aggregate(
        **{name: seen[name].sum().cast("float64") / MICRO for name in names}
    )


def usage_column(kind: str) -> str:
    """Name of the column that holds the recent sum of a kind of event."""
    return f"usage_{kind}"
