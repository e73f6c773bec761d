"""Campaigns whose recipients were chosen: first comparability, then estimates that take out known differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from segkit.campaigns.chosen_records import BalanceRow, Chosen, ChosenComparison
from segkit.campaigns.measure.chosen_cells import ChosenCells, chosen_cells
from segkit.campaigns.measure.covariates import (
    ALIKE,
    Covariate,
    covariate_table,
    listed_names,
    measured,
    split,
    usual_covariates,
)
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
from segkit.errors import DataError, ModelError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.proportions import compare_proportions
from segkit.statistics.told import Figure, Quoted, Told, without_stop

_EDGE: Final = 0.01

_TOLERATED: Final = ALIKE
"""Standardised difference below which a covariate counts as balanced."""

_FAILED: Final = 0.25
"""Above this, regression cannot be trusted to remove the difference (Rubin 2001; Imbens & Rubin 2015, chapter 14)."""

_APART: Final = 1.0
"""Above this difference before weighting, the groups come from different populations (LaLonde's treated and the CPS
sample differ by 2.4), so that no weighting makes them comparable."""

_SURE: Final = 9.99
"""Stands for an infinite difference: each group is alike within itself, and the two groups differ."""


def chosen_comparison(population: Population, covariates: Sequence[str], arms: Mapping[str, Moments]) -> Chosen:
    """Compare every chosen arm with the others.

    Args:
        population: the campaign's customers.
        covariates: the only columns to take out, from the customer table as of the day before, or `…_before` columns.
            Empty for the usual ones and all attributes, as many as the number of customers allows. Whatever else is
            known is tested for balance, and named.
        arms: arm → moments, the control among them, money in major units.

    Raises:
        ParameterError: a covariate is not known as of the day before, or there are too many.
    """
    facts = population.facts
    table, found = covariate_table(population, covariates)
    found = measured(population, table, found)
    first = usual_covariates(population)
    usual = [c for c in found if c.varies and c.name in first]
    if not covariates and usual:
        # once the usual covariates are taken out, an attribute in which the groups are alike would only add noise
        apart = _left(chosen_cells(population, table, usual, [c for c in found if c.varies and c not in usual]))
        found = tuple(replace(c, gap=apart.get(c.name, c.gap)) for c in found)
    inside, outside = split(found, covariates, first, facts.customers)
    known = chosen_cells(population, table, inside, outside)
    frame = known.frame
    balance: list[BalanceRow] = []
    verdicts: list[tuple[Verdict, ...]] = []
    comparisons: list[ChosenComparison] = []
    for at, arm in enumerate(facts.arms[1:], 1):
        rows, judged, usable = _judged(known, at)
        balance += [replace(row, arm=arm) for row in rows]
        verdicts.append(judged)
        pair = (arms[facts.control], arms[arm])
        comparisons += _comparisons(population, at, pair, known if usable else None)
    constant = [c.label for c in found if not c.varies and c.name in covariates]
    return Chosen(
        tuple(balance),
        (*_of_all_arms(facts.arms[1:], verdicts), *_about(outside, constant)),
        tuple(comparisons),
        len(frame),
        tuple(c.label for c in outside),
    )


def _left(known: ChosenCells) -> dict[str, float]:
    """Return, for each covariate that is only tested, the largest difference of an arm after the others are weighted."""
    found: dict[str, float] = {}
    arms = sum(1 for column in known.frame.columns if column.startswith("n_"))
    for arm in range(1, arms):
        for row in _judged(known, arm)[0]:
            if not row.adjusted:
                found[row.name] = max(found.get(row.name, 0.0), abs(row.after))
    return found


def _judged(known: ChosenCells, arm: int) -> tuple[tuple[BalanceRow, ...], tuple[Verdict, ...], bool]:
    """Return an arm's balance, its checks, and whether it may be adjusted."""
    counts = np.vstack([known.frame[f"n_{k}"].to_numpy(dtype=float) for k in (0, arm)])
    if (counts.sum(axis=1) < 2).any():
        said_ = Told.of(
            "{contacted} contacted and {others} other customers; two of each are needed",
            contacted=Figure(float(counts[1].sum()), "count"),
            others=Figure(float(counts[0].sum()), "count"),
        )
        return (), (Verdict("Counterparts", "blocked", said_, None),), False
    kept = counts.sum(axis=0) > 0
    try:
        chance = np.zeros(len(kept))
        chance[kept] = cell_propensity(counts[:, kept], known.design[kept]).values
    except ModelError as error:
        return (), (Verdict("Counterparts", "blocked", without_stop(error.told), None),), False
    rows = _balance(known, counts, chance, arm)
    if not rows:
        return (), (), False
    # a covariate that is only tested, and differs no more than by chance, says nothing about the groups
    chanced = {c.name for c in known.outside if c.alike}
    judged = (
        _balanced([r for r in rows if r.name not in chanced or abs(r.after) < _FAILED]),
        _overlap(counts, chance),
    )
    return rows, judged, bool(known.inside) and worst(judged) != "blocked"


