"""Campaigns whose recipients were chosen: estimates that take out known differences, with standard errors.

None of them is better than the assumption that no unknown difference matters; `campaigns.models.sensitivity` says how
strong one would have to be, and `campaigns.models.evidence` which words remain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segkit.campaigns.models.propensity import propensity
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Distribution, Effect, compare
from segkit.statistics.estimate import Refusal, arm_change
from segkit.statistics.inputs import FloatArray, Numbers, indicator, matrix, share, vector
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Normal, Student

Estimand = Literal["treated", "everybody"]
"""Effect on those who were contacted (ATT), or on all customers had all been contacted (ATE)."""

Estimator = Literal["difference", "regression", "inverse-propensity", "doubly-robust"]


@dataclass(frozen=True, slots=True)
class AdjustedEstimate:
    """An adjusted difference.

    Attributes:
        value: in the outcome's unit, per customer.
        standard_error: of the value.
        lower, upper: interval at `level`.
        statistic: value / standard error.
        p_value: two-sided.
        df: residual degrees of freedom; infinite for estimators judged by the normal distribution.
        level: confidence level.
        estimator: how it was computed.
        estimand: of whom it speaks; regression speaks of everybody if the effect is the same for all.
        treated, control: customers.
    """

    value: float
    standard_error: float
    lower: float
    upper: float
    statistic: float
    p_value: float
    df: float
    level: float
    estimator: Estimator
    estimand: Estimand
    treated: int
    control: int


def regression(
    outcome: Numbers,
    treated: Numbers,
    covariates: Any = None,
    *,
    level: float = 0.95,
    robust: bool = True,
) -> AdjustedEstimate:
    """Least squares of the outcome on treatment and covariates; the coefficient of treatment.

    Parameters:
        outcome: (n,).
        treated: (n,) 0 or 1.
        covariates: (n, p), measured before; None for the plain difference.
        robust: standard error that allows unequal variances (HC3, MacKinnon & White 1985); False for the classical.
    """
    y, t, x = _checked(outcome, treated, covariates)
    n = len(y)
    design = np.column_stack([t, np.ones(n), _standardised(x)])
    spare = n - int(np.linalg.matrix_rank(design))
    if spare < 1:
        raise DataError(f"{n} customers are too few for {design.shape[1]} terms.")
    inverse = np.linalg.pinv(design.T @ design, rcond=1e-12, hermitian=True)
    b = inverse @ (design.T @ y)
    residual = y - design @ b
    if robust:
        lever = np.minimum((design @ inverse * design).sum(axis=1), 1 - 1e-9)
        half = design * (residual / (1 - lever))[:, None]
        variance = float((inverse @ (half.T @ half) @ inverse)[0, 0])
    else:
        variance = float(inverse[0, 0] * (residual @ residual) / spare)
    return _estimate(
        float(b[0]), variance, spare, level, "regression" if x.shape[1] else "difference", "everybody", t
    )


def inverse_propensity(
    outcome: Numbers, treated: Numbers, covariates: Any, *, estimand: Estimand = "treated", level: float = 0.95
) -> AdjustedEstimate:
    """Weighted difference of means (Hájek), propensities by logistic regression.

    The standard error counts that the propensities were estimated (Lunceford & Davidian 2004, section 3.2).
    """
    y, t, x = _checked(outcome, treated, covariates)
    fit = propensity(t, x)
    e = np.clip(fit.values, 1e-6, 1 - 1e-6)
    wt, wc, dwt, dwc = _weights(t, e, estimand)
    mt, mc = float((wt * y).sum() / wt.sum()), float((wc * y).sum() / wc.sum())
    score = wt * (y - mt) / wt.mean() - wc * (y - mc) / wc.mean()
    slope = (dwt * (y - mt) / wt.mean() - dwc * (y - mc) / wc.mean()) @ fit.design / len(y)
    correction = fit.design * (t - e)[:, None] @ np.linalg.pinv(fit.information, hermitian=True)
    score = score + correction @ slope
    return _estimate(mt - mc, float((score**2).mean()) / len(y), math.inf, level, "inverse-propensity", estimand, t)


def doubly_robust(
    outcome: Numbers,
    treated: Numbers,
    covariates: Any = None,
    *,
    chance: Numbers | None = None,
    expected_control: Numbers | None = None,
    expected_treated: Numbers | None = None,
    estimand: Estimand = "treated",
    level: float = 0.95,
    trim: float = 0.01,
    folds: int = 5,
    seed: int = 0,
) -> AdjustedEstimate:
    """Augmented inverse propensity: right if either the propensity or the outcome model is (Robins et al. 1994).

    Parameters:
        outcome, treated: (n,).
        covariates: (n, p), for the built-in models: logistic propensity and one least squares an arm,
            fitted on the other
            folds (cross-fitting, Chernozhukov et al. 2018). Not needed if all predictions are given.
        chance: (n,) propensities by another model, cross-fitted.
        expected_control, expected_treated: (n,) expected outcomes, likewise; the latter is not needed for "treated".
        estimand: "treated" or "everybody".
        trim: propensities are held between this and 1 - trim.
        folds: of the cross-fitting.
        seed: which customers share a fold.
    """
    y, t, x = _checked(outcome, treated, covariates)
    n = len(y)
    if not 0 < trim < 0.5:
        raise ParameterError(f"trim is {trim!r}; write a small share such as 0.01.")
    given = chance is not None and expected_control is not None
    given = given and (estimand == "treated" or expected_treated is not None)
    if given:
        e = vector(chance if chance is not None else [], "chance", length=n)
        m0 = vector(expected_control if expected_control is not None else [], "expected_control", length=n)
        m1 = m0 if expected_treated is None else vector(expected_treated, "expected_treated", length=n)
    elif chance is None and expected_control is None and expected_treated is None:
        if x.shape[1] == 0:
            raise ParameterError("give covariates, or predictions for every customer.")
        e, m0, m1 = _cross_fitted(y, t, x, folds, seed)
    else:
        raise ParameterError("give all of chance, expected_control (and expected_treated for everybody), or none.")
    e = np.clip(e, trim, 1 - trim)
    if estimand == "treated":
        part = t.mean()
        score = (t * (y - m0) - (1 - t) * e / (1 - e) * (y - m0)) / part
        value = float(score.mean())
        influence = score - t / part * value
    else:
        score = m1 - m0 + t / e * (y - m1) - (1 - t) / (1 - e) * (y - m0)
        value = float(score.mean())
        influence = score - value
    variance = float((influence**2).sum()) / (n - 1) / n
    return _estimate(value, variance, math.inf, level, "doubly-robust", estimand, t)


def difference_in_differences(
    treated: Moments,
    control: Moments,
    *,
    after: str,
    before: str,
    level: float = 0.95,
    distribution: Distribution = "t",
) -> Effect | Refusal:
    """Change among the contacted, less change among the others.

    Parameters:
        treated, control: moments with both columns and their product, of the same customers in both periods.
        after, before: the metric's columns.

    Returns:
        An Effect on the change. Right if both groups would have changed alike; `parallel_before` tests what can be
        tested of that. Its relative lift is that of the change, seldom of use.
    """
    for cell in (treated, control):
        n = int(cell.counts[cell.index(after), cell.index(before)])
        if n < 2:
            return Refusal(
                f"no interval: {n} customers of a group have both {before} and {after}; two are needed",
                treated.n(after),
                control.n(after),
            )
    return compare(
        arm_change(treated, after, before),
        arm_change(control, after, before),
        level=level,
        distribution=distribution,
    )


def parallel_before(
    treated: Moments, control: Moments, *, earlier: str, before: str, level: float = 0.95
) -> Effect | Refusal:
    """The same difference in differences between two periods before the campaign; it should find nothing."""
    return difference_in_differences(treated, control, after=before, before=earlier, level=level)


def _checked(outcome: Numbers, treated: Numbers, covariates: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    y = vector(outcome, "outcome")
    t = indicator(treated, "treated", length=len(y))
    x = np.zeros((len(y), 0)) if covariates is None else matrix(covariates, "covariates", rows=len(y))
    if t.sum() < 2 or (1 - t).sum() < 2:
        raise DataError(f"{t.sum():g} treated and {(1 - t).sum():g} other customers; two of each are needed.")
    return y, t, x


def _standardised(x: FloatArray) -> FloatArray:
    spread = x.std(axis=0)
    kept = spread > 0
    return np.asarray((x[:, kept] - x[:, kept].mean(axis=0)) / spread[kept])


def _weights(
    t: FloatArray, e: FloatArray, estimand: Estimand
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Weights of treated and others, and their derivatives by the linear predictor of the propensity."""
    if estimand == "treated":
        odds = e / (1 - e)
        return t, (1 - t) * odds, np.zeros_like(t), (1 - t) * odds
    if estimand == "everybody":
        return t / e, (1 - t) / (1 - e), -t * (1 - e) / e, (1 - t) * e / (1 - e)
    raise ParameterError(f"estimand is {estimand!r}; write 'treated' or 'everybody'.")


