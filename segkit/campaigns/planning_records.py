"""Records of a campaign that is only planned."""

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
        weekly: how many new ones come per week, as counted over the last weeks.
        mean, deviation: mean and standard deviation of the outcome per customer, over as many weeks as the campaign
            will run.
        explained: share of the variance that the outcome of the weeks before explains.
        per_arm: customers that each of the two arms needs to find the effect; None where there is a `reason`.
        waiting: weeks until there are so many customers; 0 where there are already, None where two years are too few.
        weeks: `waiting` plus the weeks of the campaign itself; None where `waiting` is.
        detectable: smallest difference that today's customers would find, half of them in each arm; None where there
            is a `reason`.
        reason: why nothing can be planned for the segment; None where it can.
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
    """How many customers, and how many weeks, a planned campaign needs that has one arm and a control of equal size.

    Attributes:
        as_of: the report's date.
        segmentation: title of the segmentation.
        unit_name: what a customer is called.
        money: the dataset's money.
        metric: the outcome; None where there is a `refusal`.
        weeks: how many weeks the campaign will run.
        effect: the difference per customer that it has to find, in the outcome's unit.
        level: confidence level of the two-sided test.
        power: chance that the test finds the effect.
        looks: how weekly looks are paid for.
        inflation: factor by which weekly looks raise the number of customers.
        flow_weeks: number of weeks over which newcomers were counted.
        rows: all customers first, then one row per segment.
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
