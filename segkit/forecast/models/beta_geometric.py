"""What BG/NBD and MBG/NBD share: Poisson buying at gamma rates, dropout at purchases with beta probabilities.

The two differ in one thing: a customer may drop out right after the first purchase (MBG/NBD), or only after a repeat
purchase (BG/NBD). In every formula this shifts the number of chances to leave: x + 1 instead of x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats
from segkit.forecast.models.histories import SKETCH, PurchaseCells, Requirements
from segkit.forecast.models.optimise import Fit, Towards, conclude, minimise, runaway_told
from segkit.forecast.models.purchase_model import PurchaseModel
from segkit.forecast.models.quadrature import beta_rule, gamma_rule
from segkit.forecast.models.special import decay, digamma_ratio, log_gamma_ratio, trigamma, two_or_more
from segkit.statistics.told import Figure, Told

_SMALLEST = 1e-150  # stands in for p = 0, so that p² is still a number


@dataclass(frozen=True, eq=False)
class BetaGeometric(PurchaseModel):
    """Base of BG/NBD and MBG/NBD."""

    r: float
    """Shape of the gamma distribution of purchase rates; small means customers differ much."""
    alpha: float
    """Rate of that distribution, in units of time: r/alpha is the mean number of purchases per unit of time, while
    alive.
    """
    a: float
    """First parameter of the beta distribution of the dropout probability; a/(a+b) is its mean."""
    b: float
    """Second parameter of that distribution."""
    fit: Fit | None = None
    """The fit that the parameters come from; None where they were given."""

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    shift: ClassVar[int]
    """How many chances to leave there are before the first repeat purchase."""

    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        chances = x + self.shift
        with np.errstate(divide="ignore"):
            log_odds = np.log(self.a) - np.log(np.where(chances > 0, self.b + chances - 1.0, np.inf))
        log_odds = log_odds + (self.r + x) * np.log1p((T - t_x) / (self.alpha + t_x))
        return np.asarray(special.expit(-log_odds), dtype=np.float64)

    def _discounted_if_alive(self, rate: float, horizon: float, x: Floats, T: Floats) -> Floats:
        shape, scale = self.r + x, self.alpha + T
        result = np.empty(x.shape)
        if rate == 0:
            # E[(1 − e^{−λph})/p], over λ in closed form
            for rows, node, w in beta_rule(self.a, self._b(x), scale / (shape * horizon)):
                p = np.maximum(node, _SMALLEST)
                stretch = np.log1p(p * (horizon / scale[rows])[:, None])
                power = shape[rows, None] * stretch
                result[rows] = (w * power / p * decay(power)).sum(axis=1)
            return result
        # E[λ/(rate + λp) · (1 − e^{−(rate + λp)h})], over λ weighted by itself: Gamma(r + x + 1)
        shapes, at = np.unique(shape + 1.0, return_inverse=True)
        u, v = gamma_rule(shapes)
        knee = (rate + (0.0 if math.isinf(horizon) else 1.0 / horizon)) * scale / (shape + 1.0)
        for rows, p, w in beta_rule(self.a, self._b(x), knee):
            scaled_p = p / scale[rows, None]
            total = np.zeros(p.shape)
            for number in range(u.shape[1]):
                hazard = rate + scaled_p * u[at[rows], number, None]
                if math.isinf(horizon):
                    total += v[at[rows], number, None] / hazard
                else:
                    total += v[at[rows], number, None] * horizon * decay(hazard * horizon)
            result[rows] = shape[rows] / scale[rows] * (w * total).sum(axis=1)
        return result

    def _moments_if_alive(self, horizon: float, x: Floats, T: Floats) -> tuple[Floats, Floats]:
        if horizon == 0:
            return np.zeros(x.shape), np.zeros(x.shape)
        mean = self._discounted_if_alive(0.0, horizon, x, T)
        shape, scale = self.r + x, self.alpha + T
        pairs = np.empty(x.shape)
        # E[Y(Y−1)] = E[2(1−p)/p² · P(two or more purchases of a customer at rate λp)]
        for rows, node, w in beta_rule(self.a, self._b(x), scale / (shape * horizon)):
            p = np.maximum(node, _SMALLEST)
            reach = p * (horizon / scale[rows])[:, None]
            twice = two_or_more(shape[rows, None], reach)
            pairs[rows] = (w * 2.0 * (1.0 - p) * twice / p / p).sum(axis=1)
        return mean, pairs

    def _silent_if_alive(self, horizon: float, x: Floats, T: Floats) -> Floats:
        return np.exp(-(self.r + x) * np.log1p(horizon / (self.alpha + T)))

    def _b(self, x: Floats) -> Floats:
        """Return the second beta parameter of a customer who is alive after x repeat purchases."""
        return self.b + x + self.shift

    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw the frequency and recency of new customers who are observed for times T, shape (n,)."""
        end = np.atleast_1d(np.asarray(T, dtype=np.float64))
        rate = rng.gamma(self.r, 1.0 / self.alpha, end.shape)
        possible = rng.poisson(rate * end).astype(np.float64)
        stay = _purchases_until_dropout(rng.beta(self.a, self.b, end.shape), rng) - self.shift
        x = np.minimum(possible, stay)
        # the time of the x-th of `possible` purchases, which are uniform on (0, T)
        recency = end * rng.beta(np.maximum(x, 1.0), np.maximum(possible + 1.0 - x, 1.0))
        return x, np.where(x > 0, recency, 0.0)


