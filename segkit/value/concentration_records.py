"""The record of how value is spread over customers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from segkit.data.schema import Money
from segkit.page.result import Result


@dataclass(frozen=True, slots=True, repr=False)
class Concentration(Result):
    """How unevenly value is spread over customers, as measured (not assumed to be 80/20).

    Groups are rounded up to whole customers; customers are ordered by value, ties by customer id.

    Attributes:
        customers: how many there are, including those without value.
        total: their net value in major units.
        top_shares: share of customers (0.01, 0.1, 0.2, 0.5) → the share of net value that they bring. Shares of fewer
            than `smallest` customers are left out.
        share_for_80: the smallest share of customers who bring 80 % of the value; None where the total is not
            positive.
        gini: the Gini coefficient, in which net value below zero counts as zero.
        below_zero: how many customers have net value below zero; None where they are too few to be shown.
        lorenz: columns customers_share, value_share: 101 points from 0 to 1, cumulative from the least valuable
            customer up. There are fewer points where two neighbours would be fewer than `smallest` customers apart.
        deciles: columns decile (1 = the most valuable tenth), customers, value, value_share, mean_value. No rows
            where a tenth has fewer than `smallest` customers.
        smallest: groups of fewer customers are not shown.
    """

    value_name: str
    unit_name: str
    money: Money
    end: dt.date
    customers: int
    total: float
    top_shares: dict[float, float]
    share_for_80: float | None
    gini: float | None
    below_zero: int | None
    lorenz: pd.DataFrame
    deciles: pd.DataFrame
    smallest: int = 1

    def describe(self) -> str:
        return f"{self.value_name} of {self.customers:,} {self.unit_name}, {self.end}"
