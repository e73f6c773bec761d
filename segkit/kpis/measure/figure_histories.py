"""The history of key figures: plain sums by period, up to two years back, whatever a page shows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.periods import period_ending
from segkit.customers.timeline import history_ends
from segkit.data.spells import with_spells
from segkit.kpis.measure.sampling_errors import SamplingError, contract_errors, purchase_errors
from segkit.news.feasts import Span
from segkit.news.trading import Daily

AT: Final = "_at"
"""Column of a row's period, by its place among the periods."""
_BEFORE: Final = -1
"""Place of days before the first period."""


@dataclass(frozen=True)
class Histories:
    """Sums by period.

    Attributes:
        ends: last days of the periods, oldest first, the report's own last.
        sums: by name, one a period: period_revenue, period_orders, period_buyers, under_contract, recurring, begun, ended.
            Amounts in minor units; NaN where the data do not reach.
        daily: period_revenue and period_orders by day, over the same time.
        errors: standard errors of the last period's period_revenue, period_orders and period_buyers, on account of who
            happened to buy; and of the last changes of under_contract and recurring, on account of whose contracts
            happened to begin, change and end.
    """

    ends: tuple[dt.date, ...]
    sums: Mapping[str, tuple[float, ...]]
    daily: Mapping[str, Daily]
    errors: Mapping[str, SamplingError]


def histories(base: CustomerBase) -> Histories:
    """Return the sums by period that the tables of a customer base give."""
    ends = history_ends(base)
    spans = tuple((period_ending(end, base.options.period).start, end) for end in ends)
    sums: dict[str, tuple[float, ...]] = {}
    daily: dict[str, Daily] = {}
    errors: dict[str, SamplingError] = {}
    if "transactions" in base.dataset.tables:
        days = base.daily_purchases()
        daily, since = _by_day(base, days, spans)
        for name, of in daily.items():
            sums[name] = tuple(_sums_of(of, span) for span in spans)
        sums["period_buyers"] = _buyers(base, days, spans)
        errors = purchase_errors(base, days, spans)
        sums = {name: _unknown_before(since, spans, values) for name, values in sums.items()}
    if "subscriptions" in base.dataset.tables:
        sums |= _contracts(base, spans)
        errors |= contract_errors(base, spans)
    return Histories(ends, sums, daily, errors)


def placed(day: ir.DateValue, spans: tuple[Span, ...]) -> ir.IntegerValue:
    """Return the place of the period that a day is in: −1 for all days before the first; none after the last.

    Args:
        day: of a row.
        spans: periods, each beginning the day after the one before it.
    """
    first, last = spans[0][0], spans[-1][1]
    at = _step(day, spans)
    return cast(
        ir.IntegerValue,
        ibis.cases(
            (day < ibis.date(first), ibis.literal(_BEFORE, "int64")),
            (day <= ibis.date(last), at),
            else_=ibis.null("int64"),
        ),
    )


def _step(day: ir.DateValue, spans: tuple[Span, ...]) -> ir.IntegerValue:
    first = spans[0][0]
    lengths = {(end - start).days + 1 for start, end in spans}
    if len(lengths) == 1:
        since = day.delta(ibis.date(first), unit="day").cast("float64")
        return cast(ir.IntegerValue, (since / float(lengths.pop())).floor().cast("int64"))
    if len({start.day for start, _ in spans}) == 1:
        months = day.year().cast("int64") * 12 + day.month().cast("int64") - (first.year * 12 + first.month)
        early = (day.day() < first.day).ifelse(1, 0) if first.day > 1 else ibis.literal(0, "int64")
        return cast(ir.IntegerValue, months - early.cast("int64"))
    # a month up to the 30th begins on the 31st, on the 1st or on the 2nd: by its last day
    return cast(
        ir.IntegerValue,
        ibis.cases(*((day <= ibis.date(end), at) for at, (_, end) in enumerate(spans)), else_=ibis.null("int64")),
    )


def _collected(base: CustomerBase, table: ir.Table) -> pd.DataFrame:
    return base.dataset.engine.collect(table)


def _by_day(base: CustomerBase, days: ir.Table, spans: tuple[Span, ...]) -> tuple[dict[str, Daily], dt.date]:
    """Compute sums by day, and the day from which on the purchases are known."""
    first, last = spans[0][0], spans[-1][1]
    before = first - dt.timedelta(1)
    seen = days.filter(days.day <= ibis.date(last))
    # all earlier days as one: whether there is any says whether the table reaches back over the first period
    by = seen.group_by(at=ibis.greatest(seen.day, ibis.date(before))).aggregate(
        period_revenue=seen.revenue.sum(), period_orders=seen.orders.sum()
    )
    frame = _collected(base, by)
    place = np.array([(pd.Timestamp(day).date() - first).days for day in frame["at"]], dtype=np.int64)
    within = place >= 0
    found = {}
    for name in ("period_revenue", "period_orders"):
        totals = np.zeros((1, (last - first).days + 1))
        totals[0, place[within]] = frame[name].to_numpy(dtype="float64")[within]
        found[name] = Daily(first, totals)
    return found, first + dt.timedelta(int(place.min())) if len(place) else last


