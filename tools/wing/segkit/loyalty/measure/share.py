"""The share of customers who come back regularly."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from segkit.customers import CustomerBase
from segkit.errors import DataError
from segkit.loyalty.options import Loyalty
from segkit.loyalty.records import LoyaltyShare
from segkit.privacy.suppression import hidden_over_time


def share(base: CustomerBase) -> LoyaltyShare:
    """Count the customers who come back regularly, as of each period end.

    What counts as regular stands in the section `loyalty` of the dataset file.

    Args:
        base: the customers.

    Raises:
        DataError: there are no purchases.
    """
    options = base.dataset.spec.section("loyalty") or Loyalty()
    counts = {end: _counts(base, end, options.least) for end in base.ends}
    # regular customers and all others are two cells of a row with a known total
    cells = {end: (regular, customers - regular) for end, (customers, regular) in counts.items()}
    hidden = {end: flags[0] for end, flags in hidden_over_time(cells, base.smallest).items()}
    rows = [
        {
            "date": end,
            "customers": customers,
            "regular": pd.NA if hidden[end] else regular,
            "share": None if hidden[end] or not customers else regular / customers,
        }
        for end, (customers, regular) in counts.items()
    ]
    frame = pd.DataFrame(rows, columns=["date", "customers", "regular", "share"])
    return LoyaltyShare(
        unit_name=base.unit_name,
        least=options.least,
        smallest=base.smallest,
        end=base.as_of,
        frame=frame.astype({"customers": "Int64", "regular": "Int64", "share": "float64"}),
    )


def _counts(base: CustomerBase, end: dt.date, least: int) -> tuple[int, int]:
    """All customers and the regular ones: one row crosses."""
    table = base.behaviour(end)
    if "frequency" not in table.columns:
        raise DataError("there are no purchases: the dataset has no table transactions.")
    sums = table.aggregate(customers=table.count(), regular=(table.frequency >= least).sum().fill_null(0))
    row = base.dataset.engine.collect(sums).iloc[0]
    return int(row["customers"]), int(row["regular"])
