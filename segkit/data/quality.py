"""What came in, what was kept, what was set aside and why: the record that a page shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segkit.data.schema import Money


@dataclass(frozen=True, slots=True)
class QualityLine:
    """One thing noticed in one table: how many rows, and what was done with them.

    Attributes:
        table: segkit's name of the table.
        reason: in words, e.g. "no customer id".
        found: rows with this fault, whether or not another fault came first.
        set_aside: rows left out for this reason (each row is left out for one reason only); 0 for a mere remark.
        examples: up to five values, as found but shortened; never of a customer's id, and e-mail addresses are
            hidden.
        money_set_aside: amount of the rows left out for this reason, in major units; None where the table has none.
    """

    table: str
    reason: str
    found: int
    set_aside: int
    examples: tuple[str, ...]
    money_set_aside: float | None = None


@dataclass(frozen=True, slots=True)
class TableQuality:
    """A table's balance: rows_in = rows_kept + the rows set aside; the same for money where there is any.

    Attributes:
        table: segkit's name of the table.
        source: file name or table name.
        rows_in: rows read.
        rows_kept: rows that everything after this rests on.
        money_in: sum of the readable amounts read, in major units; None where the table has none.
        money_kept: the same of the rows kept.
        first: first day among the rows kept; None where rows have no day.
        last: last day among them, likewise.
        lines: what was noticed.
    """

    table: str
    source: str
    rows_in: int
    rows_kept: int
    money_in: float | None
    money_kept: float | None
    first: dt.date | None
    last: dt.date | None
    lines: tuple[QualityLine, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """What came in, what was kept, what was set aside and why.

    Attributes:
        dataset: the data set's title.
        as_of: the last day that was seen.
        money: how amounts are written.
        tables: in the order of the dataset file.
        notes: sentences about the whole, e.g. that the data end before the as-of date.
    """

    dataset: str
    as_of: dt.date
    money: Money
    tables: tuple[TableQuality, ...]
    notes: tuple[str, ...]
