"""Campaigns whose recipients were chosen: comparability first, then estimates that take out known differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.campaigns.chosen_records import BalanceRow, Chosen, ChosenComparison
from segkit.campaigns.measure.population import Population
from segkit.campaigns.models.grouped import (
    Groups,
    grouped_doubly_robust,
    grouped_inverse_propensity,
    grouped_regression,
)
from segkit.campaigns.models.observational import difference_in_differences, parallel_before
from segkit.campaigns.models.propensity import cell_propensity
from segkit.campaigns.models.sensitivity import robustness
from segkit.campaigns.models.verdict import Verdict, worst
from segkit.campaigns.records import LiftMetric
from segkit.errors import DataError, ModelError, ParameterError
from segkit.statistics.effects import compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments

_LEVELS: Final = 5
"""Steps that a covariate of many values is cut into."""

_MOST_COVARIATES: Final = 8
_EVENTS: Final = ("usage_ticket", "usage_late_payment")
_EDGE: Final = 0.01

_TOLERATED: Final = 0.1
"""Standardised difference below which a covariate counts as balanced (Austin 2009)."""

_FAILED: Final = 0.25
"""Above this, regression cannot be trusted to remove the difference (Rubin 2001; Imbens & Rubin 2015, chapter 14)."""

_APART: Final = 1.0
"""Above this before weighting, the groups come from different populations (LaLonde's treated and the CPS sample
differ by 2.4), and no weighting makes them comparable."""


def default_covariates(population: Population) -> tuple[str, ...]:
    """What is taken out where the analyst names nothing: revenue, tenure or silence, warnings, plan."""
    known = population.base.customers().columns
    wanted = [
        *(c for c in ("revenue_before",) if c in population.covariates),
        *(c for c in ("tenure", "plan", *_EVENTS) if c in known),
    ]
    if "tenure" not in known:
        wanted += [
            c
            for c in ("orders_before", "days_since_last_purchase", "purchase_days")
            if c in {*known, *population.covariates}
        ]
    return tuple(wanted)


def chosen_comparison(population: Population, arm: int, covariates: Sequence[str], arms: Sequence[Moments]) -> Chosen:
    """Compare a chosen group with the others.

    Parameters:
        population: the campaign.
        arm: index of the contacted arm.
        covariates: columns of the customer table as of the day before, or `…_before` columns; empty for the default.
        arms: moments of control and the arm, money in major units.

    Raises:
        ParameterError: a covariate is not known as of the day before, or there are too many.
    """
    names = tuple(covariates) or default_covariates(population)
    table, raw = _table(population, arm, names)
    frame = _cells(population, table, names, raw)
    values = _numbers(frame, names)
    design = np.column_stack([_indicators(frame[f"level_{i}"].to_numpy()) for i in range(len(names))])
    counts = np.vstack([frame[f"n_{k}"].to_numpy(dtype=float) for k in (0, 1)])
    Groups(design, counts, np.zeros_like(counts), np.zeros_like(counts)).checked()
    try:
        chance = cell_propensity(counts, design).values
    except ModelError as error:
        verdict = Verdict("Counterparts", "blocked", str(error).rstrip("."), None)
        return Chosen((), (verdict,), _comparisons(population, arm, arms, None), len(frame))
    balance, balanced = _balance(names, counts, values, chance)
    verdicts = (balanced, _overlap(counts, chance))
    usable = None if worst(verdicts) == "blocked" else (frame, design, counts)
    return Chosen(balance, verdicts, _comparisons(population, arm, arms, usable), len(frame))


def _table(population: Population, arm: int, names: Sequence[str]) -> tuple[ir.Table, dict[str, Any]]:
    """Campaign's table with the covariates of the day before beside it."""
    known = population.base.customers()
    if len(names) > _MOST_COVARIATES:
        raise ParameterError(f"covariates: {len(names)} are too many; name at most {_MOST_COVARIATES}.")
    foreign = [n for n in names if n not in population.covariates]
    if unknown := [n for n in foreign if n not in known.columns]:
        raise ParameterError(
            f"covariates: {', '.join(unknown)} is not known as of the day before the campaign. Known are "
            f"{', '.join([*population.covariates, *known.columns][:40])}."
        )
    table = population.table.filter(population.table.arm.isin([0, arm]))
    if foreign:
        beside = known.select("customer_id", **{f"of_{n}": known[n] for n in foreign})
        table = table.left_join(beside, "customer_id", rname="{name}_beside")
    return table, {n: table[f"of_{n}"] if n in foreign else table[n] for n in names}


