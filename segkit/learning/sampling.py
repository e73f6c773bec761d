"""A sample of customers that every engine draws alike, and that is the same whatever the order of rows.

Engines' own hashes differ, so each id gets a number from its characters: the same customers are drawn on every day, and
a customer's rows of several days are drawn together.
"""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

CODES: Final = 1_000_003
"""Numbers of customers lie from 0 to one below this prime."""
_CHARACTERS: Final = 12
_BASE: Final = 257
_SPREAD: Final = 611_953


def customer_code(customer_id: ir.StringValue | ir.IntegerValue) -> ir.IntegerValue:
    """A number from 0 to CODES − 1 from an id (of a text, the last twelve characters): it spreads neighbours.

    It is not an id: other customers may have the same.
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
    """About so many of a table's rows, by the column `code`; all where there are not more.

    Args:
        table: has `code`.
        rows: how many there are.
        wanted: how many are wanted, on average.
    """
    if rows <= wanted:
        return table
    return table.filter(table.code < int(CODES * wanted / rows))
