"""Intervals for totals, from how far the same forecast missed earlier periods.

A model's own arithmetic does not contain what the model gets wrong: a season, growth, a bias. On CDNOW and on Online
Retail that is most of the error. Held-out periods show it, but they are few and often share days. Their log ratios,
came ÷ said, are taken as normal around an unknown bias with an unknown spread, correlated as far as the periods
overlap. The next log ratio then has Student's t distribution around the generalised least squares mean (Aitken 1935;
Goldberger 1962: Best linear unbiased prediction in the generalized linear regression model, JASA 57, equations 2.6 to
2.8). Few periods give wide intervals, as they should. A forecast is moved by its bias where the bias is known: from
at least four periods, and more than three times its standard error. Where a total may be nothing, its bounds include
zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.forecast.models.histories import refuse_rows
from segkit.statistics.told import Told

WIDEST = 300.0  # e³⁰⁰ times the mean amounts to no bound
_SINGULAR = 1e-9
_FEWEST = 4
"""How many held-out totals must show a bias before a forecast is moved by it."""
KNOWN_TIMES = 3.0
"""A bias is known if it is more than this many standard errors."""
_EDGE = 0.05
"""A point this near to a bound, as a share of the way to it, counts as lying on it."""
_QUANTILES = (np.arange(200) + 0.5) / 200


@dataclass(frozen=True, slots=True)
class ForecastErrors:
    """How a forecast of one total has missed, in logarithms of came ÷ said."""

    tests: int
    """How many held-out totals were compared."""
    bias: float
    """Mean log ratio; above 0 where more came than was said. 0 where there is one test or none."""
    bias_sd: float
    """Standard error of the bias."""
    factor: float
    """Spread of the log ratios around the bias ÷ what the model's own arithmetic says; about 1 if it is right."""
    said_sd: float
    """Mean of the log standard deviations that the model had given the held-out totals."""
    freedom: int
    """Degrees of freedom of the spread, 1 or more."""

    @property
    def known(self) -> bool:
        """Whether the bias is known well enough for the forecast to be moved by it."""
        return self.tests >= _FEWEST and abs(self.bias) > KNOWN_TIMES * self.bias_sd

    def point(self, mean: float) -> float:
        """Return the forecast, moved by its bias where that is known."""
        return mean * math.exp(self.bias) if self.known else mean

    def interval(
        self, mean: float, sd: float, level: float = 0.9, *, nothing: float = 0.0, point: float | None = None
    ) -> tuple[float, float]:
        """Return bounds that hold the next total with a probability of `level`; not below zero for a positive mean.

        The bounds are mean · e^(bias ± t √(factor² σ² + bias_sd²)). Here σ is the model's log standard deviation of
        the total, or that of the held-out totals where it is larger: a longer horizon averages out what customers
        happen to do, but not what the model gets wrong. The interval is never narrower than the model's own. The
        point is within the bounds; where it would lie outside a bound or on it, that bound reaches beyond it by half
        the reach.

        Args:
            mean, sd: mean and standard deviation of the next total by the model, ≥ 0.
            level: the probability, between 0 and 1.
            point: the number that a reader sees; None for `point(mean)`.
            nothing: the model's probability that the total is nothing. The lower bound is 0 where this is as likely
                as a total below the bound. A model that may be wrong by a factor may be wrong about this, too.
        """
        z, own = _normal(level), log_sd(mean, sd)
        t = float(special.stdtrit(self.freedom, 0.5 + level / 2))
        spread = math.hypot(self.factor * max(own, self.said_sd), self.bias_sd)
        reach = max(t * spread, z * own)
        told = self.point(mean) if point is None else point
        stands = math.log(told / mean) if mean > 0 and told > 0 else 0.0
        least, most = self.bias - reach, self.bias + reach
        # a point on its own bound would look as if nobody believed it
        if stands - self.bias <= -reach * (1.0 - _EDGE):
            least = stands - reach / 2
        elif stands - self.bias >= reach * (1.0 - _EDGE):
            most = stands + reach / 2
        low, high = (mean * math.exp(max(-WIDEST, min(bound, WIDEST))) for bound in (least, most))
        return (0.0 if self._may_be_nothing(nothing, spread, level) else low), high

    def _may_be_nothing(self, nothing: float, spread: float, level: float) -> bool:
        """Return whether nothing comes as often as what lies below the bounds, by the model or with its errors."""
        if nothing <= 0.0:
            return False
        shifts = np.exp(np.clip(self.bias + spread * special.stdtrit(self.freedom, _QUANTILES), -WIDEST, WIDEST))
        return max(nothing, float(np.mean(nothing**shifts))) >= (1.0 - level) / 2

    def widening(self, level: float = 0.9) -> float:
        """Return the width of the interval ÷ that of the model's own, in logarithms, for a total like those held out."""
        mean, sd = 1.0, math.sqrt(math.expm1(self.said_sd**2))
        low, high = self.interval(mean, sd, level)
        return math.log(high / low) / (2.0 * _normal(level) * self.said_sd) if self.said_sd > 0 else math.inf


