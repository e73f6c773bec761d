"""Totals of many customers with two uncertainties: that of the parameters, and that of what each customer happens to
do.

Neither holds what the model gets wrong. On CDNOW that dominates: the 95 % interval of the holdout total misses the
actual number. So a report takes its intervals from backtests: `segkit.forecast.models.forecast_errors`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.forecast.models.forecast_errors import WIDEST
from segkit.forecast.models.gamma_gamma import GammaGamma
from segkit.forecast.models.histories import refuse_rows
from segkit.forecast.models.optimise import Convergence, Fit
from segkit.forecast.models.purchase_model import PurchaseModel
from segkit.forecast.models.special import softplus
from segkit.statistics.told import Told

_STEP = 1e-4  # step of log-parameters for central differences: an error of 1e-8 of the total


@dataclass(frozen=True, eq=False, slots=True)
class PredictedTotal:
    """Totals to come of groups of customers, shape (groups,)."""

    mean: Floats
    """Expected totals, in purchases or money; ≥ 0."""
    parameter_sd: Floats
    """Standard deviation due to the parameters' errors (delta method on the observed information)."""
    individual_sd: Floats
    """Standard deviation of what customers do if the parameters are known. Customers are independent."""

    @property
    def sd(self) -> Floats:
        """The standard deviation from both sources together."""
        return np.hypot(self.parameter_sd, self.individual_sd)

    def interval(self, level: float = 0.9) -> tuple[Floats, Floats]:
        """Return lower and upper bounds of prediction intervals, shapes (groups,).

        The bounds are mean · e^(±z · σ), with σ² = ln(1 + sd²/mean²): never below zero.

        Args:
            level: the share of periods that the interval covers if the model is right, in (0, 1).
        """
        width = _z(level) * _log_sd(self.mean, self.sd)
        reach = np.exp(np.minimum(width, WIDEST))
        return self.mean / reach, self.mean * reach


def total_purchases(
    model: PurchaseModel,
    horizon: float,
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike,
) -> PredictedTotal:
    """Predict the purchases in (T, T + horizon] of all customers, or of groups of them.

    Args:
        model: the model; without a fit its parameters are taken as known.
        horizon: a finite time, in the unit of the fit.
        frequency, recency, T: cells, shape (n,).
        weight: customers in each cell, shape (n,) for one group, (n, groups) for several.

    Raises:
        ModelError: histories or weights are impossible, or the fit did not converge.
    """
    groups = _groups(weight)
    _refuse_unconverged(model.fit)

    def totals(parameters: Floats) -> Floats:
        return groups.T @ model.with_parameters(parameters).expected_purchases(horizon, frequency, recency, T)

    variance = groups.T @ model.variance_of_purchases(horizon, frequency, recency, T)
    parameter = _delta(totals, model.parameters, _covariance(model.fit, model.parameters.size))
    return PredictedTotal(totals(model.parameters), np.sqrt(parameter), np.sqrt(variance))


