"""What customers spend on: the share of each of the largest product categories in their purchases."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from pydantic import BaseModel, ConfigDict, Field

from segkit.errors import DataError, ParameterError
from segkit.segmentation.base import Context
from segkit.specfile import suggestion

PAYER = "_payer"


class CategoryMix(BaseModel):
    """Which categories are looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field(default="category", description="of the table transactions, or of products")
    most: int = Field(default=6, ge=2, le=20, description="the largest categories by gross revenue")

    def largest(self, customers: ir.Table, context: Context) -> tuple[str, ...]:
        """The categories with the largest gross revenue by the customer table's date, in that order."""
        rows = self._purchases(customers, context)
        sums = rows.filter(rows["_category"].notnull()).group_by("_category").aggregate(paid=rows.amount.sum())
        top = sums.order_by(ibis.desc("paid"), "_category").limit(self.most)
        return tuple(str(name) for name in context.engine.collect(top)["_category"])

    def sums(self, customers: ir.Table, categories: Sequence[str], context: Context) -> ir.Table:
        """A row a customer who bought: `_payer`, `_all`, and `_m0`, `_m1` … for each category; minor units."""
        rows = self._purchases(customers, context)
        parts = {f"_m{i}": rows.amount.sum(where=rows["_category"] == name) for i, name in enumerate(categories)}
        return rows.group_by(**{PAYER: rows.customer_id}).aggregate(_all=rows.amount.sum(), **parts)

    def _purchases(self, customers: ir.Table, context: Context) -> ir.Table:
        """Purchases of these customers by their date: customer_id, amount, _category."""
        if "transactions" not in context.tables:
            raise DataError("segmentation of kind clusters: `mix` needs the table transactions.")
        rows = context.tables["transactions"]
        products = context.tables.get("products")
        if self.column in rows.columns:
            bought = rows.mutate(_category=rows[self.column].cast("string"))
        elif products is not None and "product_id" in rows.columns and self.column in products.columns:
            known = products.select(_product=products.product_id, _category=products[self.column].cast("string"))
            bought = rows.left_join(known, rows.product_id == known["_product"])
        else:
            there = [*rows.columns, *(products.columns if products is not None else ())]
            raise ParameterError(
                f"segmentation of kind clusters, `mix`: `column: {self.column}` is in neither of the tables "
                f"transactions and products.{suggestion(self.column, there)}"
            )
        bought = bought.filter(bought.is_purchase).select("customer_id", "day", "amount", "_category")
        mine = customers.select(_who=customers.customer_id, _until=customers.as_of)
        joined = bought.join(mine, bought.customer_id == mine["_who"])
        return joined.filter(joined.day <= joined["_until"]).select("customer_id", "amount", "_category")