def log_sd(mean: float, sd: float) -> float:
    """Return √ln(1 + sd²/mean²), the log standard deviation of a lognormal total; 0 where nothing varies.

    >>> round(log_sd(100.0, 10.0), 4)
    0.0998
    """
    return math.sqrt(math.log1p((sd / mean) ** 2)) if mean > 0 and sd > 0 else 0.0


def forecast_errors(
    actual: ArrayLike, mean: ArrayLike, sd: ArrayLike, overlap: ArrayLike
) -> tuple[ForecastErrors, ...]:
    """Measure how forecasts of one or several totals have missed in n held-out periods.

    Each total has its own bias. The factor is common to all, since a single total has too few periods to estimate it
    well. Degrees of freedom are counted as if the totals missed together, which they may.

    Args:
        actual: held-out totals, > 0, shape (n, totals); NaN where a period has no such total.
        mean, sd: their forecast means and standard deviations, > 0, NaN in the same places.
        overlap: the correlation of the periods' errors, shape (n, n): the share of days that two periods have in
            common.

    Returns:
        The errors of each total. A total without a test has the common factor and no bias.

    Raises:
        ModelError: totals are impossible, there is no test at all, or two periods are the same.
    """
    seen, said, spread = (np.atleast_2d(np.asarray(column, dtype=np.float64)) for column in (actual, mean, sd))
    shared = np.asarray(overlap, dtype=np.float64)
    if seen.shape != said.shape or seen.shape != spread.shape or shared.shape != (seen.shape[0],) * 2:
        raise ModelError(
            Told.own(
                f"held-out totals need one shape and an overlap of each pair of periods: actual {seen.shape}, "
                f"mean {said.shape}, sd {spread.shape}, overlap {shared.shape}."
            )
        )
    had = ~np.isnan(seen)
    for name, column in (("actual", seen), ("mean", said), ("sd", spread)):
        refuse_rows(name, column[had], ~(np.isfinite(column[had]) & (column[had] > 0)), "must be a finite number > 0")
    if not had.any():
        raise ModelError("the errors of a forecast need at least one held-out total; there is none.")
    ratio = np.log(np.where(had, seen, 1.0) / np.where(had, said, 1.0))
    sigma = np.sqrt(np.log1p((np.where(had, spread, 0.0) / np.where(had, said, 1.0)) ** 2))
    tests = had.sum(axis=0)
    known = [_bias(ratio[rows, at], sigma[rows, at], shared[np.ix_(rows, rows)]) for at, rows in enumerate(had.T)]
    around_zero = math.sqrt(float(np.mean((ratio[had] / sigma[had]) ** 2)))
    rest = int((np.maximum(tests, 1) - 1).sum())
    around_bias = math.sqrt(sum(square for _, _, square in known) / rest) if rest else around_zero
    freedom = max(int(tests.max()) - 1, 1)
    return tuple(
        ForecastErrors(
            tests=int(tests[at]),
            bias=bias,
            bias_sd=around_bias * error,
            factor=around_bias if tests[at] > 1 else around_zero,
            said_sd=float(sigma[had[:, at], at].mean()) if tests[at] else 0.0,
            freedom=freedom,
        )
        for at, (bias, error, _) in enumerate(known)
    )


def _bias(ratio: Floats, sigma: Floats, overlap: Floats) -> tuple[float, float, float]:
    """Return the mean log ratio, its standard error at factor 1, and the sum of squares around it; zeros for fewer
    than two.
    """
    if ratio.size < 2:
        return 0.0, 0.0, 0.0
    if np.linalg.eigvalsh(overlap)[0] < _SINGULAR:
        raise ModelError("two held-out periods are the same, or overlap as no periods can.")
    root = np.linalg.cholesky(overlap * np.outer(sigma, sigma))
    ones, values = np.linalg.solve(root, np.ones(ratio.size)), np.linalg.solve(root, ratio)
    precision = float(ones @ ones)
    bias = float(ones @ values) / precision
    return bias, 1.0 / math.sqrt(precision), float(np.sum((values - bias * ones) ** 2))


def _normal(level: float) -> float:
    if not 0 < level < 1:
        raise ModelError(Told.own(f"level must be between 0 and 1, e.g. 0.9; it is {level!r}."))
    return float(special.ndtri(0.5 + level / 2))
