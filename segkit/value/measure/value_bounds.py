"""What the known bias of earlier forecasts does to segments, and how likely a segment brings nothing."""

from __future__ import annotations

import numpy as np

from segkit.arrays import Floats
from segkit.forecast.records import Backtest

_CLOSE = 1e-9


def segment_moves(told: Floats, tested: Backtest) -> tuple[float, ...]:
    """Factors by which the value to come of segments is moved; the segments sum to the whole before and after.

    The whole has been moved by its own bias where that is known. A segment whose own bias is known is moved by that
    instead; what this adds to the sum, or takes from it, all segments bear in the same proportion.

    Args:
        told: value to come by segment, as part of the whole.
        tested: how the whole and the segments were missed.
    """
    whole = tested.errors.point(1.0)
    own = np.array([errors.point(1.0) / whole if errors.known else 1.0 for errors in tested.segment_errors])
    own = own[: told.size]
    total = float(told @ own)
    if total <= 0 or np.all(np.abs(own - 1.0) < _CLOSE):
        return (1.0,) * told.size
    return tuple(float(factor) for factor in own * (told.sum() / total))


def chances_of_nothing(by_model: Floats, tested: Backtest, days: int) -> Floats:
    """Probability that a segment brings nothing: by the model, or as held-out periods have shown it.

    A segment that brought nothing in a share s of periods of h days brings nothing in a horizon of H days with
    probability s^(H/h), if it has no memory.

    Args:
        by_model: of each segment.
        tested: with the held-out periods.
        days: of the horizon.
    """
    if len(tested.nothing) != by_model.size:
        return by_model
    seen = np.array(tested.nothing) ** max(days / tested.holdout_days, 1.0)
    return np.maximum(by_model, seen)
