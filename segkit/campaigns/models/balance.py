"""Whether those who were contacted and those who were not are comparable: balance and overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segkit.campaigns.models.verdict import Verdict
from segkit.errors import DataError
from segkit.statistics.inputs import FloatArray, Numbers, indicator, matrix, vector

TOLERATED = 0.1
"""Standardised difference below which a covariate counts as balanced (Austin 2009)."""

FAILED = 0.25
"""Above this, regression cannot be trusted to remove the difference (Rubin 2001; Imbens & Rubin 2015, chapter 14)."""

APART = 1.0
"""Above this before weighting, the groups come from different populations (LaLonde's treated and the CPS sample
differ by 2.4), and no weighting makes them comparable."""


@dataclass(frozen=True, slots=True)
class CovariateBalance:
    """One covariate in the two groups.

    Attributes:
        name: the covariate.
        treated, control: means before weighting, in its unit.
        before: difference of means in standard deviations (the mean of the groups' variances, before weighting).
        after: the same with weights, on the same scale; None where no weights were given.
        variance_ratio: treated over control variance, before weighting; None where control does not vary.
    """

    name: str
    treated: float
    control: float
    before: float
    after: float | None
    variance_ratio: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """All covariates, and the verdict.

    Attributes:
        covariates: one record each.
        worst_before, worst_after: largest absolute standardised difference.
        verdict: of the weighted comparison if there is one, else of the raw: ok below .1, warn below .25, else
            blocked; blocked too where a covariate differs by 1 or more before weighting.
    """

    covariates: tuple[CovariateBalance, ...]
    worst_before: float
    worst_after: float | None
    verdict: Verdict


def balance(treated: Numbers, covariates: Any, names: Sequence[str], weights: Numbers | None = None) -> Balance:
    """Standardised differences.

    Parameters:
        treated: (n,) 0 or 1.
        covariates: (n, p).
        names: p names.
        weights: (n,) at least 0, such as `att_weights`; None for the raw comparison.
    """
    t = indicator(treated, "treated")
    x = matrix(covariates, "covariates", rows=len(t))
    if x.shape[1] != len(names):
        raise DataError(f"{len(names)} names for {x.shape[1]} covariates; one a column is needed.")
    if t.sum() < 2 or (1 - t).sum() < 2:
        raise DataError(f"{t.sum():g} treated and {(1 - t).sum():g} other customers; two of each are needed.")
    w = None if weights is None else vector(weights, "weights", length=len(t))
    if w is not None and ((w < 0).any() or w[t == 1].sum() <= 0 or w[t == 0].sum() <= 0):
        raise DataError("weights must not be negative, and each group needs some above zero.")
    a, b = x[t == 1], x[t == 0]
    va, vb = a.var(axis=0, ddof=1), b.var(axis=0, ddof=1)
    scale = np.sqrt((va + vb) / 2)

    def gap(first: FloatArray, second: FloatArray) -> FloatArray:
        distance = first - second
        return np.where(scale > 0, distance / np.where(scale > 0, scale, 1.0), np.where(distance == 0, 0.0, np.inf))

    before = gap(a.mean(axis=0), b.mean(axis=0))
    after = None
    if w is not None:
        after = gap(np.average(a, axis=0, weights=w[t == 1]), np.average(b, axis=0, weights=w[t == 0]))
    rows = tuple(
        CovariateBalance(
            name,
            float(a[:, j].mean()),
            float(b[:, j].mean()),
            float(before[j]),
            None if after is None else float(after[j]),
            float(va[j] / vb[j]) if vb[j] > 0 else None,
        )
        for j, name in enumerate(names)
    )
    return Balance(
        rows,
        float(np.abs(before).max()),
        None if after is None else float(np.abs(after).max()),
        _verdict(names, before, after),
    )


def _verdict(names: Sequence[str], before: FloatArray, after: FloatArray | None) -> Verdict:
    first = int(np.abs(before).argmax())
    raw = float(abs(before[first]))
    judged = before if after is None else after
    worst = int(np.abs(judged).argmax())
    size = float(abs(judged[worst]))
    when = "" if after is None else " after weighting"
    found = f"{names[worst]} differs by {size:.2f} standard deviations{when}"
    if size >= FAILED:
        return Verdict(
            "Balance", "blocked", f"{found}: the two groups are different customers, not comparable ones", size
        )
    if raw >= APART:
        return Verdict(
            "Balance",
            "blocked",
            f"{names[first]} differs by {raw:.2f} standard deviations before weighting: weights that hide so "
            "much rest on a few unusual customers, and the groups are not comparable",
            raw,
        )
    if size >= TOLERATED:
        return Verdict("Balance", "warn", f"{found}: what is left of it is taken out by the model only", size)
    return Verdict(
        "Balance", "ok", f"no covariate differs by more than {TOLERATED:g} standard deviations{when}", size
    )


def overlap(treated: Numbers, chance: Numbers, *, edge: float = 0.01, tolerated: float = 0.05) -> Verdict:
    """Whether treated customers have counterparts.

    Parameters:
        treated: (n,) 0 or 1.
        chance: (n,) propensities.
        edge: a chance below this, or above 1 - edge, has no counterpart to speak of.
        tolerated: share of the treated without one above which the comparison is blocked; any warns.
    """
    t = indicator(treated, "treated")
    e = vector(chance, "propensity", length=len(t))
    highest = float(e[t == 0].max()) if (t == 0).any() else 0.0
    alone = (t == 1) & ((e > 1 - edge) | (e > highest))
    part = float(alone.sum() / max(t.sum(), 1))
    found = (
        f"{int(alone.sum()):,} of {int(t.sum()):,} contacted customers ({part:.1%}) "
        "have no counterpart among the others"
    )
    if part > tolerated:
        return Verdict("Overlap", "blocked", f"{found}: nothing is known of what they would have done", part)
    return Verdict("Overlap", "warn" if part > 0.01 else "ok", found, part)