def _cells(population: Population, table: ir.Table, names: Sequence[str], raw: dict[str, Any]) -> pd.DataFrame:
    """A row a cell of equal levels: customers, sums of outcomes and of covariates, in both groups. One query."""
    levels = {f"level_{i}": _level(raw[name]) for i, name in enumerate(names)}
    wide = table.mutate(
        **levels, **{f"raw_{i}": _numeric(raw[name], levels[f"level_{i}"]) for i, name in enumerate(names)}
    )
    metrics = sorted({m.key for m in population.metrics if m.over is None})
    sums: dict[str, Any] = {}
    for k, group in ((0, wide.arm == 0), (1, wide.arm != 0)):
        sums[f"n_{k}"] = group.ifelse(1, 0).sum().cast("int64")
        for i in range(len(names)):
            sums[f"x_{k}_{i}"] = wide[f"raw_{i}"].sum(where=group).fill_null(0).cast("float64")
            square = wide[f"raw_{i}"].cast("float64")
            sums[f"xx_{k}_{i}"] = (square * square).sum(where=group).fill_null(0)
        for metric in metrics:
            y = wide[metric]
            sums[f"m_{k}_{metric}"] = y.count(where=group).cast("int64")
            sums[f"s_{k}_{metric}"] = y.sum(where=group).fill_null(0).cast("float64")
            sums[f"q_{k}_{metric}"] = (y * y).sum(where=group).fill_null(0).cast("float64")
    keys = list(levels)
    found = population.base.dataset.engine.collect(wide.group_by(*keys).aggregate(**sums))
    return found.sort_values(keys, ignore_index=True)


def _level(value: Any) -> Any:
    """A covariate in steps: 0 for none, the fifths of those above it, −1 for unknown; each word its own."""
    kind = value.type()
    if isinstance(kind, types.Boolean):
        level = value.ifelse(1, 0)
    elif isinstance(kind, types.String):
        level = ibis.dense_rank().over(order_by=value) % 16
    else:
        number = value.cast("float64")
        some = number > 0
        place = (ibis.percent_rank().over(group_by=some, order_by=number) * _LEVELS).floor()
        level = some.ifelse(place + 1, 0)
    return value.isnull().ifelse(-1, level.cast("int64"))


def _numeric(value: Any, level: Any) -> Any:
    """What balance is measured on: the covariate itself, or its level where it is a word."""
    if isinstance(value.type(), types.String | types.Boolean):
        return level.cast("float64")
    return value.fill_null(0).cast("float64")


def _numbers(frame: pd.DataFrame, names: Sequence[str]) -> list[Any]:
    """For each covariate its sums and sums of squares by group and cell."""
    return [
        tuple(np.vstack([frame[f"{part}_{k}_{i}"].to_numpy(dtype=float) for k in (0, 1)]) for part in ("x", "xx"))
        for i in range(len(names))
    ]


def _indicators(levels: Any) -> Any:
    kinds = np.unique(levels.astype(int))
    return (
        np.column_stack([levels.astype(int) == k for k in kinds[1:]]).astype(float)
        if len(kinds) > 1
        else np.zeros((len(levels), 0))
    )


