"""Statistics written a second way, a row a customer, which those of segkit.statistics are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import statsmodels.api as sm
from scipy import stats

from segkit.campaigns.models import targeting
from segkit.campaigns.models.observational import AdjustedEstimate, Estimand, Estimator
from segkit.campaigns.models.propensity import Propensity, cell_propensity


def propensity(treated: np.ndarray, covariates: np.ndarray) -> Propensity:
    """Of customers, each a cell of its own."""
    return cell_propensity(np.vstack([1 - treated, treated]), covariates)


def regression(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray | None = None) -> AdjustedEstimate:
    """The coefficient of treatment in statsmodels' least squares, standard error HC3."""
    design = np.column_stack([treated, np.ones(len(outcome)), *([] if covariates is None else [covariates])])
    fit = sm.OLS(outcome, design).fit(cov_type="HC3", use_t=True)
    value, error = float(fit.params[0]), float(fit.bse[0])
    lower, upper = (float(bound) for bound in fit.conf_int()[0])
    return AdjustedEstimate(
        value, error, lower, upper, value / error, float(fit.pvalues[0]), float(fit.df_resid), 0.95, "regression",
        "everybody", int(treated.sum()), int((1 - treated).sum()),
    )  # fmt: skip


def inverse_propensity(outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray) -> AdjustedEstimate:
    """Difference of means weighted to the treated (Hájek); the error counts that the propensities were estimated."""
    fit, t, y = propensity(treated, covariates), treated, outcome
    e = np.clip(fit.values, 1e-6, 1 - 1e-6)
    odds = (1 - t) * e / (1 - e)
    treated_mean, control_mean = (t * y).sum() / t.sum(), (odds * y).sum() / odds.sum()
    control = odds * (y - control_mean) / odds.mean()
    slope = -control @ fit.design / len(y)
    correction = fit.design * (t - e)[:, None] @ np.linalg.pinv(fit.information, hermitian=True)
    influence = t * (y - treated_mean) / t.mean() - control + correction @ slope
    return _normal(
        treated_mean - control_mean, float((influence**2).mean()) / len(y), "inverse-propensity", "treated", t
    )


def doubly_robust(
    outcome: np.ndarray, treated: np.ndarray, chance: np.ndarray, expected_control: np.ndarray
) -> AdjustedEstimate:
    """Augmented inverse propensity for the treated, from given predictions (Robins et al. 1994)."""
    t, off, n = treated, outcome - expected_control, len(outcome)
    score = (t * off - (1 - t) * chance / (1 - chance) * off) / t.mean()
    influence = score - t / t.mean() * score.mean()
    return _normal(score.mean(), float((influence**2).sum()) / (n - 1) / n, "doubly-robust", "treated", t)


def policy_scores(
    outcome: np.ndarray, arm: np.ndarray, said: np.ndarray, chance: Sequence[float], predicted: np.ndarray
) -> np.ndarray:
    """A number a customer whose mean is what a rule would have earned, doubly robust (Dudík, Langford & Li 2011)."""
    expected = predicted[np.arange(len(outcome)), said]
    return expected + (arm == said) / np.asarray(chance)[said] * (outcome - expected)


def qini_difference(scores: np.ndarray, ranked: targeting.Places, other: targeting.Places) -> targeting.Gain:
    """Qini of a ranking less that of another of the same customers."""
    one, first = targeting._area_parts(scores, ranked, 0.5)
    two, second = targeting._area_parts(scores, other, 0.5)
    return targeting._estimate(one - two, first - second, 0.95)


def crossing_probability(fractions: Sequence[float], limits: Sequence[float]) -> float:
    """Chance that |statistic| passes its limit at some look although there is no effect.

    By numeric integration over those who have not crossed (Armitage, McPherson & Rowe 1969).
    """
    nodes, weights = np.polynomial.legendre.leggauss(301)
    points, mass, before, crossed = np.zeros(1), np.ones(1), 0.0, 0.0
    for fraction, limit in zip(fractions, limits, strict=True):
        spread, root = math.sqrt(fraction - before), math.sqrt(fraction)
        out = stats.norm.cdf(-limit * root, points, spread) + stats.norm.sf(limit * root, points, spread)
        crossed += float(mass @ out)
        edge = min(limit, 9.0) * root  # nobody is farther out
        mass = edge * weights * (stats.norm.pdf(edge * nodes[:, None], points, spread) @ mass)
        points, before = edge * nodes, fraction
    return crossed


def _normal(
    value: float, variance: float, estimator: Estimator, estimand: Estimand, treated: np.ndarray
) -> AdjustedEstimate:
    error = math.sqrt(variance)
    lower, upper = stats.norm.interval(0.95, value, error)
    p_value = 2 * stats.norm.sf(abs(value / error))
    return AdjustedEstimate(
        float(value), error, float(lower), float(upper), value / error, float(p_value), math.inf, 0.95, estimator,
        estimand, int(treated.sum()), int((1 - treated).sum()),
    )  # fmt: skip
