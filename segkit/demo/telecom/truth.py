"""What is planted in the simulated telecom data: every parameter that an estimator should find again.

The simulation reads its numbers from these records and from nowhere else, so what is documented here is what
was simulated.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segkit.demo.telecom.truth_campaigns import Campaign, Channel


@dataclass(frozen=True)
class TariffPlan:
    """A tariff.

    Attributes:
        name: as in subscriptions.plan and products.product_id.
        family: "prepaid", "postpaid" or "business".
        price: EUR a month, for business EUR a line and month; 0 for prepaid, which is recharged.
        share: of the family's new contracts.
    """

    name: str
    family: str
    price: float
    share: float


@dataclass(frozen=True)
class ChurnDriver:
    """One term of the monthly log-odds of leaving.

    Attributes:
        name: short name.
        log_odds: added per unit of the feature.
        feature: how the feature is computed from the tables, as known when the month begins.
        table: where it is visible.
        cap: the feature counts up to this value; None without a cap.
    """

    name: str
    log_odds: float
    feature: str
    table: str
    cap: float | None = None


@dataclass(frozen=True)
class Churn:
    """The monthly hazard: logit P(contract ends in month m | it runs when m begins, started before m).

    Attributes:
        intercept: log-odds with every driver at zero (a postpaid consumer, 6 to 23 months with the company).
        drivers: all terms; log-odds add up.
        not_drivers: what looks as if it mattered and has no effect of its own.
        payment_failed: share of endings of billed contracts that are "payment failed" with 0, 1, 2 or more late
            payments in the three months before.
        port_out: share of the other endings that are "port-out"; the rest is "cancelled".
        monthly_return: probability to come back in a month, from the third month after the month of leaving on;
            a customer comes back once at most.
    """

    intercept: float
    drivers: tuple[ChurnDriver, ...]
    not_drivers: tuple[str, ...]
    payment_failed: tuple[float, float, float]
    port_out: float
    monthly_return: float

    def log_odds(self, name: str) -> float:
        """Return the planted size of a driver."""
        return next(driver.log_odds for driver in self.drivers if driver.name == name)

    def cap(self, name: str) -> float:
        """Return the cap of a driver; infinity without one."""
        cap = next(driver.cap for driver in self.drivers if driver.name == name)
        return float("inf") if cap is None else cap


@dataclass(frozen=True)
class PriceRise:
    """A price rise in one plan, told beforehand.

    Attributes:
        plan: the plan.
        notice: the day of the notice (event `price_notice`), to contracts on the plan that run on that day.
        effective: the first day of the month from which bills carry the new price, and from which the driver
            `price_notice` raises the hazard. Contracts begun after the notice pay the new price from the start and
            are not affected.
        old_price: EUR a month.
        new_price: EUR a month.
    """

    plan: str
    notice: dt.date
    effective: dt.date
    old_price: float
    new_price: float


@dataclass(frozen=True)
class BehaviourGroup:
    """A planted way to use the phone; medians of a full month.

    Attributes:
        share: of consumers.
        share_business: of business customers.
        data_gb, voice_minutes, sms, app_sessions: median a full month.
        weekend_share: median share of data used at weekends (weekend_data_gb / data_gb).
    """

    name: str
    share: float
    share_business: float
    data_gb: float
    voice_minutes: float
    sms: float
    app_sessions: float
    weekend_share: float


@dataclass(frozen=True)
class PlantedUsage:
    """How usage varies around its group's medians.

    Attributes:
        spread: standard deviation of a customer's own level, log scale (logit for weekend_share).
        noise: standard deviation from month to month, same scale.
        season: factor by calendar month, January first, on data.
        growth: factor on data from one month to the next.
        dip: probability that data usage dips from a month on, for two months.
        dip_factor: factor on data during a dip.
        tickets: mean of tickets in a month (Poisson, at most four; per customer gamma distributed).
        late: mean share of bills paid late (beta distributed over customers).
        balance_low: mean of low-balance events a month of prepaid customers.
    """

    spread: float
    noise: float
    season: tuple[float, ...]
    growth: float
    dip: float
    dip_factor: float
    tickets: float
    late: float
    balance_low: float


@dataclass(frozen=True)
class NeedGroup:
    """A planted latent class of the survey.

    Attributes:
        share: before age, app use and customer type shift it.
        favourite: the answer (0, 1 or 2) that the group tends to give to each question, in the order of
            `Survey.questions`.
        attitudes: mean of the 1-to-5 ratings in customers, in the order of `Survey.attitudes`.
        young, app, business: factors on the share among customers under 35, app users, business customers.
    """

    name: str
    share: float
    favourite: tuple[int, ...]
    attitudes: tuple[float, ...]
    young: float
    app: float
    business: float


@dataclass(frozen=True)
class Survey:
    """Who was asked what, and who answers.

    Attributes:
        start: first day; customers under contract on that day are the population.
        days: answers come within so many days.
        questions: short names, in order.
        answers: the three answers to each question.
        favourite_probability: probability of the group's favourite answer; the other two share the rest.
        missing: probability that an answer is empty.
        response: probability to respond of a consumer of 35 to 54 without the app.
        response_young, response_old, response_app, response_business: factors on it, for under 35, 55 and older, app
            users, business customers. The weight is one over the product.
        attitudes: names of the rating columns in customers.
    """

    start: dt.date
    days: int
    questions: tuple[str, ...]
    answers: tuple[tuple[str, str, str], ...]
    favourite_probability: float
    missing: float
    response: float
    response_young: float
    response_old: float
    response_app: float
    response_business: float
    attitudes: tuple[str, ...]


@dataclass(frozen=True)
class TelecomTruth:
    """Everything planted, with the size and the span of the simulation.

    Attributes:
        version: of the simulation; another version makes other data.
        customers: how many.
        seed: the one seed.
        start, end: first and last day of what is seen; whole months.
        business: share of business customers.
        already: share of customers whose first contract began before `start`.
        support_region: the region whose customers leave more often.
    """

    version: str
    customers: int
    seed: int
    start: dt.date
    end: dt.date
    business: float
    already: float
    support_region: str
    plans: tuple[TariffPlan, ...]
    churn: Churn
    price_rise: PriceRise
    behaviour_groups: tuple[BehaviourGroup, ...]
    usage: PlantedUsage
    need_groups: tuple[NeedGroup, ...]
    survey: Survey
    channels: tuple[Channel, ...]
    campaigns: tuple[Campaign, ...]

    def campaign(self, campaign_id: str) -> Campaign:
        """Return the campaign of that id."""
        return next(found for found in self.campaigns if found.campaign_id == campaign_id)
