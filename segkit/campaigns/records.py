"""Records of a campaign: plain numbers, with money in major units and shares as fractions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from segkit.campaigns.chosen_records import Chosen
from segkit.campaigns.models.cuped import CupedHealth
from segkit.campaigns.models.effect_reading import EffectReading
from segkit.campaigns.models.evidence import Evidence
from segkit.campaigns.models.heterogeneity import Heterogeneity
from segkit.campaigns.models.profit import Profit
from segkit.campaigns.models.selection import Winner
from segkit.campaigns.models.verdict import Verdict
from segkit.campaigns.ranking_records import UpliftRankings
from segkit.customers.partition import Segment
from segkit.data.coverage import Coverage
from segkit.data.schema import Money
from segkit.page.result import Result
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal

Looks = Literal["group-sequential", "always-valid", "once"]
"""How weekly looks are paid for: an O'Brien-Fleming plan of one look a week, a confidence sequence, or not at all."""

MetricUnit = Literal["share", "money", "count"]


@dataclass(frozen=True, slots=True)
class LiftMetric:
    """One outcome, per assigned customer.

    Attributes:
        key: column name.
        label: its name for readers.
        unit: share (of 0/1), money (major units) or count.
        better: which direction is good.
        skewed: whether few customers make most of it, so that intervals are widened for skewness.
        covariate: column measured before the campaign that explains part of it; None where the data do not reach back.
        over: column that the metric is divided by, for a ratio of totals; None for a mean.
    """

    key: str
    label: str
    unit: MetricUnit
    better: Literal["up", "down"]
    skewed: bool
    covariate: str | None
    over: str | None = None


