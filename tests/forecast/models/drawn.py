"""What the models of repeat buying mean, told another way: chances of each count, and customers drawn one by one."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from segkit.forecast.models.beta_geometric import BetaGeometric
from segkit.forecast.models.nbd import NBD
from segkit.forecast.models.pareto_nbd import ParetoNBD
from segkit.forecast.models.purchase_model import PurchaseModel

Floats = np.ndarray


def chances_of_counts(model: PurchaseModel, most: int, horizon: float) -> Floats:
    """P(X(t) = 0), …, P(X(t) = most): repeat purchases of a new customer."""
    count = np.arange(most + 1.0)
    if isinstance(model, NBD):
        return _poisson_gamma(model.r, model.alpha, count, horizon)
    if isinstance(model, ParetoNBD):
        # the chance of having left by τ, split evenly: τ from the Lomax distribution
        nodes, weights = np.polynomial.legendre.leggauss(400)
        gone = stats.lomax.cdf(horizon, model.s, scale=model.beta)
        left = stats.lomax.ppf(gone * (nodes + 1) / 2, model.s, scale=model.beta)
        by_time = np.array([_poisson_gamma(model.r, model.alpha, count, tau) for tau in left])
        return gone * weights / 2 @ by_time + (1 - gone) * _poisson_gamma(model.r, model.alpha, count, horizon)
    assert isinstance(model, BetaGeometric)
    chances = count + model.shift  # of leaving, with that many purchases
    kept = np.exp(special.betaln(model.a, model.b + chances) - special.betaln(model.a, model.b))
    left = np.zeros(count.shape)
    some = chances > 0
    left[some] = np.exp(special.betaln(model.a + 1, model.b + chances[some] - 1) - special.betaln(model.a, model.b))
    reached = np.ones(count.shape)
    reached[1:] = special.betainc(count[1:], model.r, horizon / (model.alpha + horizon))
    return kept * _poisson_gamma(model.r, model.alpha, count, horizon) + left * reached


def simulate_purchases(
    model: PurchaseModel, horizon: float, x: Floats, t_x: Floats, T: Floats, rng: np.random.Generator
) -> Floats:
    """One draw of the purchases in (T, T + horizon] for each history."""
    r, alpha = model.parameters[:2]
    rate = rng.gamma(r + x, 1 / (alpha + T))
    if isinstance(model, NBD):
        return rng.poisson(rate * horizon).astype(float)
    alive = rng.random(x.shape) < model.probability_alive(x, t_x, T)
    if isinstance(model, ParetoNBD):
        hazard = rng.gamma(model.s, 1 / (model.beta + T))
        return alive * rng.poisson(rate * np.minimum(rng.exponential(size=x.shape) / hazard, horizon)).astype(float)
    assert isinstance(model, BetaGeometric)
    until = rng.geometric(np.maximum(rng.beta(model.a, model.b + x + model.shift), 1e-15))
    return alive * np.minimum(rng.poisson(rate * horizon), until).astype(float)


def _poisson_gamma(r: float, alpha: float, count: Floats, time: float) -> Floats:
    return stats.nbinom.pmf(count, r, alpha / (alpha + time))
