"""Rows of a list without an id: each is a customer of its own, and has a number."""

from __future__ import annotations

from dataclasses import replace

import ibis

from segkit.data.copies import unused
from segkit.data.sources import Source

_ID = "customer_id"


def with_numbers(source: Source) -> Source:
    """Return a source with a `customer_id` more, from 1, in the order of all its columns.

    The order of rows in a file is not that in which an engine reads them. Rows that are the same in all columns may change
    places, and nobody can tell them apart.
    """
    rows = source.table
    number = ibis.row_number().over(ibis.window(order_by=[rows[name] for name in source.columns.values()])) + 1
    helper = unused("number", rows.columns)
    return replace(
        source,
        table=rows.mutate(**{helper: number.cast("int64")}),
        columns={**source.columns, _ID: helper},
    )
