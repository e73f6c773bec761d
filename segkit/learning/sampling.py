"""Samples of customers that every engine draws alike, whatever the order of rows.

Hash functions differ between engines, so each id gets a number from its characters. The same customers are drawn on
every day, and a customer's rows of several days are drawn together.
"""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

CODES: Final = 1_000_003
"""The prime below which customers' numbers lie, from 0 on."""
_CHARACTERS: Final = 12
_BASE: Final = 257
_SPREAD: Final = 611_953


def customer_code(customer_id: ir.StringValue | ir.IntegerValue) -> ir.IntegerValue:
    """Return a number from 0 to CODES − 1 for an id, so that neighbours are spread. Of a text, the last twelve
    characters count.

    The number is not an id: other customers may have the same.
    """
    if isinstance(customer_id, ir.IntegerValue):
        return (customer_id.cast("int64").abs() % CODES * _SPREAD) % CODES
    tail = customer_id.right(_CHARACTERS)
    code: ir.IntegerValue = customer_id.length().cast("int64")
    for place in range(_CHARACTERS):
        letter = tail.substr(place, 1).ascii_str().cast("int64").fill_null(0)
        code = (code * _BASE + letter) % CODES
    return (code * _SPREAD) % CODES


def sampled(table: ir.Table, rows: int, wanted: int) -> ir.Table:
    """Return about as many rows of a table as wanted, by the column `code`; all rows where there are not more.

    Args:
        table: a table with the column `code`.
        rows: how many rows it has.
        wanted: how many rows to return, on average.
    """
    if rows <= wanted:
        return table
    return table.filter(table.code < int(CODES * wanted / rows))
