"""The record of a snapshot: who had left by its day, and whom of those who are still there they were like."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pandas as pd

from segkit.churn.records import Candidate, Driver
from segkit.customers.partition import Segment
from segkit.data.coverage import Coverage
from segkit.data.schema import Money
from segkit.page.result import Result
from segkit.statistics.beyond_chance import ranks_beyond_chance, shares_beyond_chance


@dataclass(frozen=True, slots=True, repr=False)
class SnapshotRisk(Result):
    """Who had left by the day of a snapshot, and how likely those who are still there are to be among such customers.

    A snapshot says who has left, and not when. So a risk here is a likeness: of all customers with these features, the
    share that had left by the day. It is no chance within a time.

    Attributes:
        subject: the dataset's title.
        title: what the segmentation is called.
        unit_name: what customers are called.
        money: how amounts are written.
        taken: the day of the snapshot.
        end: the report's date.
        smallest: groups of fewer customers are not shown.
        valued: whether the data say what a month brings.
        customers: how many there are in all.
        left: how many of them had left; None where that, or the rest, is fewer than the smallest group.
        segments: the segments in the fixed order.
        frame: a row for each segment: segment, customers, left, rate (left ÷ customers), predicted (the mean risk of all
            of them, which rate is compared with), there (customers who are still there), risk (their mean risk), value
            (what they bring a month, major units), at_risk (risk × value), suppressed. <NA> and NaN where suppressed or
            refused.
        refusal: why there is no risk, in words; None where there is one. With a refusal, predicted, risk and at_risk are
            NaN, and what follows is empty.
        mean_risk: the mean risk of those who are still there.
        value, at_risk: what they bring a month; how much of it weighs by risk. In major units.
        candidates: all models as tested on customers whom they had not seen, the best first.
        folds: how many parts the customers were divided into for that test.
        beats_simple: whether the best model beats the simple rule in log loss and in area under the curve.
        simple: the simple rule, in words.
        tenths: columns tenth (1 = highest risk), customers, predicted, observed, share (of all who left); empty where
            too few left or stayed in a tenth.
        distribution: columns low, high (of risk), customers, at_risk, of those who are still there.
        drivers: what goes with having left; those of the most important feature first.
        dropped: what a reader calls a feature → why it was not used.
        rows: how many customers the models were fitted on.
        coverage: how far the data reach.
    """

    subject: str
    title: str
    unit_name: str
    money: Money
    taken: dt.date
    end: dt.date
    smallest: int
    valued: bool
    customers: int
    left: int | None
    segments: tuple[Segment, ...]
    frame: pd.DataFrame
    refusal: str | None = None
    mean_risk: float | None = None
    value: float = 0.0
    at_risk: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    folds: int = 0
    beats_simple: bool = False
    simple: str = ""
    tenths: pd.DataFrame = field(default_factory=pd.DataFrame)
    distribution: pd.DataFrame = field(default_factory=pd.DataFrame)
    drivers: tuple[Driver, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    coverage: Coverage | None = None

    @property
    def tells_apart(self) -> bool:
        """Whether those who left are told from the others beyond chance, by the model or by the segments."""
        used = next((one for one in self.candidates if one.used), None)
        left = self.left or 0
        if used is not None and ranks_beyond_chance(used.auc, left, self.customers - left):
            return True
        known = self.frame.dropna(subset=["customers", "left"])
        return shares_beyond_chance(known["left"].astype(int).tolist(), known["customers"].astype(int).tolist())

    def describe(self) -> str:
        return f"{self.title}, {self.customers:,} {self.unit_name} in a snapshot of {self.taken}"
