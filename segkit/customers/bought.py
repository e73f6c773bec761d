"""What customers bought: purchases with a column of their own, or of the products in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import ibis.expr.types as ir

BOUGHT: Final = "_bought"


def with_bought(tables: Mapping[str, ir.Table], column: str) -> ir.Table | None:
    """Return the rows of transactions with `_bought`, the value of a column; NULL where it is not known.

    Args:
        tables: the tables of the dataset.
        column: a column of the table transactions, or else of products.

    Returns:
        The rows; None where there are no transactions, or neither table has the column.
    """
    rows, products = tables.get("transactions"), tables.get("products")
    if rows is None:
        return None
    if column in rows.columns:
        return rows.mutate(**{BOUGHT: rows[column]})
    if products is None or column not in products.columns or "product_id" not in rows.columns:
        return None
    known = products.select(_product=products.product_id, **{BOUGHT: products[column]})
    return rows.left_join(known, rows.product_id == known["_product"])
