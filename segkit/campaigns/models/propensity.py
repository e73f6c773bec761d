"""The chance of each customer to be contacted, given what is known of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from segkit.arrays import Floats
from segkit.errors import DataError, ModelError

_ROUNDS = 100
_FAR = 200.0
"""The log odds per standard deviation beyond which a coefficient has run away."""


@dataclass(frozen=True, slots=True)
class Propensity:
    """Chances of being contacted, by logistic regression.

    Attributes:
        values: (n,) chance of each row, between 0 and 1.
        coefficients: (p + 1,) the intercept, then log odds per standard deviation of each covariate.
        information: (p + 1, p + 1) Fisher information per customer, on the same scale as the coefficients.
        design: (n, p + 1) a column of ones and the standardised covariates.
    """

    values: Floats
    coefficients: Floats
    information: Floats
    design: Floats


def cell_propensity(counts: Floats, covariates: Floats) -> Propensity:
    """Fit the propensity of cells of customers with equal covariates.

    This is exact: a logistic regression depends only on how many customers each cell has. The fit uses Newton's
    method, and halves a step until the likelihood does not fall.

    Args:
        counts: (2, n) customers of each cell; row 0 others, row 1 contacted.
        covariates: (n, p) covariates of each cell.

    Raises:
        DataError: all customers are contacted, or none is.
        ModelError: the covariates separate the groups completely, so that no customer can be compared.
    """
    n, t = counts.sum(axis=0), counts[1]
    total = float(n.sum())
    if not 0 < t.sum() < total:
        raise DataError(
            f"{t.sum():g} of {total:g} customers are contacted; a propensity needs customers of both kinds."
        )
    mean = n @ covariates / total
    spread = np.sqrt(n @ (covariates - mean) ** 2 / total)
    z = np.column_stack([np.ones(len(n)), (covariates - mean) / np.where(spread > 0, spread, 1.0)])

    def likelihood(eta: Floats) -> float:
        return float(t @ eta - n @ np.logaddexp(0, eta))

    b = np.zeros(z.shape[1])
    b[0] = math.log(t.sum() / (total - t.sum()))
    previous = -math.inf
    for _ in range(_ROUNDS):
        eta = np.clip(z @ b, -500, 500)
        e = 1 / (1 + np.exp(-eta))
        reached = likelihood(eta)
        if reached > -1e-6 * total or np.abs(b).max() > _FAR:
            break
        hessian = (z * (n * e * (1 - e))[:, None]).T @ z
        if abs(reached - previous) < 1e-12 * (abs(reached) + 1):
            return Propensity(e, b, hessian / total, z)
        previous = reached
        step = np.linalg.pinv(hessian, rcond=1e-12, hermitian=True) @ (z.T @ (t - n * e))
        size = 1.0
        while size > 1e-4 and likelihood(z @ (b + size * step)) < reached - 1e-12 * abs(reached):
            size /= 2
        b = b + size * step
    raise ModelError(
        "the covariates tell contacted and other customers apart completely, so that no customer has a counterpart; "
        "compare within a narrower population, or with fewer covariates."
    )
