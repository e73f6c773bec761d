"""Key figures that the dataset file states, computed with one query per table for all period ends."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.periods import period_ending
from segkit.customers.timeline import history_ends
from segkit.data.scaled import MICRO, micro
from segkit.kpis.measure.figure_histories import AT
from segkit.kpis.measure.judged import SCALES
from segkit.kpis.measure.own_reading import (
    SECTION,
    Drawn,
    Rows,
    condition,
    customer_rows,
    read_figures,
    source_rows,
)
from segkit.kpis.options import ROWS
from segkit.kpis.records import KeyFigure
from segkit.news.page_judgement import Series

_FIRST: Final = "_first"
_ALL_PERIODS: Final = -1

Sums = Mapping[str, Any]


@dataclass(frozen=True)
class OwnValues:
    """Key figures of the dataset file.

    Attributes:
        figures: in its order.
        histories: by key, over more periods than a page shows: of those whose table's rows tell them. A figure of the
            customer table is known as of the page's periods.
    """

    figures: tuple[KeyFigure, ...] = ()
    histories: Mapping[str, Series] = field(default_factory=dict)


def own_figures(base: CustomerBase, only: Collection[str] = ()) -> OwnValues:
    """Compute the key figures of the section `key_figures` of the dataset file, in its order.

    A figure is not known where it would reveal fewer customers than the base shows, whether counted or left out.

    Args:
        base: the customers.
        only: the keys of the figures wanted; empty for all.

    Raises:
        ParameterError: figures do not fit their tables; the message lists every mistake.
    """
    dataset = base.dataset
    told = {key: one for key, one in (dataset.spec.section(SECTION) or {}).items() if not only or key in only}
    if not told:
        return OwnValues()
    drawn = read_figures(
        dataset, told, lambda of: customer_rows(base) if of == "customers" else source_rows(dataset, of)
    )
    values: dict[str, dict[dt.date, float | None]] = {}
    for of in dict.fromkeys(figure.told.of for figure in drawn):
        mine = [figure for figure in drawn if figure.told.of == of]
        sums = _of_customers(base, mine) if of == "customers" else _of_rows(base, of, mine)
        for number, figure in enumerate(mine):
            values[figure.key] = {end: _value(base, figure, number, found) for end, found in sums.items()}
    asked = (*base.missing_ends, *base.ends)
    ends = history_ends(base)
    figures = tuple(
        KeyFigure.of(
            figure.key,
            label=figure.label,
            unit=figure.unit,
            better=figure.told.better,
            dates=asked,
            values=[values[figure.key].get(end) for end in asked],
            definition=figure.definition(base.options.period),
            stock=figure.told.of == "customers" and figure.told.operation in ("sum", "count"),
        )
        for figure in drawn
    )
    return OwnValues(
        figures,
        {
            figure.key: Series(tuple(values[figure.key].get(end) for end in ends), SCALES[figure.unit])
            for figure in drawn
            if figure.told.of != "customers"
        },
    )


def _of_customers(base: CustomerBase, figures: list[Drawn]) -> dict[dt.date, Sums]:
    """Return sums over the customer table as of every period end."""
    amounts = customer_rows(base).amounts
    parts = []
    for place, end in enumerate(base.ends):
        rows = Rows("customers", base.customers(end), amounts)
        sums = _all_sums(base, figures, rows)
        parts.append(rows.table.aggregate(**sums).mutate(**{AT: ibis.literal(place, "int64")}))
    frame = base.dataset.engine.collect(ibis.union(*parts) if len(parts) > 1 else parts[0])
    return {base.ends[int(row[AT])]: row for row in _records(frame)}


def _of_rows(base: CustomerBase, of: str, figures: list[Drawn]) -> dict[dt.date, Sums]:
    """Return sums over the rows of every period, without the periods that the table does not reach back over."""
    source = source_rows(base.dataset, of)
    table = source.table
    day = _day(of, table)
    ends = tuple(dict.fromkeys((*history_ends(base), *base.ends)))
    spans = [(period_ending(end, base.options.period).start, end) for end in ends]
    within = [(day.between(ibis.date(start), ibis.date(end)), place) for place, (start, end) in enumerate(spans)]
    placed = table.mutate(**{AT: ibis.cases(*within, else_=ibis.null("int64"))})
    seen = placed.filter(placed[AT].notnull())
    rows = Rows(of, _as_of_period(of, seen, ends), source.amounts)
    sums = _all_sums(base, figures, rows)
    periods = rows.table.group_by(AT).aggregate(**sums, **{_FIRST: ibis.null("date")})
    # how far the table reaches back, in the same query
    nothing = {name: ibis.literal(0).cast(periods[name].type()) for name in sums}
    whole = table.aggregate(**{_FIRST: day.min()}).mutate(**nothing, **{AT: ibis.literal(_ALL_PERIODS, "int64")})
    columns = (AT, _FIRST, *sums)
    both = ibis.union(periods.mutate(**{AT: periods[AT].cast("int64")}).select(*columns), whole.select(*columns))
    found = {int(row[AT]): row for row in _records(base.dataset.engine.collect(both))}
    first = found[_ALL_PERIODS][_FIRST]
    reached = None if first is None or pd.isna(first) else pd.Timestamp(first).date()
    none = dict.fromkeys(sums, 0)
    return {
        end: found.get(place, none)
        for place, (start, end) in enumerate(spans)
        if end == base.as_of or (reached is not None and reached <= start)
    }


def _day(of: str, table: ir.Table) -> ir.DateValue:
    """Return the day of a row, in the dataset's time zone."""
    if of == "transactions":
        return cast(ir.DateValue, table["day"])
    return cast(ir.DateValue, table["start"] if of == "subscriptions" else table["time"].date())


