"""What is said of a campaign that is only planned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segkit.campaigns.records import LiftMetric, Looks
from segkit.customers.partition import Segment
from segkit.data.schema import Money
from segkit.page.result import Result


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """Size and duration in one segment; money in major units.

    Attributes:
        segment: None for all customers.
        customers: how many can be assigned today.
        weekly: how many come in a week, as of late.
        mean, deviation: of the outcome a customer, over as many weeks as the campaign is to run.
        explained: share of the variance that the same outcome in the weeks before explains.
        per_arm: customers that each of two arms needs to find the effect; None with `reason`.
        waiting: weeks until as many are there; 0 where they are, None where they would not be within two years.
        weeks: waiting and the campaign's own weeks; None likewise.
        detectable: smallest difference that today's customers, halved, would find; None with `reason`.
        reason: why the segment cannot be planned for; None where it can.
    """

    segment: Segment | None
    customers: int
    weekly: float
    mean: float | None
    deviation: float | None
    explained: float
    per_arm: int | None
    waiting: int | None
    weeks: int | None
    detectable: float | None
    reason: str | None


@dataclass(frozen=True, slots=True, repr=False)
class CampaignPlan(Result):
    """How many customers, and how long, a planned campaign of one arm and a control of equal size needs.

    Attributes:
        as_of: the report's date.
        segmentation: title.
        unit_name, money: as in the dataset.
        metric: the outcome; None with `refusal`.
        weeks: how long the campaign is to run.
        effect: the difference a customer that is to be found, in the outcome's unit.
        level, power: of the two-sided test.
        looks: how weekly looks are paid for; `inflation` is what they add to the customers, as a factor.
        flow_weeks: over how many weeks newcomers were counted.
        rows: all customers first, then one a segment.
        smallest: segments of fewer customers are not shown.
        refusal: why nothing can be planned from these data; None where it can.
    """

    as_of: dt.date
    segmentation: str
    unit_name: str
    money: Money
    metric: LiftMetric | None
    weeks: int
    effect: float
    level: float
    power: float
    looks: Looks
    inflation: float
    flow_weeks: int
    rows: tuple[PlannedSegment, ...]
    smallest: int
    refusal: str | None = None

    def describe(self) -> str:
        return f"{self.segmentation}, {self.weeks} weeks from {self.as_of}"
