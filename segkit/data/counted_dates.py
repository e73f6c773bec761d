"""Dates that are numbers: seconds since 1970, or the days that a spreadsheet counts. The dataset file says which."""

from __future__ import annotations

import re
from typing import Final, cast

import ibis
import ibis.expr.types as ir

COUNTED: Final = ("epoch_seconds", "epoch_milliseconds", "excel")
"""Words for `date_format` that are no patterns: what a number counts, and from which day."""


def counted(number: ir.FloatingValue, word: str) -> ir.Value:
    """Return the moment that a number counts, without a zone; NULL beyond any date of a customer.

    Args:
        number: as found.
        word: one of `COUNTED`.
    """
    if word == "excel":
        inside, seconds = number.between(1, 110_000), (number - 25_569.0) * 86_400.0
    else:
        seconds = number / 1000.0 if word == "epoch_milliseconds" else number
        inside = seconds.between(-2_300_000_000, 7_300_000_000)
    millis = (inside.ifelse(seconds, ibis.null("float64")) * 1e3).round().cast("int64")
    return cast(ir.IntegerValue, millis).as_timestamp("ms")  # DuckDB knows no finer unit here


def is_counted(values: list[str]) -> str:
    """Return which word of `COUNTED` numbers look like; empty where like none.

    >>> is_counted(["1703376000"]), is_counted(["1703376000123"]), is_counted(["45284", "45285.5"]), is_counted(["7"])
    ('epoch_seconds', 'epoch_milliseconds', 'excel', '')
    """
    looks = (
        ("excel", r"[234]\d{4}(\.\d+)?|5[0-4]\d{3}(\.\d+)?"),
        ("epoch_seconds", r"[1-9]\d{8,9}(\.\d+)?"),
        ("epoch_milliseconds", r"1\d{12}"),
    )
    return next((word for word, pattern in looks if all(re.fullmatch(pattern, value) for value in values)), "")
