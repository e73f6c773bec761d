"""Bootstrap-t comparison of two means from grouped values, for arms too small for normal theory.

The studentised bootstrap (Hall 1992, section 3.10.5, symmetric): the limit for |estimate / standard error|
is what that
quantity reaches in samples drawn from the arms themselves. It is drawn anew for each ratio that the relative lift
tests, from the same draws, so that difference and lift come from one test and cannot disagree.

For zero-inflated revenue the correction from moments (`compare_means(..., skewed=True)`) covers as well and needs no
values; this serves small arms of continuous or oddly shaped metrics. By simulation on lognormal spend of thirty
customers an arm, its 95 % intervals cover 93 to 94 %, Welch's 92 to 93 %: nothing makes thirty such customers many.
"""

from __future__ import annotations

import math

import numpy as np

from segkit.campaigns.models.intervals import grouped
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import ArmEstimate, Refusal
from segkit.statistics.inputs import FloatArray, Numbers, share
from segkit.statistics.relative_lift import relative_lift

LEAST = 5
"""Customers with distinct enough values that an arm needs: fewer, and the draws repeat themselves."""


def compare_bootstrap(
    treated_values: Numbers,
    treated_counts: Numbers,
    control_values: Numbers,
    control_counts: Numbers,
    *,
    level: float = 0.95,
    draws: int = 1999,
    seed: int = 0,
) -> Effect | Refusal:
    """Compare two means.

    Parameters:
        treated_values, treated_counts: distinct values of the treated and customers with each (zeros too); nulls
            must have been left out.
        control_values, control_counts: likewise.
        level: confidence level.
        draws: bootstrap samples; 1,999 or more for a 95 % interval.
        seed: of the draws; the same seed gives the same bytes, whatever the order of the values.

    Returns:
        An Effect whose p-value is the share of draws at least as extreme, (b + 1) / (draws + 1); a Refusal for an arm
        of fewer than five customers, or arms without variation.
    """
    level = share(level, "level")
    if draws < 199 or (1 - level) * (draws + 1) < 5:
        raise ParameterError(f"{draws} draws are too few for an interval at {level:g}; write 1999 or more.")
    vt, ct = grouped(treated_values, treated_counts)
    vc, cc = grouped(control_values, control_counts)
    nt, nc = int(ct.sum()), int(cc.sum())
    if min(nt, nc) < LEAST:
        return Refusal(f"no interval: an arm has {min(nt, nc)} customers; at least {LEAST} are needed", nt, nc)
    treated, control = _arm(vt, ct), _arm(vc, cc)
    variance = treated.variance + control.variance
    if not variance > 0:
        return Refusal("no interval: the metric has the same value for every customer of each arm", nt, nc)
    random = np.random.default_rng(seed)
    mt, st = _resampled(vt, ct, draws, random)
    mc, sc = _resampled(vc, cc, draws, random)
    dt, dc = mt - treated.value, mc - control.value
    rank = math.ceil(level * (draws + 1))

    def drawn(ratio: float) -> FloatArray:
        error = np.sqrt(st + ratio**2 * sc)
        # a draw without variation, all of one value, is as extreme as can be
        found: FloatArray = np.divide(dt - ratio * dc, error, out=np.full(draws, np.inf), where=error > 0)
        return np.abs(found)

    def limit(ratio: float) -> float:
        return float(np.partition(drawn(ratio), rank - 1)[rank - 1])

    error = math.sqrt(variance)
    difference = treated.value - control.value
    statistic = difference / error
    at_one = limit(1.0)
    if not math.isfinite(at_one) or not math.isfinite(limit(1e9)):
        return Refusal("no interval: too few customers have a value of their own to draw from", nt, nc)
    significant = abs(statistic) > at_one
    beyond = int((drawn(1.0) >= abs(statistic)).sum())
    p_value = (beyond + 1) / (draws + 1)
    # On the grid of the draws, the p-value can equal 1 - level; the test decides to which side it belongs.
    p_value = min(p_value, np.nextafter(1 - level, 0)) if significant else max(p_value, 1 - level)
    half = at_one * error
    lower, upper = difference - half, difference + half
    lift = relative_lift(
        treated.value,
        control.value,
        treated.variance,
        control.variance,
        critical=1.0,
        significant=significant,
        inflation=limit,
    )
    if significant:
        lower, upper = (max(lower, 5e-324), upper) if difference > 0 else (lower, min(upper, -5e-324))
    else:
        lower, upper = min(lower, 0.0), max(upper, 0.0)
    return Effect(
        treated,
        control,
        difference,
        error,
        statistic,
        float(p_value),
        level,
        lower,
        upper,
        lift,
        math.inf,
        1.0,
        f"studentised bootstrap, {draws:,} draws",
    )


def _arm(values: FloatArray, counts: FloatArray) -> ArmEstimate:
    n = counts.sum()
    mean = float(values @ counts / n)
    return ArmEstimate(mean, float(counts @ (values - mean) ** 2) / (n - 1) / n, int(n), 0, float(n - 1))


def _resampled(
    values: FloatArray, counts: FloatArray, draws: int, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Means and variances of the mean of resampled arms."""
    n = int(counts.sum())
    center = float(values @ counts / n)
    shifted = values - center
    means, variances = np.empty(draws), np.empty(draws)
    block = max(1, 4_000_000 // max(len(values), 1))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        sample = random.multinomial(n, counts / n, size=size)
        first, second = sample @ shifted / n, sample @ shifted**2 / n
        means[start : start + size] = center + first
        spread = second - first**2
        # a draw of one value only has no variance; rounding must not give it one
        variances[start : start + size] = np.where(spread > 1e-12 * second, spread, 0.0) / (n - 1)
    return means, variances
