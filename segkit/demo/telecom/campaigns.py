"""Campaigns by potential outcomes: what each customer does with and without contact, and who is assigned to which
arm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from segkit.arrays import Flags, Floats, Whole
from segkit.demo.telecom.arrow_columns import DAY, SECOND, cents, days, flags, in_cents, labels, numbers, times
from segkit.demo.telecom.billing import CHANNELS as SALES_CHANNELS
from segkit.demo.telecom.billing import Orders, purchase_orders
from segkit.demo.telecom.contract_history import RUNNING, History, Snapshot
from segkit.demo.telecom.draws import Draws, expit, pick
from segkit.demo.telecom.months import Months
from segkit.demo.telecom.people import FAMILIES, PREPAID, People
from segkit.demo.telecom.truth import TelecomTruth
from segkit.demo.telecom.truth_campaigns import Campaign

_ASSIGNED_AT = 9 * 3_600 * SECOND
_CLICK_OF_PERSUADED = 0.9


@dataclass(frozen=True)
class Assignment:
    """Who of a chunk is in a campaign, and in which arm.

    Attributes:
        row: the members, ascending.
        arm: index into the campaign's arms.
        channel: index into the campaign's channels; −1 in the control arm.
        chance: probability with which the member got this arm.
        tickets: of the three months before, capped at 4.
        tenure: calendar months under contract.
    """

    row: Whole
    arm: Whole
    channel: Whole
    chance: Floats
    tickets: Whole
    tenure: Whole


class Assignments:
    """The assignment of the chunk's customers, campaign by campaign, while the months pass."""

    def __init__(self, truth: TelecomTruth, months: Months, draws: Draws, people: People) -> None:
        self._truth = truth
        self._draws = draws
        self._people = people
        self.made: dict[str, Assignment] = {}
        start = months.date(0)
        self.rules: dict[int, Callable[[Snapshot], Floats]] = {
            (campaign.start.year - start.year) * 12 + campaign.start.month - start.month: self._rule(campaign)
            for campaign in truth.campaigns
        }

    def _rule(self, campaign: Campaign) -> Callable[[Snapshot], Floats]:
        def assign(snapshot: Snapshot) -> Floats:
            made = self._assign(campaign, snapshot)
            self.made[campaign.campaign_id] = made
            added = np.array([campaign.churn_log_odds.get(arm, 0.0) for arm in campaign.arms])
            log_odds = np.zeros(len(self._people.id))
            log_odds[made.row] = added[made.arm]
            return log_odds

        return assign

    def _assign(self, campaign: Campaign, snapshot: Snapshot) -> Assignment:
        people, name = self._people, f"campaign.{campaign.campaign_id}"
        uniform = self._draws.uniform(name, len(people.id), 3)
        who: dict[str, Flags] = {
            "": np.ones(len(people.id), dtype=bool),
            "app users": people.app,
            "consumers": ~people.business,
        }
        row = np.flatnonzero(snapshot.at_risk & who[campaign.eligible] & (uniform[:, 0] < campaign.share))
        tickets = np.minimum(snapshot.tickets[row], 4)
        if campaign.randomised:
            weights = np.array(list(campaign.arms.values()))
            arm = pick(uniform[row, 1], weights)
            chance = weights[arm]
        else:
            rule = campaign.selection
            family = people.family[row]
            treated = expit(
                rule["intercept"]
                + rule["tickets"] * tickets
                + rule["late_payments"] * np.minimum(snapshot.late[row], 3)
                + rule["prepaid"] * (family == PREPAID)
                + rule["business"] * people.business[row]
                + rule["tenure_under_6"] * (snapshot.tenure[row] < 6)
            )
            arm = (uniform[row, 1] < treated).astype(np.int64)
            chance = np.where(arm == 1, treated, 1.0 - treated)
        channel = pick(uniform[row, 2], np.array(list(campaign.channels.values())))
        control = list(campaign.arms).index(campaign.control_arm)
        return Assignment(
            row=row,
            arm=arm,
            channel=np.where(arm == control, -1, channel),
            chance=chance,
            tickets=tickets,
            tenure=snapshot.tenure[row],
        )


@dataclass(frozen=True)
class Outcome:
    """What came of a campaign: a row of contacts, a row of its truth, and the purchases."""

    contacts: Any
    truth: Any
    orders: Orders


