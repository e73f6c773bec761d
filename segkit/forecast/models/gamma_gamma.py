"""Gamma-Gamma: what a purchase of a customer is worth (Fader, Hardie 2013; Colombo, Jiang 1999).

P. S. Fader, B. G. S. Hardie: The Gamma-Gamma Model of Monetary Value, 2013. Spend per purchase is gamma distributed
around the customer's own mean, and the inverse of that mean is gamma distributed over customers. Spend does not
depend on how often the customer buys; `spend_correlation` lets the caller check this.
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
from segkit.errors import ModelError
from segkit.forecast.models.histories import (
    STANDARD,
    Levels,
    Requirements,
    check_weight,
    column_set,
    merge,
    refuse_rows,
)
from segkit.forecast.models.optimise import Fit, Towards, conclude, minimise, runaway_told
from segkit.forecast.models.special import log_gamma_ratio, trigamma
from segkit.statistics.told import Figure, Told


@dataclass(frozen=True, eq=False)
class GammaGamma:
    """Gamma-Gamma with its parameters.

    Methods take `frequency`, the number of purchases whose spend was averaged (0 where none is known), and
    `mean_spend`, their average in the unit of money of the fit. Where frequency is 0, `mean_spend` is any finite
    value ≥ 0 and ignored.

    >>> model = GammaGamma(p=6.25, q=3.74, v=15.44)
    >>> round(model.population_mean, 2)
    35.22
    """

    p: float
    """Shape of the spend of one purchase around the customer's mean: its coefficient of variation is 1/√p."""
    q: float
    """Shape of the distribution of customers' inverse means; above 1 where a population mean exists."""
    v: float
    """Rate of that distribution, in units of money."""
    fit: Fit | None = None
    """The fit that the parameters come from; None where they were given."""

    label: ClassVar[str] = "Gamma-Gamma"
    parameter_names: ClassVar[tuple[str, ...]] = ("p", "q", "v")

    def __post_init__(self) -> None:
        for name in self.parameter_names:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ModelError(Told.own(f"{self.label}: {name} must be a finite number above 0; it is {value!r}."))

    @property
    def parameters(self) -> Floats:
        """The parameters p, q, v."""
        return np.array([self.p, self.q, self.v])

    def with_parameters(self, parameters: ArrayLike) -> GammaGamma:
        """Return the same model with other parameters and without a fit."""
        p, q, v = np.asarray(parameters, dtype=np.float64).tolist()
        return GammaGamma(p, q, v)

    @property
    def population_mean(self) -> float:
        """Mean spend of a purchase over all customers, p v/(q − 1).

        Raises:
            ModelError: q ≤ 1: the fitted tail is so heavy that there is no mean.
        """
        if self.q <= 1:
            raise ModelError(
                Told.of(
                    "{model}: q is {q}; with q no more than one spend has so heavy a tail that a population mean does not "
                    "exist. Set aside or cap the largest purchases, or use the average of what was paid.",
                    model=self.label,
                    q=Figure(self.q, "index"),
                )
            )
        return self.p * self.v / (self.q - 1.0)

    def expected_spend(self, frequency: ArrayLike, mean_spend: ArrayLike) -> Floats:
        """Return the expected spend of a future purchase, given the history: p (v + x z̄)/(p x + q − 1).

        Raises:
            ModelError: a history is impossible, or has no purchases while there is no population mean (q ≤ 1).
        """
        x, z = self._histories(frequency, mean_spend)
        freedom = self.p * x + self.q - 1.0
        if np.any(freedom <= 0):
            _ = self.population_mean if np.any(x == 0) else None
            raise ModelError(
                Told.of(
                    "{model}: p x + q is no more than one for a customer with {purchases} purchases, so that an "
                    "expected spend does "
                    "not exist (p = {p}, q = {q}).",
                    model=self.label,
                    purchases=Figure(float(x[freedom <= 0].min()), "count"),
                    p=Figure(self.p, "index"),
                    q=Figure(self.q, "index"),
                )
            )
        return self.p * (self.v + x * z) / freedom

    def variance_of_mean(self, frequency: ArrayLike, mean_spend: ArrayLike) -> Floats:
        """Return the variance of the customer's true mean spend, given the history and the parameters.

        Raises:
            ModelError: p x + q is no more than two for some customer: the variance does not exist.
        """
        x, z = self._histories(frequency, mean_spend)
        freedom = self.p * x + self.q - 1.0
        if np.any(freedom <= 1.0):
            raise ModelError(
                Told.of(
                    "{model}: p x + q is no more than two for a customer with {purchases} purchases (p = {p}, q = {q}): "
                    "spend has so heavy a tail that its variance does not exist.",
                    model=self.label,
                    purchases=Figure(float(x[freedom <= 1].min()), "count"),
                    p=Figure(self.p, "index"),
                    q=Figure(self.q, "index"),
                )
            )
        mean = self.p * (self.v + x * z) / freedom
        return mean**2 / (freedom - 1.0)

    def simulate(self, frequency: ArrayLike, rng: np.random.Generator) -> Floats:
        """Draw the mean spend of new customers over `frequency` purchases; 0 where frequency is 0."""
        x = np.asarray(frequency, dtype=np.float64)
        scale = rng.gamma(self.q, 1.0 / self.v, x.shape)
        shape = self.p * np.maximum(x, 1.0)
        return np.where(x > 0, rng.gamma(shape, 1.0 / (scale * np.maximum(x, 1.0))), 0.0)

    def _histories(self, frequency: ArrayLike, mean_spend: ArrayLike) -> tuple[Floats, Floats]:
        x, z = np.broadcast_arrays(np.asarray(frequency, dtype=np.float64), np.asarray(mean_spend, dtype=np.float64))
        for name, column in (("frequency", x), ("mean_spend", z)):
            refuse_rows(name, column, ~(np.isfinite(column) & (column >= 0)), "must be a finite number ≥ 0")
        refuse_rows("mean_spend", z, (x > 0) & (z == 0), "must be above 0 where frequency is (leave gifts out)")
        return x, z


