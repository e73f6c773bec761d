"""Why total value changed: more customers, other segments, or another value per customer. The three sum to the
change.
"""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from segkit.customers.windows import TimeWindow, ask_like
from segkit.value.records import ValueChange


def value_change(
    names: list[str],
    before: tuple[np.ndarray, np.ndarray],
    now: tuple[np.ndarray, np.ndarray],
    *,
    windows: tuple[TimeWindow, TimeWindow],
    scale: int,
    hidden: tuple[bool, ...],
) -> ValueChange:
    """Split the change of total value into size, mix and rate.

    With N customers, shares s and mean values v by segment: size = ΔN Σ s₀ v₀, mix = N₁ Σ Δs v₀, rate = Σ n₁ Δv.
    A segment that was empty before has no earlier mean value, so what its customers bring counts as mix.

    Args:
        names: the segments' names.
        before, now: customers and value (whole minor units) by segment.
        windows: the days that the value of before and that of now count, equally many months.
        scale: how many minor units make a major one.
        hidden: for each segment, whether it is hidden.

    Raises:
        ReportError: the two windows are not equally long.
    """
    ask_like(windows[1], windows[0])
    n0, v0 = (np.asarray(part, dtype=np.float64) for part in before)
    n1, v1 = (np.asarray(part, dtype=np.float64) for part in now)
    mean0 = np.divide(v0, n0, out=np.divide(v1, n1, out=np.zeros_like(v1), where=n1 > 0), where=n0 > 0)
    rate = v1 - n1 * mean0
    moved = n1 * mean0 - v0
    whole = v0.sum() / n0.sum() if n0.sum() else 0.0
    size = (n1.sum() - n0.sum()) * whole
    change = math.fsum([*v1, *-v0])
    total_rate = math.fsum(rate)
    frame = pd.DataFrame(
        {
            "segment": names,
            "previous": np.where(hidden, np.nan, v0 / scale),
            "now": np.where(hidden, np.nan, v1 / scale),
            "size_and_mix": np.where(hidden, np.nan, moved / scale),
            "rate": np.where(hidden, np.nan, rate / scale),
            "suppressed": list(hidden),
        }
    )
    return ValueChange(
        previous_end=windows[0].start - dt.timedelta(days=1),
        end=windows[1].start - dt.timedelta(days=1),
        previous=float(v0.sum()) / scale,
        now=float(v1.sum()) / scale,
        size=float(size) / scale,
        mix=float(change - size - total_rate) / scale,
        rate=total_rate / scale,
        frame=frame,
    )
