"""How far the data of a page reach, and what its head says of that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segkit.page.statement import Statement, day, literal


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the data of a page reach.

    Attributes:
        last_day: the last day of data; None where there are none.
        next_due: the last day of the period after the page's, when the next page is due.
        missing: what should be there and is not, sentence by sentence; the page then compares nothing.
        closed: who has closed, sentence by sentence.
    """

    last_day: dt.date | None
    next_due: dt.date
    missing: tuple[Statement, ...] = ()
    closed: tuple[Statement, ...] = ()

    def fields(self) -> Mapping[str, Any]:
        """Return what a head says of the data's reach; the two days are there for programs too."""
        due = Statement.of("next page due {due}", due=day(self.next_due))
        whole = (
            [Statement.of("Not complete: {what}", what=Statement.join(self.missing, "; "))] if self.missing else []
        )
        said = (
            [due]
            if self.last_day is None
            else [
                Statement.of(
                    "Data {how}to {last}", how=literal("" if self.missing else "complete "), last=day(self.last_day)
                ),
                due,
            ]
        )
        return {
            "known": Statement.join(said, " · "),
            "last_day": None if self.last_day is None else self.last_day.isoformat(),
            "next_due": self.next_due.isoformat(),
            "banner": [Statement.of("{what}.", what=what) for what in (*whole, *self.closed)],
            "complete": not self.missing,
        }