def _purchases_until_dropout(p: Floats, rng: np.random.Generator) -> Floats:
    """Draw the purchases until dropout: geometric on 1, 2, …, as floats, infinite where p is 0."""
    with np.errstate(divide="ignore"):
        return 1.0 + np.floor(rng.exponential(size=p.shape) / -np.log1p(-p))


Geometric = TypeVar("Geometric", bound=BetaGeometric)


def fit_beta_geometric(
    kind: type[Geometric],
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None,
    require: Requirements,
) -> Geometric:
    """Fit either model by maximum likelihood; see `fit_bg_nbd` and `fit_mbg_nbd`."""
    cells = PurchaseCells.of(frequency, recency, T, weight)
    cells.require(require, kind.label)
    unit = float(cells.weight @ cells.T) / cells.customers
    scaled = cells.scaled(unit)
    bought = (
        float(cells.weight @ cells.frequency) / cells.customers
    )  # purchases per customer, in one unit of scaled time
    starts = [
        np.log([r, r / (pace * max(bought, 1e-3)), share * total, (1.0 - share) * total])
        for r, pace, share, total in product((0.3, 1.0, 3.0), (1.0, 2.0), (0.1, 0.4), (0.5, 3.0))
    ]
    sketch = GeometricLikelihood(scaled.thinned(SKETCH), kind.shift)
    optimum = minimise(GeometricLikelihood(scaled, kind.shift), starts, sketch=sketch)
    log_likelihood = -optimum.value - float(cells.weight @ cells.frequency) * math.log(unit)
    fit = conclude(
        optimum,
        model=kind.label,
        names=kind.parameter_names,
        log_scale=np.array([0.0, math.log(unit), 0.0, 0.0]),
        log_likelihood=log_likelihood,
        customers=cells.customers,
        cells=cells.weight.size,
        limits=lambda runaway, at: _limits(kind.label, runaway, at),
    )
    r, alpha, a, b = fit.estimates.tolist()
    return kind(r, alpha, a, b, fit)


def _limits(label: str, runaway: Mapping[str, Towards], at: Mapping[str, float]) -> str:
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
    chance = at["a"] / (at["a"] + at["b"])
    chosen = Figure(chance, "share")
    if chance < 0.01 and ("a" in runaway or "b" in runaway):
        meanings.append(Told.of("hardly anybody drops out, so that the plain NBD model says nearly the same"))
    elif runaway.get("a") == "up" and runaway.get("b") == "up":
        meanings.append(
            Told.of("customers do not differ in how readily they leave ({chance} after each purchase)", chance=chosen)
        )
    elif runaway.get("a") == "down" and runaway.get("b") == "down":
        meanings.append(Told.of("a share of {chance} leaves at once and the others never do", chance=chosen))
    elif chance > 0.999:
        meanings.append(Told.of("everybody leaves at the first chance"))
    what = Told.joined(meanings, "; ") if meanings else Told.of("the data do not hold all four parameters")
    return runaway_told(label, runaway, what)


_BLOCK = 2**14  # cells at once: as many as a processor's cache holds


def _dot(one: Floats, other: Floats) -> float:
    """Return the sum of products, computed in one thread so that it does not depend on the number of threads."""
    return float(np.einsum("n,n->", one, other))