def total_value(
    model: PurchaseModel,
    spend: GammaGamma,
    horizon: float,
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike,
    mean_spend: ArrayLike,
    *,
    mean_square_spend: ArrayLike | None = None,
    rate: float = 0.0,
) -> PredictedTotal:
    """Predict the money that customers will bring in (T, T + horizon], discounted to T.

    Args:
        model, spend: the models; without a fit their parameters are taken as known. Their errors are independent.
        horizon: a finite time, in the unit of the fit.
        frequency, recency, T, weight: as in `total_purchases`.
        mean_spend: the average mean spend of the cell's customers, shape (n,). The expected total is linear in it, so
            the average makes it exact.
        mean_square_spend: the average squared mean spend of the cell's customers, which makes the variance exact,
            too. None takes the customers of a cell to spend alike.
        rate: the continuously compounded discount rate per unit of time. The variance of what customers do is that of
            the undiscounted spend, scaled by the square of what discounting leaves.

    Raises:
        ModelError: the input is impossible, a fit did not converge, or spend has no finite variance (p x + q ≤ 2).
    """
    groups = _groups(weight)
    _refuse_unconverged(model.fit)
    _refuse_unconverged(spend.fit)
    split = model.parameters.size
    x = np.asarray(frequency, dtype=np.float64)
    z = np.asarray(mean_spend, dtype=np.float64)

    def totals(parameters: Floats) -> Floats:
        count = model.with_parameters(parameters[:split]).discounted_purchases(
            frequency, recency, T, rate=rate, horizon=horizon
        )
        return groups.T @ (count * spend.with_parameters(parameters[split:]).expected_spend(x, z))

    parameters = np.concatenate([model.parameters, spend.parameters])
    covariance = np.zeros((parameters.size, parameters.size))
    covariance[:split, :split] = _covariance(model.fit, split)
    covariance[split:, split:] = _covariance(spend.fit, parameters.size - split)
    mean = totals(parameters)

    count = model.expected_purchases(horizon, frequency, recency, T)
    square = model.variance_of_purchases(horizon, frequency, recency, T) + count**2
    average = spend.expected_spend(x, z)
    freedom = spend.p * x + spend.q - 1.0
    _ = spend.variance_of_mean(x, z)  # raises an error where it does not exist
    average_square = average**2
    if mean_square_spend is not None:
        z_square = np.asarray(mean_square_spend, dtype=np.float64)
        refuse_rows(
            "mean_square_spend",
            z_square,
            ~(np.isfinite(z_square) & (z_square >= z * z * (1.0 - 1e-9))),
            "must be finite and not below the square of mean_spend",
        )
        spread = np.where(x > 0, z_square - z * z, 0.0)
        average_square = average_square + (spend.p * x / freedom) ** 2 * spread
    # E[M²] of a customer's true mean M; the last term holds the squares of E[M], customer by customer
    square_of_mean = average_square * freedom / (freedom - 1.0)
    variance = count * square_of_mean / spend.p + square * square_of_mean - count**2 * average_square
    undiscounted = groups.T @ (count * average)
    kept = np.divide(mean, undiscounted, out=np.ones_like(mean), where=undiscounted > 0)
    return PredictedTotal(
        mean, np.sqrt(_delta(totals, parameters, covariance)), kept * np.sqrt(np.maximum(groups.T @ variance, 0.0))
    )


def _z(level: float) -> float:
    if not 0 < level < 1:
        raise ModelError(Told.own(f"level must be between 0 and 1, e.g. 0.9; it is {level!r}."))
    return float(special.ndtri(0.5 + level / 2))


def _log_sd(mean: Floats, sd: Floats) -> Floats:
    """Return √ln(1 + sd²/mean²), or 0 where nothing varies."""
    varies = (mean > 0) & (sd > 0)
    log_ratio = np.log(np.where(varies, sd, 1.0)) - np.log(np.where(varies, mean, 1.0))
    return np.where(varies, np.sqrt(softplus(2.0 * log_ratio)), 0.0)


def _groups(weight: ArrayLike) -> Floats:
    groups = np.asarray(weight, dtype=np.float64)
    refuse_rows("weight", groups, ~(np.isfinite(groups) & (groups >= 0)), "must be a finite number ≥ 0")
    return groups[:, None] if groups.ndim == 1 else groups


def _covariance(fit: Fit | None, size: int) -> Floats:
    return np.zeros((size, size)) if fit is None else fit.log_covariance


def _refuse_unconverged(fit: Fit | None) -> None:
    if fit is not None and fit.verdict is Convergence.UNCONVERGED:
        raise ModelError(fit.message)


def _delta(totals: Callable[[Floats], Floats], parameters: Floats, log_covariance: Floats) -> Floats:
    """Return the variance of the totals that follows from that of the log-parameters."""
    if not log_covariance.any():
        return np.zeros_like(totals(parameters))
    slopes = []
    for at in range(parameters.size):
        step = np.zeros(parameters.size)
        step[at] = _STEP
        slopes.append((totals(parameters * np.exp(step)) - totals(parameters * np.exp(-step))) / (2 * _STEP))
    slope = np.array(slopes)
    return np.asarray(np.maximum(np.einsum("ig,ij,jg->g", slope, log_covariance, slope), 0.0))
