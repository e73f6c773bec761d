"""Amounts in several currencies: each row's money in the dataset's currency, by a stated rate, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

import ibis
import ibis.expr.types as ir

from segkit.data.checks import Fault
from segkit.data.money import to_minor_units
from segkit.data.reading import Reading
from segkit.data.spec import DatasetSpec

CURRENCY: Final = "currency"
_MONEY: Final = ("amount", "refund", "cost", "margin")


def in_own_currency(readings: Mapping[str, Reading], spec: DatasetSpec) -> dict[str, Reading]:
    """Return the readings with all money in the dataset's currency; NULL where a row's currency has no rate."""
    if CURRENCY not in readings:
        return dict(readings)
    rate = _rate(readings, spec)
    found = dict(readings)
    for name in _MONEY:
        if name in found:
            value = cast(ir.IntegerValue, found[name].value)
            major = value.cast("float64") / float(10**spec.decimals) * rate
            own = cast(ir.FloatingValue, rate) == 1.0
            found[name] = replace(found[name], value=own.ifelse(value, to_minor_units(major, spec.decimals)))
    return found


def without_rate(readings: Mapping[str, Reading], spec: DatasetSpec) -> dict[str, ir.BooleanValue]:
    """Return the condition on rows whose money cannot be converted, by its reason."""
    if CURRENCY not in readings:
        return {}
    rated = [code for code in spec.rates if code != spec.currency]
    known = f"{spec.currency} and {', '.join(rated)}" if rated else spec.currency
    reason = f"in a currency other than {known}, or before its first rate (`rates`)"
    return {reason: cast(ir.BooleanValue, _rate(readings, spec).isnull())}


def of_no_currency(typed: ir.Table) -> list[Fault]:
    """Return the remark on rows with money and without a currency, which are taken to be in the dataset's own."""
    if CURRENCY not in typed.columns:
        return []
    empty = (typed[CURRENCY].isnull() & typed["amount"].notnull()).fill_null(False)
    return [Fault("amount without a currency, taken to be in the dataset's own", cast(ir.BooleanValue, empty), False)]


def _rate(readings: Mapping[str, Reading], spec: DatasetSpec) -> ir.Value:
    code = cast(ir.StringValue, readings[CURRENCY].value.cast("string")).strip().upper().fill_null(spec.currency)
    day = cast(ir.TimestampValue, readings["time"].value).date()
    branches: list[tuple[ir.Value, ir.Value]] = [(code == spec.currency, ibis.literal(1.0, "float64"))]
    for currency, rate in spec.rates.items():
        if currency == spec.currency:
            continue
        by_day: dict[dt.date, float] = rate if isinstance(rate, dict) else {}
        if not by_day and isinstance(rate, float):
            branches.append((code == currency, ibis.literal(rate, "float64")))
        branches.extend(
            ((code == currency) & (day >= ibis.date(first)), ibis.literal(by_day[first], "float64"))
            for first in sorted(by_day, reverse=True)
        )
    return ibis.cases(*branches, else_=ibis.null("float64"))