class GeometricLikelihood:
    """Negative log-likelihood of log(r, alpha, a, b), with gradient and Hessian.

    For one customer, with n = x + shift chances to leave,

        ln L = ln Γ(r+x)/Γ(r) + r ln α − (r+x) ln(α+T) + ln B(a, b+n)/B(a, b) + ln(1 + e^D),
        D = ln a − ln(b+n−1) + (r+x) (ln(α+T) − ln(α+t_x)),

    where the last term is absent for n = 0, and e^D are the odds of having left. Only the last term needs every cell;
    the others need totals by distinct x and by distinct T.
    """

    def __init__(self, cells: PurchaseCells, shift: int) -> None:
        self._x, self._x_weight = cells.x.values, cells.x.total(cells.weight)
        self._chances = self._x + shift
        self._end, self._end_weight = cells.end.values, cells.end.total(cells.weight)
        self._end_purchases = cells.end.total(cells.weight * cells.frequency)
        self._customers = cells.customers
        may_leave = cells.frequency + shift > 0
        self._weight = cells.weight[may_leave]
        self._at_x = cells.x.index[may_leave]
        self._at_t_x = cells.t_x.index[may_leave]
        self._at_end = cells.end.index[may_leave]
        self._t_x = cells.t_x.values

    def __call__(self, point: Floats) -> tuple[float, Floats, Floats]:
        """Return the value, gradient (4,) and Hessian (4, 4) at the log-parameters."""
        r, alpha, a, b = np.exp(point)
        x, n, end = self._x, self._chances, self._end
        gradient = np.zeros(4)
        hessian = np.zeros((4, 4))

        # terms of x alone
        by_x = log_gamma_ratio(r, x) + log_gamma_ratio(b, n) - log_gamma_ratio(a + b, n)
        value = float(self._x_weight @ by_x)
        first_r = float(self._x_weight @ digamma_ratio(r, x))
        first_b = float(self._x_weight @ digamma_ratio(b, n))
        first_sum = -float(self._x_weight @ digamma_ratio(a + b, n))
        gradient += [r * first_r, 0.0, a * first_sum, b * (first_b + first_sum)]
        second_r = float(self._x_weight @ (trigamma(r + x) - trigamma(r)))
        second_b = float(self._x_weight @ (trigamma(b + n) - trigamma(b)))
        second_sum = -float(self._x_weight @ (trigamma(a + b + n) - trigamma(a + b)))
        hessian[0, 0] += r * first_r + r * r * second_r
        hessian[2, 2] += a * first_sum + a * a * second_sum
        hessian[2, 3] += a * b * second_sum
        hessian[3, 3] += b * (first_b + first_sum) + b * b * (second_b + second_sum)

        # terms of T: −(r+x) ln(α+T) + r ln α
        log_end = np.log1p(end / alpha)
        log_alpha = float(point[1])
        exposed = r * self._end_weight + self._end_purchases
        purchases = float(self._end_purchases.sum())
        value -= float(exposed @ log_end) + purchases * log_alpha
        gradient[0] -= r * float(self._end_weight @ log_end)
        hessian[0, 0] -= r * float(self._end_weight @ log_end)
        part = end / (alpha + end)  # 1 − α/(α+T)
        gradient[1] += float(exposed @ part) - purchases
        hessian[0, 1] += r * float(self._end_weight @ part)
        hessian[1, 1] -= float(exposed @ (part * (1.0 - part)))

        # the odds of having left
        rest = np.maximum(b + n - 1.0, b)
        b_slope = -b / rest
        by_x = np.stack([r + x, math.log(a) - np.log(rest), b_slope, b_slope + b_slope**2])
        by_end = np.stack([log_end, alpha / (alpha + end)])
        by_t_x = np.stack([np.log1p(self._t_x / alpha), alpha / (alpha + self._t_x)])
        slopes = np.ones((4, min(_BLOCK, self._weight.size)))
        for start in range(0, self._weight.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            w = self._weight[part]
            power, log_leave, slope_b, curve_b = by_x[:, self._at_x[part]]
            log_at_end, to_end = by_end[:, self._at_end[part]]
            log_at_t_x, to_t_x = by_t_x[:, self._at_t_x[part]]
            gap, change = log_at_end - log_at_t_x, to_end - to_t_x
            log_odds = log_leave + power * gap
            shrunk = np.exp(-np.abs(log_odds))
            value += _dot(w, np.maximum(log_odds, 0.0) + np.log1p(shrunk))
            weighted = w * np.where(log_odds > 0, 1.0, shrunk) / (1.0 + shrunk)
            mixed = weighted * np.where(log_odds > 0, shrunk, 1.0) / (1.0 + shrunk)
            slope = slopes[:, : w.size]
            slope[0] = r * gap
            slope[1] = power * change
            slope[3] = slope_b
            gradient += np.einsum("in,n->i", slope, weighted)
            for i in range(4):
                hessian[i, i:] += np.einsum("jn,n->j", slope[i:], mixed * slope[i])
            hessian[0, 0] += _dot(weighted, slope[0])
            hessian[0, 1] += r * _dot(weighted, change)
            hessian[1, 1] += _dot(weighted, slope[1] * (1.0 - to_end - to_t_x))
            hessian[3, 3] += _dot(weighted, curve_b)
        upper = np.triu(hessian, 1)
        return -value, -gradient, -(np.diag(np.diag(hessian)) + upper + upper.T)
