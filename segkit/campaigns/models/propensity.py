"""Each customer's chance of being contacted, given what is known of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from segkit.arrays import Floats
from segkit.errors import DataError, ModelError

_ROUNDS = 100
_FAR = 200.0
"""A coefficient beyond this many log odds a standard deviation has run away."""


@dataclass(frozen=True, slots=True)
class Propensity:
    """Chances of being contacted, by logistic regression.

    Attributes:
        values: (n,) between 0 and 1, of each row.
        coefficients: (p + 1,) intercept first, per standard deviation of each covariate.
        information: (p + 1, p + 1) Fisher information per customer, on the same scale.
        design: (n, p + 1) intercept and standardised covariates.
    """

    values: Floats
    coefficients: Floats
    information: Floats
    design: Floats


def cell_propensity(counts: Floats, covariates: Floats) -> Propensity:
    """Of cells of customers with equal covariates; exact, as a logistic regression sees only how many each has.

    By Newton's method, with steps halved until the likelihood does not fall.

    Parameters:
        counts: (2, n) customers of each cell; row 0 others, row 1 contacted.
        covariates: (n, p) of each cell.

    Raises:
        DataError: all are contacted, or none.
        ModelError: the covariates separate the groups completely, so that nobody is comparable.
    """
    n, t = counts.sum(axis=0), counts[1]
    total = float(n.sum())
    if not 0 < t.sum() < total:
        raise DataError(f"{t.sum():g} of {total:g} customers are treated; a propensity needs both kinds.")
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
