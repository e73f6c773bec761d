"""The customer table: one row per customer, as of the end of a day. One expression serves every engine.

`frequency`, `recency` and `T` mean what they mean in the literature on customer lifetime value (Fader, Hardie
and Lee 2005): repeat purchase days, time from first to last purchase, time from first purchase to the as-of
date. A purchase day is a calendar day with at least one purchase, however many. "Days since the last purchase"
is a column with a name of its own.
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
from segkit.data.spells import UNDATED, ended_within, with_spells
from segkit.errors import DataError, ParameterError

TimeUnit = Literal["day", "week", "month"]

_MOST_MONTHS: Final = 1200
_MOST_DAYS: Final = 36_500

AS_OF: Final = "as_of"
RESERVED: Final = frozenset((AS_OF, "segment"))
"""Columns that are added to the customer table last: its day, and a customer's segment."""

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
"""Computed columns in minor units."""
_DAY_PLACE: Final = 2**44
"""A bound, in minor units, of what one customer brings on one day; with the day's number in front it fits into 64
bits.
"""


@dataclass(frozen=True, slots=True)
class CustomerOptions:
    """How the customer table is computed.

    Attributes:
        time_unit: the unit of `recency` and `T`.
        period: the report's period, which some columns are about.
        value_months: how many months `value` looks back; 0 for the whole history.
        recent_days: how many days count as lately, for customers who come back after a silence.
        usage_days: how many days of usage are summed.
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
        """Return the first day that counts for `value`."""
        if not self.value_months:
            return None
        return months_before(as_of, self.value_months) + dt.timedelta(days=1)

    def usage_start(self, as_of: dt.date) -> dt.date:
        """Return the first day that counts for usage."""
        return as_of - dt.timedelta(days=self.usage_days - 1)


def customer_table(
    tables: Mapping[str, ir.Table], as_of: dt.date, options: CustomerOptions | None = None
) -> ir.Table:
    """Return one row per customer: everyone who bought or was under contract by the end of `as_of`.

    Args:
        tables: the checked tables of a dataset. Where the engine keeps them, `purchase_days` stands in place of
            `transactions`, and `usage_days` in place of `events`.
        as_of: the last day that is seen, whatever the tables hold.
        options: time unit and windows.

    Returns:
        An expression. docs/reference/customer_table.md lists its columns. Money is in integer minor units.
        A customer who never bought has 0 orders, 0 revenue and NULL dates.

    Raises:
        DataError: neither table is there, or an attribute has the name of a computed column.
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
    """Add attributes to a customer table that was computed without them; the result is the same as with them."""
    joined = behaviour.left_join(_attributes(attributes, [behaviour]), "customer_id", rname="{name}_of_0")
    columns = dict.fromkeys((*behaviour.columns, *attributes.columns))
    return joined.select(*(name for name in columns if name != AS_OF), AS_OF)


def listed_customers(people: ir.Table, attributes: Mapping[str, Attribute], as_of: dt.date) -> ir.Table:
    """Return a list of customers as a customer table: their attributes and the day, since nothing else is known.

    Raises:
        DataError: an attribute has a name that means an amount, or is segkit's own, and is something else.
    """
    for name in ("value", "recurring_amount"):
        if name in attributes and attributes[name].kind is not Kind.MONEY:
            raise DataError(
                f"table customers: the attribute `{name}` holds {attributes[name].kind.value}, and in a list of customers "
                f"that name means an amount. Write `{name}: {{kind: money}}` under `attributes`, or give it another name."
            )
    return _attributes(people, []).mutate(**{AS_OF: ibis.date(as_of)})


def with_strangers(behaviour: ir.Table, ids: ir.Table, as_of: dt.date) -> ir.Table:
    """Add a row for each of these who neither bought nor was under contract, as a customer table without attributes has
    it: no purchase means none, the rest is unknown.
    """
    zeros = (
        _ZERO_WITHOUT_PURCHASE | _MARGINS | {name for name in behaviour.columns if name.startswith(usage_column(""))}
    )
    others = ids.anti_join(behaviour, "customer_id")
    kinds = behaviour.schema()
    return behaviour.union(
        others.select(
            **{
                name: others.customer_id
                if name == "customer_id"
                else ibis.date(as_of)
                if name == AS_OF
                else ibis.literal(0 if name in zeros else None, kinds[name])
                for name in behaviour.columns
            }
        )
    )


def money_columns(attributes: Mapping[str, Attribute]) -> frozenset[str]:
    """Return the columns of a customer table that are in minor units: computed ones, and attributes that hold money."""
    # an attribute may have the name of a column that is not computed from these data
    held = {name for name, attribute in attributes.items() if attribute.kind is Kind.MONEY}
    return (COMPUTED_MONEY - set(attributes)) | held


