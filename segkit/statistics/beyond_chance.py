"""Whether groups are told apart by more than chance: by a score, and by their shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import special

from segkit.statistics.reference import Normal

_LEVEL: Final = 0.05


def ranks_beyond_chance(auc: float, events: int, others: int) -> bool:
    """Return whether an area under the curve is above one half by more than chance.

    Its standard error where the score says nothing is that of Mann and Whitney (1947): √((m + n + 1) / (12 m n)).

    >>> ranks_beyond_chance(0.53, 180, 720), ranks_beyond_chance(0.6, 180, 720)
    (False, True)
    """
    if not math.isfinite(auc) or min(events, others) < 1:
        return False
    error = math.sqrt((events + others + 1) / (12 * events * others))
    return auc - Normal().critical(1 - _LEVEL) * error > 0.5


def shares_beyond_chance(events: Sequence[int], customers: Sequence[int]) -> bool:
    """Return whether shares of groups differ by more than chance (Pearson's chi-squared test, five of a hundred).

    >>> shares_beyond_chance([95, 85], [450, 450]), shares_beyond_chance([200, 500, 300], [500, 2500, 1000])
    (False, True)
    """
    table = np.array([events, np.subtract(customers, events)], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return False
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return bool(special.chdtrc(table.shape[1] - 1, statistic) < _LEVEL)
