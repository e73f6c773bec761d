"""Normal variation: whether the last change is news, or what the series does anyway, by the moving-range chart's
limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final, Literal

LIMIT_PER_MEDIAN: Final = 3.865
"""Upper limit of the moving range as a multiple of its median (Wheeler, *Understanding Variation*, 2000, after
Shewhart): about three standard deviations. It uses the median, because one Christmas must not widen it for weeks."""

FEWEST_CHANGES: Final = 8
"""Fewest earlier changes that show what is normal."""

Variation = Literal["news", "normal", "unknown"]
"""Whether the last change is outside what this series does anyway (`news`), inside (`normal`), or whether
there is too little history to tell (`unknown`)."""


def normal_limit(values: Sequence[float | None], at_least: float = 0.0) -> float | None:
    """Return the largest absolute change from one value to the next that is still normal.

    Args:
        values: a series at equal steps, oldest first; the last value is to be judged. Missing values are None; a change
            beside one does not count.
        at_least: largest change that is never news, however quiet the series has been.

    Returns:
        The limit from the changes before the last one; None where there are fewer than 8.

    >>> normal_limit([100, 103, 99, 101, 104, 100, 98, 101, 103, 100, 140])
    11.595
    """
    changes = [
        abs(after - before) for before, after in pairwise(values[:-1]) if before is not None and after is not None
    ]
    if len(changes) < FEWEST_CHANGES:
        return None
    return max(float(LIMIT_PER_MEDIAN * median(changes)), at_least)


def variation(values: Sequence[float | None], at_least: float = 0.0) -> Variation:
    """Judge whether the last change lies outside its normal limit.

    >>> variation([100, 103, 99, 101, 104, 100, 98, 101, 103, 100, 140])
    'news'
    """
    limit = normal_limit(values, at_least)
    if limit is None or len(values) < 2 or values[-1] is None or values[-2] is None:
        return "unknown"
    return "news" if abs(values[-1] - values[-2]) > limit else "normal"
