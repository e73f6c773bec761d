"""Slow changes: the last four values together against the year before them. A rule and a budget of its own.

A drift of a quarter of a deviation a week is never far from the level that follows it, so no single week shows it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from segkit.arrays import Floats
from segkit.news.cleaning import NORMAL_MAD, TINY, filled_forward
from segkit.news.level import Level

LATELY: Final = 4
"""Values that are taken together, the judged one included."""
DRIFT: Final = 7
"""Changes of a stock that are taken together."""
_BEFORE: Final = 48
_FEWEST_BEFORE: Final = 22
_CLIP: Final = 3.0
_CAUTION: Final = 1.5
"""Standard errors by which the correlation of neighbours is taken larger than it is estimated."""


def slow_reach(periods: int) -> int:
    """Return how many periods before the last four they are compared with; 0 where there are too few.

    Args:
        periods: of the history, the judged one not included.
    """
    before = min(_BEFORE, periods - LATELY + 1)
    return before if before >= _FEWEST_BEFORE else 0


def slow_score(found: Level, judged: Floats, floor: Floats | float = 0.0) -> Floats | None:
    """Return how far the mean of the last four is from that of the year before, in standard errors; None for too short.

    The judged value counts at most three deviations, so that one odd week is no slow change. The noise is that around
    the reference's own straight line, so that a steady rise is found.

    Args:
        found: the series after their histories.
        judged: (rows,) the value of the period that is judged.
        floor: least standard deviation of one value.
    """
    history = filled_forward(found.cleaned)
    n = history.shape[1]
    reach = slow_reach(n)
    if not reach:
        return None
    spread = np.maximum(found.spread, floor)
    last = np.clip(judged, found.level - _CLIP * spread, found.level + _CLIP * spread)
    lately = np.concatenate([history[:, n - LATELY + 1 :], last[:, None]], axis=1)
    before = history[:, n - LATELY + 1 - reach : n - LATELY + 1]
    mean = before.mean(axis=1)
    place = np.arange(reach) - (reach - 1) / 2
    trend = (before * place).sum(axis=1) / (place @ place)
    rest = before - mean[:, None] - trend[:, None] * place
    square = np.maximum((rest**2).sum(axis=1), TINY)
    together = (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / square
    # a short series' own correlation is estimated too small
    together = np.clip(together + (2 + 4 * together) / reach + _CAUTION / np.sqrt(reach), 0.0, 0.95)
    deviation = np.maximum(np.sqrt(square / (reach - 2)), floor)
    error = deviation * np.sqrt(_of_mean(together, LATELY) + _of_mean(together, reach))
    return np.asarray((lately.mean(axis=1) - mean) / np.maximum(error, TINY), dtype=np.float64)


def _of_mean(together: Floats, n: int) -> Floats:
    """Compute the variance of a mean of n values whose correlation falls off geometrically, for values of variance 1."""
    lag = np.arange(1, n)
    added = 2 * ((1 - lag / n)[None, :] * together[:, None] ** lag).sum(axis=1)
    return np.asarray((1 + added) / n, dtype=np.float64)


def drift_score(changes: Floats) -> Floats:
    """Return how far the sum of the last seven changes of a stock is from nothing, in standard errors.

    For stocks whose past is too short to say what growth is usual: a segment that grows by a twentieth every week is
    never far from the week before. One leap is no drift: a change counts up to three deviations.

    Args:
        changes: (rows, periods), oldest first, the judged one last, none unknown; nine at least.
    """
    middle = np.median(changes, axis=1, keepdims=True)
    usual = NORMAL_MAD * np.median(np.abs(changes - middle), axis=1, keepdims=True)
    kept = np.clip(changes, middle - _CLIP * usual, middle + _CLIP * usual)
    lately, before = kept[:, -DRIFT:], kept[:, :-DRIFT]
    mean = lately.mean(axis=1)
    rest = np.concatenate([before - before.mean(axis=1, keepdims=True), lately - mean[:, None]], axis=1)
    square = np.maximum((rest**2).sum(axis=1), TINY)
    together = np.clip((rest[:, 1:] * rest[:, :-1]).sum(axis=1) / square + 2 / changes.shape[1], 0.0, 0.95)
    error = np.sqrt(square / (changes.shape[1] - 2) * _of_mean(together, DRIFT))
    return np.asarray(mean / np.maximum(error, TINY), dtype=np.float64)
