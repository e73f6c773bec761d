"""How many whole months of a contract were seen, and from which month on. Retention is learnt from this."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.customers.base import CustomerBase
from segkit.customers.calendar import elapsed
from segkit.data.spells import uncertain_days


@dataclass(frozen=True, eq=False)
class Observation:
    """Columns with a contract's months under observation.

    Attributes:
        months: the renewals made; where `gone`, the number of the renewal that was not made.
        gone: whether the contract ended in a month that is over.
        entry: the renewals made when observation began; 0 where the contract was seen from its start.
        fresh: whether the contract began when ends were already known.
    """

    months: ir.IntegerValue
    gone: ir.BooleanValue
    entry: ir.IntegerValue
    fresh: ir.BooleanValue


def observed(start: ir.DateColumn, end: ir.DateColumn, as_of: dt.date, known: dt.date) -> Observation:
    """Return the whole months under observation of contracts.

    The current month is left out: it shows who has left, not who will stay. A contract that already ran when ends
    began to be known counts from its next whole month on (late entry), since others like it had left unseen.

    Args:
        start: first day.
        end: last day; NULL where the contract runs.
        as_of: the last day that is seen.
        known: the day from which ends are known, see `ends_known_from`.
    """
    complete = elapsed(start, ibis.date(as_of), "month").floor()
    # a customer who left after n renewals did not make renewal n + 1
    left = (elapsed(start, end, "month").floor() + 1.0).fill_null(complete + 1.0)
    gone = left <= complete
    early = start < ibis.date(known)
    entry = early.ifelse(elapsed(start, ibis.date(known), "month").ceil(), 0.0)
    return Observation(gone.ifelse(left, complete).cast("int64"), gone, entry.cast("int64"), ~early)


def ends_certain_to(base: CustomerBase, day: dt.date) -> dt.date:
    """Return the last day, up to a day, whose ends of contracts are all certain.

    What is learnt of leaving ends with it: later on, those who renewed are known, and those who left are not.
    """
    rows = base.dataset.tables["subscriptions"]
    waits = uncertain_days(base.dataset.spec, rows)
    return min(day, base.as_of - dt.timedelta(days=waits))


def ends_known_from(base: CustomerBase) -> dt.date:
    """Return the day from which ends of contracts are known: that of the first end in the data.

    Older contracts in the data may be only those that still ran when somebody began to keep records. The day is
    looked up once per customer base, as each date of a backtest needs it.
    """
    return base.once(ends_known_from, lambda: _first_end(base))


def _first_end(base: CustomerBase) -> dt.date:
    rows, known = base.dataset.tables["subscriptions"], base.dataset.known_from
    first = base.dataset.engine.collect(rows.aggregate(first=rows.end.min()))["first"].iloc[0]
    return known if pd.isna(first) else max(known, pd.Timestamp(first).date())
