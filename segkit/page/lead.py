"""What a result proposes for the headline of its page: sentences, and how much they matter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from segkit.page.data_reach import Reach
from segkit.page.statement import Statement, literal

QUIET: Final = 0
"""Nothing left its normal range, or nothing can be told."""
EVENT: Final = 1
"""What the calendar explains, named instead of a verdict."""
FINDING: Final = 2
"""What the page was made to find out: how many may leave, what a campaign changed."""
CHANGE: Final = 3
"""A change that is news."""
WORSE: Final = 4
"""A change that is news, and for the worse."""
NOTHING: Final = literal("")
NONE_NEEDED: Final = literal("No decision is needed.")
"""What stands where no section has a decision."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A headline that a result proposes.

    Attributes:
        importance: QUIET, EVENT, FINDING, CHANGE or WORSE; the most important lead of a page becomes its headline, of
            several alike the first.
        sentences: the same headline from the longest to the shortest; the first that fits is taken. None where the
            result has only a clause.
        clause: what it says in half a sentence after the headline of another result; empty for nothing.
        subject: whom the page is about; "" where the result does not know.
        kicker: what stands small above the headline, after the subject.
        as_of: the last day that the page knows of.
        period: first and last day of what the page tells.
        undecided: what stands in place of decisions where no section has one.
        reach: how far the data reach; None where nothing is known of it.
    """

    importance: int
    sentences: tuple[Statement, ...] = ()
    clause: Statement = NOTHING
    subject: str = ""
    kicker: Statement = NOTHING
    as_of: dt.date | None = None
    period: tuple[dt.date, dt.date] | None = None
    undecided: Statement = NONE_NEEDED
    reach: Reach | None = None