def _of_all_arms(arms: Sequence[str], verdicts: Sequence[tuple[Verdict, ...]]) -> tuple[Verdict, ...]:
    """Return the arms' checks. A check that blocks one arm leaves out this arm alone, where others may be adjusted."""
    if len(arms) == 1:
        return verdicts[0]
    every = all(worst(judged) == "blocked" for judged in verdicts)
    found = []
    for arm, judged in zip(arms, verdicts, strict=True):
        for v in judged:
            status, text = v.status, v.sentence
            if status == "blocked" and not every:
                status, text = "warn", Told.of("{text}; this arm is not adjusted", text=text)
            found.append(Verdict(Told.of("{check}, {arm}", check=v.check, arm=Quoted(arm)), status, text, v.value))
    return tuple(found)


def _about(outside: Sequence[Covariate], constant: Sequence[str]) -> tuple[Verdict, ...]:
    """Return checks that name what is known of the customers and is not taken out."""
    found = []
    if constant:
        found.append(
            Verdict(
                "Covariates",
                "warn",
                Told.of(
                    "{names}: the same value for everybody, which adjusts nothing",
                    names=listed_names(constant),
                ),
                None,
            )
        )
    alike = [c.label for c in outside if c.alike]
    if alike:
        text = Told.of(
            "alike from the start, tested for balance and not adjusted: {names}", names=listed_names(alike)
        )
        found.append(Verdict("Alike before", "ok", text, float(len(alike))))
    if others := [c for c in outside if not c.alike]:
        many = [c.label for c in others if c.several]
        text = Told.of("tested for balance and not adjusted: {names}", names=listed_names([c.label for c in others]))
        if many:
            text = Told.of("{text} ({many}: more values than can be taken out)", text=text, many=listed_names(many))
        found.append(Verdict("Not adjusted", "warn", text, float(len(others))))
    return tuple(found)


def _balance(known: ChosenCells, counts: Any, chance: Any, arm: int) -> tuple[BalanceRow, ...]:
    """Compute standardised differences before and after weighting the others by e / (1 − e), the largest for each
    covariate.
    """
    odds = np.clip(chance, 1e-6, 1 - 1e-6) / (1 - np.clip(chance, 1e-6, 1 - 1e-6))
    frame, rows = known.frame, []
    for i, c in enumerate((*known.inside, *known.outside)):
        of = {p: np.vstack([frame[f"{p}_{k}_{i}"].to_numpy(dtype=float) for k in (0, arm)]) for p in ("k", "x", "xx")}
        terms = [(of["k"], of["x"], of["xx"])]
        unknown = counts - of["k"]
        if unknown.sum() > 0:
            terms.append((counts, unknown, unknown))
        if c.words is not None and i < len(known.inside):
            level = frame[f"level_{i}"].to_numpy()
            for place in np.unique(level[level >= 0]):
                flags = counts * (level == place)
                terms.append((of["k"], flags, flags))
        gaps = [_gaps(*term, odds) for term in terms]
        first = max(gaps, key=lambda g: abs(g[2]))
        last = max(gaps, key=lambda g: abs(g[3]))
        rows.append(
            BalanceRow(c.name, c.label, first[0], first[1], first[2], last[3], adjusted=i < len(known.inside))
        )
    return tuple(rows)


