"""Integrals that the models' closed forms write as differences of hypergeometric functions.

All integrands are positive and log-concave on a logarithmic axis, and analytic in a strip whose width does not depend
on the parameters. So the range that matters has bounds in closed form (a concave function lies below its asymptotes),
and Gauss-Legendre rules converge geometrically on it. Nothing is subtracted, so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats, Indices
from segkit.forecast.models.special import log_beta

NEGLIGIBLE = 38.0
"""Parts below e⁻³⁸ (3e-17) of the peak are left out."""

_BLOCK = 2**17  # numbers held at once in a rule's work arrays, so that they stay in the processor's cache


@cache
def legendre(order: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of the Gauss-Legendre rule on (0, 1)."""
    node, weight = special.roots_legendre(order)
    node, weight = 0.5 * (node + 1.0), 0.5 * weight
    node.setflags(write=False)
    weight.setflags(write=False)
    return node, weight


def blocks(rows: int, order: int) -> Iterator[slice]:
    """Divide rows into slices that keep a rule's work arrays small."""
    step = max(1, _BLOCK // order)
    for start in range(0, rows, step):
        yield slice(start, min(rows, start + step))


def by_order(difficulty: Floats, orders: tuple[tuple[float, int], ...]) -> Iterator[tuple[int, Indices]]:
    """Group the rows by the order of the rule that they need: the first whose limit exceeds their difficulty."""
    limits = np.array([limit for limit, _ in orders[:-1]])
    level = np.searchsorted(limits, difficulty, side="left")
    for number, (_, order) in enumerate(orders):
        rows = np.flatnonzero(level == number)
        if rows.size:
            yield order, rows


_POWER_ORDERS = ((2.0, 16), (6.0, 32), (16.0, 64), (48.0, 160), (np.inf, 640))


def power_rule(
    k_first: Floats, k_second: Floats, first: Floats, second: Floats, length: Floats
) -> Iterator[tuple[Indices, Floats, Floats]]:
    """Return a rule for ∫₀^length (1 + τ/first)^(−k_first) (1 + τ/second)^(−k_second) h(τ) dτ with smooth h.

    The axis is u = ln(1 + τ/c), c = min(first, second). The logarithm of the integrand is concave in u.

    Args:
        k_first, k_second: ≥ 0 with a sum above 1, shape (n,).
        first, second: > 0, shape (n,), in the unit of length.
        length: > 0, shape (n,).

    Returns:
        Pieces (rows, τ, ln w) of shapes (m,), (m, order), (m, order): the integral is the sum of e^{ln w} h(τ).
    """
    swap = second < first
    near, far = np.where(swap, second, first), np.where(swap, first, second)
    k_near, k_far = np.where(swap, k_second, k_first), np.where(swap, k_first, k_second)
    whole = np.log1p(length / near)
    slope = k_near + k_far * near / far - 1.0
    with np.errstate(divide="ignore"):
        by_slope = np.where(slope > 0, NEGLIGIBLE / np.maximum(slope, 1e-300), np.inf)
    by_asymptote = (NEGLIGIBLE + k_far * np.log(far / near)) / (k_near + k_far - 1.0)
    upper = np.minimum(whole, np.minimum(by_slope, by_asymptote))
    # how steep the integrand is at its end, where it is steepest: 16 nodes hold e^−16 to 1e-14
    ending = (k_near - 1.0 + k_far / (1.0 + (far / near - 1.0) * np.exp(-upper))) * upper
    for order, rows in by_order(np.maximum(upper, np.clip(ending / 8.0, 0.0, 3.0)), _POWER_ORDERS):
        node, weight = legendre(order)
        for part in blocks(rows.size, order):
            some = rows[part]
            u = upper[some, None] * node
            tau = near[some, None] * np.expm1(u)
            log_w = (1.0 - k_near[some, None]) * u - k_far[some, None] * np.log1p(tau / far[some, None])
            log_w += np.log(near[some] * upper[some])[:, None] + np.log(weight)
            yield some, tau, log_w


def log_power_integral(
    k_first: ArrayLike, k_second: ArrayLike, first: ArrayLike, second: ArrayLike, length: ArrayLike
) -> Floats:
    """Return ln ∫₀^length (1 + τ/first)^(−k_first) (1 + τ/second)^(−k_second) dτ; −∞ where length is 0.

    Arguments are those of `power_rule`, broadcastable.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (k_first, k_second, first, second, length))
    )
    shape = arrays[0].shape
    flat = [array.ravel() for array in arrays]
    result = np.full(flat[0].shape, -np.inf)
    live = np.flatnonzero(flat[4] > 0)
    if live.size:
        for rows, _, log_w in power_rule(*(array[live] for array in flat)):
            top = log_w.max(axis=1)
            result[live[rows]] = top + np.log(np.exp(log_w - top[:, None]).sum(axis=1))
    return result.reshape(shape)


_BETA_ORDERS = ((20.0, 48), (60.0, 64), (200.0, 160), (np.inf, 640))


def beta_rule(a: float, b: Floats, knee: Floats) -> Iterator[tuple[Indices, Floats, Floats]]:
    """Return a rule for E[h(p)], p ~ Beta(a, b), where h(p) falls about as 1/(knee + p), e.g. (1 − (1+pτ)^−R)/p.

    The axis is y = ln(p/(1−p)), split at the mode of p^a (1−p)^b/(knee + p), with denser nodes near the mode.

    Args:
        a: > 0.
        b, knee: > 0, shape (n,).

    Returns:
        Pieces (rows, p, w) of shapes (m,), (m, 2·order), (m, 2·order): E[h(p)] is the sum of w h(p).
    """
    mode = _beta_mode(a, b, knee)
    centre = np.log(mode) - np.log1p(-mode)
    log_peak = a * np.log(mode) + b * np.log1p(-mode) - np.log(knee + mode)
    spread = mode * (1.0 - mode)
    fall = spread / (knee + mode)
    curvature = (a + b) * spread + fall * (1.0 - 2.0 * mode) - fall * fall
    width = 1.0 / np.sqrt(np.clip(curvature, 0.1, None))
    # below e^{ay}/knee on the left, below e^{−by}/(knee + mode) on the right of the mode
    left = centre - (log_peak - NEGLIGIBLE + np.log(knee)) / a
    right = np.maximum((-np.log(knee + mode) - log_peak + NEGLIGIBLE) / b - centre, 0.0) + width
    log_constant = log_beta(a, b)
    for order, rows in by_order(np.maximum(left, right), _BETA_ORDERS):
        node, weight = legendre(order)
        for part in blocks(rows.size, 2 * order):
            some = rows[part]
            pieces = []
            for sign, length in ((-1.0, left[some]), (1.0, right[some])):
                bend = np.log1p(length / width[some])
                distance = width[some, None] * np.expm1(bend[:, None] * node)
                pieces.append((sign * distance, bend[:, None] * (distance + width[some, None]) * weight))
            y = centre[some, None] + np.concatenate([pieces[0][0], pieces[1][0]], axis=1)
            step = np.concatenate([pieces[0][1], pieces[1][1]], axis=1)
            log_odds = np.logaddexp(0.0, y)  # −ln(1−p)
            log_density = a * y - (a + b[some, None]) * log_odds - log_constant[some, None]
            yield some, np.exp(y - log_odds), step * np.exp(log_density)


def _beta_mode(a: float, b: Floats, knee: Floats) -> Floats:
    """Return the one root in (0, 1) of (1−a−b) p² + (a − (a+b)·knee − 1) p + a·knee = 0."""
    quadratic = 1.0 - a - b
    linear = a - (a + b) * knee - 1.0
    constant = a * knee
    root = np.sqrt(np.maximum(linear * linear - 4.0 * quadratic * constant, 0.0))
    half = -0.5 * (linear + np.where(linear >= 0, root, -root))
    with np.errstate(divide="ignore", invalid="ignore"):
        candidates = np.stack([half / quadratic, constant / half])
    good = (candidates > 0.0) & (candidates < 1.0)
    mode = np.where(good[1], candidates[1], np.where(good[0], candidates[0], a / (a + b)))
    return np.clip(mode, 1e-280, 1.0 - 1e-15)


def gamma_rule(shape: Floats, order: int = 48) -> tuple[Floats, Floats]:
    """Return a rule for E[h(u)], u ~ Gamma(shape, 1), with h smooth on a logarithmic axis.

    Args:
        shape: ≥ ½ or so (the left tail falls as e^{shape·y}), shape (n,).

    Returns:
        (u, w), each of shape (n, 2·order).
    """
    width = 1.0 / np.sqrt(shape)
    left = 1.0 + NEGLIGIBLE / shape
    reach = NEGLIGIBLE + np.sqrt(NEGLIGIBLE * (NEGLIGIBLE + 2.0 * shape))
    right = np.log1p(reach / shape)
    node, weight = legendre(order)
    offsets, steps = [], []
    for sign, length in ((-1.0, left), (1.0, right)):
        bend = np.log1p(length / width)[:, None]
        distance = width[:, None] * np.expm1(bend * node)
        offsets.append(sign * distance)
        steps.append(bend * (distance + width[:, None]) * weight)
    z = np.concatenate(offsets, axis=1)
    # k y − e^y at y = ln k + z, less its value at the mode: k (z − e^z + 1)
    density = np.concatenate(steps, axis=1) * np.exp(shape[:, None] * (z - np.expm1(z)))
    return shape[:, None] * np.exp(z), density / density.sum(axis=1, keepdims=True)


_DISCOUNT_ORDERS = ((8.0, 48), (20.0, 96), (60.0, 256), (np.inf, 1024))


def discount_rule(
    rate: float, exponent: float, scale: Floats, horizon: float
) -> Iterator[tuple[Indices, Floats, Floats]]:
    """Return a rule for ∫₀^horizon e^(−rate·τ) (1 + τ/scale)^(−exponent) h(τ) dτ with smooth h.

    The axis is u = ln(1 + τ/scale). The logarithm of the integrand is concave in u.

    Args:
        rate: ≥ 0, by unit of time.
        exponent: ≥ 0.
        scale: > 0, shape (n,), time.
        horizon: > 0, time; may be ∞ where rate > 0.

    Returns:
        Pieces (rows, τ, w) of shapes (m,), (m, order), (m, order).
    """
    reach = min(horizon, NEGLIGIBLE / rate) if rate > 0 else horizon
    upper = np.log1p(reach / scale)
    for order, rows in by_order(upper, _DISCOUNT_ORDERS):
        node, weight = legendre(order)
        for part in blocks(rows.size, order):
            some = rows[part]
            # large exponents crowd at the start; e^{−(k−3)u} h(τ) is still negligible at the cut, for h that grow up to τ
            length = np.minimum(upper[some], NEGLIGIBLE / max(exponent - 3.0, 1e-300))
            u = length[:, None] * node
            tau = scale[some, None] * np.expm1(u)
            log_w = (1.0 - exponent) * u - rate * tau
            yield some, tau, scale[some, None] * length[:, None] * weight * np.exp(log_w)
