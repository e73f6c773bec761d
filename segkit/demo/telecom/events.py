"""What customers do besides paying: monthly usage, tickets, late payments, low balances, price notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from segkit.arrays import Floats, Whole
from segkit.demo.telecom.arrow_columns import DAY, SECOND, labels, numbers, times
from segkit.demo.telecom.contract_history import RUNNING, History
from segkit.demo.telecom.draws import Draws
from segkit.demo.telecom.months import Months
from segkit.demo.telecom.people import People
from segkit.demo.telecom.truth import TelecomTruth
from segkit.demo.telecom.usage import Habits, Measures, balance_low

EVENTS = (
    "data_gb",
    "weekend_data_gb",
    "voice_minutes",
    "sms",
    "app_sessions",
    "ticket",
    "late_payment",
    "balance_low",
    "price_notice",
)
POSTED = 23 * 3_600 * SECOND
"""A month's usage is posted at 23:00 of its last day, or of the last day under contract."""
LATE_AFTER = 14
"""How many days after a bill the event late_payment comes."""
BILL_DAYS = 14
"""Bills are issued on the 1st to the 14th, so that a late payment falls into the bill's month."""


@dataclass(frozen=True)
class _Rows:
    """Events of one kind; `time` in microseconds since 1970-01-01."""

    event: int
    row: Whole
    time: Whole
    value: Floats


def bill_day(draws: Draws, people: People) -> Whole:
    """Return the day of the month of each customer's bill, counted from 0."""
    return (draws.uniform("bill.day", len(people.id)) * BILL_DAYS).astype(np.int64)


def events_table(
    truth: TelecomTruth,
    months: Months,
    draws: Draws,
    people: People,
    habits: Habits,
    measures: Measures,
    history: History,
    billing_day: Whole,
) -> Any:
    """Return the chunk's rows of events.parquet."""
    parts = [
        *_usage(months, people, habits, measures, history),
        _tickets(months, draws, habits, history),
        _late(months, habits, history, billing_day),
        _balance(truth, months, draws, people, history),
        _notices(truth, history),
    ]
    row = np.concatenate([part.row for part in parts])
    event = np.repeat(np.arange(len(parts)), [len(part.row) for part in parts])
    codes = np.array([part.event for part in parts])[event]
    return pa.table(
        {
            "customer_id": numbers(people.id[row]),
            "time": times(np.concatenate([part.time for part in parts])),
            "event": labels(codes, EVENTS),
            "value": numbers(np.concatenate([part.value for part in parts])),
        }
    )


def _usage(months: Months, people: People, habits: Habits, measures: Measures, history: History) -> list[_Rows]:
    """Return a row for each customer, month and measure; months only partly under contract have a part of the usage."""
    row, month = np.nonzero(history.last >= 0)
    last = history.last[row, month]
    share = (last - history.first[row, month] + 1.0) / months.length[month]
    time = (months.first[month] + last) * DAY + POSTED
    # Rounded half up on purpose, not to even: half an SMS is one.
    data = np.round(habits.data[month, row] * share, 2)
    weekend = np.round(data * measures.weekend_share[row, month], 2)
    voice = np.round(measures.voice_minutes[row, month] * share, 1)
    sms = np.floor(measures.sms[row, month] * share + 0.5)
    parts = [_Rows(kind, row, time, value) for kind, value in enumerate((data, weekend, voice, sms))]
    app = people.app[row]
    sessions = np.floor(measures.app_sessions[row, month][app] * share[app] + 0.5)
    return [*parts, _Rows(EVENTS.index("app_sessions"), row[app], time[app], sessions)]


def _tickets(months: Months, draws: Draws, habits: Habits, history: History) -> _Rows:
    """Return a row for each ticket, on any day from the month after the contract's first month to its end."""
    counts = np.where(history.settled, habits.tickets[: months.count].T, 0)
    row, month, day, second = _scatter(months, draws, "ticket", counts, 8, 20)
    kept = day <= history.last[row, month]
    row, month, day, second = row[kept], month[kept], day[kept], second[kept]
    time = (months.first[month] + day) * DAY + second * SECOND
    return _Rows(EVENTS.index("ticket"), row, time, np.ones(len(row)))


def _late(months: Months, habits: Habits, history: History, billing_day: Whole) -> _Rows:
    """Return a row for each bill paid late, two weeks after the bill; none in the month in which the contract began."""
    row, month = np.nonzero(history.settled & habits.late[: months.count].T)
    day = billing_day[row] + LATE_AFTER
    kept = day <= history.last[row, month]
    row, month, day = row[kept], month[kept], day[kept]
    time = (months.first[month] + day) * DAY + 12 * 3_600 * SECOND
    return _Rows(EVENTS.index("late_payment"), row, time, np.ones(len(row)))


def _balance(truth: TelecomTruth, months: Months, draws: Draws, people: People, history: History) -> _Rows:
    """Return a row for each time that a prepaid balance falls below a euro; the value is the balance in EUR."""
    counts = np.where(history.last >= 0, balance_low(truth, months, draws, people), 0)
    row, month, day, second = _scatter(months, draws, "balance", counts, 6, 23)
    left = np.round(draws.uniform("balance.left", len(row)), 2)
    kept = (day >= history.first[row, month]) & (day <= history.last[row, month])
    time = (months.first[month] + day) * DAY + second * SECOND
    return _Rows(EVENTS.index("balance_low"), row[kept], time[kept], left[kept])


def _notices(truth: TelecomTruth, history: History) -> _Rows:
    """Return a row for each contract that was told the price rise; the value is the rise in EUR per month."""
    rise = truth.price_rise
    day = int(np.datetime64(rise.notice, "D").astype(np.int64))
    plan = [found.name for found in truth.plans].index(rise.plan)
    runs = (history.start != RUNNING) & (history.start <= day)
    runs &= (history.end == RUNNING) | (history.end >= day)
    row = np.flatnonzero((runs & (history.plan == plan)).any(axis=0))
    time = np.full(len(row), day * DAY + 10 * 3_600 * SECOND, dtype=np.int64)
    value = np.full(len(row), round(rise.new_price - rise.old_price, 2))
    return _Rows(EVENTS.index("price_notice"), row, time, value)


def _scatter(
    months: Months, draws: Draws, name: str, counts: Whole, opens: int, closes: int
) -> tuple[Whole, Whole, Whole, Whole]:
    """Return row, month, day of the month and second of the day, for as many events as `counts` says."""
    row, month = np.nonzero(counts)
    many = counts[row, month]
    row, month = np.repeat(row, many), np.repeat(month, many)
    uniform = draws.uniform(f"{name}.when", len(row), 2)
    day = (uniform[:, 0] * months.length[month]).astype(np.int64)
    second = (opens * 3_600 + uniform[:, 1] * (closes - opens) * 3_600).astype(np.int64)
    return row, month, day, second
