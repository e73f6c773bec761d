"""The scale on which a figure is judged: the one on which chance moves it equally much, whether it is large or small."""

from __future__ import annotations

from typing import Literal

import numpy as np

from segkit.arrays import Floats

Scale = Literal["count", "money", "share", "number"]
"""What kind of figure it is: how many, an amount, a fraction of one, any other number."""


def transformed(values: Floats, scale: Scale) -> Floats:
    """Return figures on the scale on which they are judged.

    Counts become 2√(x + 3/8), of which chance moves each by 1 (Anscombe 1948); shares 2 arcsin √x likewise; amounts and
    other numbers their logarithm, so that a tenth more counts alike everywhere.

    Args:
        values: any shape; NaN for unknown, and then NaN.
        scale: what kind of figure it is. Amounts and numbers that are not all positive belong to `logarithmic`.
    """
    if scale == "count":
        return np.asarray(2.0 * np.sqrt(np.maximum(values, 0.0) + 0.375), dtype=np.float64)
    if scale == "share":
        return np.asarray(2.0 * np.arcsin(np.sqrt(np.clip(values, 0.0, 1.0))), dtype=np.float64)
    if not logarithmic(values):
        return np.asarray(values, dtype=np.float64)
    return np.asarray(np.log(values), dtype=np.float64)


def restored(judged: Floats, scale: Scale, logs: bool) -> Floats:
    """Return what `transformed` was given.

    Args:
        judged: on the scale of `transformed`.
        scale: what kind of figure it is.
        logs: whether amounts and numbers were taken as logarithms.

    >>> restored(transformed(np.array([7.0]), "count"), "count", logs=False).round(6).tolist()
    [7.0]
    """
    if scale == "count":
        return np.asarray(np.maximum((np.maximum(judged, 0.0) / 2.0) ** 2 - 0.375, 0.0), dtype=np.float64)
    if scale == "share":
        return np.asarray(np.sin(np.clip(judged, 0.0, np.pi) / 2.0) ** 2, dtype=np.float64)
    return np.asarray(np.exp(np.minimum(judged, 700.0)) if logs else judged, dtype=np.float64)


def logarithmic(values: Floats) -> bool:
    """Tell whether amounts or numbers have logarithms: all that are known are positive."""
    known = np.asarray(values)[np.isfinite(values)]
    return bool(len(known)) and bool((known > 0).all())


def slope(value: Floats, scale: Scale, logs: bool) -> Floats:
    """Return how far a figure moves on the judged scale for each unit by which it moves: of a standard error, too."""
    if scale == "count":
        return np.asarray(1.0 / np.sqrt(np.maximum(value, 0.0) + 0.375), dtype=np.float64)
    if scale == "share":
        inside = np.clip(value, 1e-6, 1 - 1e-6)
        return np.asarray(1.0 / np.sqrt(inside * (1.0 - inside)), dtype=np.float64)
    return np.asarray(1.0 / value if logs else np.ones_like(value), dtype=np.float64)
