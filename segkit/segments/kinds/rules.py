"""Segments by rules: named conditions in order, of which the first that holds decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from segkit.customers.partition import UNASSIGNED
from segkit.customers.table import money_columns
from segkit.data.conditions import read_condition
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.statistics.told import Told


class Rule(BaseModel):
    """One rule: a segment's name, its condition, and a definition for readers who do not read SQL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    when: str = Field(min_length=1, description="such as: country = 'DE' and revenue > 500")
    definition: str = ""


class Rules(SegmentationKind):
    """Named conditions in order. A customer belongs to the first that holds, and to Unassigned if none does.

    A condition compares columns of the customer table: = <> < <= > >= between, in, like, is null, and, or, not,
    + − × ÷ and a few functions. Amounts are in major units (euros, not cents).
    """

    model_name: ClassVar[str] = "behavioural"
    ordered: ClassVar[bool] = False

    kind: Literal["rules"]
    model: MarketingModel | None = None
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _distinct_names(self) -> Rules:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules have the name {twice[0][:80]!r}. Give each its own")
        if UNASSIGNED in names:
            raise ValueError(
                f"a rule cannot be called {UNASSIGNED}, since customers whom no rule takes are. Write another name"
            )
        return self

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        self.conditions(customers, context)
        return [(rule.name, Told.own(rule.definition or f"{rule.when.strip().rstrip('.')}.")) for rule in self.rules]

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        conditions = self.conditions(customers, context)
        branches = [(condition, index) for index, condition in enumerate(conditions)]
        return ibis.cases(*branches, else_=ibis.null("int64"))

    def conditions(self, customers: ir.Table, context: Context) -> list[ir.BooleanValue]:
        """Return each rule's condition as an expression.

        Raises:
            ParameterError: the text of a rule is not a condition.
        """
        return [
            read_condition(
                rule.when,
                customers,
                context.money,
                f"rule `{rule.name[:80]}`",
                amounts=money_columns(context.attributes),
            )
            for rule in self.rules
        ]

    def counts(self, customers: ir.Table, context: Context) -> RuleCounts:
        """Count the customers for whom each rule holds and whom it takes, and find empty and overlapping rules. This
        takes one query.
        """
        conditions = [condition.fill_null(False) for condition in self.conditions(customers, context)]
        flags = customers.select(**{f"r{i}": condition.ifelse(1, 0) for i, condition in enumerate(conditions)})
        flags = flags.mutate(first=ibis.cases(*((flags[f"r{i}"] == 1, i) for i in range(len(conditions))), else_=-1))
        sums: dict[str, ir.Value] = {}
        for i in range(len(conditions)):
            sums[f"holds{i}"] = flags[f"r{i}"].sum()
            sums[f"takes{i}"] = (flags["first"] == i).ifelse(1, 0).sum()
        row = context.engine.collect(flags.aggregate(customers=flags.count(), **sums)).fillna(0).iloc[0]
        names = [rule.name for rule in self.rules]
        holds = [int(row[f"holds{i}"]) for i in range(len(names))]
        takes = [int(row[f"takes{i}"]) for i in range(len(names))]
        frame = pd.DataFrame({"rule": names, "holds": holds, "takes": takes}).astype(
            {"holds": "int64", "takes": "int64"}
        )
        frame["taken_by_earlier"] = frame["holds"] - frame["takes"]
        return RuleCounts(
            frame=frame,
            empty=tuple(name for name, n in zip(names, takes, strict=True) if n == 0),
            overlapping=int(frame["taken_by_earlier"].sum()),
            unassigned=int(row["customers"]) - sum(takes),
        )


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """How many customers each rule takes.

    Attributes:
        frame: one row per rule, in order: rule, holds (customers for whom the condition is true), takes (those among
            them whom no earlier rule took), taken_by_earlier.
        empty: rules that take no customers.
        overlapping: how often a condition holds for a customer whom an earlier rule took.
        unassigned: customers whom no rule takes.
    """

    frame: pd.DataFrame
    empty: tuple[str, ...]
    overlapping: int
    unassigned: int
