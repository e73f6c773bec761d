"""The head of every page: one sentence, what has to be decided, whom the page is about and of when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from segkit.page.block import Block
from segkit.page.statement import Statement, day, literal, own_name, own_words

LONGEST: Final = 120
"""Characters that a headline may have."""


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
        said = [due] if self.last_day is None else [Statement.of("Data to {last}", last=day(self.last_day)), due]
        return {
            "known": Statement.join(said, " · "),
            "last_day": None if self.last_day is None else self.last_day.isoformat(),
            "next_due": self.next_due.isoformat(),
            "banner": [Statement.of("{what}.", what=what) for what in (*whole, *self.closed)],
            "complete": not self.missing,
        }


def head(
    sentence: Statement,
    told: Statement,
    *,
    subject: str,
    kicker: Statement,
    as_of: dt.date,
    period: tuple[dt.date, dt.date],
    decision: str | None = None,
    reach: Reach | None = None,
) -> Block:
    """Show the first lines of a page, which are also its line in the index and its e-mail.

    Args:
        sentence: the headline.
        told: what the data say has to be decided; the analyst's own words stand in its place.
        subject: whom the page is about.
        kicker: what stands small above the headline, after the subject.
        as_of: the last day that the page knows of.
        period: first and last day of what the page tells.
        decision: what the reader has to decide, in the analyst's words.
        reach: how far the data reach. Where data are missing, that is the headline, and there is nothing to decide.
    """
    if reach is not None and reach.missing:
        sentence = Statement.of("Not complete: {what}", what=reach.missing[0])
        told = literal(
            "Nothing is compared with earlier periods, and no decision can rest on this page, until the data are there."
        )
    elif decision and decision.strip():
        told = Statement.of("Decision needed: {given}", given=own_name(decision.strip(), 400))
    return Block.of(
        "header",
        {
            "headline": sentence,
            "decision": told,
            "kicker": Statement.join([Statement.of("{subject}", subject=own_name(subject)), kicker], " · "),
            "subject": own_words(subject),
            "as_of": Statement.of("{end}", end=day(as_of)),
            "period": Statement.of("{period}", period=day(*period)),
            **({} if reach is None else reach.fields()),
        },
    )
