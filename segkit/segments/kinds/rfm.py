"""Segments by recency, frequency and money: scores in equal groups, and a grid that names their combinations."""

from __future__ import annotations

from functools import cache
from importlib import resources
from itertools import product
from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
import yaml
from pydantic import Field, PrivateAttr, model_validator

from segkit.customers.partition import FitRecord
from segkit.segments.kinds.attribute import column_of
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.segments.kinds.value import quantile_group
from segkit.statistics.told import Quoted, Told

_CODE: Final = "_rfm"
_SHOWN: Final = 12
_MEANING: Final = {
    "Champions": "Bought lately, buy often and spend the most.",
    "Loyal": "Buy often and spend well.",
    "Potential Loyalist": "Bought lately, more than once, with moderate spending.",
    "New Customers": "Bought lately, and seldom so far.",
    "Promising": "Bought lately and seldom, with spending that promises more.",
    "Need Attention": "Above average in all three, and slowing down.",
    "About To Sleep": "Below average in recency and frequency.",
    "At Risk": "Bought often and spent well, and not lately.",
    "Cannot Lose Them": "Spent the most, and have not bought for long.",
    "Hibernating": "Bought long ago, seldom and little.",
    "Lost": "Lowest in recency and money.",
}


class Rfm(SegmentationKind):
    """Scores from 1 to `scores` for recency, frequency and money, combined by a grid.

    The highest scores go to those who bought most recently, most often, and for the most money. Customers with the same
    value have the same score, on every engine and in every order of rows. Customers who never bought are Unassigned.

    `grid` gives each segment its cells: codes such as 555, or patterns such as `[45][1-3]*` with a range or * for a
    score. Together they must cover every cell exactly once. Without `grid`, there are the usual eleven segments.
    """

    model_name: ClassVar[str] = "behavioural"
    ordered: ClassVar[bool] = False

    kind: Literal["rfm"]
    model: MarketingModel | None = None
    scores: int = Field(default=5, ge=2, le=9)
    recency: str = Field(default="days_since_last_purchase", description="a column: the lower, the better")
    frequency: str = Field(default="purchase_days", description="a column: the higher, the better")
    money: str = Field(default="value", description="a column: the higher, the better")
    grid: dict[str, str | tuple[str | int, ...]] = Field(default_factory=dict)

    _record: FitRecord | None = PrivateAttr(default=None)

    def fit_record(self) -> FitRecord | None:
        return self._record

    @model_validator(mode="after")
    def _a_partition(self) -> Rfm:
        if not self.grid and self.scores != 5:
            raise ValueError(
                f"the usual grid has five scores; with `scores: {self.scores}` give a `grid` of your own"
            )
        self.cells()
        return self

    def cells(self) -> dict[str, tuple[int, ...]]:
        """Return the cells of each segment, as numbers such as 555.

        Raises:
            ValueError: a cell is missing or given twice, or a code is not a cell.
        """
        given = self.grid or usual_grid()
        owners: dict[int, list[str]] = {}
        found: dict[str, tuple[int, ...]] = {}
        for name, text in given.items():
            patterns = text.split() if isinstance(text, str) else [str(part) for part in text]
            codes = [code for pattern in patterns for code in _codes(pattern, self.scores)]
            found[name] = tuple(codes)
            for code in codes:
                owners.setdefault(code, []).append(name)
        every = [100 * r + 10 * f + m for r, f, m in product(range(1, self.scores + 1), repeat=3)]
        gaps = [str(code) for code in every if code not in owners]
        twice = [f"{code} ({', '.join(names)})" for code, names in sorted(owners.items()) if len(names) > 1]
        problems = []
        if gaps:
            problems.append(f"{len(gaps)} cells belong to no segment: {_listed(gaps)}")
        if twice:
            problems.append(f"{len(twice)} cells are given more than once: {_listed(twice)}")
        if problems:
            raise ValueError(f"the grid does not cover every cell exactly once: {'; '.join(problems)}")
        return found

    def default_title(self) -> str:
        return "Recency, frequency, money"

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        for column in (self.recency, self.frequency, self.money):
            column_of(customers, column, self.kind)
        often = customers[self.frequency]
        spread = context.engine.collect(customers.aggregate(low=often.min(), high=often.max())).iloc[0]
        if not pd.isna(spread["low"]) and spread["low"] == spread["high"]:
            what = self.frequency.replace("_", " ")
            said = Told.of(
                "All {unit} have the same {what}, so that no score tells who buys often.",
                unit=Quoted(context.unit_name),
                what=Quoted(what),
            )
            self._record = FitRecord("", 0, unsound=said)
        return [
            (name, _MEANING[name] if not self.grid else Told.own(f"Cells {', '.join(str(code) for code in codes)}."))
            for name, codes in self.cells().items()
        ]

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        # the score gets a column: written into each branch, its windows would be computed once per segment
        return customers.mutate(**{_CODE: self.code(customers)})

    def code(self, customers: ir.Table) -> ir.IntegerValue:
        """Return the three scores as one number, 555 for the best; NULL where a score is unknown."""
        recency = column_of(customers, self.recency, self.kind)
        r = self.scores - quantile_group(customers, -recency, self.scores)
        bought = recency.notnull()

        def score(column: str) -> ir.IntegerValue:
            value = bought.ifelse(column_of(customers, column, self.kind), ibis.null())
            return self.scores - quantile_group(customers, value, self.scores)

        return r * 100 + score(self.frequency) * 10 + score(self.money)

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        code = customers[_CODE]
        cells = self.cells()
        branches = [(code.isin(cells[name]), index) for index, name in enumerate(names) if cells[name]]
        return ibis.cases(*branches, else_=ibis.null("int64"))


@cache
def usual_grid() -> dict[str, str]:
    """Return the eleven segments that come with segkit."""
    text = resources.files("segkit.segments.kinds").joinpath("rfm_grid.yaml").read_text(encoding="utf-8")
    grid: dict[str, str] = yaml.safe_load(text)
    return grid


def _codes(pattern: str, scores: int) -> list[int]:
    """Return the cells of a pattern, which is three times a digit, `[1-3]`, `[245]` or `*`."""
    choices: list[list[int]] = []
    rest = pattern
    while rest:
        if rest[0] == "[" and "]" in rest:
            inside, rest = rest[1 : rest.index("]")], rest[rest.index("]") + 1 :]
            if len(inside) == 3 and inside[1] == "-" and inside[::2].isdecimal():
                choices.append(list(range(int(inside[0]), int(inside[2]) + 1)))
            elif inside.isdecimal():
                choices.append([int(digit) for digit in inside])
            else:
                break
        elif rest[0] == "*":
            choices.append(list(range(1, scores + 1)))
            rest = rest[1:]
        elif rest[0].isdecimal():
            choices.append([int(rest[0])])
            rest = rest[1:]
        else:
            break
    digits = [digit for choice in choices for digit in choice]
    if rest or len(choices) != 3 or not all(choices) or not all(1 <= digit <= scores for digit in digits):
        raise ValueError(
            f"`{pattern[:60]}` is not a cell. Write three scores from 1 to {scores}, such as {scores}{scores}1 or [12]*1"
        )
    return [100 * r + 10 * f + m for r, f, m in product(*choices)]


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more
