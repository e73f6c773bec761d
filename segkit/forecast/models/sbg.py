"""sBG: each customer churns with a probability of their own (Fader, Hardie 2007).

P. S. Fader, B. G. S. Hardie: How to Project Customer Retention. Journal of Interactive Marketing 21(1), 2007.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from segkit.arrays import Floats
from segkit.forecast.models.contractual import Late, RenewalCells, RetentionModel
from segkit.forecast.models.histories import STANDARD, Requirements
from segkit.forecast.models.optimise import Fit, Towards, conclude, minimise, runaway_told
from segkit.forecast.models.special import digamma_ratio, log_gamma_ratio, trigamma
from segkit.statistics.told import Figure, Told


@dataclass(frozen=True, eq=False)
class SBG(RetentionModel):
    """Shifted beta-geometric with its parameters; `RetentionModel` says what it can compute.

    >>> model = SBG(alpha=0.668, beta=3.806)
    >>> round(float(model.survival(7)), 3)
    0.489
    """

    alpha: float
    """First parameter of the beta distribution of the churn probability; alpha/(alpha+beta) is its mean."""
    beta: float
    """Second parameter of that distribution."""
    fit: Fit | None = None
    """The fit that the parameters come from; None where they were given."""

    label: ClassVar[str] = "sBG"
    parameter_names: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    def _log_survival(self, renewals: Floats) -> Floats:
        return log_gamma_ratio(self.beta, renewals) - log_gamma_ratio(self.alpha + self.beta, renewals)

    def simulate(self, customers: int, rng: np.random.Generator) -> Floats:
        """Draw the renewal at which each of so many new customers leaves; 1 is the first."""
        theta = rng.beta(self.alpha, self.beta, customers)
        with np.errstate(divide="ignore"):
            return 1.0 + np.floor(rng.exponential(size=customers) / -np.log1p(-theta))


def fit_sbg(
    renewal: ArrayLike,
    left: ArrayLike,
    weight: ArrayLike | None = None,
    late: Late | None = None,
    *,
    require: Requirements = STANDARD,
) -> SBG:
    """Fit sBG by maximum likelihood, on one cohort or on several pooled.

    Args:
        renewal: the renewal at which the customer left (1 is the first), or the renewals made by those still there.
        left: 1 where the customer left, 0 where the customer is still there, shape (n,).
        weight: customers in the cell, ≥ 0; None for one each.
        late: customers who came under observation after their start, as in `RenewalCells.of`; None where there are
            none.
        require: what the data must offer; `repeaters` is read as customers who left.

    Returns:
        The model; its `fit` says how far to trust it. `RenewalCells.from_survivors` makes the columns from cohort
        counts.

    Raises:
        ModelError: a row is impossible, customers or leavers are too few, or there are fewer than two renewals.
    """
    cells = RenewalCells.of(renewal, left, weight, late)
    cells.require(require, SBG.label, renewals=2)
    starts = [
        np.log([share * total, (1 - share) * total]) for share, total in product((0.1, 0.4, 0.8), (0.5, 3.0, 30.0))
    ]
    optimum = minimise(_Likelihood(cells), starts)
    fit = conclude(
        optimum,
        model=SBG.label,
        names=SBG.parameter_names,
        log_scale=np.zeros(2),
        log_likelihood=-optimum.value,
        customers=cells.customers,
        cells=cells.weight.size,
        limits=_limits,
    )
    alpha, beta = fit.estimates.tolist()
    return SBG(alpha, beta, fit)


def _limits(runaway: Mapping[str, Towards], at: Mapping[str, float]) -> str:
    chosen = Figure(at["alpha"] / (at["alpha"] + at["beta"]), "share")
    if runaway.get("alpha") == "up" and runaway.get("beta") == "up":
        what: str = Told.of(
            "customers do not differ in how readily they churn ({chance} at each renewal)", chance=chosen
        )
    elif runaway.get("alpha") == "down" and runaway.get("beta") == "down":
        what = Told.of("a share of {chance} leaves at the first renewal and the others never do", chance=chosen)
    else:
        what = "the data do not hold both parameters"
    return runaway_told(SBG.label, runaway, what)


class _Likelihood:
    """Negative log-likelihood of log(alpha, beta): ln B(α + left, β + stayed) − ln B(α, β), with derivatives."""

    def __init__(self, cells: RenewalCells) -> None:
        renewal, self._left, self._weight = cells.terms
        self._stayed = renewal - self._left

    def __call__(self, point: Floats) -> tuple[float, Floats, Floats]:
        alpha, beta = (float(value) for value in np.exp(point))
        total, chances = alpha + beta, self._left + self._stayed
        w = self._weight
        value = float(
            w
            @ (
                log_gamma_ratio(alpha, self._left)
                + log_gamma_ratio(beta, self._stayed)
                - log_gamma_ratio(total, chances)
            )
        )
        shared, bend = digamma_ratio(total, chances), trigamma(total + chances) - trigamma(total)
        first = np.array(
            [
                alpha * float(w @ (digamma_ratio(alpha, self._left) - shared)),
                beta * float(w @ (digamma_ratio(beta, self._stayed) - shared)),
            ]
        )
        mixed = -alpha * beta * float(w @ bend)
        own_alpha = float(w @ (trigamma(alpha + self._left) - trigamma(alpha) - bend))
        own_beta = float(w @ (trigamma(beta + self._stayed) - trigamma(beta) - bend))
        hessian = np.array([[first[0] + alpha**2 * own_alpha, mixed], [mixed, first[1] + beta**2 * own_beta]])
        return -value, -first, -hessian
