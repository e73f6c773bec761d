"""Options of `churn.risk`: what counts as leaving, how far ahead, which models compete.

They are the section `churn:` of a dataset file, too.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from segkit.churn.measure.departures import ChurnDefinition
from segkit.churn.measure.rhythm import Rhythm
from segkit.customers.periods import months_before
from segkit.data.engine import MOST_SAMPLED
from segkit.data.options import Options
from segkit.errors import ParameterError
from segkit.learning.features import CONTRACT_EDGES

HorizonUnit = Literal["week", "month"]
LABELS: Final = {
    "logistic": "logistic regression",
    "boosting": "gradient boosting",
    "purchases": "purchase model",
    "simple": "simple rule",
}
"""Models by name; `simple` always takes part, as the rule that the others have to beat."""
_MOST_HORIZON: Final = {"week": 104, "month": 24}


class ChurnOptions(Options):
    """What counts as leaving, how far ahead, which models compete, and what a call costs."""

    horizon: int = Field(default=3, description="how many weeks or months after the as-of date count")
    unit: HorizonUnit = Field(default="month", description="week, or calendar month")
    involuntary: tuple[str, ...] = Field(
        default=(), description="reasons of an end that the customer did not choose, such as payment failed"
    )
    voluntary_only: bool = Field(default=False, description="whether only ends that the customer chose count")
    category: str = Field(
        default="", description="no contracts: only purchases of this category count, such as recharge; empty for all"
    )
    active_days: int = Field(
        default=365, description="no contracts: a customer who bought within so many days can be lost"
    )
    rhythm: float = Field(
        default=0.0,
        description="no contracts: a customer has lapsed once their silence exceeds so many times their usual gap "
        "between purchases; 0 for no purchase within the horizon",
    )
    single_gap: float = Field(
        default=60.0, description="with rhythm: the usual gap, in days, of customers who bought on one day only"
    )
    snapshots: int = Field(
        default=6, description="the most earlier dates to learn from; the latest of them is held out"
    )
    training_rows: int = Field(default=40_000, description="the most rows to fit a model on, drawn by customer")
    models: tuple[str, ...] = Field(
        default=(), description="models that compete: logistic, boosting, purchases; empty for all that fit"
    )
    contract_edges: tuple[float, ...] = Field(
        default=CONTRACT_EDGES, description="months under contract at which the bands of contract age begin"
    )
    leave_out: tuple[str, ...] = Field(default=(), description="features that are not used, by name")
    too_good: float = Field(
        default=0.85, description="a single feature with at least this area under the curve is taken for a leak"
    )
    level: float = Field(default=0.9, description="share of intervals that should contain what comes")
    save_rate: float = Field(
        default=0.2, description="share of leavers who stay if they are called; stated by the company, not measured"
    )
    contact_cost: float = Field(default=5.0, description="cost of a call or offer, in the dataset's currency")
    margin: float = Field(default=1.0, description="share of revenue that counts as value")

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if not 1 <= self.horizon <= _MOST_HORIZON[self.unit]:
            raise ValueError(f"horizon: {self.horizon} is not from 1 to {_MOST_HORIZON[self.unit]} {self.unit}s.")
        if not 2 <= self.snapshots <= 24:
            raise ValueError(f"snapshots: {self.snapshots} is not from 2 to 24.")
        if not 1_000 <= self.training_rows <= MOST_SAMPLED:
            raise ValueError(f"training_rows: {self.training_rows} is not from 1,000 to {MOST_SAMPLED:,}.")
        if list(self.contract_edges) != sorted(set(self.contract_edges)) or not self.contract_edges:
            raise ValueError("contract_edges: write months, ascending, such as 6, 12, 24.")
        if not 0.5 < self.too_good <= 1:
            raise ValueError(f"too_good: {self.too_good} is not above 0.5 and up to 1. Write 0.85.")
        if not 0.5 <= self.level < 1:
            raise ValueError(f"level: {self.level} is not from 0.5 to below 1. Write 0.9 for 90 %.")
        if not 0 < self.save_rate <= 1:
            raise ValueError(f"save_rate: {self.save_rate} is not above 0 and up to 1. Write 0.2 for one in five.")
        if not 0 < self.margin <= 1:
            raise ValueError(f"margin: {self.margin} is not above 0 and up to 1. Write 0.25 for 25 % of revenue.")
        if self.contact_cost < 0 or self.active_days < 1:
            raise ValueError("contact_cost must not be negative; active_days must be 1 or more.")
        if self.rhythm and not 1 <= self.rhythm <= 50:
            raise ValueError(
                f"rhythm: {self.rhythm} is not from 1 to 50 times the usual gap. Write 3, or 0 for no purchase within "
                "the horizon."
            )
        if not 1 <= self.single_gap <= 3650:
            raise ValueError(f"single_gap: {self.single_gap} is not from 1 to 3,650 days. Write 60.")
        unknown = [name for name in self.models if name not in LABELS]
        if unknown:
            raise ValueError(f"models: `{unknown[0]}` is not known. Write {', '.join(LABELS)}.")
        return self

    def candidates(self, contractual: bool) -> tuple[str, ...]:
        """Return the models to choose from, the simple rule last.

        Raises:
            ParameterError: a model of purchases is asked for where leaving is something else than buying nothing, or
                a rhythm where customers end a contract.
        """
        if contractual and self.rhythm:
            raise ParameterError(
                "rhythm: it is for customers who fall silent without a word. Here they end a contract on a known date "
                "(relation: contractual). Leave it out."
            )
        if contractual and "purchases" in self.models:
            raise ParameterError(
                "models: `purchases` is for customers who fall silent without a word. Here they end a contract on a "
                "known date (relation: contractual). Write logistic or boosting."
            )
        if self.rhythm and "purchases" in self.models:
            raise ParameterError(
                "models: `purchases` says who buys nothing within the horizon, which is not who lapses by their own "
                "rhythm. Write logistic or boosting, or leave rhythm out."
            )
        every = ("logistic", "boosting") if contractual or self.rhythm else ("logistic", "boosting", "purchases")
        asked = tuple(name for name in every if not self.models or name in self.models)
        return (*asked, "simple")

    def definition(self, contractual: bool) -> ChurnDefinition:
        """Return what counts as leaving."""
        return ChurnDefinition(
            contractual,
            tuple(self.involuntary),
            self.voluntary_only,
            "" if contractual else self.category,
            self.active_days,
            Rhythm(self.rhythm, self.single_gap) if self.rhythm and not contractual else None,
        )

    def ends(self, day: dt.date) -> tuple[dt.date, ...]:
        """Return the last days of the units of time after a day, up to the horizon's end."""
        return tuple(shifted(day, step, self.unit) for step in range(1, self.horizon + 1))


def shifted(day: dt.date, steps: int, unit: HorizonUnit) -> dt.date:
    """Return the day so many units of time later (earlier where negative), calendar-true.

    >>> shifted(dt.date(2024, 1, 31), 1, "month"), shifted(dt.date(2024, 1, 31), -1, "week")
    (datetime.date(2024, 2, 29), datetime.date(2024, 1, 24))
    """
    return months_before(day, -steps) if unit == "month" else day + dt.timedelta(days=7 * steps)
