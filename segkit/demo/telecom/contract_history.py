"""Contracts: who begins, leaves and comes back, month by month, by the planted hazard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Flags, Floats, Whole
from segkit.demo.telecom.draws import Draws, expit, pick
from segkit.demo.telecom.hazard import Hazard, recent, three_month_risk
from segkit.demo.telecom.months import Months
from segkit.demo.telecom.people import FAMILIES, PREPAID, People
from segkit.demo.telecom.truth import TelecomTruth
from segkit.demo.telecom.usage import Habits

END_REASONS = ("cancelled", "port-out", "payment failed")
RUNNING = -1
"""Stands for no day: the contract runs, or there is none."""
LONGEST_BEFORE = 72
"""Months before the start within which the oldest contracts began."""
RETURN_AFTER = 3
"""A customer comes back in the third month after the month of leaving, or later."""
EXPOSED = 3
"""Months in which a campaign changes churn, its first included."""


@dataclass(frozen=True)
class Snapshot:
    """What was known of each customer when a month began.

    Attributes:
        at_risk: the contract runs and began in an earlier month.
        tenure: calendar months since the month in which the contract began.
        tickets, late: counts of the three months before.
    """

    at_risk: Flags
    tenure: Whole
    tickets: Whole
    late: Whole


@dataclass(frozen=True)
class PlantedForecast:
    """The truth after the end, of customers whose contract then runs; NaN for the others.

    Attributes:
        log_odds: of leaving in the first month after the end.
        one_month: probability to leave within one calendar month after the end.
        three_months: within three; the mean of 16 simulated futures of usage, tickets and payments.
        end_day: the day on which the customer did leave within the three months; RUNNING when not.
    """

    log_odds: Floats
    one_month: Floats
    three_months: Floats
    end_day: Whole


@dataclass(frozen=True)
class History:
    """Contracts of one chunk; a customer has one or two.

    Attributes:
        start: (2, customers) first day of the first and second contract, days since 1970-01-01; RUNNING where there
            is none.
        end: (2, customers) last day; RUNNING while it runs when the data end, or where there is none.
        plan: (2, customers) index into the truth's plans.
        reason: (2, customers) index into END_REASONS; −1 where not ended.
        first, last: (customers, months) first and last day under contract in the month, counted from 0; −1 without.
        contract: (customers, months) 0 or 1, the contract that runs; −1 without.
        settled: (customers, months) the contract runs and began in an earlier month.
        snapshots: by month.
        forecast: after the end.
    """

    start: Whole
    end: Whole
    plan: Whole
    reason: Whole
    first: NDArray[np.int8]
    last: NDArray[np.int8]
    contract: NDArray[np.int8]
    settled: Flags
    snapshots: Mapping[int, Snapshot]
    forecast: PlantedForecast


def draw_history(
    truth: TelecomTruth,
    months: Months,
    draws: Draws,
    people: People,
    habits: Habits,
    expose: Mapping[int, Callable[[Snapshot], Floats]],
) -> History:
    """Simulate the contracts month by month.

    Args:
        truth, months, draws, people, habits: what was planted and drawn so far.
        expose: month of a campaign → a function that takes what is then known and returns the log-odds that the
            campaign adds to each customer's hazard for three months.
    """
    size, shown = len(people.id), months.count
    hazard = Hazard(truth, people)
    book = _Book.open(truth, months, draws, people)
    leaving = np.ascontiguousarray(draws.uniform("history.leaving", size, months.total).T)
    day_of = np.ascontiguousarray(draws.uniform("history.day", size, months.total).T)
    returning = np.ascontiguousarray(draws.uniform("history.returning", size, months.total).T)
    late_counts = habits.late.view(np.int8)
    exposures: list[tuple[int, Floats]] = []
    snapshots: dict[int, Snapshot] = {}
    forecast = PlantedForecast(
        log_odds=np.full(size, np.nan),
        one_month=np.full(size, np.nan),
        three_months=np.full(size, np.nan),
        end_day=np.full(size, RUNNING, dtype=np.int64),
    )

    for month in range(months.total):
        at_risk = book.alive & (book.began < month)
        tenure = month - book.began
        tickets = recent(habits.tickets, month, book.began)
        late = recent(late_counts, month, book.began)
        trend = hazard.trend(habits.data, month, book.began)
        log_odds = hazard.log_odds(tenure, tickets, late, trend, book.noticed)
        if month in expose:
            snapshots[month] = Snapshot(at_risk, tenure, tickets, late)
            exposures.append((month, expose[month](snapshots[month])))
        for since, added in exposures:
            if month < since + EXPOSED:
                log_odds = log_odds + added
        chance = expit(log_odds)
        if month == shown:
            rows = np.flatnonzero(at_risk)
            forecast.log_odds[rows] = log_odds[rows]
            forecast.one_month[rows] = chance[rows]
            forecast.three_months[rows] = three_month_risk(
                truth, months, draws, hazard, habits, rows, book.began, book.noticed
            )
        leave = at_risk & (leaving[month] < chance)
        day = (day_of[month] * months.length[month]).astype(np.int64)
        if month < shown:
            book.turn(month, leave, returning[month] < truth.churn.monthly_return, day, late)
        else:
            forecast.end_day[leave] = months.first[month] + day[leave]
            book.alive &= ~leave

    return History(
        start=book.start,
        end=book.end,
        plan=book.plan,
        reason=_reasons(truth, draws, people, book),
        first=np.ascontiguousarray(book.first.T),
        last=np.ascontiguousarray(book.last.T),
        contract=np.ascontiguousarray(book.contract.T),
        settled=np.ascontiguousarray(book.settled.T),
        snapshots=snapshots,
        forecast=forecast,
    )


@dataclass
class _Book:
    """Contracts as they stand while the months pass; months are the first axis here."""

    months: Months
    notice_month: int
    notice_day: int
    rise_plan: int
    start: Whole
    end: Whole
    plan: Whole
    join_month: Whole
    began: Whole
    """Month in which the running or coming contract begins."""
    alive: Flags
    current: NDArray[np.int8]
    """0 for the first contract, 1 for the second."""
    ended: Whole = field(init=False)
    """Month in which the last contract ended; −1 before."""
    noticed: Flags = field(init=False)
    late_at_end: Whole = field(init=False)
    first: NDArray[np.int8] = field(init=False)
    last: NDArray[np.int8] = field(init=False)
    contract: NDArray[np.int8] = field(init=False)
    settled: Flags = field(init=False)

    def __post_init__(self) -> None:
        size, shown = len(self.began), self.months.count
        self.ended = np.full(size, -1, dtype=np.int64)
        self.noticed = np.zeros(size, dtype=bool)
        self.late_at_end = np.zeros((2, size), dtype=np.int64)
        self.first = np.full((shown, size), -1, dtype=np.int8)
        self.last = np.full((shown, size), -1, dtype=np.int8)
        self.contract = np.full((shown, size), -1, dtype=np.int8)
        self.settled = np.zeros((shown, size), dtype=bool)

    @classmethod
    def open(cls, truth: TelecomTruth, months: Months, draws: Draws, people: People) -> _Book:
        """Return the book before the first month, when some contracts run and the others are to come."""
        size = len(people.id)
        join_month, join_day = _joining(truth, months, draws, size)
        start = np.full((2, size), RUNNING, dtype=np.int64)
        start[0] = join_day
        return cls(
            months=months,
            notice_month=months.count - 4,
            notice_day=int(np.datetime64(truth.price_rise.notice, "D").astype(np.int64)),
            rise_plan=[plan.name for plan in truth.plans].index(truth.price_rise.plan),
            start=start,
            end=np.full((2, size), RUNNING, dtype=np.int64),
            plan=np.stack([_plans(truth, draws, people, name) for name in ("first", "second")]),
            join_month=join_month,
            began=join_month.copy(),
            alive=join_month < 0,
            current=np.zeros(size, dtype=np.int8),
        )

    def turn(self, month: int, leave: Flags, returns: Flags, day: Whole, late: Whole) -> None:
        """Record the month: who stayed, left (on `day`), joined or came back (on `day`)."""
        length = int(self.months.length[month])
        first_day = self.months.first[month]
        stayed = self.alive
        join = self.join_month == month
        back = (self.current == 0) & ~self.alive & (self.ended >= 0) & (month >= self.ended + RETURN_AFTER) & returns
        self.first[month, stayed] = 0
        self.settled[month] = stayed
        self.last[month, stayed | join | back] = length - 1
        self.last[month, leave] = day[leave]
        self.first[month, join] = self.start[0, join] - first_day
        self.first[month, back] = day[back]
        self.start[1, back] = first_day + day[back]
        gone = np.flatnonzero(leave)
        self.end[self.current[gone], gone] = first_day + day[gone]
        self.late_at_end[self.current[gone], gone] = np.minimum(late[gone], 2)
        self.ended[leave] = month
        self.current[back] = 1
        self.began[back] = month
        self.contract[month, stayed | join | back] = self.current[stayed | join | back]
        self.alive = (stayed & ~leave) | join | back
        self.noticed &= ~(leave | back)
        if month == self.notice_month:
            rows = np.arange(len(self.began))
            on_plan = self.plan[self.current, rows] == self.rise_plan
            self.noticed = self.alive & on_plan & (self.start[self.current, rows] <= self.notice_day)


def _joining(truth: TelecomTruth, months: Months, draws: Draws, size: int) -> tuple[Whole, Whole]:
    """Return the month (negative before the start) and the day of each customer's first contract.

    Contracts before the start lie back exponentially (mean 26 months, at most 72); later ones spread over
    the months with a little growth and a peak in November and December.
    """
    already = draws.uniform("history.already", size) < truth.already
    back = -26.0 * np.log1p(-draws.uniform("history.back", size) * (1.0 - np.exp(-LONGEST_BEFORE / 26.0)))
    before = -1 - np.minimum(back.astype(np.int64), LONGEST_BEFORE - 1)
    peak = np.where(months.calendar[: months.count] >= 10, 1.3, 1.0)
    weights: Floats = np.asarray(peak * 1.01 ** np.arange(months.count))
    month = np.where(already, before, pick(draws.uniform("history.joining", size), weights))
    first = np.array([(months.date(int(m)) - months.date(0)).days for m in range(-LONGEST_BEFORE, months.count + 1)])
    first = first + months.first[0]
    place = month + LONGEST_BEFORE
    length = first[place + 1] - first[place]
    return month, first[place] + (draws.uniform("history.joining.day", size) * length).astype(np.int64)


def _plans(truth: TelecomTruth, draws: Draws, people: People, which: str) -> Whole:
    """Choose a plan of the customer's family."""
    weights = np.array(
        [[plan.share if plan.family == family else 0.0 for plan in truth.plans] for family in FAMILIES]
    )
    return draws.choice_by(f"history.plan.{which}", people.family, weights)


def _reasons(truth: TelecomTruth, draws: Draws, people: People, book: _Book) -> Whole:
    """Return why contracts ended; customers who pay bills late are more often cut off."""
    churn = truth.churn
    uniform = draws.uniform("history.reason", len(people.id), 2).T
    failed = np.where(people.family == PREPAID, 0.0, np.asarray(churn.payment_failed)[book.late_at_end])
    port_out = failed + (1.0 - failed) * churn.port_out
    reason = np.where(uniform < failed, 2, np.where(uniform < port_out, 1, 0))
    return np.where(book.end == RUNNING, -1, reason).astype(np.int64)
