"""Amounts become whole minor units: exact for decimals and text, half away from zero, the same on every engine."""

from __future__ import annotations

from typing import Final, cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

LARGEST: Final = 10**15
"""Largest amount in minor units. Beyond, floats no longer tell one cent from the next, and sums leave 64 bits."""


def to_minor_units(value: ir.NumericValue, decimals: int) -> ir.IntegerValue:
    """Convert major units to whole minor units, rounded half away from zero.

    Engines round differently and floats cannot hold 1.005: a float within two parts in 10^16 of a half, the error of
    reading and scaling it, counts as one, which is what its writer saw.

    Args:
        value: whole numbers, floats or decimals in major units.
        decimals: of the currency.

    Returns:
        Minor units; NULL for NULL, for what is not a number, and beyond LARGEST.
    """
    kind = value.type()
    if isinstance(kind, dt.Integer):
        largest = LARGEST // 10**decimals
        inside = (value >= -largest) & (value <= largest)
        return cast(ir.IntegerValue, inside.ifelse(value.cast("int64"), ibis.null("int64")) * 10**decimals)
    kept = _scaled(value, decimals)
    size = (kept.abs() * (1.0 + 2.0**-52) + 0.5).floor()
    return cast(ir.IntegerValue, (kept < 0).ifelse(-size, size).cast("int64"))


def text_to_minor_units(text: ir.StringValue, decimals: int) -> ir.IntegerValue:
    """Convert text to whole minor units on the embedded engine, read as a decimal so that every digit counts."""
    exact = cast(ir.DecimalValue, text.try_cast(f"decimal(18, {decimals})"))
    largest = LARGEST // 10**decimals
    # the text stands here twice and not more often: what it is read from is long, and would be written out each time
    inside = exact.abs() <= largest
    return cast(ir.IntegerValue, (inside.ifelse(exact, ibis.null(exact.type())) * 10**decimals).cast("int64"))


def has_more_decimals(value: ir.NumericValue, decimals: int) -> ir.BooleanValue:
    """Return whether an amount has more decimals than the dataset keeps."""
    kind = value.type()
    if isinstance(kind, dt.Integer):
        return ibis.literal(False)
    scaled = _scaled(value, decimals)
    return cast(ir.BooleanValue, ((scaled - (scaled + 0.5).floor()).abs() > 1e-4).fill_null(False))


def _scaled(value: ir.NumericValue, decimals: int) -> ir.FloatingValue:
    """Return minor units as a float; NULL where it is no number or beyond LARGEST, since `floor` casts to whole
    numbers.
    """
    scaled = cast(ir.FloatingValue, value.cast("float64") * float(10**decimals))
    inside = scaled.abs() <= float(LARGEST)
    if isinstance(value.type(), dt.Floating):
        inside = inside & ~(scaled.isnan() | scaled.isinf())
    return cast(ir.FloatingValue, inside.ifelse(scaled, ibis.null("float64")))
