"""Where a series stands and how far chance moves it: a self-starting exponential smoothing with its own limits.

With a weight of 0 for the last value the level is the mean, and the standardised steps are recursive residuals
(Quesenberry's Q chart); with more weight the level follows a series that wanders. Gelper, Fried and Croux (2010) smooth
robustly so; the smoothing weight is chosen by a fit with a price for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from segkit.arrays import Flags, Floats, Whole
from segkit.news.cleaning import NORMAL_MAD, TINY, without_one_outlier, without_outliers

WINDOW: Final = 52
"""Values that are looked at, the last ones."""
FEWEST: Final = 8
"""Fewer say too little about what is normal."""
_SHORT: Final = 16
_FEW: Final = 10
_PRICE_SHORT: Final = 2.0
_PRICE: Final = 4.0
_CAP: Final = 4.0


@dataclass(frozen=True, slots=True)
class Level:
    """Where each of several series stands after its history.

    Attributes:
        level: expected next value.
        spread: standard deviation of one value.
        factor: variance of the level itself, as a multiple of spread².
        known: values that it rests on.
        cleaned: the history without outliers.
    """

    level: Floats
    spread: Floats
    factor: Floats
    known: Whole
    cleaned: Floats

    def deviation(self, floor: Floats | float = 0.0) -> Floats:
        """Return the standard deviation of the next value around the level.

        Args:
            floor: least standard deviation of one value.
        """
        return np.asarray(np.maximum(np.maximum(self.spread, floor), TINY) * np.sqrt(1 + self.factor))


def smoothed_level(history: Floats, *, gaps_widen: bool = True) -> Level:
    """Return the levels of series, each row by itself.

    Args:
        history: (rows, periods), oldest first, NaN for unknown; each row with one known value at least.
        gaps_widen: whether a level that is not seen for a while becomes less certain.
    """
    history = history[:, -WINDOW:]
    known = np.isfinite(history).sum(axis=1)
    rows_in_all = len(history)
    found = Level(
        np.empty(rows_in_all),
        np.empty(rows_in_all),
        np.empty(rows_in_all),
        known,
        np.array(history, dtype=np.float64),
    )
    # rows with as many known values are treated alike
    for count in np.unique(known):
        rows = np.flatnonzero(known == count)
        part = _alike(history[rows], int(count), gaps_widen)
        for name in ("level", "spread", "factor", "cleaned"):
            getattr(found, name)[rows] = getattr(part, name)
    return found


def _alike(history: Floats, count: int, gaps_widen: bool) -> Level:
    known = np.isfinite(history)
    short = count < _SHORT
    cleaned, odd = without_one_outlier(history) if short and count > 2 else _whole(history, short)
    weights = (0.0,) if count < _FEW else (0.0, 0.3) if short else (0.0, 0.2, 0.5)
    best: tuple[Floats, Floats, Floats, Floats] | None = None
    for weight in weights:
        level, factor, steps = _smoothed(cleaned, known, weight, gaps_widen)
        square = _mean_square(steps, count, odd, short)
        price = (_PRICE_SHORT if short else _PRICE) if weight else 0.0
        badness = max(count - 1, 1) * np.log(np.maximum(square, TINY**2)) + price
        found = (badness, level, np.sqrt(square), factor)
        if best is None:
            best = found
        else:
            better = found[0] < best[0]
            best = tuple(np.where(better, new, old) for new, old in zip(found, best, strict=True))  # type: ignore[assignment]
    assert best is not None
    return Level(best[1], best[2], best[3], np.full(len(history), count), cleaned)


def _whole(history: Floats, short: bool) -> tuple[Floats, Flags]:
    return (history, np.zeros(history.shape, dtype=np.bool_)) if short else without_outliers(history)


def _smoothed(cleaned: Floats, known: Flags, weight: float, gaps_widen: bool) -> tuple[Floats, Floats, Floats]:
    """Compute the level after the last value, its variance, and each value's step in standard deviations of one value."""
    rows, n = cleaned.shape
    level, factor, seen = np.zeros(rows), np.ones(rows), np.zeros(rows)
    steps = np.full((rows, n), np.nan)
    wider = weight**2 / (1 - weight) if gaps_widen else 0.0
    for at in range(n):
        there = known[:, at]
        value = np.where(there, cleaned[:, at], 0.0)
        first, later = there & (seen == 0), there & (seen > 0)
        error = value - level
        steps[:, at] = np.where(later, error / np.sqrt(1 + factor), np.nan)
        gain = np.maximum(weight, 1 / (seen + 1))
        level = np.where(first, value, np.where(later, level + gain * error, level))
        missed = ~there & (seen > 0)
        factor = np.where(later, (1 - gain) ** 2 * factor + gain**2, np.where(missed, factor + wider, factor))
        seen = seen + there
    return level, factor, steps


def _mean_square(steps: Floats, count: int, odd: Flags, short: bool) -> Floats:
    size = np.abs(steps)
    if short:
        return np.asarray(np.nansum(size**2, axis=1) / np.maximum(count - 1 - odd.any(axis=1), 1))
    usual = NORMAL_MAD * np.nanmedian(size, axis=1, keepdims=True)
    capped = np.minimum(size, _CAP * np.maximum(usual, TINY))
    return np.asarray(np.nansum(capped**2, axis=1) / max(count - 1, 1))
