"""How far the data reach: the last day of each table, what is missing up to the report's date, who has stopped sending."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from segkit.errors import NotYetError
from segkit.statistics.told import Figure, Quoted, Told

State = Literal["complete", "warned", "refused"]
"""`complete`: nothing is missing that should be there. `warned`: something is, and the dataset file asks for a page that
says so. `refused`: something is, and there is no page."""

LABELS: Final = {
    "transactions": "purchases",
    "subscriptions": "contracts",
    "events": "events",
    "contacts": "contacts",
    "survey": "answers to the survey",
}
"""What a reader calls the rows of a table that have a day."""
FOUR_WEEKS: Final = 28
"""Days after which what sends on most days is not late, however long a period is."""
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class JudgedDays:
    """The report's last period, as far as coverage asks.

    Attributes:
        name: day, week or month.
        start, end: its first and last day.
        before: the first day of the period before.
        next_end: the last day of the period after.
    """

    name: str
    start: dt.date
    end: dt.date
    before: dt.date
    next_end: dt.date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days + 1

    @property
    def closed_before(self) -> dt.date:
        """Who has sent nothing from this day on has closed: for two whole periods, or for four weeks."""
        return max(self.before, self.end - dt.timedelta(days=FOUR_WEEKS - 1))


@dataclass(frozen=True, slots=True)
class TableCoverage:
    """How far one table reaches.

    Attributes:
        table: segkit's name of it.
        last_day: the last day that it has anything of; None where it has nothing.
        missing_days: days after it, up to the report's date.
        chance: how probable it is that the table is so silent and yet complete; None where there is too little history, or
            where the dataset file says itself how far behind it may be.
        state: whether that is complete.
    """

    table: str
    last_day: dt.date | None
    missing_days: int
    chance: float | None
    state: State

    def sentence(self) -> Told:
        """Say what is missing, for a reader."""
        if self.last_day is None:
            return Told.of("there are no {what} yet", what=LABELS[self.table])
        return Told.of(
            "{what} are known up to {last} only",
            what=LABELS[self.table],
            last=self.last_day,
        )


@dataclass(frozen=True, slots=True)
class GroupCoverage:
    """A store, channel or product line that has sent nothing of late while others did.

    Attributes:
        table, column, value: which one.
        last_day: the last day that it sent anything of.
        chance: how probable it is that any of its kind is so silent though it still sends.
        closed: silent for two whole periods or four weeks, or named as closed: no longer missed, and told as news.
        state: whether it is missed.
        event: the company's own event that closed it; empty where silence alone says so.
    """

    table: str
    column: str
    value: str
    last_day: dt.date
    chance: float
    closed: bool
    state: State
    event: str = ""

    @property
    def label(self) -> str:
        """Which one, in words."""
        return f"{self.column} {self.value}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the data of a report reach.

    Attributes:
        as_of: the report's date.
        period: day, week or month.
        next_end: the last day of the period after the report's.
        tables: those that are judged.
        stopped: stores, channels or product lines that are missed.
        closed: those that stopped since the period before the last one and are taken for closed.
    """

    as_of: dt.date
    period: str
    next_end: dt.date
    tables: tuple[TableCoverage, ...]
    stopped: tuple[GroupCoverage, ...] = ()
    closed: tuple[GroupCoverage, ...] = ()

    @property
    def last_day(self) -> dt.date | None:
        """The last day of data: of purchases, where there are any."""
        return next((found.last_day for found in self.tables if found.last_day is not None), None)

    @property
    def state(self) -> State:
        """The gravest of all."""
        states = {found.state for found in self.tables} | {group.state for group in self.stopped}
        return "refused" if "refused" in states else "warned" if "warned" in states else "complete"

    @property
    def complete(self) -> bool:
        """Whether the last period may be compared."""
        return self.state == "complete"

    def sentences(self) -> tuple[Told, ...]:
        """Say what is missing, each in a sentence without its full stop."""
        told = [found.sentence() for found in self.tables if found.state != "complete"]
        named = self.stopped[:_NAMED]
        told += [
            Told.of("{which} has sent nothing since {last}", which=Quoted(group.label), last=group.last_day)
            for group in named
        ]
        if len(self.stopped) > len(named):
            told.append(Told.of("so have {n} more", n=Figure(len(self.stopped) - len(named), "count")))
        return tuple(told)

    def as_json(self) -> dict[str, object]:
        """Return what is known of the data's reach, for programs; days are written as 2017-12-24."""
        return {
            "complete": self.complete,
            "last_day": None if self.last_day is None else self.last_day.isoformat(),
            "next_due": self.next_end.isoformat() if self.tables else None,
            "tables": {
                found.table: {
                    "last_day": None if found.last_day is None else found.last_day.isoformat(),
                    "missing_days": found.missing_days,
                    "complete": found.state == "complete",
                }
                for found in self.tables
            },
            "stopped": [f"{group.label} since {group.last_day}" for group in self.stopped],
            "closed": [f"{group.label} since {group.last_day}" for group in self.closed],
        }

    def refusal(self, dataset: str) -> NotYetError:
        """Return the error that says what is missing, and what can be done."""
        lines = [f"table {found.table}: {_missing(found)}" for found in self.tables if found.state != "complete"]
        lines += [
            f"table {group.table}: {group.label} has sent nothing after {group.last_day}, while others did"
            f"{_odds(group.chance)}"
            for group in self.stopped
        ]
        tables = sorted(
            {found.table for found in self.tables if found.state != "complete"}
            | {group.table for group in self.stopped}
        )
        listed = "".join(f"\n  {at}. {line}." for at, line in enumerate(lines, 1))
        return NotYetError(
            f"{dataset}: the data of the {self.period} to {self.as_of} are not complete, so there is no page.{listed}\n"
            "Run it again when they have arrived. If nothing more will come, say so in the dataset file: `freshness: "
            f"{{{tables[0]}: {{incomplete: warn}}}}` publishes with a banner and compares nothing; "
            "`closed: {store: [17]}`, in the same place, names who has closed."
        )


def _missing(found: TableCoverage) -> str:
    if found.last_day is None:
        return "it has nothing in the two years up to that day"
    days = "the last day is" if found.missing_days == 1 else f"the last {found.missing_days:,} days are"
    return f"nothing after {found.last_day}, {days} missing{_odds(found.chance)}"


def _odds(chance: float | None) -> str:
    if chance is None:
        return ""
    said = "less than 1 in 10,000" if chance < 1e-4 else f"about 1 in {round(1 / chance):,}"
    return f" (the chance of such a silence is {said} by its own history)"