def _cross_fitted(
    y: FloatArray, t: FloatArray, x: FloatArray, folds: int, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    n, p = x.shape
    least = min(t.sum(), n - t.sum())
    if folds < 2 or least < 2 * folds or least * (1 - 1 / folds) < p + 2:
        raise DataError(
            f"the smaller group has {least:g} customers, too few for {folds} folds and {p} covariates; use "
            f"fewer of both."
        )
    fold = np.empty(n, dtype=np.int64)
    random = np.random.default_rng(seed)
    for arm in (0.0, 1.0):  # every fold holds its share of both groups
        rows = np.flatnonzero(t == arm)
        fold[rows[random.permutation(len(rows))]] = np.arange(len(rows)) % folds
    design = np.column_stack([np.ones(n), _standardised(x)])
    e, m0, m1 = np.empty(n), np.empty(n), np.empty(n)
    for k in range(folds):
        out, rest = fold == k, fold != k
        fit = propensity(t[rest], design[rest][:, 1:])
        inner = design[rest][:, 1:]
        spread = inner.std(axis=0)
        scaled = (design[out][:, 1:] - inner.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        eta = np.column_stack([np.ones(int(out.sum())), scaled]) @ fit.coefficients
        e[out] = 1 / (1 + np.exp(-np.clip(eta, -500, 500)))
        for arm, into in ((0.0, m0), (1.0, m1)):
            use = rest & (t == arm)
            b = np.linalg.lstsq(design[use], y[use], rcond=1e-10)[0]
            into[out] = design[out] @ b
    return e, m0, m1


def _estimate(
    value: float,
    variance: float,
    df: float,
    level: float,
    estimator: Estimator,
    estimand: Estimand,
    t: FloatArray,
) -> AdjustedEstimate:
    level = share(level, "level")
    if not variance > 0:
        raise DataError("the outcome does not vary once the covariates are taken out; there is nothing to estimate.")
    reference = Normal() if math.isinf(df) else Student(df)
    error = math.sqrt(variance)
    half = reference.critical(level) * error
    return AdjustedEstimate(
        value,
        error,
        value - half,
        value + half,
        value / error,
        reference.p_value(value / error),
        float(df),
        level,
        estimator,
        estimand,
        int(t.sum()),
        int((1 - t).sum()),
    )
