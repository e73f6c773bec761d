"""What customers spend on: the share of each of the largest product categories in their purchases."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from pydantic import BaseModel, ConfigDict, Field

from segkit.customers.bought import BOUGHT
from segkit.segments.kinds.purchased import purchases_by
from segkit.segments.kinds.segmentation_kind import Context

PAYER = "_payer"


class CategoryMix(BaseModel):
    """The categories whose shares are looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field(default="category", description="of the table transactions, or of products")
    most: int = Field(default=6, ge=2, le=20, description="the largest categories by gross revenue")

    def largest(self, customers: ir.Table, context: Context) -> tuple[str, ...]:
        """Return the categories with the largest gross revenue by the customer table's date, in that order."""
        rows = purchases_by(customers, self.column, context, "clusters, `mix`")
        sums = rows.filter(rows[BOUGHT].notnull()).group_by(BOUGHT).aggregate(paid=rows.amount.sum())
        top = sums.order_by(ibis.desc("paid"), BOUGHT).limit(self.most)
        return tuple(str(name) for name in context.engine.collect(top)[BOUGHT])

    def sums(self, customers: ir.Table, categories: Sequence[str], context: Context) -> ir.Table:
        """Add up purchases by customer.

        The columns are `_payer`, `_all`, and `_m0`, `_m1` … for each category, in minor units, with one row per
        customer who bought.
        """
        rows = purchases_by(customers, self.column, context, "clusters, `mix`")
        parts = {f"_m{i}": rows.amount.sum(where=rows[BOUGHT] == name) for i, name in enumerate(categories)}
        return rows.group_by(**{PAYER: rows.customer_id}).aggregate(_all=rows.amount.sum(), **parts)