def _gaps(n: Any, sums: Any, squares: Any, odds: Any) -> tuple[float, float, float, float]:
    """Return the treated mean, the others' mean, their standardised difference, and this difference after weighting."""
    whole = n.sum(axis=1)
    if (whole < 2).any():
        return 0.0, 0.0, 0.0, 0.0
    mean = sums.sum(axis=1) / whole
    variance = np.maximum(squares.sum(axis=1) - whole * mean**2, 0) / (whole - 1)
    spread = float(np.sqrt(variance.mean()))
    weight = float(odds @ n[0])
    weighted = float(odds @ sums[0]) / weight if weight > 0 else mean[0]
    small = 1e-9 * max(abs(mean[0]), abs(mean[1]), 1e-300)

    def standard(other: float) -> float:
        away = float(mean[1] - other)
        if abs(away) <= small:
            return 0.0
        return float(np.clip(away / spread, -_SURE, _SURE)) if spread > small else float(np.copysign(_SURE, away))

    return float(mean[1]), float(mean[0]), standard(mean[0]), standard(weighted)


def _balanced(rows: Sequence[BalanceRow]) -> Verdict:
    if not rows:
        return Verdict("Balance", "ok", "nothing that is known differs by more than chance", None)
    before = max(rows, key=lambda r: abs(r.before))
    after = max(rows, key=lambda r: abs(r.after))
    left = "" if after.adjusted else ", and is not adjusted"
    text = Told.of(
        "recipients differ from others in {name}, by {apart} standard deviations after weighting" + left,
        name=Quoted(after.label),
        apart=Figure(round(abs(after.after), 2), "index"),
    )
    if abs(after.after) >= _FAILED:
        return Verdict("Balance", "blocked", Told.of("{text}: different customers", text=text), abs(after.after))
    if abs(before.before) >= _APART:
        return Verdict(
            "Balance",
            "blocked",
            Told.of(
                "recipients stood far apart from others beforehand, in {name} by {apart} standard deviations: the groups "
                "are not comparable, and weights that hide so much rest on a few unusual customers",
                name=Quoted(before.label),
                apart=Figure(round(abs(before.before), 2), "index"),
            ),
            abs(before.before),
        )
    if abs(after.after) >= _TOLERATED:
        what = "the model takes out what is left" if after.adjusted else "what is left stays in the numbers"
        return Verdict("Balance", "warn", Told.of(f"{{text}}: {what}", text=text), abs(after.after))
    return Verdict(
        "Balance",
        "ok",
        Told.of(
            "no covariate differs by more than {most} standard deviations after weighting",
            most=Figure(_TOLERATED, "index"),
        ),
        abs(after.after),
    )


def _overlap(counts: Any, chance: Any) -> Verdict:
    highest = float(chance[counts[0] > 0].max()) if (counts[0] > 0).any() else 0.0
    alone = (chance > 1 - _EDGE) | (chance > highest)
    few, whole = int(counts[1][alone].sum()), int(counts[1].sum())
    part = few / max(whole, 1)
    said = Told.of(
        "no other customer is like {few} of the {whole} contacted",
        few=Figure(few, "count"),
        whole=Figure(whole, "count"),
    )
    if part > 0.05:
        said = Told.of("{said}: nothing is known of what they would have done", said=said)
        return Verdict("Counterparts", "blocked", said, part)
    return Verdict("Counterparts", "warn" if part > 0.01 else "ok", said, part)


def _comparisons(
    population: Population, arm: int, arms: tuple[Moments, Moments], known: ChosenCells | None
) -> list[ChosenComparison]:
    facts = population.facts
    scale = 10.0**-facts.money.decimals
    found = []
    for metric in population.metrics:
        control, treated = arms
        if metric.over is not None or min(control.n(metric.key), treated.n(metric.key)) < 2:
            continue
        naive = _plain(treated, control, metric, facts.level)
        estimates: tuple[Any, ...] = ()
        strength = None
        if known is not None and not isinstance(naive, Refusal):
            unit = scale if metric.key in population.money_columns else 1.0
            estimates = _estimates(known, arm, metric, facts.level, unit)
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
    return found


def _plain(treated: Moments, control: Moments, metric: LiftMetric, level: float) -> Effect | Refusal:
    if metric.unit == "share":
        return compare_proportions(treated, control, metric.key, level=level)
    return compare_means(treated, control, metric.key, level=level, counts=metric.unit == "count")


def _estimates(known: ChosenCells, arm: int, metric: LiftMetric, level: float, scale: float) -> tuple[Any, ...]:
    frame, design = known.frame, known.design
    counts = np.vstack([frame[f"m_{k}_{metric.key}"].to_numpy(dtype=float) for k in (0, arm)])
    kept = counts.sum(axis=0) > 0
    parts = [
        np.vstack([frame[f"{part}_{k}_{metric.key}"].to_numpy(dtype=float) for k in (0, arm)])[:, kept] * factor
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
