"""Purchases of customers, with a column of the purchases or of the products in them."""

from __future__ import annotations

import ibis.expr.types as ir

from segkit.customers.bought import BOUGHT, with_bought
from segkit.data.specfile import suggestion
from segkit.errors import DataError, ParameterError
from segkit.segments.kinds.segmentation_kind import Context


def purchases_by(customers: ir.Table, column: str, context: Context, where: str) -> ir.Table:
    """Return the purchases of these customers by their date, with the value of a column for each.

    Args:
        customers: a customer table. Purchases after its `as_of` are left out.
        column: a column of the table transactions, or of products.
        context: holds the tables.
        where: kind and option, for error messages.

    Returns:
        Columns customer_id, day, amount, order_id (where the dataset has order ids), and `_bought`: the column as
        text, NULL where it is not known.

    Raises:
        DataError: there is no table transactions.
        ParameterError: the column is in neither table.
    """
    if "transactions" not in context.tables:
        raise DataError(f"segmentation of kind {where} needs the table transactions.")
    rows = context.tables["transactions"]
    bought = with_bought(context.tables, column)
    if bought is None:
        products = context.tables.get("products")
        there = [*rows.columns, *(products.columns if products is not None else ())]
        raise ParameterError(
            f"segmentation of kind {where}: `column: {column}` is in neither of the tables "
            f"transactions and products.{suggestion(column, there)}"
        )
    names = ["customer_id", "day", "amount", *(["order_id"] if "order_id" in rows.columns else []), BOUGHT]
    bought = bought.mutate(**{BOUGHT: bought[BOUGHT].cast("string")})
    bought = bought.filter(bought.is_purchase).select(*names)
    mine = customers.select(_who=customers.customer_id, _until=customers.as_of)
    joined = bought.join(mine, bought.customer_id == mine["_who"])
    return joined.filter(joined.day <= joined["_until"]).select(*names)
