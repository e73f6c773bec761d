"""Customers whom a contact list names more than once: repeated in one arm, or in several.

When the data are read, one row per customer and campaign is kept. What the other rows said is looked up among those
that were set aside.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from segkit.data import Dataset


@dataclass(frozen=True)
class Repeats:
    """Repetitions in a campaign's list.

    Attributes:
        rows: how many rows of the campaign were read.
        repeated: how many rows name a customer of the same arm once more.
        several: how many customers are in more than one arm; nobody knows which one they got.
        customers: customer_id of those in several arms, in the engine; None where there are none.
    """

    rows: int
    repeated: int
    several: int
    customers: ir.Table | None


def campaign_repeats(dataset: Dataset, contacts: ir.Table, campaign_id: str) -> Repeats:
    """Compare the rows of a campaign that were set aside with those that were kept.

    Args:
        dataset: the opened dataset.
        contacts: the campaign's rows that were kept, one per customer.
        campaign_id: the campaign's id.

    Returns:
        What was repeated; rows dated after the as-of date are not counted. This takes one query, or none where no row
        of the list was set aside.
    """
    aside = dataset.set_aside.get("contacts")
    balance = next((t for t in dataset.quality.tables if t.table == "contacts"), None)
    if aside is None or balance is None or balance.rows_in == balance.rows_kept:
        return Repeats(0, 0, 0, None)
    aside = aside.filter(aside.campaign_id.cast("string") == campaign_id)
    if "time" in aside.columns:
        aside = aside.filter(aside.time.isnull() | (aside.time.date() <= ibis.date(dataset.as_of)))
    if "arm" not in aside.columns:
        aside, contacts = (table.mutate(arm=ibis.null("string")) for table in (aside, contacts))
    kept = contacts.select("customer_id", kept_arm=contacts.arm)
    both = aside.select("customer_id", "arm").join(kept, "customer_id")
    other = (both.arm != both.kept_arm).fill_null(False)
    counts = both.aggregate(
        repeated=other.ifelse(0, 1).sum().fill_null(0),
        several=other.ifelse(both.customer_id, None).nunique(),
        rows=both.count(),
    )
    found = dataset.engine.collect(counts.cross_join(kept.aggregate(kept=kept.count()))).iloc[0]
    several = int(found["several"])
    return Repeats(
        int(found["rows"]) + int(found["kept"]),
        int(found["repeated"]),
        several,
        both.filter(other).select("customer_id").distinct() if several else None,
    )
