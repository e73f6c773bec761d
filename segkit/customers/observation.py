"""How many whole months of a contract were seen, and from which on: what retention is learnt from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.customers.base import CustomerBase
from segkit.customers.calendar import elapsed


@dataclass(frozen=True, eq=False)
class Observation:
    """Columns of a contract's months under observation.

    Attributes:
        months: the renewal that was not made where `gone`, else renewals made.
        gone: whether it ended in a month that is over.
        entry: renewals made when it came under observation; 0 where it was seen from its start.
        fresh: whether it began when ends were known.
    """

    months: ir.IntegerValue
    gone: ir.BooleanValue
    entry: ir.IntegerValue
    fresh: ir.BooleanValue


def observed(start: ir.DateColumn, end: ir.DateColumn, as_of: dt.date, known: dt.date) -> Observation:
    """Months of contracts, whole ones alone: of the month that runs, it is known who has left and not who will stay.

    A contract that ran when ends began to be known counts from its next whole month on (late entry): others like it had
    left unseen.

    Args:
        start: first day.
        end: last day; NULL where the contract runs.
        as_of: the last day that is seen.
        known: the day from which ends are known, see `ends_known_from`.
    """
    complete = elapsed(start, ibis.date(as_of), "month").floor()
    # who left after so many renewals did not make the next one
    left = (elapsed(start, end, "month").floor() + 1.0).fill_null(complete + 1.0)
    gone = left <= complete
    early = start < ibis.date(known)
    entry = early.ifelse(elapsed(start, ibis.date(known), "month").ceil(), 0.0)
    return Observation(gone.ifelse(left, complete).cast("int64"), gone, entry.cast("int64"), ~early)


def ends_known_from(base: CustomerBase) -> dt.date:
    """The day from which ends of contracts are known: that of the first end, if the data have none before it.

    Contracts may be kept from long before, those alone that still ran when somebody began to keep them. Asked for once a
    customer base, as each date of a backtest wants it.
    """
    if ends_known_from not in base.fitted:
        rows = base.dataset.tables["subscriptions"]
        first = base.dataset.engine.collect(rows.aggregate(first=rows.end.min()))["first"].iloc[0]
        known = base.dataset.known_from
        base.fitted[ends_known_from] = known if pd.isna(first) else max(known, pd.Timestamp(first).date())
    found: dt.date = base.fitted[ends_known_from]
    return found
