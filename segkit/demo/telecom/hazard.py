"""The planted monthly log-odds of leaving, term by term, and what they mean for the next three months."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Flags, Floats, Whole
from segkit.demo.telecom.draws import Draws, expit, poisson
from segkit.demo.telecom.months import HIDDEN, Months
from segkit.demo.telecom.people import ACQUISITION, BUSINESS, FAMILIES, PREPAID, People
from segkit.demo.telecom.places import PLACES
from segkit.demo.telecom.truth import TelecomTruth
from segkit.demo.telecom.usage import TICKETS_AT_MOST, Habits, month_data

TREND_MONTHS = 4
_REPLICATES = 16


class Hazard:
    """logit P(leaves in the month | what was known when it began)."""

    def __init__(self, truth: TelecomTruth, people: People) -> None:
        churn = truth.churn
        family = np.zeros(len(FAMILIES))
        family[PREPAID] = churn.log_odds("prepaid")
        family[BUSINESS] = churn.log_odds("business")
        region = np.array([place.region == truth.support_region for place in PLACES])
        self._churn = churn
        self._fixed: Floats = (
            churn.intercept
            + family[people.family]
            + churn.log_odds("support_region") * region[people.place]
            + churn.log_odds("app_user") * people.app
            + churn.log_odds("telesales") * (people.acquisition == ACQUISITION.index("telesales"))
        )

    def log_odds(
        self,
        tenure: Whole,
        tickets: Whole,
        late: Whole,
        trend: Floats,
        noticed: Flags,
        rows: Whole | slice = slice(None),
    ) -> Floats:
        """Return the sum of all drivers except the campaigns'; `rows` says which customers the arrays are about."""
        churn = self._churn
        return np.asarray(
            self._fixed[rows]
            + churn.log_odds("tenure_under_6") * (tenure < 6)
            + churn.log_odds("tenure_24_plus") * (tenure >= 24)
            + churn.log_odds("tickets") * np.minimum(tickets, churn.cap("tickets"))
            + churn.log_odds("late_payments") * np.minimum(late, churn.cap("late_payments"))
            + churn.log_odds("usage_trend") * trend
            + churn.log_odds("price_notice") * noticed
        )

    def trend(self, data: Floats, month: int, began: Whole) -> Floats:
        """Return the usage driver when `month` begins; data is (months, customers)."""
        if month < TREND_MONTHS:
            return np.zeros(data.shape[1])
        cap = self._churn.cap("usage_trend")
        before = (data[month - 4] + data[month - 3] + data[month - 2]) / 3.0
        change = np.log((data[month - 1] + 0.1) / (before + 0.1))
        return np.where(month - began > TREND_MONTHS, np.clip(change, -cap, cap), 0.0)


def recent(counts: NDArray[np.int8], month: int, began: Whole) -> Whole:
    """Return the sum over the three months before `month` that lie after the month in which the contract began."""
    total = np.zeros(counts.shape[1], dtype=np.int64)
    for past in range(max(month - 3, 0), month):
        total += np.where(past > began, counts[past], 0)
    return total


def three_month_risk(
    truth: TelecomTruth,
    months: Months,
    draws: Draws,
    hazard: Hazard,
    habits: Habits,
    rows: Whole,
    began: Whole,
    noticed: Flags,
) -> Floats:
    """Return the probability that customers `rows` leave within the hidden months, averaged over simulated futures.

    The first month's hazard is known; tickets, payments and usage of the months between are drawn anew 16 times.
    """
    shown, usage = months.count, truth.usage
    since, flags, level = began[rows], noticed[rows], habits.data_level[rows]
    past = shown - TREND_MONTHS
    data, dips = habits.data[past:, rows], habits.dips[past:, rows]
    tickets, late = habits.tickets[past:, rows], habits.late[past:, rows].view(np.int8)
    stay_mean = np.zeros(len(rows))
    for replicate in range(_REPLICATES):
        stay = np.ones(len(rows))
        uniform = draws.uniform(f"future.{replicate}", len(rows), HIDDEN, 3).transpose(1, 2, 0)
        noise = draws.normal(f"future.{replicate}.noise", len(rows), HIDDEN).T
        for ahead in range(HIDDEN):
            now = TREND_MONTHS + ahead
            month = shown + ahead
            log_odds = hazard.log_odds(
                month - since,
                recent(tickets, now, since - past),
                recent(late, now, since - past),
                hazard.trend(data, now, since - past),
                flags,
                rows,
            )
            stay *= 1.0 - expit(log_odds)
            tickets[now] = poisson(uniform[ahead, 0], habits.ticket_mean[rows], TICKETS_AT_MOST)
            late[now] = (uniform[ahead, 1] < habits.late_share[rows]) & habits.billed[rows]
            dips[now] = uniform[ahead, 2] < usage.dip
            data[now] = month_data(truth, months, level, noise[ahead], dips[now], dips[now - 1], month)
        stay_mean += stay / _REPLICATES
    return 1.0 - stay_mean
