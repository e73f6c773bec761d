"""What is to be decided: a record of what to do, for whom, for what money, and how sure that is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from segkit.errors import ReportError
from segkit.page.metric import KEY, Metric
from segkit.page.statement import Statement, literal

Certainty = Literal["randomised", "adjusted", "descriptive", "assumed"]
"""What a decision rests on: `randomised`, customers were drawn by chance; `adjusted`, known differences are taken out;
`descriptive`, what was observed, or is forecast from it; `assumed`, a number that nobody has measured."""

BADGES: Final[dict[Certainty, str]] = {
    "randomised": "Randomised",
    "adjusted": "Adjusted",
    "descriptive": "Descriptive",
    "assumed": "Assumed",
}
"""The word on the page for each."""
_NOTHING: Final = literal("")


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that a section of the page asks for.

    Attributes:
        key: a snake_case name, unique on a page; an action of the run answers it by that name.
        todo: what to do, a sentence without its full stop.
        certainty: how sure its ground is.
        ground: on what evidence, in a sentence without its full stop.
        where_wrong: what becomes of it where the ground does not hold; empty where there is no assumption to fail.
        customers: for how many customers.
        until: the last day on which it can be taken; None where any day will do.
        money: what it is expected to bring, in major units, negative for a loss that goes on; None where no money is
            known.
        low, high: the interval of that money; None for none.
        when: whether the money is `expected`, or what came of it `so far`.
        stake: the expected gain, or the loss that it ends, in major units. Only the order on a page is made of it; 0
            where no money is known.
        source: the view that its section shows, as `Record.view`; the page links to where that stands.
    """

    key: str
    todo: Statement
    certainty: Certainty
    ground: Statement
    where_wrong: Statement = _NOTHING
    customers: Metric | None = None
    until: dt.date | None = None
    money: Metric | None = None
    low: Metric | None = None
    high: Metric | None = None
    when: Literal["expected", "so far"] = "expected"
    stake: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ReportError(f"decision {self.key!r}: write a snake_case key, e.g. churn_calls")
        if self.certainty not in get_args(Certainty):
            raise ReportError(
                f"decision {self.key}: certainty {self.certainty!r} is not one of {', '.join(get_args(Certainty))}"
            )
        if self.certainty == "assumed" and not self.where_wrong:
            raise ReportError(
                f"decision {self.key} rests on an assumption; say in `where_wrong` what becomes of it where that fails"
            )
        if not self.stake >= 0:
            raise ReportError(
                f"decision {self.key}: the stake {self.stake} is not 0 or more; write gains and losses alike"
            )

    @property
    def badge(self) -> str:
        """The word for its certainty."""
        return BADGES[self.certainty]


def by_stake(decisions: Iterable[Decision]) -> list[Decision]:
    """Return decisions with the most money at stake first; those alike stay in their order, each key once.

    Two sections may ask for the same: the first to do so is kept.
    """
    once: dict[str, Decision] = {}
    for decision in decisions:
        once.setdefault(decision.key, decision)
    return sorted(once.values(), key=lambda decision: -decision.stake)
