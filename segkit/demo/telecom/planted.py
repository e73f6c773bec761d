"""The planted numbers. Changing one changes the data: raise the version in segkit.demo.versions with it."""

from __future__ import annotations

import datetime as dt

from segkit.demo import versions
from segkit.demo.telecom.months import month_grid
from segkit.demo.telecom.planted_campaigns import planted_campaigns
from segkit.demo.telecom.truth import (
    BehaviourGroup,
    Churn,
    ChurnDriver,
    NeedGroup,
    PlantedUsage,
    PriceRise,
    Survey,
    TariffPlan,
    TelecomTruth,
)
from segkit.demo.telecom.truth_campaigns import Channel

PLANS = (
    TariffPlan("Prepaid Go", "prepaid", 0.0, 0.7),
    TariffPlan("Prepaid Plus", "prepaid", 0.0, 0.3),
    TariffPlan("Postpaid S", "postpaid", 19.99, 0.35),
    TariffPlan("Postpaid M", "postpaid", 34.99, 0.40),
    TariffPlan("Postpaid L", "postpaid", 54.99, 0.25),
    TariffPlan("Business Team", "business", 24.99, 0.7),
    TariffPlan("Business Pro", "business", 39.99, 0.3),
)

CHURN = Churn(
    intercept=-4.35,
    drivers=(
        ChurnDriver("prepaid", 0.80, "1 while the contract's plan is prepaid", "subscriptions"),
        ChurnDriver("business", -0.60, "1 while the contract's plan is a business plan", "subscriptions"),
        ChurnDriver(
            "tenure_under_6",
            0.60,
            "1 in the first five calendar months after the month in which the contract began",
            "subscriptions",
        ),
        ChurnDriver(
            "tenure_24_plus",
            -0.45,
            "1 from the 24th calendar month after the month in which the contract began on",
            "subscriptions",
        ),
        ChurnDriver(
            "tickets",
            0.40,
            "events `ticket` in the three calendar months before, 1 an event",
            "events",
            cap=4,
        ),
        ChurnDriver(
            "late_payments",
            0.45,
            "events `late_payment` in the three calendar months before, 1 an event",
            "events",
            cap=3,
        ),
        ChurnDriver(
            "usage_trend",
            -0.90,
            "ln((a + 0.1) / (b + 0.1)), a: `data_gb` of the month before, b: mean of `data_gb` of the three months "
            "before that; within −1.5 and 1.5; 0 unless the contract ran through all four whole months and "
            "the data show them",
            "events",
            cap=1.5,
        ),
        ChurnDriver(
            "price_notice",
            0.70,
            "1 once the contract got the event `price_notice`, from the month of the new price on",
            "events",
        ),
        ChurnDriver("support_region", 0.40, "1 in the support region", "customers"),
        ChurnDriver("app_user", -0.30, "1 for users of the app", "customers"),
        ChurnDriver("telesales", 0.35, "1 when acquisition_channel is telesales", "customers"),
    ),
    not_drivers=(
        "gender",
        "device_os",
        "balance_low",
        "voice_minutes",
        "plan within a family",
        "behaviour group",
        "need group",
    ),
    payment_failed=(0.04, 0.26, 0.48),
    port_out=0.45,
    monthly_return=0.03,
)

BEHAVIOUR = (
    BehaviourGroup("heavy data", 0.28, 0.35, 30.0, 60.0, 10.0, 40.0, 0.30),
    BehaviourGroup("voice callers", 0.22, 0.45, 2.0, 600.0, 40.0, 5.0, 0.25),
    BehaviourGroup("weekend streamers", 0.20, 0.05, 15.0, 80.0, 10.0, 25.0, 0.62),
    BehaviourGroup("light", 0.30, 0.15, 0.8, 40.0, 5.0, 3.0, 0.28),
)

USAGE = PlantedUsage(
    spread=0.30,
    noise=0.25,
    season=(0.97, 0.96, 0.98, 1.0, 1.0, 1.02, 1.06, 1.08, 1.0, 0.98, 0.98, 1.05),
    growth=1.008,
    dip=0.02,
    dip_factor=0.4,
    tickets=0.10,
    late=0.06,
    balance_low=0.25,
)

QUESTIONS = (
    "choose_by",
    "contract",
    "network",
    "support",
    "bill",
    "roaming",
    "devices",
    "advice",
)
ANSWERS = (
    ("price", "quality", "service"),
    ("no commitment", "two years", "whatever fits"),
    ("good enough", "best coverage", "fast at home"),
    ("self-service", "by phone", "in a shop"),
    ("online", "paper", "in the app"),
    ("never", "in Europe", "worldwide"),
    ("second hand", "latest", "until it breaks"),
    ("friends", "experts", "shop staff"),
)
ATTITUDES = ("attitude_price", "attitude_quality", "attitude_service", "attitude_digital")

NEEDS = (
    NeedGroup("price seekers", 0.30, (0, 0, 0, 0, 0, 0, 0, 0), (4.4, 2.2, 2.4, 3.0), 1.4, 1.0, 0.5),
    NeedGroup("network first", 0.25, (1, 1, 1, 0, 2, 2, 1, 1), (2.4, 4.5, 2.6, 3.4), 0.9, 1.2, 1.6),
    NeedGroup("personal service", 0.25, (2, 1, 0, 2, 1, 1, 2, 2), (2.8, 3.0, 4.5, 1.8), 0.5, 0.5, 1.4),
    NeedGroup("digital simple", 0.20, (0, 2, 2, 0, 2, 1, 1, 0), (3.0, 3.2, 1.8, 4.6), 1.5, 1.6, 0.7),
)

CHANNELS = (
    Channel("email", 0.97, 0.30, 0.15, 0.02),
    Channel("sms", 0.98, 0.70, 0.10, 0.08),
    Channel("push", 0.92, 0.45, 0.20, 0.01),
    Channel("call", 0.85, 0.55, 0.60, 3.50),
)


def planted_truth(customers: int, seed: int, start: dt.date, end: dt.date) -> TelecomTruth:
    """Return the truth of a simulation of that size and span.

    Campaigns, survey and price rise lie at fixed distances from the end.

    Raises:
        ParameterError: the span is not one of whole months, or too short or too long.
    """
    months = month_grid(start, end)
    count = months.count
    return TelecomTruth(
        version=versions.TELECOM,
        customers=customers,
        seed=seed,
        start=start,
        end=end,
        business=0.12,
        already=0.55,
        support_region="Nordrhein-Westfalen",
        plans=PLANS,
        churn=CHURN,
        price_rise=PriceRise("Postpaid M", months.date(count - 4, 14), months.date(count - 3), 34.99, 39.99),
        behaviour_groups=BEHAVIOUR,
        usage=USAGE,
        need_groups=NEEDS,
        survey=Survey(
            start=months.date(count - 5),
            days=21,
            questions=QUESTIONS,
            answers=ANSWERS,
            favourite_probability=0.82,
            missing=0.04,
            response=0.14,
            response_young=0.7,
            response_old=1.4,
            response_app=1.3,
            response_business=0.8,
            attitudes=ATTITUDES,
        ),
        channels=CHANNELS,
        campaigns=planted_campaigns(months),
    )
