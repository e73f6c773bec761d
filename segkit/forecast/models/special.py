"""Special functions in forms that stay exact where the textbook forms cancel or overflow."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats

_STIRLING_FROM = 32.0  # from this argument on, five terms of Stirling's series are exact to 1e-14


def log_gamma_ratio(z: ArrayLike, n: ArrayLike) -> Floats:
    """Return ln Γ(z+n) − ln Γ(z), without the cancellation of the two for large z.

    Args:
        z, n: broadcastable numbers; z > 0, n ≥ 0.

    Returns:
        An array of the broadcast shape; zero where n is zero.

    >>> bool(abs(log_gamma_ratio(1e12, 2) - 2 * np.log(1e12)) < 1e-11)
    True
    """
    start, more = np.asarray(z, dtype=np.float64), np.asarray(n, dtype=np.float64)
    big = np.maximum(start, _STIRLING_FROM)
    end = big + more
    series = (big - 0.5) * np.log1p(more / big) + more * (np.log(end) - 1.0) + _tail(end) - _tail(big)
    small = np.minimum(start, _STIRLING_FROM)
    direct = special.gammaln(small + more) - special.gammaln(small)
    return np.asarray(np.where(start >= _STIRLING_FROM, series, direct), dtype=np.float64)


def _tail(z: Floats) -> Floats:
    """Return what ln Γ(z) has beyond (z − ½) ln z − z + ½ ln 2π."""
    inverse = 1.0 / z
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))


def log_beta(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return ln B(a, b), exact also where one argument is far larger than the other."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    small, large = np.minimum(first, second), np.maximum(first, second)
    return np.asarray(special.gammaln(small) - log_gamma_ratio(large, small), dtype=np.float64)


def digamma_ratio(z: ArrayLike, n: ArrayLike) -> Floats:
    """Return ψ(z+n) − ψ(z), the derivative of `log_gamma_ratio` by z."""
    start = np.asarray(z, dtype=np.float64)
    end = start + np.asarray(n, dtype=np.float64)
    return np.asarray(special.psi(end) - special.psi(start), dtype=np.float64)


def trigamma(z: ArrayLike) -> Floats:
    """Return ψ′(z), z > 0."""
    return np.asarray(special.zeta(2.0, np.asarray(z, dtype=np.float64)), dtype=np.float64)


def softplus(x: Floats) -> Floats:
    """Return ln(1 + eˣ) for any x."""
    return np.asarray(np.logaddexp(0.0, x), dtype=np.float64)


def decay(z: ArrayLike) -> Floats:
    """Return (1 − e⁻ᶻ)/z, which is 1 at z = 0. The closed forms' singularities (a = 1, s = 1) have this form."""
    return np.asarray(special.exprel(-np.asarray(z, dtype=np.float64)), dtype=np.float64)


def two_or_more(shape: ArrayLike, reach: ArrayLike) -> Floats:
    """Return P(N ≥ 2) of a Poisson count with mean reach · Gamma(shape, 1): 1 − (1+w)^−k (1 + k w/(1+w)).

    It is exact for small w, too.

    Args:
        shape: the number k > 0.
        reach: the number w ≥ 0, broadcastable.
    """
    k, w = np.broadcast_arrays(np.asarray(shape, dtype=np.float64), np.asarray(reach, dtype=np.float64))
    part = w / (1.0 + w)
    power = k * np.log1p(w)
    chance = np.asarray(1.0 - np.exp(-power) * (1.0 + k * part), dtype=np.float64)
    small = power < 0.1  # for small w, where the difference would cancel
    chance[small] = special.betainc(2.0, k[small], part[small])
    return chance


def power_integral(exponent: ArrayLike, scale: ArrayLike, length: ArrayLike) -> Floats:
    """Return ∫₀^length (1 + τ/scale)^(−exponent) dτ, for any exponent, 1 included.

    Args:
        exponent: any real number.
        scale: > 0, in the unit of length.
        length: ≥ 0.

    >>> bool(np.isclose(power_integral(1.0, 2.0, 3.0), 2 * np.log(2.5)))
    True
    """
    scale = np.asarray(scale, dtype=np.float64)
    stretch = np.log1p(np.asarray(length, dtype=np.float64) / scale)
    return np.asarray(scale * stretch * decay((np.asarray(exponent) - 1.0) * stretch), dtype=np.float64)