def _sums_of(daily: Daily, span: Span) -> float:
    start = (span[0] - daily.first).days
    return float(daily.totals[0, start : (span[1] - daily.first).days + 1].sum())


def _buyers(base: CustomerBase, days: ir.Table, spans: tuple[Span, ...]) -> tuple[float, ...]:
    bought = days.filter(days.orders > 0)
    at = bought.mutate(**{AT: placed(bought.day, spans)})
    # between two months that do not touch may lie a day
    gaps = [before + dt.timedelta(1) for (_, before), (start, _) in pairwise(spans) if (start - before).days > 1]
    seen = at.filter(at[AT] >= 0, *(at.day != ibis.date(day) for day in gaps))
    by = seen.group_by(AT).aggregate(n=seen.customer_id.nunique())
    return _in_order(_collected(base, by).set_index(AT)["n"], len(spans))


def _unknown_before(since: dt.date, spans: tuple[Span, ...], values: tuple[float, ...]) -> tuple[float, ...]:
    """Set NaN for periods that the purchases do not reach back over; the report's own is known whatever it holds."""
    known = [start >= since for start, _ in spans[:-1]] + [True]
    return tuple(value if there else math.nan for value, there in zip(values, known, strict=True))


def _in_order(found: pd.Series, many: int) -> tuple[float, ...]:
    return tuple(float(value) for value in found.reindex(range(many)).fillna(0))


def _contracts(base: CustomerBase, spans: tuple[Span, ...]) -> dict[str, tuple[float, ...]]:
    """Compute stocks from beginnings and ends: what ran at a period's end is what had begun less what had ended."""
    rows = with_spells(base.dataset.tables["subscriptions"])
    amount = rows.recurring_amount.fill_null(0) if "recurring_amount" in rows.columns else ibis.literal(0, "int64")
    rows = rows.select("customer_id", "start", "end", "spell_end", amount=amount.cast("int64"))
    rows = rows.filter(rows.start <= ibis.date(spans[-1][1]))
    whole = _islands(rows)
    zero = ibis.literal(0, "int64")

    def part(table: ir.Table, day: ir.DateValue, **sums: ir.IntegerValue) -> ir.Table:
        at = table.mutate(**{AT: placed(day, spans), **sums})
        seen = at.filter(at[AT].notnull())
        names = ("up", "down", "begun", "ended", "amount_up", "amount_down")
        return seen.group_by(AT).aggregate(
            **{name: (seen[f"_{name}"].sum() if f"_{name}" in sums else zero).cast("int64") for name in names}
        )

    one = ibis.literal(1, "int64")
    # whoever left twice in a period is one customer who left
    left = rows.filter(rows.spell_end.notnull())
    left = left.group_by("customer_id", period_left=placed(left.spell_end, spans)).aggregate(day=left.spell_end.max())
    parts = (
        part(whole, whole.start, _up=one, _begun=whole.first.cast("int64")),
        part(whole, whole.end, _down=one),
        part(left, left.day, _ended=one),
        part(rows, rows.start, _amount_up=rows.amount),
        part(rows, rows.end, _amount_down=rows.amount),
    )
    frame = _collected(base, ibis.union(*parts)).astype("int64").groupby(AT).sum()
    frame = frame.reindex(range(_BEFORE, len(spans))).fillna(0)
    # before the first end that is known, those who had left are not in the data
    seen = frame.index[frame["down"] > 0]
    since = len(spans) - 1 if not len(seen) else 0 if seen[0] == _BEFORE else min(int(seen[0]) + 1, len(spans) - 1)
    running = (frame["up"] - frame["down"]).cumsum()
    recurring = (frame["amount_up"] - frame["amount_down"]).cumsum()
    found = {"under_contract": running, "recurring": recurring, "begun": frame["begun"], "ended": frame["ended"]}
    told = {name: _in_order(series, len(spans)) for name, series in found.items()}
    return {
        name: values if name == "begun" else (*[math.nan] * since, *values[since:]) for name, values in told.items()
    }


def _islands(rows: ir.Table) -> ir.Table:
    """Return a row for each time a customer was under contract without a gap: start, end, whether it is the first."""
    never = ibis.date(9999, 12, 31)
    open_end = rows.mutate(last=ibis.coalesce(rows.end, never))
    order = [open_end.start, open_end.last]
    reach = open_end.mutate(
        reach=open_end.last.max().over(ibis.cumulative_window(group_by=open_end.customer_id, order_by=order))
    )
    lagged = reach.mutate(
        so_far=reach.reach.lag().over(group_by=reach.customer_id, order_by=[reach.start, reach.last])
    )
    marked = lagged.mutate(opens=(lagged.so_far.isnull() | (lagged.start > lagged.so_far)).ifelse(1, 0))
    numbered = marked.mutate(
        number=marked.opens.sum().over(
            ibis.cumulative_window(group_by=marked.customer_id, order_by=[marked.start, marked.last])
        )
    )
    one = numbered.group_by("customer_id", "number").aggregate(start=numbered.start.min(), last=numbered.last.max())
    return one.select(
        start=one.start,
        end=(one["last"] == never).ifelse(ibis.null("date"), one["last"]),
        first=(one.number == 1).ifelse(1, 0),
    )
