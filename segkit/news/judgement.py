"""What is said of a figure's last period: whether it is news, what was expected, and what would have been news."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

Variation = Literal["news", "slow", "normal", "calendar", "few", "early", "missing", "hidden", "unsettled"]
"""Whether the last value is outside what its past leads to expect (`news`), has moved slowly for weeks and that is told
for the first time (`slow`), is inside (`normal`), is explained by the calendar, which has no earlier year to compare with
(`calendar`), is outside of its past because of a few customers, who come and go by chance (`few`), has too short a past
to tell (`early`), is not known (`missing`), is not shown because too few customers are behind it (`hidden`), or is not
settled: what happened in the period may still turn out otherwise (`unsettled`)."""

Compared = Literal["lately", "the same event before", "the same week a year ago", ""]
"""What the expectation rests on."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a figure's last period.

    Attributes:
        state: what it is.
        expected: what the figure's past leads to expect, in the figure's unit; None where that is not known.
        low, high: the normal range: below or above it would be news; where nothing is compared (`compared` is empty), the
            range of ordinary periods. None where that is not known.
        compared: what the expectation rests on; empty where an event is not compared with anything.
        event: the event that the period belongs to, in words; empty for none.
        since: first day of a slow change that has been seen, now or before; None for none.
        lately, before: means of the last four periods and of those before them, where the state is `slow`.
        periods: earlier periods that it rests on.
    """

    state: Variation
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    compared: Compared = ""
    event: str = ""
    since: dt.date | None = None
    lately: float | None = None
    before: float | None = None
    periods: int = 0

    @property
    def news(self) -> bool:
        """Whether it is to be told: all at once, or slowly."""
        return self.state in ("news", "slow")

    @property
    def reason(self) -> str:
        """Why it is judged so, in words."""
        return _REASONS[self.state]


EARLY: Final = Judgement("early")
MISSING: Final = Judgement("missing")
HIDDEN: Final = Judgement("hidden")
UNSETTLED: Final = Judgement("unsettled")
_REASONS: Final[dict[Variation, str]] = {
    "news": "outside what its past leads to expect",
    "slow": "the last four periods together lie apart from the year before them",
    "normal": "within what its past leads to expect",
    "calendar": "outside the range of ordinary periods, in an event without an earlier one to compare with",
    "few": "outside the range of its past, and a few customers make the difference, as they do by chance",
    "early": "fewer than eight earlier periods are known",
    "missing": "the figure is not known for this period",
    "hidden": "too few customers are behind the figure to show it",
    "unsettled": "contracts that ended lately may still be followed by others of the same customers",
}