def _attributes(attributes: ir.Table, parts: list[ir.Table]) -> ir.Table:
    """Return the table of attributes, if none has a taken name. Engines compare names without regard to capitals."""
    taken = {name.casefold() for part in parts for name in part.columns} - {"customer_id"} | RESERVED
    for name in attributes.columns:
        if name.casefold() in taken:
            raise DataError(
                f"table customers: the attribute `{name}` has the name of a column that segkit computes. "
                "Give it another name under `attributes`, with `column:` for the source's name."
            )
    return attributes


def _joined(behaviour: list[ir.Table], known: list[ir.Table], zeros: frozenset[str], as_of: dt.date) -> ir.Table:
    """Join what is `known` to everyone in `behaviour`, in as few projections as possible: they compile slowly."""
    joined = behaviour[0]
    for other in behaviour[1:]:
        both = joined.outer_join(other, "customer_id", rname="{name}_too")
        joined = both.mutate(customer_id=ibis.coalesce(both.customer_id, both.customer_id_too))
    columns = [name for name in joined.columns if name != "customer_id_too"]
    for number, table in enumerate(known):
        columns += [name for name in table.columns if name != "customer_id"]
        joined = joined.left_join(table, "customer_id", rname="{name}" + f"_of_{number}")

    def filled(name: str) -> ir.Value:
        """Fill a column: no purchase means none, not unknown; but the margin of purchases may be unknown."""
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
    # the least (day, gross) as one whole number gives the first day's gross without a join or a window
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
    """Return a row for each customer and day: net and gross revenue, orders, and margin where known."""
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
    """Return contracts as of the day, when a later end was not yet known.

    Plan, amount and dates come from a contract that runs, else from the one that ended last; if there are several,
    from the one that began last.
    """
    end = ibis.date(as_of)
    start = ibis.date(period_ending(as_of, options.period).start)
    rows = with_spells(rows)
    seen = rows.filter(rows.start <= end)
    # where another row follows, the row has ended, but not the contract
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
        left=ended_within(seen, period_ending(as_of, options.period).start, as_of),
    )
    sums: dict[str, ir.Value] = {
        "customer_since": ranked.start.min(),
        "contracts": ranked.begins.sum(),
        "running_contracts": ranked.running.sum(),
        "contract_start": ranked.spell_start.max(where=ranked.latest),
        "contract_end": ranked.end.max(where=ranked.latest),
        "ended_in_period": ranked.left.any(),
    }
    if "plan" in terms:
        sums["plan"] = ranked.plan.max(where=ranked.latest)
    if "recurring_amount" in terms:
        sums["recurring_amount"] = ranked.recurring_amount.sum(where=ranked.running).fill_null(0)
        sums["last_recurring_amount"] = ranked.recurring_amount.max(where=ranked.latest)
    one = ranked.group_by("customer_id").aggregate(**sums)
    active = one.running_contracts > 0
    if UNDATED in rows.columns:
        # a snapshot without tenure: who is there, and not since when
        known = one.mutate(status=active.ifelse("active", "ended"))
        return known.drop("customer_since", "contract_start", "contract_end", "ended_in_period")
    until = active.ifelse(end, one.contract_end)
    table = one.mutate(
        status=active.ifelse("active", "ended"),
        tenure_days=until.delta(one.customer_since, unit="day"),
        tenure=elapsed(one.customer_since, until, "month"),
        started_in_period=one.customer_since >= start,
    )
    return table.relocate("ended_in_period", before="started_in_period")


def usage_days(rows: ir.Table, kinds: tuple[str, ...], since: dt.date) -> ir.Table:
    """Return a row for each customer and day from `since` on, with the sum of each kind of event in whole millionths.

    The numbers are whole because sums of floats depend on the order of rows, and each engine rounds decimals
    differently.
    """
    rows = rows.filter(rows.time.date() >= ibis.date(since))
    amount = micro(rows.value.fill_null(1.0))
    # sum by kind, then pivot: so a row takes part in one sum instead of one for every kind
    tall = rows.group_by("customer_id", "event", day=rows.time.date()).aggregate(amount=amount.sum())
    wide = {usage_column(kind): tall.amount.max(where=tall.event == kind) for kind in kinds}
    return tall.group_by("customer_id", "day").aggregate(**wide)


def _usage(days: ir.Table, as_of: dt.date, options: CustomerOptions) -> ir.Table:
    """Return the sum of each kind of event over the last `usage_days`."""
    seen = days.filter((days.day <= ibis.date(as_of)) & (days.day >= ibis.date(options.usage_start(as_of))))
    names = [usage_column(kind) for kind in options.event_kinds]
    return seen.group_by("customer_id").aggregate(
        **{name: seen[name].sum().cast("float64") / MICRO for name in names}
    )


def usage_column(kind: str) -> str:
    """Return the name of the column that holds the recent sum of a kind of event."""
    return f"usage_{kind}"
