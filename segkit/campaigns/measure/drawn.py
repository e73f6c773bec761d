"""What was drawn: customers one by one, or groups of them, such as households and stores."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.errors import ParameterError

DRAWN_GROUP: Final = "drawn_group"
DRAWN_GROUP_KNOWN: Final = "drawn_group_known"


def with_drawn_group(table: ir.Table, known: ir.Table) -> ir.Table:
    """Add every customer's group to the campaign's table. A customer without a group becomes a group alone.

    Args:
        table: customer_id and more.
        known: customer_id and `drawn_group`, at most one row per customer.
    """
    joined = table.left_join(known, "customer_id", rname="{name}_beside").drop("customer_id_beside")
    alone = ibis.literal("customer ") + joined.customer_id.cast("string")
    named = ibis.literal("group ") + joined[DRAWN_GROUP].cast("string")
    return joined.mutate(
        **{DRAWN_GROUP_KNOWN: joined[DRAWN_GROUP].notnull().ifelse(1, 0), DRAWN_GROUP: ibis.coalesce(named, alone)}
    )


def drawn_group_column(name: str, contacts: ir.Table, customers: ir.Table) -> ir.Table | None:
    """Return customer_id and `drawn_group`, from a column of the customer table, or from contacts.drawn_group where no name
    is given.

    Raises:
        ParameterError: customers have no such column.
    """
    if name:
        if name not in customers.columns or name == "customer_id":
            raise ParameterError(
                f"drawn_by: customers have no column `{name}`. There are: {', '.join(customers.columns[:40])}."
            )
        return customers.select("customer_id", **{DRAWN_GROUP: customers[name].cast("string")})
    if DRAWN_GROUP not in contacts.columns:
        return None
    return contacts.select("customer_id", **{DRAWN_GROUP: contacts[DRAWN_GROUP].cast("string")})
