"""The planted campaigns. Changing one changes the data: raise the version in segkit.demo.versions with it."""

from __future__ import annotations

from collections.abc import Mapping

from segkit.demo.telecom.months import Months
from segkit.demo.telecom.truth_campaigns import Campaign, PlantedEffect


def planted_campaigns(months: Months) -> tuple[Campaign, ...]:
    """Return the six campaigns, oldest first."""
    count = months.count
    families = ("prepaid", "postpaid", "business")
    return (
        Campaign(
            campaign_id="data_pack",
            name="Data pack by e-mail",
            start=months.date(count - 21),
            end=months.date(count - 21, 27),
            eligible="",
            share=0.6,
            randomised=True,
            control_arm="control",
            arms={"control": 0.5, "offer": 0.5},
            channels={"email": 1.0},
            segment_by="family",
            baseline={"prepaid": 0.06, "postpaid": 0.08, "business": 0.03},
            app_factor=1.25,
            effects=_cells({"offer": {"prepaid": 0.06, "postpaid": 0.02, "business": 0.0}}, {"email": {}}),
            prices={"control": 9.99, "offer": 9.99},
            offer_costs={},
            churn_log_odds={},
            selection={},
            ticket_baseline=0.0,
        ),
        Campaign(
            campaign_id="app_bundle",
            name="App bundle",
            start=months.date(count - 14),
            end=months.date(count - 14, 34),
            eligible="app users",
            share=0.8,
            randomised=True,
            control_arm="control",
            arms={"control": 1 / 3, "discount": 1 / 3, "bundle": 1 / 3},
            channels={"email": 0.25, "sms": 0.25, "push": 0.25, "call": 0.25},
            segment_by="behaviour",
            baseline={"heavy data": 0.08, "voice callers": 0.05, "weekend streamers": 0.07, "light": 0.04},
            app_factor=1.0,
            effects=_cells(
                {
                    "discount": {
                        "heavy data": 0.04,
                        "voice callers": 0.02,
                        "weekend streamers": 0.10,
                        "light": 0.0,
                    },
                    "bundle": {
                        "heavy data": 0.12,
                        "voice callers": 0.03,
                        "weekend streamers": 0.04,
                        "light": -0.01,
                    },
                },
                {
                    "email": {},
                    "sms": {},
                    "push": {"heavy data": 1.25, "weekend streamers": 1.5, "voice callers": 0.5},
                    "call": {"heavy data": 0.75, "weekend streamers": 0.5, "voice callers": 2.5},
                },
            ),
            prices={"control": 14.99, "discount": 9.99, "bundle": 14.99},
            offer_costs={"bundle": 2.5},
            churn_log_odds={},
            selection={},
            ticket_baseline=0.0,
        ),
        Campaign(
            campaign_id="loyalty",
            name="Loyalty gift or upgrade",
            start=months.date(count - 9),
            end=months.date(count - 9, 59),
            eligible="",
            share=0.7,
            randomised=True,
            control_arm="control",
            arms={"control": 0.1, "gift": 0.6, "upgrade": 0.3},
            channels={"sms": 0.6, "call": 0.4},
            segment_by="tenure",
            baseline={"under 24 months": 0.10, "24 months and more": 0.15},
            app_factor=1.2,
            effects=_cells(
                {
                    "gift": {"under 24 months": 0.12, "24 months and more": 0.04},
                    "upgrade": {"under 24 months": 0.05, "24 months and more": 0.06},
                },
                {"sms": {}, "call": {"under 24 months": 1.5}},
            ),
            prices={},
            offer_costs={"gift": 8.0, "upgrade": 12.0},
            churn_log_odds={"gift": -0.5, "upgrade": -0.2},
            selection={},
            ticket_baseline=0.0,
        ),
        Campaign(
            campaign_id="nothing_new",
            name="Greeting without an offer",
            start=months.date(count - 6),
            end=months.date(count - 6, 27),
            eligible="",
            share=0.5,
            randomised=True,
            control_arm="control",
            arms={"control": 0.5, "same": 0.5},
            channels={"email": 0.5, "sms": 0.5},
            segment_by="family",
            baseline={"prepaid": 0.05, "postpaid": 0.07, "business": 0.04},
            app_factor=1.25,
            effects=_cells({"same": dict.fromkeys(families, 0.0)}, {"email": {}, "sms": {}}),
            prices={"control": 9.99, "same": 9.99},
            offer_costs={},
            churn_log_odds={},
            selection={},
            ticket_baseline=0.0,
        ),
        Campaign(
            campaign_id="save_desk",
            name="Calls to customers at risk",
            start=months.date(count - 4),
            end=months.date(count - 4, 59),
            eligible="",
            share=0.9,
            randomised=False,
            control_arm="no call",
            arms={"no call": 0.0, "call": 0.0},
            channels={"call": 1.0},
            segment_by="tenure",
            baseline={"under 24 months": 0.38, "24 months and more": 0.42},
            app_factor=1.0,
            effects=_cells({"call": {"under 24 months": 0.08, "24 months and more": 0.04}}, {"call": {}}),
            prices={},
            offer_costs={"call": 10.0},
            churn_log_odds={"call": -0.3},
            selection={
                "intercept": -1.6,
                "tickets": 1.0,
                "late_payments": 0.6,
                "prepaid": 0.5,
                "business": -0.5,
                "tenure_under_6": 0.6,
            },
            ticket_baseline=-0.08,
        ),
        Campaign(
            campaign_id="holiday",
            name="Holiday offer",
            start=months.date(count - 2),
            end=months.date(count - 2, 57),
            eligible="consumers",
            share=0.8,
            randomised=True,
            control_arm="control",
            arms={"control": 0.34, "discount": 0.33, "bundle": 0.33},
            channels={"email": 0.4, "sms": 0.4, "call": 0.2},
            segment_by="age",
            baseline={"under 35": 0.09, "35-54": 0.07, "55+": 0.05},
            app_factor=1.15,
            effects=_cells(
                {
                    "discount": {"under 35": 0.10, "35-54": 0.04, "55+": 0.0},
                    "bundle": {"under 35": 0.02, "35-54": 0.06, "55+": 0.05},
                },
                {"email": {"55+": 0.5}, "sms": {}, "call": {"under 35": -0.5, "55+": 1.75}},
            ),
            prices={"control": 12.99, "discount": 8.99, "bundle": 12.99},
            offer_costs={"bundle": 3.0},
            churn_log_odds={},
            selection={},
            ticket_baseline=0.0,
        ),
    )


def _cells(
    effects: Mapping[str, Mapping[str, float]], factors: Mapping[str, Mapping[str, float]]
) -> tuple[PlantedEffect, ...]:
    """Return the effect by arm and segment times the factor by channel and segment (1 where none is given)."""
    return tuple(
        PlantedEffect(arm, channel, segment, round(effect * by_segment.get(segment, 1.0), 6))
        for arm, segments in effects.items()
        for channel, by_segment in factors.items()
        for segment, effect in segments.items()
    )
