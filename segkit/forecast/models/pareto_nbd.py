"""Pareto/NBD: buying until a silent dropout at any time (Schmittlein, Morrison, Colombo 1987).

D. C. Schmittlein, D. G. Morrison, R. Colombo: Counting Your Customers. Management Science 33(1), 1987.
P. S. Fader, B. G. S. Hardie: A Note on Deriving the Pareto/NBD Model and Related Expressions, 2005.
P. S. Fader, B. G. S. Hardie, K. L. Lee: RFM and CLV. Journal of Marketing Research 42(4), 2005 (DERT).

The papers write the likelihood with differences of Gauss's hypergeometric function. Here the part of customers who
have left stays an integral over the time of leaving, so that nothing cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats
from segkit.forecast.models.histories import SKETCH, STANDARD, PurchaseCells, Requirements
from segkit.forecast.models.optimise import Fit, Towards, conclude, minimise, runaway_told
from segkit.forecast.models.purchase_model import PurchaseModel
from segkit.forecast.models.quadrature import discount_rule, log_power_integral, power_rule
from segkit.forecast.models.special import digamma_ratio, log_gamma_ratio, power_integral, softplus, trigamma
from segkit.statistics.told import Figure, Told


@dataclass(frozen=True, eq=False)
class ParetoNBD(PurchaseModel):
    """Pareto/NBD with its parameters; `PurchaseModel` says what it can compute.

    >>> model = ParetoNBD(r=0.5533, alpha=10.578, s=0.6062, beta=11.669)
    >>> round(float(model.expected_purchases(52, 26, 30.857, 31)), 2)
    25.46
    """

    r: float
    """Shape of the gamma distribution of purchase rates; small means customers differ much."""
    alpha: float
    """Rate of that distribution, in units of time: r/alpha is the mean number of purchases per unit of time, while
    alive.
    """
    s: float
    """Shape of the gamma distribution of dropout rates."""
    beta: float
    """Rate of that distribution, in units of time: s/beta is the mean rate of leaving."""
    fit: Fit | None = None
    """The fit that the parameters come from; None where they were given."""

    label: ClassVar[str] = "Pareto/NBD"
    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        shape = self.r + x
        log_left = log_power_integral(shape, self.s + 1.0, self.alpha + t_x, self.beta + t_x, T - t_x)
        log_odds = (
            math.log(self.s)
            - np.log(self.beta + t_x)
            + log_left
            + shape * np.log1p((T - t_x) / (self.alpha + t_x))
            + self.s * np.log1p((T - t_x) / (self.beta + t_x))
        )
        return np.asarray(special.expit(-log_odds), dtype=np.float64)

    def _discounted_if_alive(self, rate: float, horizon: float, x: Floats, T: Floats) -> Floats:
        ends, at = np.unique(T, return_inverse=True)
        scale = self.beta + ends
        if rate == 0:
            stay = power_integral(self.s, scale, horizon)
        else:
            stay = np.empty(ends.shape)
            for rows, _, w in discount_rule(rate, self.s, scale, horizon):
                stay[rows] = w.sum(axis=1)
        return (self.r + x) / (self.alpha + T) * stay[at]

    def _moments_if_alive(self, horizon: float, x: Floats, T: Floats) -> tuple[Floats, Floats]:
        if horizon == 0:
            return np.zeros(x.shape), np.zeros(x.shape)
        ends, at = np.unique(T, return_inverse=True)
        squared = np.empty(ends.shape)  # E[min(remaining lifetime, horizon)²]
        for rows, tau, w in discount_rule(0.0, self.s, self.beta + ends, horizon):
            squared[rows] = 2.0 * (w * tau).sum(axis=1)
        shape, scale = self.r + x, self.alpha + T
        return self._discounted_if_alive(0.0, horizon, x, T), shape * (shape + 1.0) / scale**2 * squared[at]

    def _silent_if_alive(self, horizon: float, x: Floats, T: Floats) -> Floats:
        shape, scale, wait = self.r + x, self.alpha + T, self.beta + T
        stayed = np.exp(-shape * np.log1p(horizon / scale) - self.s * np.log1p(horizon / wait))
        left = np.exp(log_power_integral(shape, self.s + 1.0, scale, wait, horizon))
        return np.asarray(np.minimum(stayed + self.s / wait * left, 1.0))

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw the frequency and recency of new customers who are observed for times T, shape (n,)."""
        end = np.atleast_1d(np.asarray(T, dtype=np.float64))
        rate = rng.gamma(self.r, 1.0 / self.alpha, end.shape)
        active = np.minimum(end, _lifetime(rng.gamma(self.s, 1.0 / self.beta, end.shape), rng))
        x = rng.poisson(rate * active).astype(np.float64)
        recency = active * rng.beta(np.maximum(x, 1.0), 1.0)
        return x, np.where(x > 0, recency, 0.0)