def fit_gamma_gamma(
    frequency: ArrayLike,
    mean_spend: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    require: Requirements = STANDARD,
) -> GammaGamma:
    """Fit Gamma-Gamma by maximum likelihood (the note's equation 1a).

    Args:
        frequency: purchases whose spend was averaged, ≥ 1, shape (n,). The convention is repeat purchases; customers
            without any have no cell here, and get the population mean.
        mean_spend: average spend of those purchases, > 0, in any unit of money.
        weight: customers in the cell, ≥ 0; None for one each.
        require: what the data must offer; only `repeaters` counts here.

    Returns:
        The model; its `fit` says how far to trust it.

    Raises:
        ModelError: a row is impossible, customers are too few, no customer has two purchases, or spend does not vary.
    """
    label = GammaGamma.label
    given = column_set(
        {"frequency": frequency, "mean_spend": mean_spend, "weight": 1.0 if weight is None else weight}
    )
    refuse_rows("frequency", given["frequency"], given["frequency"] < 1, "must be 1 or more: leave out the others")
    refuse_rows(
        "frequency", given["frequency"], given["frequency"] != np.floor(given["frequency"]), "must be a whole number"
    )
    refuse_rows(
        "mean_spend",
        given["mean_spend"],
        given["mean_spend"] <= 0,
        "must be above 0: leave zero spend and returns out",
    )
    check_weight(given["weight"])
    x, z, w = merge(given["frequency"], given["mean_spend"], weight=given["weight"])
    customers = float(w.sum())
    if customers < require.repeaters or not customers:
        raise ModelError(
            Told.of(
                "{model}: spend is known for {customers} customers; at least {least} are needed.",
                model=label,
                customers=Figure(customers, "count"),
                least=Figure(max(require.repeaters, 1), "count"),
            )
        )
    if z.min() == z.max():
        raise ModelError(
            Told.of(
                "{model}: every customer spends {spend} on average; there is nothing to fit. Use that value.",
                model=label,
                spend=Figure(float(z[0]), "index"),
            )
        )
    if x.max() == x.min() == 1:
        raise ModelError(
            Told.of(
                "{model}: no customer has two purchases with known spend, so that differences between customers "
                "cannot be told from differences between purchases. Use the average of what was paid.",
                model=label,
            )
        )
    unit = math.exp(float(w @ np.log(z)) / customers)
    starts = [np.log([p, q, max(q - 1.0, 0.3) / p]) for p, q in product((0.5, 2.0, 8.0), (1.3, 3.0, 10.0))]
    optimum = minimise(SpendLikelihood(x, z / unit, w), starts)
    fit = conclude(
        optimum,
        model=label,
        names=GammaGamma.parameter_names,
        log_scale=np.array([0.0, 0.0, math.log(unit)]),
        log_likelihood=-optimum.value - customers * math.log(unit),
        customers=customers,
        cells=w.size,
        limits=_limits,
    )
    p, q, v = fit.estimates.tolist()
    return GammaGamma(p, q, v, fit)


