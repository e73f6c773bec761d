"""Fractions in whole millionths, as engines add them up: a sum of whole numbers does not depend on the order of rows."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

MICRO: Final = 1e6
"""What a sum of `micro` is divided by."""


def micro(fraction: ir.NumericValue) -> ir.IntegerValue:
    """Return a fraction in whole millionths."""
    return (fraction * MICRO + 0.5).floor().cast("int64")
