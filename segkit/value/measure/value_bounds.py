"""How the known bias of earlier forecasts moves segments, and how likely a segment brings nothing."""

from __future__ import annotations

import numpy as np

from segkit.arrays import Floats
from segkit.forecast.records import Backtest

_CLOSE = 1e-9


def segment_moves(told: Floats, tested: Backtest) -> tuple[float, ...]:
    """Return the factors that move the value to come of each segment, while all segments still sum to the whole.

    The whole has been moved by its own bias where that is known. A segment whose own bias is known is moved by that
    bias instead. What this adds to the sum, or takes from it, is spread over all segments in proportion.

    Args:
        told: the value to come of each segment, as part of the whole.
        tested: how far earlier forecasts missed the whole and the segments.
    """
    whole = tested.errors.point(1.0)
    own = np.array([errors.point(1.0) / whole if errors.known else 1.0 for errors in tested.segment_errors])
    own = own[: told.size]
    total = float(told @ own)
    if total <= 0 or np.all(np.abs(own - 1.0) < _CLOSE):
        return (1.0,) * told.size
    return tuple(float(factor) for factor in own * (told.sum() / total))


def chances_of_nothing(by_model: Floats, tested: Backtest, days: int) -> Floats:
    """Return the probability that each segment brings nothing: the model's, or that of held-out periods.

    A segment that brought nothing in a share s of periods of h days brings nothing in a horizon of H days with
    probability s^(H/h), if it has no memory.

    Args:
        by_model: the model's probability for each segment.
        tested: the backtest with its held-out periods.
        days: the length of the horizon in days.
    """
    if len(tested.nothing) != by_model.size:
        return by_model
    seen = np.array(tested.nothing) ** max(days / tested.holdout_days, 1.0)
    return np.maximum(by_model, seen)
