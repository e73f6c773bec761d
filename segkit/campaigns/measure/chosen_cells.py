"""What is known of the customers of a campaign with chosen recipients, in cells of customers who are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.campaigns.measure.covariates import Covariate
from segkit.campaigns.measure.population import Population


@dataclass(frozen=True)
class ChosenCells:
    """What is known of the customers, by cell.

    Attributes:
        inside, outside: covariates that are taken out, and those that are only tested.
        frame: one row per cell. A cell's customers have equal levels of all covariates that are taken out; sums are
            by arm.
        design: the cells' levels as indicators.
    """

    inside: tuple[Covariate, ...]
    outside: tuple[Covariate, ...]
    frame: pd.DataFrame
    design: Any


def chosen_cells(
    population: Population, table: ir.Table, inside: Sequence[Covariate], outside: Sequence[Covariate]
) -> ChosenCells:
    """Count the campaign's customers by cell.

    Args:
        population: the campaign's customers.
        table: one row per customer, with the columns of the covariates.
        inside, outside: covariates that are taken out, and those that are only tested.
    """
    frame = _cells(population, table, inside, outside)
    shapes = [_indicators(frame[f"level_{i}"].to_numpy()) for i in range(len(inside))]
    design = np.column_stack(shapes) if shapes else np.zeros((len(frame), 0))
    return ChosenCells(tuple(inside), tuple(outside), frame, design)


def _cells(
    population: Population, table: ir.Table, inside: Sequence[Covariate], outside: Sequence[Covariate]
) -> pd.DataFrame:
    """Count the customers of each cell of equal levels, and sum outcomes and covariates, for every arm. This takes
    one query.
    """
    levels = {f"level_{i}": c.level() for i, c in enumerate(inside)}
    numbers = {f"raw_{i}": c.number() for i, c in enumerate((*inside, *outside))}
    wide = table.mutate(**levels, **numbers)
    metrics = sorted({m.key for m in population.metrics if m.over is None})
    sums: dict[str, Any] = {}
    for k in range(len(population.facts.arms)):
        group = wide.arm == k
        sums[f"n_{k}"] = group.ifelse(1, 0).sum().cast("int64")
        for i in range(len(numbers)):
            x = wide[f"raw_{i}"]
            sums[f"k_{k}_{i}"] = x.count(where=group).cast("int64")
            sums[f"x_{k}_{i}"] = x.sum(where=group).fill_null(0.0)
            sums[f"xx_{k}_{i}"] = (x * x).sum(where=group).fill_null(0.0)
        for metric in metrics:
            y = wide[metric]
            sums[f"m_{k}_{metric}"] = y.count(where=group).cast("int64")
            sums[f"s_{k}_{metric}"] = y.sum(where=group).fill_null(0).cast("float64")
            sums[f"q_{k}_{metric}"] = (y * y).sum(where=group).fill_null(0).cast("float64")
    keys = list(levels)
    grouped = wide.group_by(*keys).aggregate(**sums) if keys else wide.aggregate(**sums)
    found = population.base.dataset.engine.collect(grouped)
    return found.sort_values(keys, ignore_index=True) if keys else found


def _indicators(levels: Any) -> Any:
    kinds = np.unique(levels.astype(int))
    return (
        np.column_stack([levels.astype(int) == k for k in kinds[1:]]).astype(float)
        if len(kinds) > 1
        else np.zeros((len(levels), 0))
    )
