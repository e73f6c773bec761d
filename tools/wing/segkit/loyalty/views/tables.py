"""The table of customers who come back regularly."""

from __future__ import annotations

import pandas as pd

from segkit.loyalty.records import LoyaltyShare
from segkit.page import Block, Metric, Statement, day, own_name, own_words
from segkit.page.notes import hidden_note
from segkit.page.tables import column, row, table


def share_table(found: LoyaltyShare) -> Block:
    """Customers and regular ones as of each period end."""
    rows = []
    for date, customers, regular, share in found.frame.itertuples(index=False):
        key = f"loyalty_{date:%Y_%m_%d}"
        metrics = (
            Metric(f"{key}_customers", customers, "customers"),
            Metric(f"{key}_regular", None if pd.isna(regular) else regular, "customers"),
            Metric(f"{key}_share", None if pd.isna(share) else share, "share"),
        )
        cells = [Statement.of("{day}", day=day(date)), *(Statement.of("{n}", n=metric) for metric in metrics)]
        rows.append(row(cells, quiet=pd.isna(regular)))
    caption = Statement.of(
        "{unit} with {least} repeat purchase days or more, up to {end}",
        unit=own_name(found.unit_name.capitalize(), 40),
        least=Metric("loyalty_least", found.least, "count"),
        end=day(found.end),
    )
    notes = []
    if found.frame["regular"].isna().any():
        notes.append(hidden_note(Metric("loyalty_smallest", found.smallest, "customers"), found.unit_name))
    columns = [
        column("Up to", "text"),
        column(own_words(found.unit_name.capitalize(), 40)),
        column("Regular"),
        column("Share"),
    ]
    return Block.of("table", table(caption, columns, rows, notes=notes))