def _lifetime(hazard: Floats, rng: np.random.Generator) -> Floats:
    with np.errstate(divide="ignore", over="ignore"):
        return rng.exponential(size=hazard.shape) / hazard


def fit_pareto_nbd(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    require: Requirements = STANDARD,
) -> ParetoNBD:
    """Fit Pareto/NBD by maximum likelihood.

    Arguments, result and errors are those of `fit_bg_nbd`.
    """
    label = ParetoNBD.label
    cells = PurchaseCells.of(frequency, recency, T, weight)
    cells.require(require, label)
    unit = float(cells.weight @ cells.T) / cells.customers
    bought = max(float(cells.weight @ cells.frequency) / cells.customers, 1e-3)
    starts = [
        np.log([r, r / (pace * bought), s, s / leave])
        for r, pace, s, leave in product((0.5, 2.0), (1.0, 2.0), (0.3, 1.0), (0.1, 0.5, 2.0))
    ]
    scaled = cells.scaled(unit)
    optimum = minimise(ParetoLikelihood(scaled), starts, sketch=ParetoLikelihood(scaled.thinned(SKETCH)))
    log_unit = math.log(unit)
    fit = conclude(
        optimum,
        model=label,
        names=ParetoNBD.parameter_names,
        log_scale=np.array([0.0, log_unit, 0.0, log_unit]),
        log_likelihood=-optimum.value - float(cells.weight @ cells.frequency) * log_unit,
        customers=cells.customers,
        cells=cells.weight.size,
        limits=_limits,
    )
    r, alpha, s, beta = fit.estimates.tolist()
    return ParetoNBD(r, alpha, s, beta, fit)


def _limits(runaway: Mapping[str, Towards], at: Mapping[str, float]) -> str:
    meanings: list[Told] = []
    if runaway.get("r") == "up":
        pace = at["r"] / at["alpha"]
        meanings.append(
            Told.of(
                "customers do not differ in how often they buy (about {pace} times by unit of time)",
                pace=Figure(pace, "index"),
            )
        )
    elif runaway.get("r") == "down":
        meanings.append(
            Told.of("nearly all customers buy once and a few very often, which a gamma distribution cannot hold")
        )
    leave = at["s"] / at["beta"]
    if runaway.get("s") == "up" and runaway.get("beta") == "up":
        meanings.append(
            Told.of(
                "customers do not differ in how readily they leave (a rate of {rate} by unit of time)",
                rate=Figure(leave, "index"),
            )
        )
    elif runaway.get("s") == "down" and "beta" not in runaway:
        meanings.append(Told.of("nobody leaves, so that the plain NBD model says the same"))
    elif runaway.get("beta") == "up":
        meanings.append(
            Told.of("hardly anybody leaves within the history, so that the plain NBD model says nearly the same")
        )
    elif runaway.get("beta") == "down":
        meanings.append(Told.of("a share of the customers leaves at once and the others hardly ever do"))
    what = Told.joined(meanings, "; ") if meanings else Told.of("the data do not hold all four parameters")
    return runaway_told(ParetoNBD.label, runaway, what)