def _balance(
    names: Sequence[str], counts: Any, values: list[Any], chance: Any
) -> tuple[tuple[BalanceRow, ...], Verdict]:
    """Standardised differences before and after weighting the others by e / (1 − e)."""
    odds = np.clip(chance, 1e-6, 1 - 1e-6) / (1 - np.clip(chance, 1e-6, 1 - 1e-6))
    n = counts.sum(axis=1)
    rows = []
    for name, (sums, squares) in zip(names, values, strict=True):
        mean = sums.sum(axis=1) / n
        variance = np.maximum(squares.sum(axis=1) - n * mean**2, 0) / np.maximum(n - 1, 1)
        spread = float(np.sqrt(variance.mean()))
        weighted = float(odds @ sums[0] / (odds @ counts[0]))
        gaps = [0.0 if spread == 0 else float((mean[1] - other) / spread) for other in (mean[0], weighted)]
        rows.append(BalanceRow(name, float(mean[1]), float(mean[0]), gaps[0], gaps[1]))
    before = max(rows, key=lambda r: abs(r.before))
    after = max(rows, key=lambda r: abs(r.after))
    said = f"{after.name.replace('_', ' ')} differs by {abs(after.after):.2f} standard deviations after weighting"
    if abs(after.after) >= _FAILED:
        return tuple(rows), Verdict("Balance", "blocked", f"{said}: different customers", abs(after.after))
    if abs(before.before) >= _APART:
        return tuple(rows), Verdict(
            "Balance",
            "blocked",
            f"{before.name.replace('_', ' ')} differs by {abs(before.before):.2f} standard deviations before weighting: "
            "the groups are not comparable, and weights that hide so much rest on a few unusual customers",
            abs(before.before),
        )
    if abs(after.after) >= _TOLERATED:
        return tuple(rows), Verdict("Balance", "warn", f"{said}: the model takes out what is left", abs(after.after))
    return tuple(rows), Verdict(
        "Balance",
        "ok",
        f"no covariate differs by more than {_TOLERATED:g} standard deviations after weighting",
        abs(after.after),
    )


def _overlap(counts: Any, chance: Any) -> Verdict:
    highest = float(chance[counts[0] > 0].max()) if (counts[0] > 0).any() else 0.0
    alone = (chance > 1 - _EDGE) | (chance > highest)
    few, whole = int(counts[1][alone].sum()), int(counts[1].sum())
    part = few / max(whole, 1)
    said = f"{few:,} of {whole:,} contacted customers have no counterpart among the others"
    if part > 0.05:
        return Verdict("Counterparts", "blocked", f"{said}: nothing is known of what they would have done", part)
    return Verdict("Counterparts", "warn" if part > 0.01 else "ok", said, part)


def _comparisons(
    population: Population, arm: int, arms: Sequence[Moments], usable: tuple[Any, Any, Any] | None
) -> tuple[ChosenComparison, ...]:
    facts = population.facts
    scale = 10.0**-facts.money.decimals
    found = []
    for metric in population.metrics:
        control, treated = arms
        if metric.over is not None or min(control.n(metric.key), treated.n(metric.key)) < 2:
            continue
        naive = compare_means(treated, control, metric.key, level=facts.level)
        estimates: tuple[Any, ...] = ()
        strength = None
        if usable is not None and not isinstance(naive, Refusal):
            estimates = _estimates(
                usable, metric, facts.level, scale if metric.key in population.money_columns else 1.0
            )
        if estimates and estimates[0].df > 2:
            strength = robustness(estimates[0].statistic, estimates[0].df, level=facts.level)
        before_after = parallel = None
        if metric.key == "revenue" and "revenue_before" in population.columns:
            before_after = difference_in_differences(
                treated, control, after="revenue", before="revenue_before", level=facts.level
            )
            if "revenue_earlier" in population.columns:
                parallel = parallel_before(
                    treated, control, earlier="revenue_earlier", before="revenue_before", level=facts.level
                )
        found.append(ChosenComparison(metric, facts.arms[arm], naive, estimates, before_after, parallel, strength))
    return tuple(found)


def _estimates(usable: tuple[Any, Any, Any], metric: LiftMetric, level: float, scale: float) -> tuple[Any, ...]:
    frame, design, _ = usable
    counts = np.vstack([frame[f"m_{k}_{metric.key}"].to_numpy(dtype=float) for k in (0, 1)])
    kept = counts.sum(axis=0) > 0
    parts = [
        np.vstack([frame[f"{part}_{k}_{metric.key}"].to_numpy(dtype=float) for k in (0, 1)])[:, kept] * factor
        for part, factor in (("s", scale), ("q", scale**2))
    ]
    groups = Groups(design[kept], counts[:, kept], *parts)
    try:
        return (
            grouped_regression(groups, level=level),
            grouped_inverse_propensity(groups, level=level),
            grouped_doubly_robust(groups, level=level),
        )
    except (DataError, ModelError):
        return ()
