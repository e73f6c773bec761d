"""The periods that key figures are judged by: up to two years of them, whatever a page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from segkit.customers.base import CustomerBase
from segkit.customers.own_calendar import own_events
from segkit.customers.periods import period_ending, period_ends
from segkit.news.feasts import marks
from segkit.news.page_judgement import Timeline

HISTORY: Final = 104
"""Periods before the report's own that a figure's history has at most."""


def history_ends(base: CustomerBase) -> tuple[dt.date, ...]:
    """Return the ends of the periods that the data reach back over, oldest first, the report's own last."""
    known = base.dataset.known_from
    ends = period_ends(base.as_of, base.options.period, HISTORY + 1)
    return tuple(end for end in ends if end == base.as_of or period_ending(end, base.options.period).start >= known)


def timeline(base: CustomerBase, ends: Sequence[dt.date]) -> Timeline:
    """Return periods with what the calendar says of each: feasts, public holidays, the company's own events.

    Args:
        base: whose calendar it is.
        ends: last days of the periods, oldest first.
    """
    period = base.options.period
    spans = tuple((period_ending(end, period).start, end) for end in ends)
    country = base.dataset.spec.section("country") or ""
    own = base.once(own_events, lambda: own_events(base.dataset))
    return Timeline(spans, period, marks(spans, period, country, own))
