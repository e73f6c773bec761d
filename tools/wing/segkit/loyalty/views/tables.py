"""The table of customers who come back regularly."""

from __future__ import annotations

from segkit.loyalty.records import LoyaltyShare
from segkit.page import Block, Metric, Statement, day, name, words
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.notes import hidden_note
from segkit.page.segments import records


def share_table(found: LoyaltyShare) -> Block:
    """Customers and regular ones as of each period end."""
    caption = Statement.of(
        "{unit} with {least} repeat purchase days or more, up to {end}",
        unit=name(found.unit_name.capitalize(), 40),
        least=Metric("loyalty_least", found.least, "count"),
        end=day(found.end),
    )
    notes = []
    if found.frame["regular"].isna().any():
        notes.append(hidden_note(Metric("loyalty_smallest", found.smallest, "customers"), found.unit_name))
    columns = [
        TableColumn("Up to", "date", "words"),
        TableColumn(words(found.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Regular", "regular", "customers"),
        TableColumn("Share", "share", "share"),
    ]
    rows = [Row(f"loyalty_{one['date']:%Y_%m_%d}", one, quiet=one["regular"] is None) for one in records(found.frame)]
    return table_block(caption, columns, rows, notes=notes)
