"""What was drawn: customers one by one, or clusters of them, such as households and stores."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.errors import ParameterError

CLUSTER: Final = "cluster"
CLUSTER_KNOWN: Final = "cluster_known"


def with_cluster(table: ir.Table, known: ir.Table) -> ir.Table:
    """Add every customer's cluster to the campaign's table. A customer without a cluster becomes a cluster alone.

    Args:
        table: customer_id and more.
        known: customer_id and `cluster`, at most one row per customer.
    """
    joined = table.left_join(known, "customer_id", rname="{name}_beside").drop("customer_id_beside")
    alone = ibis.literal("customer ") + joined.customer_id.cast("string")
    named = ibis.literal("cluster ") + joined[CLUSTER].cast("string")
    return joined.mutate(
        **{CLUSTER_KNOWN: joined[CLUSTER].notnull().ifelse(1, 0), CLUSTER: ibis.coalesce(named, alone)}
    )


def cluster_column(name: str, contacts: ir.Table, customers: ir.Table) -> ir.Table | None:
    """Return customer_id and `cluster`, from a column of the customer table, or from contacts.cluster where no name
    is given.

    Raises:
        ParameterError: customers have no such column.
    """
    if name:
        if name not in customers.columns or name == "customer_id":
            raise ParameterError(
                f"cluster: customers have no column `{name}`. There are: {', '.join(customers.columns[:40])}."
            )
        return customers.select("customer_id", **{CLUSTER: customers[name].cast("string")})
    if CLUSTER not in contacts.columns:
        return None
    return contacts.select("customer_id", **{CLUSTER: contacts[CLUSTER].cast("string")})
