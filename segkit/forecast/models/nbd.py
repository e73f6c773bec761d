"""NBD: steady buying without dropout (Ehrenberg 1959). BG/NBD and Pareto/NBD become NBD when nobody leaves.

A. S. C. Ehrenberg: The Pattern of Consumer Purchases. Applied Statistics 8(1), 1959.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from segkit.arrays import Floats
from segkit.forecast.models.histories import STANDARD, PurchaseCells, Requirements
from segkit.forecast.models.optimise import Fit, Towards, conclude, minimise, runaway_told
from segkit.forecast.models.purchase_model import PurchaseModel
from segkit.forecast.models.special import decay, digamma_ratio, log_gamma_ratio, trigamma
from segkit.statistics.told import Figure, Told


@dataclass(frozen=True, eq=False)
class NBD(PurchaseModel):
    """NBD with its parameters; `PurchaseModel` says what it can compute. Everybody is alive for ever.

    It is used where the models with dropout have no inner maximum.
    """

    r: float
    """Shape of the gamma distribution of purchase rates; small means customers differ much."""
    alpha: float
    """Rate of that distribution, in units of time: r/alpha is the mean number of purchases per unit of time."""
    fit: Fit | None = None
    """The fit that the parameters come from; None where they were given."""

    label: ClassVar[str] = "NBD"
    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha")

    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        return np.ones(x.shape)

    def _discounted_if_alive(self, rate: float, horizon: float, x: Floats, T: Floats) -> Floats:
        stretch = 1.0 / rate if math.isinf(horizon) else horizon * float(decay(rate * horizon))
        return np.asarray((self.r + x) / (self.alpha + T) * stretch)

    def _moments_if_alive(self, horizon: float, x: Floats, T: Floats) -> tuple[Floats, Floats]:
        mean = (self.r + x) / (self.alpha + T) * horizon
        return mean, mean * (mean + horizon / (self.alpha + T))

    def _silent_if_alive(self, horizon: float, x: Floats, T: Floats) -> Floats:
        return np.exp(-(self.r + x) * np.log1p(horizon / (self.alpha + T)))

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw the frequency and recency of new customers who are observed for times T, shape (n,)."""
        end = np.atleast_1d(np.asarray(T, dtype=np.float64))
        x = rng.poisson(rng.gamma(self.r, 1.0 / self.alpha, end.shape) * end).astype(np.float64)
        return x, np.where(x > 0, end * rng.beta(np.maximum(x, 1.0), 1.0), 0.0)


def fit_nbd(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    require: Requirements = STANDARD,
) -> NBD:
    """Fit NBD by maximum likelihood. The likelihood is that of purchase times, so that it compares with other
    models'.

    Arguments, result and errors are those of `fit_bg_nbd`.
    """
    label = NBD.label
    cells = PurchaseCells.of(frequency, recency, T, weight)
    cells.require(require, label)
    unit = float(cells.weight @ cells.T) / cells.customers
    bought = float(cells.weight @ cells.frequency) / cells.customers
    starts = [np.log([r, r / max(bought, 1e-3)]) for r in (0.1, 0.3, 1.0, 3.0)]
    optimum = minimise(_Likelihood(cells.scaled(unit)), starts)
    fit = conclude(
        optimum,
        model=label,
        names=NBD.parameter_names,
        log_scale=np.array([0.0, math.log(unit)]),
        log_likelihood=-optimum.value - float(cells.weight @ cells.frequency) * math.log(unit),
        customers=cells.customers,
        cells=cells.weight.size,
        limits=_limits,
    )
    r, alpha = fit.estimates.tolist()
    return NBD(r, alpha, fit)


def _limits(runaway: Mapping[str, Towards], at: Mapping[str, float]) -> str:
    if runaway.get("r") == "up":
        what: str = Told.of(
            "customers do not differ in how often they buy (about {pace} times by unit of time)",
            pace=Figure(at["r"] / at["alpha"], "index"),
        )
    else:
        what = "nearly all customers buy once and a few very often, which a gamma distribution cannot hold"
    return runaway_told(NBD.label, runaway, what)


class _Likelihood:
    """Negative log-likelihood of log(r, alpha): ln Γ(r+x)/Γ(r) + r ln α − (r+x) ln(α+T), with derivatives."""

    def __init__(self, cells: PurchaseCells) -> None:
        self._x, self._x_weight = cells.x.values, cells.x.total(cells.weight)
        self._end, self._end_weight = cells.end.values, cells.end.total(cells.weight)
        self._end_purchases = cells.end.total(cells.weight * cells.frequency)

    def __call__(self, point: Floats) -> tuple[float, Floats, Floats]:
        r, alpha = np.exp(point)
        log_end = np.log1p(self._end / alpha)
        part = self._end / (alpha + self._end)
        exposed = r * self._end_weight + self._end_purchases
        purchases = float(self._end_purchases.sum())
        value = float(self._x_weight @ log_gamma_ratio(r, self._x)) - float(exposed @ log_end)
        value -= purchases * float(point[1])
        first = r * float(self._x_weight @ digamma_ratio(r, self._x)) - r * float(self._end_weight @ log_end)
        second = r * r * float(self._x_weight @ (trigamma(r + self._x) - trigamma(r)))
        mixed = r * float(self._end_weight @ part)
        gradient = np.array([first, float(exposed @ part) - purchases])
        hessian = np.array([[first + second, mixed], [mixed, -float(exposed @ (part * (1.0 - part)))]])
        return -value, -gradient, -hessian