class ParetoLikelihood:
    """Negative log-likelihood of log(r, alpha, s, beta), with gradient and Hessian.

    For one customer,

        ln L = ln Γ(r+x)/Γ(r) + r ln α − (r+x) ln(α+T) + s ln β − s ln(β+T) + ln(1 + e^D),
        e^D  = s (α+T)^(r+x) (β+T)^s ∫ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ over τ from t_x to T,

    where e^D are the odds of having left. The derivatives of the integral's logarithm are means and covariances of
    the derivatives of the integrand's logarithm, weighted by the integrand.
    """

    def __init__(self, cells: PurchaseCells) -> None:
        self._x, self._x_weight = cells.x.values, cells.x.total(cells.weight)
        self._end, self._end_weight = cells.end.values, cells.end.total(cells.weight)
        self._end_purchases = cells.end.total(cells.weight * cells.frequency)
        waits = cells.recency < cells.T
        self._weight = cells.weight[waits]
        self._frequency, self._recency, self._T = cells.frequency[waits], cells.recency[waits], cells.T[waits]

    def __call__(self, point: Floats) -> tuple[float, Floats, Floats]:
        """Return the value, gradient (4,) and Hessian (4, 4) at the log-parameters."""
        r, alpha, s, beta = np.exp(point)
        x, end = self._x, self._end
        gradient = np.zeros(4)
        hessian = np.zeros((4, 4))

        value = float(self._x_weight @ log_gamma_ratio(r, x))
        first = float(self._x_weight @ digamma_ratio(r, x))
        second = float(self._x_weight @ (trigamma(r + x) - trigamma(r)))
        gradient[0] += r * first
        hessian[0, 0] += r * first + r * r * second

        for shape, scale, log_scale, counts, at in (
            (r, alpha, float(point[1]), self._end_purchases, 0),
            (s, beta, float(point[3]), np.zeros_like(end), 2),
        ):
            exposed = shape * self._end_weight + counts
            log_end = np.log1p(end / scale)
            part = end / (scale + end)
            purchases = float(counts.sum())
            value -= float(exposed @ log_end) + purchases * log_scale
            gradient[at] -= shape * float(self._end_weight @ log_end)
            hessian[at, at] -= shape * float(self._end_weight @ log_end)
            gradient[at + 1] += float(exposed @ part) - purchases
            hessian[at, at + 1] += shape * float(self._end_weight @ part)
            hessian[at + 1, at + 1] -= float(exposed @ (part * (1.0 - part)))

        log_odds, slopes, curves = self._odds(float(r), float(alpha), float(s), float(beta))
        value += float(self._weight @ softplus(log_odds))
        gone = special.expit(log_odds)
        weighted = self._weight * gone
        gradient += np.einsum("in,n->i", slopes, weighted)
        hessian += np.einsum("ijn,n->ij", curves, weighted)
        hessian += np.einsum("in,jn->ij", slopes * (weighted * (1.0 - gone)), slopes) * _UPPER
        upper = np.triu(hessian, 1)
        return -value, -gradient, -(np.diag(np.diag(hessian)) + upper + upper.T)

    def _odds(self, r: float, alpha: float, s: float, beta: float) -> tuple[Floats, Floats, Floats]:
        """Return D for each cell, shape (n,), its gradient (4, n) and the upper triangle of its Hessian (4, 4, n)."""
        x, t_x, end = self._frequency, self._recency, self._T
        k = r + x
        at_alpha, at_beta = alpha + t_x, beta + t_x
        gap_alpha, gap_beta = np.log1p((end - t_x) / at_alpha), np.log1p((end - t_x) / at_beta)
        n = x.size
        log_integral = np.empty(n)
        first = np.empty((4, n))
        second = np.zeros((4, 4, n))
        for rows, tau, log_w in power_rule(k, np.full(n, s + 1.0), at_alpha, at_beta, end - t_x):
            top = log_w.max(axis=1, keepdims=True)
            w = np.exp(log_w - top)
            total = w.sum(axis=1, keepdims=True)
            log_integral[rows] = (top + np.log(total))[:, 0]
            w /= total
            # derivatives of the logarithm of the integrand by the log-parameters, less what does not vary with τ
            from_alpha = alpha / (at_alpha[rows, None] + tau)
            from_beta = beta / (at_beta[rows, None] + tau)
            kinds = (
                -r * np.log1p(tau / at_alpha[rows, None]),
                -k[rows, None] * from_alpha,
                -s * np.log1p(tau / at_beta[rows, None]),
                -(s + 1.0) * from_beta,
            )
            means = [np.einsum("ij,ij->i", w, kind) for kind in kinds]
            for i in range(4):
                first[i, rows] = means[i]
                weighted = w * (kinds[i] - means[i][:, None])
                for j in range(i, 4):
                    second[i, j, rows] = np.einsum("ij,ij->i", weighted, kinds[j])
            second[0, 0, rows] += means[0]
            second[2, 2, rows] += means[2]
            # mixed derivatives of the integrand itself, by ln r and ln α, and by ln s and ln β
            second[0, 1, rows] -= r * np.einsum("ij,ij->i", w, from_alpha)
            second[2, 3, rows] -= s * np.einsum("ij,ij->i", w, from_beta)
            second[1, 1, rows] += means[1] + k[rows] * np.einsum("ij,ij,ij->i", w, from_alpha, from_alpha)
            second[3, 3, rows] += means[3] + (s + 1.0) * np.einsum("ij,ij,ij->i", w, from_beta, from_beta)
        # the power in front, relative to the integrand at t_x: (α+T)^k (β+T)^s / ((α+t_x)^k (β+t_x)^(s+1))
        log_odds = math.log(s) - np.log(at_beta) + log_integral + k * gap_alpha + s * gap_beta
        end_alpha, end_beta = alpha / (alpha + end), beta / (beta + end)
        first[0] += r * gap_alpha
        first[1] += k * end_alpha
        first[2] += 1.0 + s * gap_beta
        first[3] += s * end_beta
        second[0, 0] += r * gap_alpha
        second[0, 1] += r * end_alpha
        second[1, 1] += k * end_alpha * (1.0 - end_alpha)
        second[2, 2] += s * gap_beta
        second[2, 3] += s * end_beta
        second[3, 3] += s * end_beta * (1.0 - end_beta)
        return log_odds, first, second


_UPPER = np.triu(np.ones((4, 4)))