def outcome(
    truth: TelecomTruth,
    months: Months,
    draws: Draws,
    people: People,
    history: History,
    campaign: Campaign,
    assignment: Assignment,
) -> Outcome:
    """Return potential outcomes from one uniform number per member, who converts if it lies below the probability."""
    row, arm = assignment.row, assignment.arm
    name = f"outcome.{campaign.campaign_id}"
    reach = draws.uniform(f"{name}.reach", len(row), 4)
    kinds = {channel.name: channel for channel in truth.channels}
    used = [kinds[channel] for channel in campaign.channels]
    contacted = assignment.channel >= 0

    def by_channel(values: list[float]) -> Floats:
        return np.where(contacted, np.array(values)[assignment.channel], 0.0)

    segments, segment = segment_of(campaign, people, assignment)
    baseline = np.array([campaign.baseline[found] for found in segments])[segment]
    baseline = baseline * np.where(people.app[row], campaign.app_factor, 1.0)
    baseline = baseline + campaign.ticket_baseline * assignment.tickets
    table = np.zeros((len(campaign.arms), len(campaign.channels), len(segments)))
    for cell in campaign.effects:
        place = (list(campaign.arms).index(cell.arm), list(campaign.channels).index(cell.channel))
        table[(*place, segments.index(cell.segment))] = cell.effect
    effect = np.where(contacted, table[arm, assignment.channel, segment], 0.0)

    leaves = by_channel([channel.sent for channel in used])
    sent = reach[:, 0] < leaves
    # The planted effect is that of being assigned; customers whom the message did not reach were not moved.
    reached = np.divide(effect, leaves, out=np.zeros_like(effect), where=leaves > 0)
    latent = draws.uniform(f"{name}.latent", len(row))
    without = latent < baseline
    converted = latent < baseline + np.where(sent, reached, 0.0)
    persuaded = converted & ~without
    opened = sent & (persuaded | (reach[:, 1] < by_channel([channel.opened for channel in used])))
    would_click = np.where(persuaded, _CLICK_OF_PERSUADED, by_channel([channel.clicked for channel in used]))
    clicked = opened & (reach[:, 2] < would_click)
    offer = np.array([campaign.offer_costs.get(found, 0.0) for found in campaign.arms])[arm]
    cost = in_cents(np.where(sent, by_channel([channel.cost for channel in used]), 0.0) + offer * converted)

    size = len(row)
    this = np.zeros(size, dtype=np.int64)
    contacts = pa.table(
        {
            "customer_id": numbers(people.id[row]),
            "campaign_id": labels(this, (campaign.campaign_id,)),
            "arm": labels(arm, tuple(campaign.arms)),
            "time": times(np.full(size, _day(campaign.start) * DAY + _ASSIGNED_AT)),
            "channel": labels(assignment.channel, tuple(campaign.channels)),
            "cost": cents(cost),
            "sent": flags(sent),
            "opened": flags(opened),
            "clicked": flags(clicked),
            "converted": flags(converted),
        }
    )
    planted = pa.table(
        {
            "customer_id": numbers(people.id[row]),
            "campaign_id": labels(this, (campaign.campaign_id,)),
            "segment": labels(segment, segments),
            "arm_probability": numbers(assignment.chance),
            "p_control": numbers(baseline),
            "effect": numbers(effect),
            "converted_if_control": flags(without),
        }
    )
    orders = _orders(truth, months, people, history, campaign, assignment, converted, reach[:, 3])
    return Outcome(contacts, planted, orders)


def segment_of(campaign: Campaign, people: People, assignment: Assignment) -> tuple[tuple[str, ...], Whole]:
    """Return the names of the segments by which the campaign's effects differ, and the segment of each member."""
    segments = tuple(campaign.baseline)
    row = assignment.row
    if campaign.segment_by == "family":
        assert segments == FAMILIES
        return segments, people.family[row]
    if campaign.segment_by == "behaviour":
        return segments, people.behaviour[row]
    if campaign.segment_by == "age":
        return segments, people.age_group[row]
    return segments, (assignment.tenure >= 24).astype(np.int64)


def declared_campaigns(truth: TelecomTruth) -> Any:
    """Return the table campaigns.parquet."""
    found = truth.campaigns
    return pa.table(
        {
            "campaign_id": pa.array([campaign.campaign_id for campaign in found]),
            "name": pa.array([campaign.name for campaign in found]),
            "start": days(np.array([_day(campaign.start) for campaign in found])),
            "end": days(np.array([_day(campaign.end) for campaign in found])),
            "randomised": pa.array([campaign.randomised for campaign in found]),
            "control_arm": pa.array([campaign.control_arm for campaign in found]),
        }
    )


def _orders(
    truth: TelecomTruth,
    months: Months,
    people: People,
    history: History,
    campaign: Campaign,
    assignment: Assignment,
    converted: Flags,
    uniform: Floats,
) -> Orders:
    """Return the purchases of converted members, between the start and the end of the campaign or of the contract."""
    if not campaign.prices:
        converted = np.zeros_like(converted)
    row, arm = assignment.row[converted], assignment.arm[converted]
    start = _day(campaign.start)
    month = int(np.searchsorted(months.first, start))
    end = history.end[history.contract[row, month], row]
    latest = np.where(end == RUNNING, _day(campaign.end), np.minimum(end, _day(campaign.end)))
    when = uniform[converted] * (latest - start + 1)
    day = when.astype(np.int64)
    second = (10 * 3_600 + (when - day) * 11 * 3_600).astype(np.int64)
    prices = in_cents(np.array([campaign.prices.get(name, 0.0) for name in campaign.arms]))
    number = truth.campaigns.index(campaign)
    channel = np.where(people.app[row], SALES_CHANNELS.index("app"), SALES_CHANNELS.index("web"))
    return purchase_orders(
        truth,
        row,
        (start + day) * DAY + second * SECOND,
        prices[arm],
        np.full(len(row), number),
        channel,
    )


def _day(date: Any) -> int:
    return int(np.datetime64(date, "D").astype(np.int64))
