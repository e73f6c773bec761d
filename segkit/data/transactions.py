"""What a transaction row means: its signed amount, its margin, and whether it is a purchase.

Returns and cancellations are netted from revenue on the day they happen and are never an order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import ibis
import ibis.expr.types as ir

from segkit.data.checks import Fault
from segkit.data.currencies import in_own_currency, of_no_currency
from segkit.data.meant_rows import has_value
from segkit.data.money import has_more_decimals, to_minor_units
from segkit.data.reading import Reading
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec, TableSpec

AMOUNT = "amount"
REFUND = "refund"
RETURNED = "is_returned"
REFUNDED = "is_refunded"


def with_amount(readings: dict[str, Reading], spec: DatasetSpec) -> dict[str, Reading]:
    """Return the readings with `amount` in them: as given, or quantity × unit price; less what was given back, and in
    the dataset's currency.
    """
    return _less_refund(in_own_currency(_with_product(readings, spec), spec))


def with_states(readings: dict[str, Reading], source: Source, table: TableSpec) -> dict[str, Reading]:
    """Return the readings with what the values of other columns say: that a row is a return, or an order refunded.

    Raises:
        DataError: a column is not there.
    """
    found = dict(readings)
    for name, key, by_column in (
        (RETURNED, "returned_when", table.returned_when),
        (REFUNDED, "refunded_when", table.refunded_when),
    ):
        if by_column:
            condition = has_value(source, table, by_column, key)
            found[name] = Reading(condition, None, condition)
    return found


def _less_refund(readings: dict[str, Reading]) -> dict[str, Reading]:
    if AMOUNT not in readings:
        return readings
    amount = readings[AMOUNT]
    value, unreadable = cast(ir.IntegerValue, amount.value), amount.unreadable
    if REFUND in readings:
        refund = readings[REFUND]
        value = value - cast(ir.IntegerValue, refund.value).abs().fill_null(0)
        if refund.unreadable is not None:  # what is left of the amount is not known
            value = cast(ir.IntegerValue, refund.unreadable.ifelse(ibis.null("int64"), value))
    if REFUNDED in readings:
        refunded = cast(ir.BooleanValue, readings[REFUNDED].value) & value.notnull()
        value = cast(ir.IntegerValue, refunded.ifelse(0, value))
    return {**readings, AMOUNT: replace(amount, value=value, unreadable=unreadable)}


def _with_product(readings: dict[str, Reading], spec: DatasetSpec) -> dict[str, Reading]:
    if AMOUNT in readings or not {"quantity", "unit_price"} <= set(readings):
        return readings
    quantity = cast(ir.NumericValue, readings["quantity"].value)
    price = cast(ir.NumericValue, readings["unit_price"].value)
    product = quantity.cast("float64") * price.cast("float64")
    value = to_minor_units(product, spec.decimals)
    # examples are shown as their writer would compute them, without a float's last digits
    amount = Reading(
        value,
        product.notnull() & value.isnull(),
        product.round(spec.decimals + 4),
        has_more_decimals(product, spec.decimals),
    )
    return {**readings, AMOUNT: amount}


def transaction_faults(typed: ir.Table, spec: DatasetSpec) -> list[Fault]:
    """Return the faults that follow from the dataset's rules on returns."""
    cancelled, returned = is_cancelled(typed, spec), is_return(typed, spec)
    negative, zero = _sure(_amount(typed) < 0), _sure(_amount(typed) == 0)
    if cancelled is not None:
        negative, zero = negative & ~cancelled, zero & ~cancelled
    faults = []
    if spec.returns.negative_amounts == "set_aside":
        faults.append(Fault("negative amount", negative, True, AMOUNT))
    if spec.returns.zero_amounts == "set_aside":
        faults.append(Fault("zero amount", zero))
    faults.append(Fault("return or cancellation, netted from revenue", returned, False))
    faults.extend(of_no_currency(typed))
    if REFUND in typed.columns:
        given = _sure(cast(ir.IntegerValue, typed[REFUND]) != 0)
        faults.append(Fault("refund, taken off its amount", given, False))
    if REFUNDED in typed.columns:
        faults.append(Fault("order refunded by its status, counted as nothing", _sure(typed[REFUNDED]), False))
    if spec.returns.zero_amounts == "ignored":
        faults.append(Fault("purchase of nothing (its amount is zero), not counted as an order", zero, False))
    return faults


def is_cancelled(typed: ir.Table, spec: DatasetSpec) -> ir.BooleanValue | None:
    """Return whether the order's id says that it was cancelled; None if ids do not say so."""
    prefix = spec.returns.cancellation_prefix
    if not prefix or "order_id" not in typed.columns:
        return None
    order = cast(ir.StringValue, typed["order_id"].cast("string"))
    return _sure(order.startswith(prefix))


def is_return(typed: ir.Table, spec: DatasetSpec) -> ir.BooleanValue:
    """Return whether a row takes revenue back."""
    negative, cancelled = _sure(_amount(typed) < 0), is_cancelled(typed, spec)
    if RETURNED in typed.columns:
        negative = negative | _sure(typed[RETURNED])
    return negative if cancelled is None else cancelled | negative


def kept_columns(typed: ir.Table, spec: DatasetSpec) -> dict[str, ir.Value]:
    """Return the columns of the checked table.

    `amount` is signed (a cancelled row never adds revenue), `is_purchase` says whether the row can make an order,
    `day` is the business day.
    """
    given = _amount(typed)
    returned = is_return(typed, spec)
    amount = cast(ir.IntegerValue, returned.ifelse(-given.abs(), given))
    purchase = ~returned
    if spec.returns.zero_amounts != "orders":
        purchase = purchase & _sure(given > 0)
    columns: dict[str, ir.Value] = {
        "customer_id": typed["customer_id"],
        "day": cast(ir.TimestampValue, typed["time"]).date(),
        "time": typed["time"],
        AMOUNT: amount,
        "is_purchase": purchase,
    }
    if "margin" in typed.columns:
        columns["margin"] = typed["margin"]
    elif "cost" in typed.columns:
        columns["margin"] = amount - cast(ir.IntegerValue, typed["cost"])
    for name in ("order_id", "product_id", "category", "quantity", "channel", "store"):
        if name in typed.columns:
            columns[name] = typed[name]
    return columns


def _amount(typed: ir.Table) -> ir.IntegerValue:
    return cast(ir.IntegerValue, typed[AMOUNT])


def _sure(condition: ir.BooleanValue) -> ir.BooleanValue:
    """Return a condition that is false where it is unknown."""
    return cast(ir.BooleanValue, condition.fill_null(False))
