"""Estimators for chosen recipients, from cells of equal covariates instead of single customers.

Propensities and expected outcomes depend on covariates only, so that customers with equal covariates have equal
weights. The estimates and their standard errors need only how many such customers there are, and the sum and the sum
of squares of their outcomes. The results equal those of the same estimators on single customers, and no customer
leaves the engine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from segkit.arrays import Floats
from segkit.campaigns.models.observational import AdjustedEstimate, Estimator
from segkit.campaigns.models.propensity import cell_propensity
from segkit.errors import DataError
from segkit.learning.scores import EDGE
from segkit.statistics.inputs import share
from segkit.statistics.reference import Normal, Student
from segkit.statistics.sparse import FEW


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Customers by covariate cell, in two groups.

    Attributes:
        design: (K, p) covariates of each cell, such as indicators of their levels.
        counts: (2, K) customers of each cell; row 0 others, row 1 contacted.
        sums: (2, K) sum of the outcome in each cell.
        squares: (2, K) sum of its squares in each cell.
    """

    design: Floats
    counts: Floats
    sums: Floats
    squares: Floats

    @property
    def n(self) -> float:
        """Customers of both groups together."""
        return float(self.counts.sum())

    def checked(self) -> Groups:
        """Return these groups, if each has two customers or more.

        Raises:
            DataError: a group has fewer than two customers.
        """
        if (self.counts.sum(axis=1) < 2).any():
            c, t = self.counts.sum(axis=1)
            raise DataError(f"{t:g} contacted and {c:g} other customers were given; a comparison needs two of each.")
        return self


def grouped_inverse_propensity(groups: Groups, *, level: float = 0.95) -> AdjustedEstimate:
    """Estimate the effect on the contacted by a weighted difference of means (Hájek), with propensities by logistic
    regression.

    The standard error allows for the propensities being estimated (Lunceford & Davidian 2004, section 3.2).
    """
    g = groups.checked()
    fit = cell_propensity(g.counts, g.design)
    z, e = fit.design, np.clip(fit.values, EDGE, 1 - EDGE)
    odds, n = e / (1 - e), g.n
    w = np.vstack([odds, np.ones_like(odds)])
    means = [float(w[k] @ g.sums[k] / (w[k] @ g.counts[k])) for k in (0, 1)]
    size = [float(w[k] @ g.counts[k]) / n for k in (0, 1)]
    # the weights of the others depend on the propensity's coefficients: d weight / d linear predictor = odds
    slope = -(odds / size[0] * (g.sums[0] - means[0] * g.counts[0])) @ z / n
    pull = z @ (np.linalg.pinv(fit.information, hermitian=True) @ slope)
    total = 0.0
    for k, sign in ((0, -1.0), (1, 1.0)):
        a = sign * w[k] / size[k]
        b = -a * means[k] + pull * (k - e)
        total += float((a**2 * g.squares[k] + 2 * a * b * g.sums[k] + b**2 * g.counts[k]).sum())
    return _estimate(means[1] - means[0], total / n / n, math.inf, level, "inverse-propensity", g)


def grouped_doubly_robust(groups: Groups, *, level: float = 0.95, trim: float = 0.01) -> AdjustedEstimate:
    """Estimate the effect on the contacted by augmented inverse propensity.

    The estimate is right if either the model of the propensity or that of the outcome is.

    Both models are parametric and are fitted on all customers (Robins et al. 1994).
    """
    g = groups.checked()
    fit = cell_propensity(g.counts, g.design)
    z, e = fit.design, np.clip(fit.values, trim, 1 - trim)
    control = (z * g.counts[0][:, None]).T @ z
    m = z @ (np.linalg.pinv(control, rcond=1e-12, hermitian=True) @ (z.T @ g.sums[0]))
    part, n = g.counts[1].sum() / g.n, g.n
    a = np.vstack([-e / (1 - e), np.ones_like(e)]) / part
    value = float(sum((a[k] * (g.sums[k] - m * g.counts[k])).sum() for k in (0, 1)) / n)
    total = 0.0
    for k in (0, 1):
        b = -a[k] * m - (value / part if k else 0.0)
        total += float((a[k] ** 2 * g.squares[k] + 2 * a[k] * b * g.sums[k] + b**2 * g.counts[k]).sum())
    return _estimate(value, total / (n - 1) / n, math.inf, level, "doubly-robust", g)


def grouped_regression(groups: Groups, *, level: float = 0.95) -> AdjustedEstimate:
    """Estimate the effect as the coefficient of contact, by least squares of the outcome on contact and covariates.

    The standard error allows unequal variances (HC3, MacKinnon & White 1985).
    """
    g = groups.checked()
    spread = g.design.std(axis=0)
    x = g.design[:, spread > 0]
    k, p = x.shape
    rows = np.vstack([np.column_stack([np.full(k, float(t)), np.ones(k), x]) for t in (0, 1)])
    counts, sums, squares = g.counts.ravel(), g.sums.ravel(), g.squares.ravel()
    gram = (rows * counts[:, None]).T @ rows
    spare = g.n - int(np.linalg.matrix_rank(gram, hermitian=True))
    if spare < 1:
        raise DataError(
            f"a regression of {p + 2} terms needs more than {g.n:g} customers; take out fewer covariates."
        )
    inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    b = inverse @ (rows.T @ sums)
    fitted = rows @ b
    lever = np.minimum((rows @ inverse * rows).sum(axis=1), 1 - 1e-9)
    residual = np.maximum(squares - 2 * fitted * sums + fitted**2 * counts, 0.0) / (1 - lever) ** 2
    meat = (rows * residual[:, None]).T @ rows
    return _estimate(float(b[0]), float((inverse @ meat @ inverse)[0, 0]), spare, level, "regression", g)


def _unseen(groups: Groups) -> float:
    """Return the variance of the groups' means that their own customers are too few to show.

    A group in which nobody, or hardly anybody, bought varies at least as much as both groups together. A group whose
    values are all alike varies as much as the other group.
    """
    n, sums, squares = (part.sum(axis=1) for part in (groups.counts, groups.sums, groups.squares))
    own = np.maximum(squares - sums**2 / n, 0.0) / np.maximum(n - 1, 1)
    both = float(squares.sum() / n.sum())
    found = 0.0
    for k in (0, 1):
        makers = sums[k] ** 2 / squares[k] if sums[k] > 0 else 0.0
        least = both if makers < min(FEW, 0.5 * n[k]) else float(own[1 - k]) if own[k] <= 1e-12 * own[1 - k] else 0.0
        found += max(least - float(own[k]), 0.0) / float(n[k])
    return found


def _estimate(
    value: float, variance: float, df: float, level: float, estimator: Estimator, groups: Groups
) -> AdjustedEstimate:
    variance += _unseen(groups)
    if not variance > 0:
        raise DataError("the outcome does not vary once the covariates are taken out; there is nothing to estimate.")
    reference = Normal() if math.isinf(df) else Student(df)
    error = math.sqrt(variance)
    half = reference.critical(share(level, "level")) * error
    z = value / error
    p = float(2 * special.ndtr(-abs(z))) if math.isinf(df) else reference.p_value(z)
    control, treated = (int(n) for n in groups.counts.sum(axis=1))
    return AdjustedEstimate(
        value, error, value - half, value + half, z, p, float(df), level, estimator,
        "everybody" if estimator == "regression" else "treated", treated, control,
    )  # fmt: skip
