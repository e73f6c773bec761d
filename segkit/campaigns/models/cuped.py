"""CUPED: what customers did before the campaign explains part of what they do during it, and is taken out.

The method is that of Deng, Xu, Kohavi & Walker (2013). The slope is the one within arms, pooled over them (analysis
of covariance), never the slope over all arms together, which would take part of the effect for noise. Everything is
computed from moments.

A customer without a pre-period value is left unadjusted: the covariate is set to its overall mean. This is exact in
pairwise-complete moments and does not depend on the arm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from segkit.arrays import Floats
from segkit.campaigns.models.verdict import Verdict
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Distribution, Effect, compare
from segkit.statistics.estimate import ArmEstimate, Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.told import Figure, Quoted, Told

IMBALANCED = 0.001
"""The p-value of the covariates' balance below which the adjustment is blocked."""

_ALIKE = 1e-12
"""Share of the whole below which a sum of squares is only the rounding of values that are all alike."""


@dataclass(frozen=True, slots=True)
class CupedHealth:
    """Whether the adjustment may be used, and what it brought.

    Attributes:
        correlation: multiple correlation of metric and covariates within arms, 0 to 1.
        correlations: covariate → its own correlation with the metric within arms, -1 to 1.
        variance_kept: variance of the adjusted difference of means as a share of the unadjusted one, all arms pooled.
            At 0.7, intervals are sqrt(0.7) as wide.
        imbalance: covariate → largest standardised difference between two arms.
        imbalance_p: p-value of "no covariate differs between any arms" (chi-square of the pooled Hotelling
            statistic).
        missing: covariate → share of customers without a value.
        sign_flips: covariates whose slope has opposite signs in two arms, significantly so in both.
        verdict: ok, warn or blocked, with a sentence.
    """

    correlation: float
    correlations: dict[str, float]
    variance_kept: float
    imbalance: dict[str, float]
    imbalance_p: float
    missing: dict[str, float]
    sign_flips: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Arms' means of a metric, adjusted by pre-period covariates.

    Attributes:
        metric: the outcome's column.
        covariates: columns that were used.
        slopes: change of the metric per unit of each covariate, within arms.
        arms: arm → adjusted estimate.
        covariances: (arm, other arm) → covariance of their adjusted estimates.
        df: degrees of freedom of the pooled residual variance; None where each arm has a variance of its own.
        health: whether to trust the adjustment.
    """

    metric: str
    covariates: tuple[str, ...]
    slopes: tuple[float, ...]
    arms: dict[str, ArmEstimate]
    covariances: dict[tuple[str, str], float]
    df: float | None
    health: CupedHealth

    def effect(
        self, treated: str, control: str, *, level: float = 0.95, distribution: Distribution = "t"
    ) -> Effect | Refusal:
        """Compare two arms' adjusted means. The covariance holds what the two share."""
        return compare(
            self.arms[treated],
            self.arms[control],
            level=level,
            distribution=distribution,
            covariance=self.covariances[treated, control],
            df=self.df,
        )


