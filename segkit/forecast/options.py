"""What a reckoning of customer value may be told: horizon, discount, margin, models, backtest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, get_args

from segkit.customers.periods import months_before
from segkit.customers.table import TimeUnit
from segkit.errors import ParameterError

Relation = Literal["non_contractual", "contractual"]

NON_CONTRACTUAL: Final = ("BG/NBD", "MBG/NBD", "Pareto/NBD")
CONTRACTUAL: Final = ("sBG", "BdW")
_MOST_MONTHS: Final = 120


@dataclass(frozen=True, slots=True)
class ValueOptions:
    """How customer value is computed.

    Attributes:
        horizon_months: calendar months that the value to come covers.
        annual_rate: effective discount rate of a year, e.g. 0.10.
        margin: share of revenue that stays; None takes it from the data, or leaves revenue where they do not know it.
        models: candidates; empty for those of the dataset's relation (BG/NBD and MBG/NBD, or sBG and BdW).
        time_unit: unit of recency and T in the fit.
        resolution_days: width of the cells in days (from 28 on: around a year, narrower below); 0 for the finest
            that fits.
        most_cells: cells that may cross; more are coarsened, and the record says so.
        level: share of held-out periods that intervals are to cover.
        origins: how many earlier dates the backtest starts from.
        holdout_days: how long each held-out period is; 0 for as long as the history allows.
        smallest: segments with fewer customers are not shown.
    """

    horizon_months: int = 12
    annual_rate: float = 0.10
    margin: float | None = None
    models: tuple[str, ...] = ()
    time_unit: TimeUnit = "week"
    resolution_days: int = 0
    most_cells: int = 5_000
    level: float = 0.9
    origins: int = 4
    holdout_days: int = 0
    smallest: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.horizon_months <= _MOST_MONTHS:
            raise ParameterError(f"horizon_months: {self.horizon_months} is not from 1 to {_MOST_MONTHS}.")
        if not 0 <= self.annual_rate <= 1:
            raise ParameterError(f"annual_rate: {self.annual_rate} is not from 0 to 1. Write 0.1 for 10 % a year.")
        if self.margin is not None and not 0 < self.margin <= 1:
            raise ParameterError(f"margin: {self.margin} is not above 0 and up to 1. Write 0.25 for 25 % of revenue.")
        if self.time_unit not in get_args(TimeUnit):
            raise ParameterError(f"time_unit: `{self.time_unit}` is not known. Write day, week or month.")
        if not 0.5 <= self.level < 1:
            raise ParameterError(f"level: {self.level} is not from 0.5 to below 1. Write 0.9 for 90 %.")
        if not 1 <= self.origins <= 12:
            raise ParameterError(f"origins: {self.origins} is not from 1 to 12.")
        if not 100 <= self.most_cells <= 15_000:
            raise ParameterError(f"most_cells: {self.most_cells} is not from 100 to 15,000.")
        if self.resolution_days < 0 or self.holdout_days < 0 or self.smallest < 1:
            raise ParameterError("resolution_days and holdout_days must not be negative, smallest must be 1 or more.")

    def candidates(self, relation: Relation) -> tuple[str, ...]:
        """The models to choose from.

        Raises:
            ModelError: a model of the other relation is asked for.
        """
        from segkit.errors import ModelError

        if not self.models:
            return CONTRACTUAL if relation == "contractual" else NON_CONTRACTUAL[:2]
        theirs, others = (
            (CONTRACTUAL, NON_CONTRACTUAL) if relation == "contractual" else (NON_CONTRACTUAL, CONTRACTUAL)
        )
        for name in self.models:
            if name in others and relation == "contractual":
                raise ModelError(
                    f"{name} is for customers who fall silent without a word. Here they end a contract on a known "
                    f"date (relation: contractual), so nobody has to guess who left. Ask for {' or '.join(theirs)}."
                )
            if name in others:
                raise ModelError(
                    f"{name} needs to know who has left and when. Here customers fall silent without ending "
                    f"a contract (relation: non_contractual). Ask for {' or '.join(theirs)}."
                )
            if name not in theirs:
                raise ModelError(f"{name} is no model of segkit. Ask for {' or '.join(theirs)}.")
        return self.models

    def horizon_end(self, as_of: dt.date) -> dt.date:
        """Last day of the horizon: so many calendar months on."""
        return months_before(as_of, -self.horizon_months)