@dataclass(frozen=True, slots=True)
class DrawnGroups:
    """Whole groups, such as households or stores, were drawn into the arms.

    Attributes:
        name: the column that identifies them, in words.
        counts: groups of each arm.
        unknown: customers without a group, each counted as one alone.
    """

    name: str
    counts: tuple[int, ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """Facts of a campaign: what was run, on whom, and how much of it can be seen.

    Attributes:
        campaign_id, name: the campaign.
        start: first day.
        end: last day on which an outcome counts; None where the data state none, so that the campaign goes on.
        as_of: the report's date.
        last: last day whose outcomes are seen: `end`, the report's date or the last day that arrived, whichever is first.
        randomised: whether chance alone decided who got which arm, as the data say.
        arms: names of the arms, the control first. Without a control arm, the control is everybody else.
        customers: how many each arm has.
        chosen_control: whether the control is made of customers who were simply not in the campaign.
        unit_name: what a customer is called.
        look: number of this weekly look.
        planned_looks: how many looks the campaign has; None where it has no end.
        looks: how repeated looks are paid for.
        level: confidence level of every interval.
        drawn_groups: the groups that were drawn; None where customers were drawn one by one.
        coverage: how far the data reach.
        reachable: how many customers a campaign could be sent to today: those under contract, or all where nobody ends a
            contract; None where that was not counted.
    """

    campaign_id: str
    name: str
    start: dt.date
    end: dt.date | None
    as_of: dt.date
    last: dt.date
    randomised: bool
    arms: tuple[str, ...]
    customers: tuple[int, ...]
    chosen_control: bool
    unit_name: str
    money: Money
    look: int
    planned_looks: int | None
    looks: Looks
    level: float
    drawn_groups: DrawnGroups | None = None
    coverage: Coverage | None = None
    reachable: int | None = None

    @property
    def control(self) -> str:
        """The arm that got nothing."""
        return self.arms[0]

    @property
    def days_seen(self) -> int:
        """Days of the outcome window that are in the data."""
        return (self.last - self.start).days + 1

    @property
    def days_planned(self) -> int:
        """Days of the whole outcome window; up to the report's date where the campaign has no end."""
        return ((self.end or self.as_of) - self.start).days + 1

    @property
    def ended(self) -> bool:
        """Whether the campaign has an end, and it has come."""
        return self.end is not None and self.end <= self.as_of

    @property
    def cut_short(self) -> bool:
        """Whether outcomes stop before the report's date and the campaign's end, as nothing later has arrived."""
        return self.last < min(self.end or self.as_of, self.as_of)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against another on one metric.

    Attributes:
        metric: the outcome.
        treated, control: arms.
        effect: the effect that the page shows, adjusted by what customers did before where that is sound.
        plain: the effect without adjustment; the same object where there is none.
        health: whether to trust the adjustment; None where there is no covariate.
        capped: effect on skewed money with amounts cut at a cap; None for other metrics.
        holm, benjamini_hochberg: p-values adjusted for all pairs of arms on this metric.
    """

    metric: LiftMetric
    treated: str
    control: str
    effect: Effect | Refusal
    plain: Effect | Refusal
    health: CupedHealth | None
    capped: Effect | Refusal | None
    holm: float | None
    benjamini_hochberg: float | None


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """The effect in one segment, measured and shrunken towards the whole.

    Attributes:
        segment: the segment.
        customers: assigned customers of the segment, in all arms.
        raw: effect as measured; a Refusal where there are too few customers or too little variation.
        shrunken, lower, upper: best estimate, and its interval; None where `raw` is a Refusal.
        reading: direction, bounds and smallest detectable effect of `raw`; None where that is a Refusal.
    """

    segment: Segment
    customers: int
    raw: Effect | Refusal
    shrunken: float | None
    lower: float | None
    upper: float | None
    reading: EffectReading | None


@dataclass(frozen=True, slots=True)
class SegmentEffects:
    """The effects of one arm on one metric, by segment.

    Attributes:
        metric, arm: what is compared with the control.
        segmentation: title of the segmentation.
        total: the overall effect that the shrunken ones add up to (weighted by customers).
        test: whether segments differ at all; None where fewer than two can be measured.
        rows: one per segment, in their order.
        best: the best segment, corrected for being chosen; None where there is nothing to choose.
    """

    metric: LiftMetric
    arm: str
    segmentation: str
    total: Effect
    test: Heterogeneity | None
    rows: tuple[SegmentEffect, ...]
    best: tuple[Segment, Winner] | None


@dataclass(frozen=True, slots=True)
class Cap:
    """The cap on skewed money.

    Attributes:
        quantile: its quantile among the buyers of all arms.
        value: the cap, major units.
        share_above: share of the whole that customers above it bring; None where the whole is not positive.
        customers_above: how many these customers are; None where they are too few to be shown.
    """

    quantile: float
    value: float
    share_above: float | None
    customers_above: int | None


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """How many of an arm's assigned customers came how far. Shares are of the assigned (intention to treat).

    Attributes:
        arm: the arm.
        assigned: all of its customers.
        sent, opened, clicked, converted: how many of these; None where it is not known, or where they are too few to be
            shown.
        hidden: whether one of these numbers is too small to be shown.
    """

    arm: str
    assigned: int
    sent: int | None
    opened: int | None
    clicked: int | None
    converted: int | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """Whether an arm paid, in one segment or over all.

    Attributes:
        segment: None for all.
        arm: the arm, compared with the control.
        profit: profit of contacting the arm's customers; None where there is a `refusal`.
        refusal: why there is no profit; None where there is.
        cost: contact and offer cost of the arm, major units.
        wasted: contacts to customers who would have converted anyway; None where conversions are not known.
        wasted_cost: what these contacts cost, in major units.
    """

    segment: Segment | None
    arm: str
    profit: Profit | None
    refusal: str | None
    cost: float
    wasted: float | None
    wasted_cost: float | None


@dataclass(frozen=True, slots=True)
class ChannelCell:
    """One channel in one segment (None: all): the treated arms together, against the control of the same segment.

    Attributes:
        customers: customers assigned to the channel.
        response: share who converted, or mean of the metric where conversions are not known.
        cost: cost per customer, in major units.
        effect: effect on the metric that decides (profit where costs are known).
        chance_best: probability that no other channel is better; None where it cannot be computed.
        shrunken: best estimate of the effect, with segments shrunken towards the channel's effect over all.
    """

    segment: Segment | None
    channel: str
    customers: int
    response: float | None
    cost: float | None
    effect: Effect | Refusal
    chance_best: float | None
    shrunken: float | None


@dataclass(frozen=True, slots=True)
class Channels:
    """Channels compared. `drawn` says whether chance decided the channel; if not, the comparison is Descriptive."""

    metric: LiftMetric
    drawn: bool
    cells: tuple[ChannelCell, ...]


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The value of a rule of sending, per customer, against sending nothing. The customers are not those it was
    learnt from.

    Attributes:
        name: the rule, in words.
        value: gain per customer against sending nothing.
        lower, upper: its interval.
        contacted: share of customers that the rule contacts.
        gap: what targeting by segment brings per customer, less what this rule brings the same customers, with its
            interval; 0 for targeting itself.
    """

    name: str
    value: float
    lower: float
    upper: float
    contacted: float
    gap: float
    gap_lower: float
    gap_upper: float


@dataclass(frozen=True, slots=True)
class Policies:
    """Rules of sending, compared on one metric: nothing, each arm for all, and last the one targeted by segment."""

    metric: LiftMetric
    rows: tuple[PolicyRow, ...]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """How many customers a repeat needs in a segment to find the stated effect."""

    segment: Segment
    effect: float
    needed: int
    available: int


@dataclass(frozen=True, slots=True, repr=False)
class CampaignLift(Result):
    """What a campaign changed, for whom, and whether it paid.

    Where `evidence.publishable` is False, everything below `checks` is empty, except the counts of the funnel: the page
    then says why and shows no effect.

    Attributes:
        facts: what was run.
        evidence: Randomised, Adjusted or Descriptive, and why the badge is no better.
        checks: verdict of every check of validity.
        metrics: outcomes; the one that decides comes first.
        funnel: one step per arm.
        comparisons: every arm against the control and against each other arm, on each metric.
        cap: the cap on skewed money; None where there is none.
        by_segment: effects by segment of the page's segmentation, for the deciding metric and conversion, of each
            treated arm.
        elsewhere: whether effects differ between the segments of other segmentations.
        money: profit by segment and arm.
        channels, policies: None where there is only one channel or arm, or no randomisation.
        chosen: comparisons of a campaign that was not randomised; None for a randomised one.
        plan: customers that each segment needs for a planned repeat.
        ranking: ranking of single customers by uplift, or why there is none; None where nobody asked for one.
    """

    facts: CampaignFacts
    evidence: Evidence
    checks: tuple[Verdict, ...]
    metrics: tuple[LiftMetric, ...]
    segments: tuple[Segment, ...]
    segmentation: str
    funnel: tuple[FunnelStep, ...]
    comparisons: tuple[Comparison, ...] = ()
    cap: Cap | None = None
    by_segment: tuple[SegmentEffects, ...] = ()
    elsewhere: tuple[SegmentEffects, ...] = ()
    money: tuple[MoneyRow, ...] = ()
    channels: Channels | None = None
    policies: Policies | None = None
    chosen: Chosen | None = None
    plan: tuple[PlanRow, ...] = ()
    ranking: UpliftRankings | None = None
    smallest: int = 1
    subject: str = ""

    @property
    def coverage(self) -> Coverage | None:
        """How far the data reach."""
        return self.facts.coverage

    def describe(self) -> str:
        return f"{self.facts.name}, arms {', '.join(self.facts.arms)}, seen to {self.facts.last}"