def adjust(
    arms: Mapping[str, Moments],
    metric: str,
    covariates: Sequence[str],
    *,
    variance: Literal["separate", "pooled"] = "separate",
) -> Adjusted:
    """Adjust the arms' means of a metric by covariates measured before the campaign.

    Args:
        arms: arm → moments, at least two arms.
        metric: column of the outcome.
        covariates: columns known before assignment.
        variance: "separate" for a residual variance per arm (then compare with Welch's t), or "pooled" over arms,
            which is ordinary least squares of the metric on arm and covariates, to the last digit.

    Returns:
        The estimates at the covariates' overall mean, with a health check. A covariate gets slope zero if it does not
        vary or if the others determine it (least squares of least norm).

    Raises:
        ParameterError: fewer than two arms, or no covariate.
        DataError: an arm has too few customers; or the metric has nulls and there are several covariates. Moments are
            then not over one set of rows: fill the nulls, or leave these customers out in the query.
    """
    names, k = tuple(arms), len(covariates)
    if len(names) < 2 or k == 0:
        raise ParameterError(
            f"an adjustment needs at least two arms and one covariate; {len(names)} arms and {k} covariates were given."
        )
    if metric in covariates:
        raise ParameterError(
            f"{metric!r} is the outcome and cannot be its own covariate. Name columns measured before the campaign."
        )
    if k > 1 and any(cell.nulls(metric) for cell in arms.values()):
        raise DataError(
            f"{metric!r} has nulls, and several covariates were given: fill the nulls with 0 or leave these customers out "
            "in the query, so that all moments are of the same customers."
        )
    fills = _overall_means(arms, metric, covariates)
    parts = {name: _within(cell, metric, covariates, fills) for name, cell in arms.items()}
    total = sum(part.n for part in parts.values())
    spare = total - len(names) - k
    if spare < 1 or min(part.n for part in parts.values()) < 2:
        raise DataError(f"{total} customers in {len(names)} arms are too few to adjust {metric!r} by {k} covariates.")
    sxx = np.sum([part.sxx for part in parts.values()], axis=0)
    sxy = np.sum([part.sxy for part in parts.values()], axis=0)
    syy = sum(part.syy for part in parts.values())
    scale = np.sqrt(np.where(np.diag(sxx) > 0, np.diag(sxx), 1.0))
    inverse = np.linalg.pinv(sxx / np.outer(scale, scale), rcond=1e-10, hermitian=True) / np.outer(scale, scale)
    slopes = inverse @ sxy
    residuals = {name: max(part.residual(slopes), 0.0) for name, part in parts.items()}
    pooled = sum(residuals.values()) / spare
    # the variance of the slopes enters an arm's mean by how far its covariates lie from the overall mean
    lever = inverse * pooled
    shared = _variance_of_fill(parts, slopes, total)
    estimates: dict[str, ArmEstimate] = {}
    covariances: dict[tuple[str, str], float] = {}
    for name, part in parts.items():
        if variance == "pooled" or residuals[name] <= _ALIKE * sum(residuals.values()):
            own = pooled / part.n  # an arm whose values are all alike has no spread of its own
        else:
            own = residuals[name] / (part.n - 1) * (total - len(names)) / spare / part.n
        estimates[name] = ArmEstimate(
            part.mean - float(slopes @ part.u),
            own + float(part.u @ lever @ part.u) + shared,
            part.n,
            arms[name].rows - part.n,
            part.n - 1.0,
        )
        for other, its in parts.items():
            if other != name:
                covariances[name, other] = float(part.u @ lever @ its.u) + shared
    health = _health(arms, metric, covariates, parts, slopes, inverse, sxx, syy, sum(residuals.values()), spare)
    shared_df = float(spare) if variance == "pooled" else None
    coefficients = tuple(float(b) for b in slopes)
    return Adjusted(metric, tuple(covariates), coefficients, estimates, covariances, shared_df, health)


@dataclass(frozen=True, slots=True)
class _Part:
    """One arm's sums over customers with an outcome. Covariates are filled, and measured as distances from the fill."""

    n: int
    mean: float
    u: Floats
    sxx: Floats
    sxy: Floats
    syy: float

    def residual(self, slopes: Floats) -> float:
        return float(self.syy - 2 * slopes @ self.sxy + slopes @ self.sxx @ slopes)


def _overall_means(arms: Mapping[str, Moments], metric: str, covariates: Sequence[str]) -> Floats:
    fills = []
    for covariate in covariates:
        counts, sums = 0, 0.0
        for cell in arms.values():
            i, y = cell.index(covariate), cell.index(metric)
            counts += int(cell.counts[i, y])
            sums += float(cell.counts[i, y] * cell.means[i, y])
        fills.append(sums / counts if counts else 0.0)
    return np.array(fills)


def _within(cell: Moments, metric: str, covariates: Sequence[str], fills: Floats) -> _Part:
    y, at = cell.index(metric), [cell.index(c) for c in covariates]
    n, mean, k = cell.n(metric), cell.mean(metric), len(at)
    u, sxy, sxx = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for a, i in enumerate(at):
        both, gap = int(cell.counts[i, y]), float(cell.means[i, y] - fills[a])
        cell.covariance(metric, covariates[a]) if both >= 2 else None  # raises an error where nobody asked for it
        product = float(cell.products[i, y]) if both else 0.0
        u[a] = both * gap / n
        sxy[a] = product + both * gap * float(cell.means[y, i] - mean)
        sxx[a, a] = float(cell.squares[i, y]) + both * gap**2
        for b in range(a):
            j, m = at[b], int(cell.counts[i, at[b]])
            between = float(cell.products[i, j]) if m else 0.0
            if math.isnan(between):
                raise ParameterError(
                    f"the product of {covariates[a]!r} and {covariates[b]!r} is missing. "
                    "Ask the engine for the pair, too."
                )
            sxx[a, b] = sxx[b, a] = between + m * float(cell.means[i, j] - fills[a]) * float(
                cell.means[j, i] - fills[b]
            )
    return _Part(n, mean, u, sxx - n * np.outer(u, u), sxy, float(cell.squares[y, y]))


