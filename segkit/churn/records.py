"""The records of churn: observed, predicted, trusted. Shares are fractions; money is in major units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segkit.customers.partition import Segment
from segkit.data.coverage import Coverage
from segkit.data.schema import Money
from segkit.page.result import Result
from segkit.statistics.variation import Variation

_COMPARED = (12, 6, 3, 1)

Leaving = Literal["leave", "stay away", "lapse"]
"""What leaving is called: ending a contract, no purchase within the horizon, silence beyond one's own rhythm."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen: who could leave, and who did. Never a prediction.

    Attributes:
        periods: columns start, end, customers (there at the start), left, involuntary, rate (left ÷ customers); a row a
            period, oldest first, the last up to the as-of date. <NA> and NaN where fewer than the smallest group were
            there, left or stayed.
        variation: whether the last change of the rate is outside the limits of the changes before it.
        segments: columns segment, customers, left, rate, suppressed (True: too few were there, left or stayed, or it
            would give such a few away), in the held-out horizon; in the fixed order.
        cohorts: columns cohort (words), customers, left, rate, likewise, by when customers began.
        sensitivity: columns units (1 to the horizon and beyond), customers, left, rate: the share that would count as
            lost under other horizons, from one day.
        since: the day from which segments and cohorts are counted.
    """

    periods: pd.DataFrame
    variation: Variation
    segments: pd.DataFrame
    cohorts: pd.DataFrame
    sensitivity: pd.DataFrame
    since: dt.date


@dataclass(frozen=True, slots=True)
class Candidate:
    """How one model did on the held-out horizon, which it had not seen.

    Attributes:
        name, label: of the model.
        auc, brier, log_loss: of its probabilities.
        slope: calibration slope.
        error: calibration error in tenths.
        mean: mean predicted risk.
        lift: share that left in its top tenth ÷ share that left.
        used: whether the report's numbers are its.
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
        origin, end: the held-out horizon.
        customers, left: who could leave, and how many did.
        candidates: the best first.
        beats_simple: whether the best model beats the simple rule in log loss and in area under the curve.
        simple: the simple rule, in words.
        tenths: columns tenth (1 = highest risk), customers, predicted, observed, share (of all who left); empty where a
            tenth is smaller than the smallest group.
        model_error: relative error of segments' risks beyond chance; widens their intervals.
        total_error: the same of the whole.
        horizons: over which it was measured; the fewer, the wider the intervals.
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
    """What goes with leaving, all else in the model alike. An association, not an effect.

    Attributes:
        feature: its name.
        label: in words, with the level or the step ("plan: Prepaid Go", "tickets in the last 3 months").
        step: how far, in the feature's own unit; a factor where `doubling`; None for an indicator.
        doubling: the step doubles the feature.
        against: what an indicator is measured against; "" for a step.
        odds_ratio, odds_low, odds_high: with a 95 % interval.
        difference, low, high: of the risk, a fraction (0.01 is one percentage point), likewise.
        share: of customers whom an indicator is true of; None for a step.
        clear: whether the interval excludes no association.
        importance: fall of the area under the curve when the feature is shuffled on the held-out horizon.
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


@dataclass(frozen=True, slots=True)
class RetentionCurve:
    """How long customers stay, of one plan or of those who began in one quarter.

    Attributes:
        name: the plan, or the quarter.
        customers: contracts that were seen.
        months: 0, 1, 2 …
        share: still there (Kaplan-Meier, late entry); as far as at least 30 contracts were under observation.
        low, high: bounds at 95 %.
        projected: counted at each month of tenure, leaning on sBG or BdW, month by month, of a quarter beyond what was
            seen; None where it cannot be had.
        remaining: mean months that those who are there will stay, of the next 60; None likewise.
        model: its name; "" where none.
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
    """Mean risk against one period ago, by the same model.

    Attributes:
        previous_end: then.
        previous, now: mean risk.
        variation: `news` where it is more than three standard errors, `normal` where not.
    """

    previous_end: dt.date
    previous: float
    now: float
    variation: Variation


@dataclass(frozen=True, slots=True)
class UsualGap:
    """How long customers who can fall silent usually wait between purchases.

    Attributes:
        customers: who have bought on two days or more.
        days: half of them wait longer, by the mean of their own gaps.
        horizon: days after which who has not bought counts as lost.
        longer: share of them whose own gap is longer than the horizon.
        enough: units of the horizon that hold the gaps of nine tenths of them.
    """

    customers: int
    days: float
    horizon: int
    longer: float
    enough: int

    @property
    def short(self) -> bool:
        """Whether most of them would count as lost while they buy as usual."""
        return self.days > self.horizon


@dataclass(frozen=True, slots=True, repr=False)
class ChurnRisk(Result):
    """Who may leave within the horizon, by segment, with what is at stake.

    Attributes:
        title, unit_name: of the segmentation; of a customer.
        contractual: whether customers end a contract or fall silent.
        leaving: what leaving is called: they leave, stay away for the horizon, or lapse by their own rhythm.
        event: what counts as leaving, in words; eligible: who can, in words.
        end, horizon_end, horizon_words: as-of date, last day that counts, "3 months".
        refusal: why there is no prediction, in words; None where there is one. Then what is predicted is None or empty.
        observed: what was seen; None where not even that can be told.
        customers, expected, low, high: who can leave; how many are expected to, with the interval.
        value, at_risk: what the horizon would bring of all of them; expected loss of it.
        segments: in the fixed order.
        frame: a row a segment: segment, customers, risk, low, high (NaN where refused), expected, value, at_risk,
            suppressed, note (why there is no number).
        distribution: columns low, high (of risk), customers, at_risk.
        matrix: columns risk (words, highest first), value (words, most valuable first), customers, at_risk (NaN where
            suppressed).
        losses: columns start, end, customers, value: expected losses in each unit of the horizon.
        save: columns customers, profit: of a list cut at that length (whole tenths of its best length and beyond);
            save_customers, save_profit: where the profit is highest; None where these are fewer than the smallest group.
        drivers: the most important first; importances by feature are in them.
        drift: columns feature, label, psi: how far today's customers are from those of training; score_psi: of risks.
        change: against the previous period; None where the data do not reach.
        curves, cohort_curves: retention by plan, and by the quarter in which contracts began; empty where customers
            fall silent.
        unseen: category → customers with a value that training did not see; None for fewer than the smallest group.
        dropped: feature → why it was not used.
        method: sentences on how it was computed.
        usual_gap: how long customers wait between purchases; None under contract and where it cannot be told.
        coverage: how far the data reach.
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

    @property
    def cohort_month(self) -> int | None:
        """Months after which at least two cohorts can be compared: twelve, or as many as have been seen of two."""
        for month in _COMPARED:
            if sum(curve.months[-1] >= month for curve in self.cohort_curves) > 1:
                return month
        return None

    def describe(self) -> str:
        return f"{self.title}, {self.horizon_words} from {self.end}"


@dataclass(frozen=True, slots=True, repr=False)
class ChurnOutlook(Result):
    """Who may leave, for a page that is about something else: the numbers of `ChurnRisk`, fewer views.

    Attributes:
        risk: what is known of it.
    """

    risk: ChurnRisk

    def describe(self) -> str:
        return self.risk.describe()
