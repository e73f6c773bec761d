"""How much customers use their contract in a full month, and the troubles that they have with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Flags, Floats, Whole
from segkit.demo.telecom.draws import Draws, poisson
from segkit.demo.telecom.months import Months
from segkit.demo.telecom.people import PREPAID, People
from segkit.demo.telecom.truth import TelecomTruth

TICKETS_AT_MOST = 4


@dataclass(frozen=True)
class Habits:
    """What each customer would do in each full month, were the contract to run.

    Attributes:
        data_level: (customers,) the customer's own level of data, GB a month.
        data: (months with the hidden ones, customers) GB, rounded to 0.01.
        dips: same shape, whether a two-month dip begins.
        ticket_mean: (customers,) tickets a month.
        tickets: same shape as data, tickets.
        billed: (customers,) pays by bill.
        late_share: (customers,) probability to pay a bill late.
        late: same shape as data, whether the month's bill is paid late.
    """

    data_level: Floats
    data: Floats
    dips: Flags
    ticket_mean: Floats
    tickets: NDArray[np.int8]
    billed: Flags
    late_share: Floats
    late: Flags


def draw_habits(truth: TelecomTruth, months: Months, draws: Draws, people: People) -> Habits:
    """Simulate data, tickets and late payments of every month, which churn follows from."""
    usage = truth.usage
    size = len(people.id)
    medians = np.array([group.data_gb for group in truth.behaviour_groups])
    level = medians[people.behaviour] * np.exp(usage.spread * draws.normal("usage.data.level", size))
    dips = _by_month(draws.uniform("usage.dips", size, months.total)) < usage.dip
    noise = _by_month(draws.normal("usage.data.noise", size, months.total))
    data = np.empty_like(noise)
    for month in range(months.total):
        data[month] = month_data(truth, months, level, noise[month], dips[month], dips[max(month - 1, 0)], month)
    ticket_mean = -0.5 * usage.tickets * np.log1p(-draws.uniform("usage.ticket.mean", size, 2)).sum(axis=1)
    uniform = _by_month(draws.uniform("usage.tickets", size, months.total))
    tickets = poisson(uniform, ticket_mean, TICKETS_AT_MOST)
    billed = people.family != PREPAID
    late_share = 1.0 - (1.0 - draws.uniform("usage.late.share", size)) ** (usage.late / (1.0 - usage.late))
    late = (_by_month(draws.uniform("usage.late", size, months.total)) < late_share) & billed
    return Habits(level, data, dips, ticket_mean, tickets, billed, late_share, late)


def month_data(
    truth: TelecomTruth, months: Months, level: Floats, noise: Floats, dip: Flags, dip_before: Flags, month: int
) -> Floats:
    """Return the GB of one full month; a dip lasts the month in which it begins and the next."""
    usage = truth.usage
    factor = usage.season[int(months.calendar[month])] * usage.growth**month
    data = level * factor * np.exp(usage.noise * noise)
    return np.asarray(np.round(np.where(dip | dip_before, usage.dip_factor * data, data), 2))


@dataclass(frozen=True)
class Measures:
    """(customers, months) usage of full months besides data."""

    voice_minutes: Floats
    sms: Floats
    app_sessions: Floats
    weekend_share: Floats


def draw_measures(truth: TelecomTruth, months: Months, draws: Draws, people: People) -> Measures:
    """Simulate voice, messages, app use and the weekend's share of data."""

    def lognormal(name: str, medians: Floats) -> Floats:
        level = truth.usage.spread * draws.normal(f"usage.{name}.level", len(people.id))
        noise = draws.normal(f"usage.{name}.noise", len(people.id), months.count)
        noise *= truth.usage.noise
        noise += (np.log(medians)[people.behaviour] + level)[:, None]
        return np.asarray(np.exp(noise, out=noise))

    groups = truth.behaviour_groups
    sessions = lognormal("app", np.array([group.app_sessions for group in groups]))
    share = np.array([group.weekend_share for group in groups])
    odds = lognormal("weekend", share / (1.0 - share))
    return Measures(
        voice_minutes=lognormal("voice", np.array([group.voice_minutes for group in groups])),
        sms=lognormal("sms", np.array([group.sms for group in groups])),
        app_sessions=np.where(people.app[:, None], sessions, 0.0),
        weekend_share=odds / (1.0 + odds),
    )


def balance_low(truth: TelecomTruth, months: Months, draws: Draws, people: People) -> Whole:
    """Return the low-balance events of prepaid customers in each month, (customers, months)."""
    uniform = draws.uniform("usage.balance", len(people.id), months.count)
    counts = poisson(uniform, np.asarray(truth.usage.balance_low), 3)
    return np.where((people.family == PREPAID)[:, None], counts, 0).astype(np.int64)


def _by_month(values: Floats) -> Floats:
    """Return by month what was drawn customer by customer."""
    return np.ascontiguousarray(values.T)