def _variance_of_fill(parts: Mapping[str, _Part], slopes: Floats, total: int) -> float:
    """Return what estimating the overall covariate mean adds to the variance of every adjusted mean; differences have
    none of it.
    """
    spread = np.sum([part.sxx + part.n * np.outer(part.u, part.u) for part in parts.values()], axis=0)
    return float(slopes @ spread @ slopes) / max(total - 1, 1) / total


def _health(
    arms: Mapping[str, Moments],
    metric: str,
    covariates: Sequence[str],
    parts: Mapping[str, _Part],
    slopes: Floats,
    inverse: Floats,
    sxx: Floats,
    syy: float,
    residual: float,
    spare: int,
) -> CupedHealth:
    total = sum(part.n for part in parts.values())
    k = len(covariates)
    sxy = np.sum([part.sxy for part in parts.values()], axis=0)
    deviations = np.sqrt(np.diag(sxx) / max(total - len(parts), 1))
    rows = list(parts.values())
    imbalance = {
        name: max(abs(p.u[a] - q.u[a]) / deviations[a] if deviations[a] > 0 else 0.0 for p in rows for q in rows)
        for a, name in enumerate(covariates)
    }
    hotelling = sum(part.n * float(part.u @ inverse @ part.u) for part in rows) * (total - len(rows))
    rank = int(np.linalg.matrix_rank(inverse * np.outer(deviations, deviations), hermitian=True)) if k else 0
    p = float(special.chdtrc(max(rank, 1) * (len(rows) - 1), hotelling)) if rank else 1.0
    missing = {
        name: 1 - sum(cell.n(name) for cell in arms.values()) / max(sum(cell.rows for cell in arms.values()), 1)
        for name in covariates
    }
    own = {
        name: float(sxy[a] / math.sqrt(sxx[a, a] * syy)) if sxx[a, a] > 0 and syy > 0 else 0.0
        for a, name in enumerate(covariates)
    }
    flips = tuple(name for a, name in enumerate(covariates) if _flips(rows, a))
    explained = min(max(1 - residual / syy, 0.0), 1.0) if syy > 0 else 0.0
    kept = (residual / spare) / (syy / (total - len(rows))) if syy > 0 else 1.0
    verdict = _verdict(metric, p, flips, explained, kept, missing)
    return CupedHealth(math.sqrt(explained), own, kept, imbalance, p, missing, flips, verdict)


def _flips(rows: Sequence[_Part], a: int) -> bool:
    signs = set()
    for part in rows:
        if part.sxx[a, a] <= 0 or part.syy <= 0 or part.n < 4:
            continue
        r = part.sxy[a] / math.sqrt(part.sxx[a, a] * part.syy)
        # Fisher's z beyond 3.5 standard errors in both arms is no accident
        if abs(math.atanh(min(max(r, -0.999999), 0.999999))) * math.sqrt(part.n - 3) > 3.5:
            signs.add(r > 0)
    return len(signs) == 2


def _verdict(
    metric: str, p: float, flips: tuple[str, ...], explained: float, kept: float, missing: Mapping[str, float]
) -> Verdict:
    check = "CUPED"
    if p < IMBALANCED:
        return Verdict(
            check,
            "blocked",
            Told.of(
                "the covariates of {metric} differ between the arms before the campaign ({p}): either they were measured "
                "after it began, or the arms were not drawn at random; the adjustment is not used",
                metric=Quoted(metric),
                p=Figure(p, "p"),
            ),
            p,
        )
    if flips:
        return Verdict(
            check,
            "warn",
            Told.of(
                "{flips} moves with {metric} in one arm and against it in another: one slope does not describe both",
                flips=Quoted(", ".join(flips)),
                metric=Quoted(metric),
            ),
            None,
        )
    if (most := max(missing.values())) > 0.5:
        said = Told.of(
            "{most} of customers have no pre-period value; they stay unadjusted", most=Figure(most, "share")
        )
        return Verdict(check, "warn", said, most)
    if kept > 1:
        said = Told.of(
            "the covariates do not explain {metric}; the adjustment gains nothing",
            metric=Quoted(metric),
        )
        return Verdict(check, "warn", said, kept)
    said = Told.of(
        "the covariates explain {explained} of the variation of {metric}",
        explained=Figure(explained, "share"),
        metric=Quoted(metric),
    )
    return Verdict(check, "ok", said, explained)