def spend_correlation(frequency: ArrayLike, mean_spend: ArrayLike, weight: ArrayLike | None = None) -> float | None:
    """Return the weighted correlation of frequency and mean spend, which the model takes to be zero.

    None where either does not vary.

    """
    given = column_set(
        {"frequency": frequency, "mean_spend": mean_spend, "weight": 1.0 if weight is None else weight}
    )
    check_weight(given["weight"])
    w = given["weight"]
    if not w.sum() > 0:
        return None
    x = given["frequency"] - np.average(given["frequency"], weights=w)
    z = given["mean_spend"] - np.average(given["mean_spend"], weights=w)
    scale = math.sqrt(float(w @ x**2) * float(w @ z**2))
    return float(w @ (x * z)) / scale if scale > 0 else None


def _limits(runaway: Mapping[str, Towards], at: Mapping[str, float]) -> str:
    if runaway.get("q") == "up" or (runaway.get("v") == "up" and "p" not in runaway):
        what = "customers do not differ in what they spend; use the average"
    elif runaway.get("p") == "up":
        what = "a customer spends the same every time, so that the history itself is the best guess"
    else:
        what = "the data do not hold all three parameters"
    return runaway_told(GammaGamma.label, runaway, what)


class SpendLikelihood:
    """Negative log-likelihood of log(p, q, v), with gradient and Hessian.

    For one customer, with x purchases of mean spend z,

        ln L = ln Γ(px+q) − ln Γ(px) − ln Γ(q) + q ln v + (px−1) ln z + px ln x − (px+q) ln(v + x z).
    """

    def __init__(self, x: Floats, z: Floats, weight: Floats) -> None:
        levels = Levels.of(x)
        self._x, self._x_weight, self._at = levels.values, levels.total(weight), levels.index
        self._total, self._log_total = x * z, np.log(x * z)
        self._weight, self._power = weight, weight * x
        self._constant = -float(weight @ np.log(z))
        self._customers = float(weight.sum())
        self._log_sum = float(self._power @ self._log_total)

    def __call__(self, point: Floats) -> tuple[float, Floats, Floats]:
        """Return the value, gradient (3,) and Hessian (3, 3) at the log-parameters."""
        p, q = math.exp(point[0]), math.exp(point[1])
        px = p * self._x
        w_x = self._x_weight
        log_sum = np.logaddexp(self._log_total, point[2])  # ln(v + x z)
        share = np.exp(point[2] - log_sum)  # v/(v + x z)
        weighted_log = float(self._weight @ log_sum)
        power_log = float(self._power @ log_sum)
        value = float(w_x @ (log_gamma_ratio(px, q) - special.gammaln(q))) + self._constant
        value += p * (self._log_sum - power_log) - q * (weighted_log - self._customers * float(point[2]))
        psi_sum, psi_px, psi_q = special.psi(px + q), special.psi(px), float(special.psi(q))
        tri_sum = trigamma(px + q)
        first_p = p * (float((w_x * self._x) @ (psi_sum - psi_px)) + self._log_sum - power_log)
        first_q = q * (float(w_x @ (psi_sum - psi_q)) - weighted_log + self._customers * float(point[2]))
        exposed = self._weight * (px[self._at] + q)
        first_v = q * self._customers - float(exposed @ share)
        gradient = np.array([first_p, first_q, first_v])
        hessian = np.empty((3, 3))
        hessian[0, 0] = first_p + float((w_x * px * px) @ (tri_sum - trigamma(px)))
        hessian[1, 1] = first_q + q * q * float(w_x @ tri_sum - self._customers * trigamma(q))
        hessian[2, 2] = -float(exposed @ (share * (1.0 - share)))
        hessian[0, 1] = hessian[1, 0] = q * float((w_x * px) @ tri_sum)
        hessian[0, 2] = hessian[2, 0] = -p * float(self._power @ share)
        hessian[1, 2] = hessian[2, 1] = q * (self._customers - float(self._weight @ share))
        return -value, -gradient, -hessian
