"""BdW: sBG in which a customer's own churn probability changes with tenure (Fader, Hardie et al. 2018).

P. S. Fader, B. G. S. Hardie, Y. Liu, J. Davin, T. Steenburgh: "How to Project Customer Retention" Revisited: The Role
of Duration Dependence. Journal of Interactive Marketing 43, 2018.
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
class BDW(RetentionModel):
    """Beta-discrete-Weibull with its parameters; see `RetentionModel` for what it can be asked.

    >>> model = BDW(alpha=0.259, beta=1.722, c=1.584)
    >>> round(float(model.survival(12)), 2)
    0.39
    """

    alpha: float
    """First parameter of the beta distribution of the churn probability at the first renewal."""
    beta: float
    """Second parameter of that distribution."""
    c: float
    """How a single customer's risk of churn changes with tenure: above 1 it grows, below 1 it falls; at 1 the model
    is
    sBG."""
    fit: Fit | None = None
    """The fit that the parameters come from; None where they were given."""

    label: ClassVar[str] = "BdW"
    parameter_names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "c")

    def _log_survival(self, renewals: Floats) -> Floats:
        tau = _operational_time(renewals, self.c)
        return log_gamma_ratio(self.beta, tau) - log_gamma_ratio(self.alpha + self.beta, tau)

    def simulate(self, customers: int, rng: np.random.Generator) -> Floats:
        """Draw the renewal at which each of so many new customers leaves; 1 is the first."""
        theta = rng.beta(self.alpha, self.beta, customers)
        with np.errstate(divide="ignore", over="ignore"):
            age = (rng.exponential(size=customers) / -np.log1p(-theta)) ** (1.0 / self.c)
        return 1.0 + np.floor(age)


def _operational_time(renewals: Floats, c: float) -> Floats:
    """Return renewals^c, 0 at 0. It is bounded where no difference between probabilities is left."""
    log_time = np.minimum(c * np.log(np.maximum(renewals, 1.0)), 400.0)
    return np.where(renewals > 0, np.exp(log_time), 0.0)


def fit_bdw(
    renewal: ArrayLike,
    left: ArrayLike,
    weight: ArrayLike | None = None,
    late: Late | None = None,
    *,
    require: Requirements = STANDARD,
) -> BDW:
    """Fit BdW by maximum likelihood, on one cohort or on several pooled.

    Arguments, result and errors are those of `fit_sbg`; at least three renewals are needed.
    """
    cells = RenewalCells.of(renewal, left, weight, late)
    cells.require(require, BDW.label, renewals=3)
    starts = [
        np.log([share * total, (1 - share) * total, c])
        for share, total, c in product((0.1, 0.4, 0.8), (0.5, 3.0), (0.6, 1.0, 1.8))
    ]
    optimum = minimise(_Likelihood(cells), starts)
    fit = conclude(
        optimum,
        model=BDW.label,
        names=BDW.parameter_names,
        log_scale=np.zeros(3),
        log_likelihood=-optimum.value,
        customers=cells.customers,
        cells=cells.weight.size,
        limits=_limits,
    )
    alpha, beta, c = fit.estimates.tolist()
    return BDW(alpha, beta, c, fit)


def _limits(runaway: Mapping[str, Towards], at: Mapping[str, float]) -> str:
    if runaway.get("alpha") == "up" and runaway.get("beta") == "up":
        what: str = "customers do not differ in how readily they churn"
    elif runaway.get("alpha") == "down" and runaway.get("beta") == "down":
        chance = at["alpha"] / (at["alpha"] + at["beta"])
        what = Told.of("a share of {chance} leaves soon and the others never do", chance=Figure(chance, "share"))
    else:
        what = "the data do not hold all three parameters"
    return runaway_told(BDW.label, runaway, what)


class _Likelihood:
    """Negative log-likelihood of log(alpha, beta, c), with gradient and Hessian.

    With ℓ(t) = ln S(t) = ln B(α, β + t^c) − ln B(α, β), a customer still there after n renewals adds ℓ(n), and one
    who left at renewal t adds ℓ(t−1) + ln(1 − e^{ℓ(t) − ℓ(t−1)}).
    """

    def __init__(self, cells: RenewalCells) -> None:
        renewal, left, weight = cells.terms
        gone = left == 1
        self._weight = np.concatenate([weight[~gone], weight[gone]])
        self._split = int((~gone).sum())
        self._after = np.concatenate([renewal[~gone], renewal[gone]])
        self._times, at = np.unique(np.concatenate([self._after, self._after - 1.0]).clip(0.0), return_inverse=True)
        self._at_after, self._at_before = at[: self._after.size], at[self._after.size :]

    def __call__(self, point: Floats) -> tuple[float, Floats, Floats]:
        log_s, first, second = self._log_survival(*(float(value) for value in np.exp(point)))
        stay, gone = self._at_after[: self._split], self._at_after[self._split :]
        before = self._at_before[self._split :]
        w_stay, w_gone = self._weight[: self._split], self._weight[self._split :]
        value = float(w_stay @ log_s[stay])
        gradient = first[:, stay] @ w_stay
        hessian = second[:, :, stay] @ w_stay
        drop = log_s[gone] - log_s[before]
        drop = np.minimum(drop, -1e-140)  # its square, below, is still a number
        chance = -np.expm1(drop)  # the probability of leaving
        value += float(w_gone @ (log_s[before] + np.log(chance)))
        ratio = np.exp(drop) / chance
        change = first[:, gone] - first[:, before]
        gradient = gradient + (first[:, before] - ratio * change) @ w_gone
        bend = second[:, :, gone] - second[:, :, before]
        hessian = hessian + (second[:, :, before] - ratio * bend) @ w_gone
        hessian = hessian - (change * (w_gone * ratio / chance)) @ change.T
        return -value, -gradient, -hessian

    def _log_survival(self, alpha: float, beta: float, c: float) -> tuple[Floats, Floats, Floats]:
        """Return ℓ at each distinct time, (m,), its gradient (3, m) and Hessian (3, 3, m) by the log-parameters."""
        log_t = np.log(np.maximum(self._times, 1.0))
        tau = _operational_time(self._times, c)
        total = alpha + beta
        value = log_gamma_ratio(beta, tau) - log_gamma_ratio(total, tau)
        by_beta, by_total = digamma_ratio(beta, tau), digamma_ratio(total, tau)
        bend_beta = trigamma(beta + tau) - trigamma(beta)
        bend_total = trigamma(total + tau) - trigamma(total)
        slope = tau * c * log_t  # the derivative of τ by ln c
        by_tau = digamma_ratio(beta + tau, alpha) * -1.0
        bend_tau = trigamma(beta + tau) - trigamma(total + tau)
        first = np.stack([-alpha * by_total, beta * (by_beta - by_total), slope * by_tau])
        second = np.empty((3, 3, tau.size))
        second[0, 0] = first[0] - alpha**2 * bend_total
        second[1, 1] = first[1] + beta**2 * (bend_beta - bend_total)
        second[0, 1] = second[1, 0] = -alpha * beta * bend_total
        second[0, 2] = second[2, 0] = -alpha * slope * trigamma(total + tau)
        second[1, 2] = second[2, 1] = beta * slope * bend_tau
        second[2, 2] = first[2] * (1.0 + c * log_t) + slope**2 * bend_tau
        return value, first, second
