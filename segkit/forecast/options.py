"""Options of forecasts of value: horizon, discount, margin, which models compete, how they are tested."""

from __future__ import annotations

import datetime as dt
from typing import Final, Self

from pydantic import Field, model_validator

from segkit.customers.periods import months_before
from segkit.customers.table import TimeUnit
from segkit.data.options import Options
from segkit.statistics.told import Told

NON_CONTRACTUAL: Final = ("BG/NBD", "MBG/NBD", "Pareto/NBD")
CONTRACTUAL: Final = ("sBG", "BdW")
_MOST_MONTHS: Final = 120


class ValueOptions(Options):
    """How customer value is computed."""

    horizon_months: int = Field(default=12, description="calendar months that the value to come covers")
    annual_rate: float = Field(default=0.10, description="discount rate of a year, such as 0.10")
    margin: float | None = Field(
        default=None,
        description="share of revenue that counts as value; left out: the margin of the data, else all",
    )
    models: tuple[str, ...] = Field(
        default=(),
        description="models that compete, such as BG/NBD or sBG; empty for those of the dataset's relation",
    )
    time_unit: TimeUnit = Field(default="week", description="unit of recency and T in the fit")
    resolution_days: int = Field(
        default=0,
        description="width of a cell of histories in days (from 28 on: around a year, narrower below); 0: the finest",
    )
    most_cells: int = Field(default=5_000, description="cells that may cross; with more they are made coarser")
    level: float = Field(default=0.9, description="share of held-out periods that intervals are to cover")
    origins: int = Field(default=4, description="from how many earlier dates the forecast is tested")
    holdout_days: int = Field(
        default=0, description="length of a held-out period in days; 0 for as long as the history allows"
    )

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if not 1 <= self.horizon_months <= _MOST_MONTHS:
            raise ValueError(f"horizon_months: {self.horizon_months} is not from 1 to {_MOST_MONTHS}.")
        if not 0 <= self.annual_rate <= 1:
            raise ValueError(f"annual_rate: {self.annual_rate} is not from 0 to 1. Write 0.1 for 10 % a year.")
        if self.margin is not None and not 0 < self.margin <= 1:
            raise ValueError(f"margin: {self.margin} is not above 0 and up to 1. Write 0.25 for 25 % of revenue.")
        if not 0.5 <= self.level < 1:
            raise ValueError(f"level: {self.level} is not from 0.5 to below 1. Write 0.9 for 90 %.")
        if not 1 <= self.origins <= 12:
            raise ValueError(f"origins: {self.origins} is not from 1 to 12.")
        if not 100 <= self.most_cells <= 15_000:
            raise ValueError(f"most_cells: {self.most_cells} is not from 100 to 15,000.")
        if self.resolution_days < 0 or self.holdout_days < 0:
            raise ValueError("resolution_days and holdout_days must not be negative.")
        return self

    def candidates(self, relation: str) -> tuple[str, ...]:
        """Return the models to choose from.

        Raises:
            ModelError: a model was asked for that is for the other relation, or not known.
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
                    Told.own(
                        f"{name} is for customers who fall silent without a word. Here they end a contract on a known "
                        f"date (relation: contractual), so nobody has to guess who left. Ask for {' or '.join(theirs)}."
                    )
                )
            if name in others:
                raise ModelError(
                    Told.own(
                        f"{name} needs to know who has left and when. Here customers fall silent without ending "
                        f"a contract (relation: non_contractual). Ask for {' or '.join(theirs)}."
                    )
                )
            if name not in theirs:
                raise ModelError(Told.own(f"{name} is no model of segkit. Ask for {' or '.join(theirs)}."))
        return self.models

    def horizon_end(self, as_of: dt.date) -> dt.date:
        """Return the last day of the horizon, so many calendar months later."""
        return months_before(as_of, -self.horizon_months)