def _as_of_period(of: str, rows: ir.Table, ends: tuple[dt.date, ...]) -> ir.Table:
    """Return the rows as they were known at the end of their period, when a contract's later end was not known."""
    if of != "subscriptions":
        return rows
    until = ibis.cases(
        *((rows[AT] == place, ibis.date(end)) for place, end in enumerate(ends)), else_=ibis.null("date")
    )
    known = (rows["end"] <= until).fill_null(False)
    masked = {
        name: known.ifelse(rows[name], ibis.null(rows[name].type()))
        for name in ("end", "end_reason")
        if name in rows.columns
    }
    return rows.mutate(**masked)


def _all_sums(base: CustomerBase, figures: list[Drawn], rows: Rows) -> dict[str, ir.Value]:
    return {
        f"f{number}_{part}": value
        for number, figure in enumerate(figures)
        for part, value in _sums(base, figure, rows).items()
    }


def _sums(base: CustomerBase, figure: Drawn, rows: Rows) -> dict[str, ir.Value]:
    """Return `over` and `under`, whose quotient a figure is (`over` alone for sums and counts), and the customers
    behind it.
    """
    told, table = figure.told, rows.table
    taken = condition(base.dataset, figure.key, told, "where", rows) if told.where else None
    columns = told.ratio or tuple(name for name in (told.sum, told.mean) if name)
    used = taken
    for name in columns:
        known = table[name].notnull()
        used = known if used is None else used & known
    sums: dict[str, ir.Value] = {}
    match told.operation:
        case "sum":
            sums["over"] = _sum(table, told.sum, used)
        case "mean":
            sums["over"], sums["under"] = _sum(table, told.mean, used), table.count(where=used)
        case "ratio":
            sums["over"], sums["under"] = (_sum(table, name, used) for name in told.ratio)
        case "count":
            sums["over"] = _count(table, told.count, used)
        case "share":
            holds = condition(base.dataset, figure.key, told, "share", rows)
            inside = holds if used is None else used & holds
            sums["over"], sums["under"] = _count(table, told.count, inside), _count(table, told.count, used)
            sums["behind"] = _customers(rows, inside)
            sums["beside"] = _customers(rows, ~holds if used is None else used & ~holds)
            return sums
    sums["behind"] = _customers(rows, used)
    sums["beside"] = ibis.literal(0, "int64") if taken is None else _customers(rows, ~taken)
    return sums


def _sum(table: ir.Table, name: str, where: ir.BooleanValue | None) -> ir.Value:
    """Return a column's sum; fractions are whole millionths, since sums of floats depend on the order of rows."""
    column = cast(ir.NumericColumn, table[name])
    if isinstance(column, ir.IntegerValue):
        return column.cast("int64").sum(where=where).fill_null(0).cast("float64")
    return micro(column.cast("float64")).sum(where=where).fill_null(0).cast("float64") / MICRO


def _count(table: ir.Table, name: str, where: ir.BooleanValue | None) -> ir.Value:
    return table.count(where=where) if name in ("", ROWS) else table[name].nunique(where=where)


def _customers(rows: Rows, where: ir.BooleanValue | None) -> ir.Value:
    """Count the customers that these rows belong to."""
    return rows.table.count(where=where) if rows.of == "customers" else rows.table["customer_id"].nunique(where=where)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], frame.astype(object).where(frame.notna(), None).to_dict("records"))


def _value(base: CustomerBase, figure: Drawn, number: int, sums: Sums) -> float | None:
    """Return the figure of one period; None where it has none, or would reveal too few customers."""

    def part(name: str) -> float:
        return float(sums.get(f"f{number}_{name}") or 0)

    if any(0 < part(name) < base.smallest for name in ("behind", "beside")):
        return None
    scale = 10**base.dataset.spec.money.decimals
    over, under = part("over"), part("under")
    if figure.minor > 0:
        over /= scale
    elif figure.minor < 0:
        under /= scale
    if figure.told.operation in ("sum", "count"):
        return over
    found = over / under if under else math.nan
    return found if math.isfinite(found) else None
