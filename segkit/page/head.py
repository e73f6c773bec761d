"""The head of every page: one sentence, what has to be decided, whom the page is about and of when."""

from __future__ import annotations

import datetime as dt
from typing import Final

from segkit.page.block import Block
from segkit.page.statement import Statement, day, own_name, own_words

LONGEST: Final = 120
"""Characters that a headline may have."""


def head(
    sentence: Statement,
    told: Statement,
    *,
    subject: str,
    kicker: Statement,
    as_of: dt.date,
    period: tuple[dt.date, dt.date],
    decision: str | None = None,
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
    """
    if decision and decision.strip():
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
        },
    )
