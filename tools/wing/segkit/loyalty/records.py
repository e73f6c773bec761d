"""Records of how many customers come back regularly."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from segkit.page.result import Result


@dataclass(frozen=True, slots=True, repr=False)
class LoyaltyShare(Result):
    """How many customers come back regularly, as of each period end.

    Attributes:
        unit_name: what a customer is called ("households", "subscribers").
        least: repeat purchase days from which a customer counts as regular.
        smallest: groups of fewer customers are not shown.
        end: the report's date.
        frame: a row a period end, oldest first, columns
            date; customers, regular (whole); share (fraction of customers).
            regular and share are <NA> and NaN where suppressed; share also where there are no customers.
    """

    unit_name: str
    least: int
    smallest: int
    end: dt.date
    frame: pd.DataFrame

    def describe(self) -> str:
        """What the record holds, in one line."""
        return f"{self.unit_name} with {self.least} or more repeat purchase days, {len(self.frame)} period ends"
