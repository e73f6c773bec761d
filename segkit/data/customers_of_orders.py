"""One file that holds orders and what is known of their customers: the last row of a customer says how they are now."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import ibis
import ibis.expr.types as ir

from segkit.data.reading import Reading
from segkit.data.sources import Source
from segkit.data.spec import TableSpec


def customers_table(orders: TableSpec) -> TableSpec:
    """Return what a dataset file would say of the customers, had it described them."""
    kept = {"format": orders.format, "path": orders.path, "table": orders.table, "query": orders.query}
    return TableSpec.model_construct(
        **(TableSpec().model_dump(exclude=set(kept) | {"columns", "attributes"}) | kept),
        columns={"customer_id": "customer_id"},
        attributes=orders.attributes,
    )


def customers_of(source: Source, who: Reading, when: Reading, as_of: ir.Value) -> Source:
    """Return one row for each customer who is seen by the as-of date: the last one by time, then by its other columns.

    Args:
        source: of the orders.
        who: the customer of each row.
        when: its time.
        as_of: the last day that is seen.
    """
    columns = [source.table[name] for name in source.columns.values()]
    rows = source.table.mutate(who_=who.value, when_=when.value)
    day = cast(ir.TimestampValue, rows["when_"]).date()
    rows = rows.filter(rows["who_"].notnull() & (day <= as_of).fill_null(False))
    place = ibis.row_number().over(
        ibis.window(
            group_by=[rows["who_"]],
            order_by=[rows["when_"].desc(), *(rows[column.get_name()] for column in columns)],
        )
    )
    last = rows.mutate(place_=place)
    last = last.filter(last["place_"] == 0).drop("place_", "when_")
    return replace(
        source,
        table=last,
        columns={**source.columns, "customer_id": "who_"},
        shown=f"{source.shown}, the last row of each customer",
        lines=None,
        header_lines=0,
        file=None,
        notes=(),
    )
