"""What is planted in the campaigns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PlantedEffect:
    """What being assigned to an arm and channel adds to the probability to convert, in one segment."""

    arm: str
    channel: str
    segment: str
    effect: float


@dataclass(frozen=True)
class Campaign:
    """A campaign and what it truly did.

    Attributes:
        campaign_id, name, start, end: as in campaigns.parquet; eligible are customers whose contract runs on `start`
            and began in an earlier calendar month.
        eligible: the further condition in words ("", "app users", "consumers").
        share: of the eligible who are in the campaign, drawn by chance.
        randomised: whether arms were drawn by chance.
        control_arm: the arm without contact.
        arms: arm → probability; of a campaign that is not randomised, the rule is in `selection`.
        channels: channel → probability within each arm but the control arm, drawn by chance.
        segment_by: what the effects differ by: "family" (plan family), "behaviour" (behaviour group), "age" (under
            35, 35-54, 55+), "tenure" (under 24 months, 24 months and more).
        baseline: segment → probability to convert without contact, before `app_factor`.
        app_factor: factor on the baseline for app users (others: 1).
        effects: absolute, on the probability, intention to treat (those whose message never left included).
        prices: arm → EUR of the purchase that a conversion is; empty where a conversion is no purchase.
        offer_costs: arm → EUR given away with each conversion.
        churn_log_odds: arm → added to the monthly log-odds of leaving in the three months from `start` on.
        selection: driver → log-odds of being in the first arm but the control; empty where randomised.
        ticket_baseline: added to the baseline per ticket in the three months before `start` (capped at 4).
    """

    campaign_id: str
    name: str
    start: dt.date
    end: dt.date
    eligible: str
    share: float
    randomised: bool
    control_arm: str
    arms: Mapping[str, float]
    channels: Mapping[str, float]
    segment_by: str
    baseline: Mapping[str, float]
    app_factor: float
    effects: tuple[PlantedEffect, ...]
    prices: Mapping[str, float]
    offer_costs: Mapping[str, float]
    churn_log_odds: Mapping[str, float]
    selection: Mapping[str, float]
    ticket_baseline: float

    def effect(self, arm: str, segment: str, channel: str | None = None) -> float:
        """Return the true effect against control; over all channels as they were drawn where `channel` is None."""
        if arm == self.control_arm:
            return 0.0
        cells = {
            found.channel: found.effect for found in self.effects if found.arm == arm and found.segment == segment
        }
        if channel is not None:
            return cells[channel]
        return sum(self.channels[name] * value for name, value in cells.items())


@dataclass(frozen=True)
class Channel:
    """A way to reach a customer: probability that the message leaves, is opened, is clicked; EUR a contact."""

    name: str
    sent: float
    opened: float
    clicked: float
    cost: float
