"""A history without what stood out in it: one odd week must neither move the level nor widen the limits for weeks.

The value that is judged is never cleaned.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import stats

from segkit.arrays import Flags, Floats

NORMAL_MAD: Final = 1.4826
"""Standard deviations in a median absolute deviation of normal numbers."""
_GRUBBS_LEVEL: Final = 0.01
_HALF: Final = 3
_HAMPEL_LIMIT: Final = 5.0
_RESIDUAL: Final = 1.25
"""A running median follows its own middle value, so what is left of it is too small by so much."""
TINY: Final = 1e-12
"""In place of a spread of nothing."""


def without_one_outlier(history: Floats) -> tuple[Floats, Flags]:
    """Replace at most one value a row, by Grubbs' test at 1 %, by the mean of the others: for short histories.

    Args:
        history: (rows, periods); NaN for unknown.

    Returns:
        The history, and where it was replaced.
    """
    known = np.isfinite(history)
    n = known.sum(axis=1, keepdims=True).astype(np.float64)
    values = np.where(known, history, 0.0)
    total, square = values.sum(axis=1, keepdims=True), (values**2).sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (total - values) / (n - 1)
        spread = np.maximum((square - values**2) - (n - 1) * others**2, TINY**2) / (n - 2)
        distance = np.where(known, np.abs(history - others) / np.sqrt(spread * (1 + 1 / (n - 1))), -1.0)
    place = distance.argmax(axis=1)
    rows = np.arange(len(history))
    limit = stats.t.isf(_GRUBBS_LEVEL / (2 * n[:, 0]), np.maximum(n[:, 0] - 2, 1))
    found = distance[rows, place] > limit
    odd = np.zeros_like(known)
    odd[rows[found], place[found]] = True
    return np.where(odd, others, history), odd


def without_outliers(history: Floats) -> tuple[Floats, Flags]:
    """Replace what is far from the running median of seven values by that median (Hampel's filter): for long histories."""
    filled = filled_forward(history)
    n = filled.shape[1]
    width = 2 * _HALF + 1
    median = np.empty_like(filled)
    if n >= width:
        windows = np.lib.stride_tricks.sliding_window_view(filled, width, axis=1)
        median[:, _HALF : n - _HALF] = np.median(windows, axis=2)
    for at in {*range(min(_HALF, n)), *range(max(0, n - _HALF), n)}:
        median[:, at] = np.median(filled[:, max(0, at - _HALF) : at + _HALF + 1], axis=1)
    known = np.isfinite(history)
    off = np.where(known, np.abs(history - median), np.nan)
    spread = _RESIDUAL * NORMAL_MAD * np.nanmedian(off, axis=1, keepdims=True)
    odd = known & (np.nan_to_num(off) > _HAMPEL_LIMIT * np.maximum(spread, TINY))
    return np.where(odd, median, history), odd


def filled_forward(history: Floats) -> Floats:
    """Return the history with unknown values as the last known before them; at the beginning, the first known."""
    known = np.isfinite(history)
    place = np.where(known, np.arange(history.shape[1])[None, :], -1)
    np.maximum.accumulate(place, axis=1, out=place)
    filled = np.take_along_axis(history, np.maximum(place, 0), axis=1)
    first = history[np.arange(len(history)), known.argmax(axis=1)]
    return np.where(place < 0, first[:, None], filled)
