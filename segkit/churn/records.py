"""The records of churn: observed, predicted, tested. Shares are fractions; money is in major units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segkit.customers.partition import Segment
from segkit.data.coverage import Coverage
from segkit.data.schema import Money
from segkit.news.judgement import Judgement
from segkit.page.result import Result

_COMPARED = (12, 6, 3, 1)

Leaving = Literal["leave", "stay away", "lapse"]
"""What leaving is called: ending a contract, no purchase within the horizon, silence beyond one's own rhythm."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen: who could leave, and who did. Never a prediction.

    Attributes:
        periods: columns start, end, customers (there at the start), left, involuntary, rate (left ÷ customers). There
            is a row for each period, the oldest first; the last one ends with the as-of date. <NA> and NaN where
            fewer than the smallest group were there, left or stayed.
        judgement: whether the last rate is news, what was expected, and what would have been news.
        segments: columns segment, customers, left, rate, suppressed, of the held-out horizon, in the fixed order.
            `suppressed` is True where too few were there, left or stayed, or where the row would reveal such a
            number.
        cohorts: columns cohort (words), customers, left, rate, suppressed, by when customers began.
        sensitivity: columns units (1 to the horizon and beyond), customers, left, rate: the share that would count as
            lost under other horizons, all from one day.
        since: the day from which segments and cohorts are counted.
    """

    periods: pd.DataFrame
    judgement: Judgement
    segments: pd.DataFrame
    cohorts: pd.DataFrame
    sensitivity: pd.DataFrame
    since: dt.date


@dataclass(frozen=True, slots=True)
class Candidate:
    """How one model did on the held-out horizon, which it had not seen.

    Attributes:
        name, label: the model's name in code, and for readers.
        auc, brier, log_loss: scores of its probabilities.
        slope: the calibration slope.
        error: the calibration error, over tenths.
        mean: the mean predicted risk.
        lift: the share that left in its top tenth ÷ the share that left.
        used: whether the report's numbers come from it.
    """

    name: str
    label: str
    auc: float
    brier: float
    log_loss: float
    slope: float
    error: float
    mean: float
    lift: float
    used: bool


@dataclass(frozen=True, slots=True)
class HeldOutChurn:
    """The last horizon's predictions against what happened since. The models knew nothing after `origin`.

    Attributes:
        origin, end: the day before the held-out horizon, and its last day.
        customers, left: how many could leave, and how many did.
        candidates: all models, the best first.
        beats_simple: whether the best model beats the simple rule in log loss and in area under the curve.
        simple: the simple rule, in words.
        tenths: columns tenth (1 = highest risk), customers, predicted, observed, share (of all who left); empty where
            a tenth is smaller than the smallest group.
        model_error: the relative error of segments' risks beyond chance; it widens their intervals.
        total_error: the same for all customers together.
        horizons: how many horizons it was measured over; the fewer, the wider the intervals.
    """

    origin: dt.date
    end: dt.date
    customers: int
    left: int
    candidates: tuple[Candidate, ...]
    beats_simple: bool
    simple: str
    tenths: pd.DataFrame
    model_error: float
    total_error: float
    horizons: int = 2


@dataclass(frozen=True, slots=True)
class Driver:
    """What goes with leaving, with all else in the model held fixed. An association, not an effect.

    Attributes:
        feature: the feature's name.
        label: the driver in words, with its level or step ("plan: Prepaid Go", "tickets in the last 3 months").
        step: the length of the step in the feature's own unit; a factor where `doubling`; None for an indicator.
        doubling: whether the step doubles the feature.
        against: what an indicator is compared with; "" for a step.
        odds_ratio, odds_low, odds_high: the odds ratio with a 95 % interval.
        difference, low, high: the difference of the risk, a fraction (0.01 is one percentage point), with a 95 %
            interval.
        share: the share of customers whom an indicator is true of; None for a step.
        clear: whether the interval excludes no association.
        importance: the fall of the area under the curve when the feature is shuffled on the held-out horizon.
    """

    feature: str
    label: str
    step: float | None
    doubling: bool
    against: str
    odds_ratio: float
    odds_low: float
    odds_high: float
    difference: float
    low: float
    high: float
    share: float | None
    clear: bool
    importance: float

    @property
    def sure(self) -> bool:
        """Whether both intervals, of the odds and of the risk, exclude no association."""
        return self.clear and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class RetentionCurve:
    """How long customers stay, of one plan or of those who began in one quarter.

    Attributes:
        name: the plan, or the quarter.
        customers: how many contracts were seen.
        months: the months 0, 1, 2 …
        share: the share still there (Kaplan-Meier, late entry), as long as at least 30 contracts were under
            observation.
        low, high: its bounds at 95 %.
        projected: the share by the counted chances of leaving, month by month; for a quarter it goes beyond what was
            seen. None where no projection is possible.
        remaining: the mean months, of the next 60, that customers who are there will stay; None likewise.
        model: the name of the model that the counts lean on; "" where there is none.
    """

    name: str
    customers: int
    months: tuple[int, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    projected: tuple[float, ...] | None
    remaining: float | None
    model: str


@dataclass(frozen=True, slots=True)
class RiskChange:
    """The mean risk now and one period ago, by the same model.

    Attributes:
        previous_end: the earlier date.
        previous, now: the mean risk on each date.
        beyond_chance: whether the change is more than three standard errors.
    """

    previous_end: dt.date
    previous: float
    now: float
    beyond_chance: bool


@dataclass(frozen=True, slots=True)
class UsualGap:
    """How long customers who can fall silent usually wait between purchases.

    Attributes:
        customers: how many have bought on two days or more.
        days: the median of their mean gaps, in days.
        horizon: the days without a purchase after which a customer counts as lost.
        longer: the share of them whose mean gap is longer than the horizon.
        enough: how many units the horizon needs to be as long as the mean gaps of nine in ten of them.
    """

    customers: int
    days: float
    horizon: int
    longer: float
    enough: int

    @property
    def short(self) -> bool:
        """Whether most of them would count as lost although they buy as usual."""
        return self.days > self.horizon


@dataclass(frozen=True, slots=True, repr=False)
class ChurnRisk(Result):
    """Who may leave within the horizon, by segment, with what is at stake.

    Attributes:
        title: what the segmentation is called.
        unit_name: what customers are called.
        contractual: whether customers end a contract or fall silent.
        leaving: what leaving is called: customers leave, stay away for the horizon, or lapse by their own rhythm.
        event: what counts as leaving, in words.
        eligible: who can leave, in words.
        end, horizon_end, horizon_words: the as-of date, the last day that counts, and the horizon such as "3 months".
        refusal: why there is no prediction, in words; None where there is one. With a refusal, all that is predicted
            is None or empty.
        observed: what was seen; None where nothing can be shown.
        customers, expected, low, high: how many can leave; how many of them are expected to, with the interval.
        value, at_risk: what the horizon would bring if nobody left; how much of it is expected to be lost.
        segments: the segments in the fixed order.
        frame: a row for each segment: segment, customers, risk, low, high (NaN where refused), expected, value,
            at_risk, suppressed, note (why there is no number).
        distribution: columns low, high (of risk), customers, at_risk.
        matrix: columns risk (words, highest first), value (words, most valuable first), customers, at_risk (NaN where
            suppressed).
        losses: columns start, end, customers, value: the expected losses in each unit of the horizon.
        save: columns customers, profit: the profit of a save list of that length, in steps of a tenth of the best
            length and beyond it.
        save_customers, save_profit: the length with the highest profit, and that profit; None where the list has
            fewer customers than the smallest group.
        drivers: the drivers, those of the most important feature first; each holds the importance of its feature.
        drift: columns feature, label, psi: how far today's customers are from those of training.
        score_psi: the same for risks.
        change: the mean risk against the previous period; None where the data do not reach back.
        curves, cohort_curves: retention by plan, and by the quarter in which contracts began; empty where customers
            fall silent.
        unseen: what a reader calls a category → customers with a value that training did not see; None for fewer than the
            smallest group.
        dropped: what a reader calls a feature → why it was not used.
        method: sentences on how the risk was computed.
        usual_gap: how long customers wait between purchases; None under contract and where it is not known.
        coverage: how far the data reach.
        valued: whether the data hold amounts; without them nothing is said of what is at stake.
    """

    title: str
    unit_name: str
    contractual: bool
    event: str
    eligible: str
    money: Money
    end: dt.date
    horizon_end: dt.date
    horizon_words: str
    level: float
    smallest: int
    refusal: str | None
    observed: Observed | None
    customers: int = 0
    expected: float = 0.0
    low: float = 0.0
    high: float = 0.0
    value: float = 0.0
    at_risk: float = 0.0
    segments: tuple[Segment, ...] = ()
    frame: pd.DataFrame | None = None
    distribution: pd.DataFrame | None = None
    matrix: pd.DataFrame | None = None
    losses: pd.DataFrame | None = None
    held_out: HeldOutChurn | None = None
    drivers: tuple[Driver, ...] = ()
    drift: pd.DataFrame | None = None
    score_psi: float = 0.0
    change: RiskChange | None = None
    curves: tuple[RetentionCurve, ...] = ()
    cohort_curves: tuple[RetentionCurve, ...] = ()
    unseen: tuple[tuple[str, int | None], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    method: tuple[str, ...] = ()
    save_customers: int | None = 0
    save_profit: float | None = 0.0
    save_rate: float = 0.0
    contact_cost: float = 0.0
    leaving: Leaving = "leave"
    subject: str = ""
    usual_gap: UsualGap | None = None
    coverage: Coverage | None = None
    valued: bool = True

    @property
    def cohort_month(self) -> int | None:
        """The months after which at least two cohorts can be compared: twelve, or as many as were seen of two."""
        for month in _COMPARED:
            if sum(curve.months[-1] >= month for curve in self.cohort_curves) > 1:
                return month
        return None

    def describe(self) -> str:
        return f"{self.title}, {self.horizon_words} from {self.end}"


@dataclass(frozen=True, slots=True, repr=False)
class ChurnOutlook(Result):
    """Who may leave, for a page about something else: the numbers of `ChurnRisk` with fewer views.

    Attributes:
        risk: the numbers.
    """

    risk: ChurnRisk

    @property
    def coverage(self) -> Coverage | None:
        """How far the data reach."""
        return self.risk.coverage

    def describe(self) -> str:
        return self.risk.describe()
