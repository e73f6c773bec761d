"""Retention curves without a model: the product-limit estimator with late entry.

Contracts that already ran when the data begin are seen only from then on, and count as at risk only from then on.
Without that, those who left earlier would be forgotten and retention would look too good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segkit.arrays import Floats


@dataclass(frozen=True, eq=False)
class ProductLimit:
    """The share that is still there, by time.

    Attributes:
        time: the times at which somebody left, ascending.
        survival: the share still there just after each.
        standard_error: Greenwood's standard error of it.
        at_risk: how many were under observation just before.
        left: how many left then.
    """

    time: Floats
    survival: Floats
    standard_error: Floats
    at_risk: Floats
    left: Floats

    def at(self, time: float) -> float:
        """Return the share still there at a time."""
        before = self.time <= time
        return float(self.survival[before][-1]) if before.any() else 1.0


def product_limit(entry: Floats, entered: Floats, time: Floats, left: Floats, ended: Floats) -> ProductLimit:
    """Estimate the share still there, by time (Kaplan & Meier 1958), with late entry (Lynden-Bell 1971).

    Two tallies are enough: who entered when, and whose time ended when and how.

    Args:
        entry, entered: times of entry, and how many entered then.
        time, left, ended: times at which observation ended, whether by leaving (1) or not (0), and how many ended so.
    """
    times = np.unique(time[(left == 1) & (ended > 0)])
    by_end, by_entry = np.argsort(time, kind="stable"), np.argsort(entry, kind="stable")
    gone_before = np.concatenate([[0.0], np.cumsum(ended[by_end])])
    there_before = np.concatenate([[0.0], np.cumsum(entered[by_entry])])
    at_risk = (
        there_before[np.searchsorted(entry[by_entry], times, side="left")]
        - gone_before[np.searchsorted(time[by_end], times, side="left")]
    )
    mine = (left == 1) & (ended > 0)
    gone = np.bincount(np.searchsorted(times, time[mine]), weights=ended[mine], minlength=times.size).astype(
        np.float64
    )
    survival = np.cumprod(1.0 - gone / at_risk)
    rest = at_risk - gone
    terms = np.divide(gone, at_risk * rest, out=np.zeros_like(gone), where=rest > 0)
    return ProductLimit(times, survival, survival * np.sqrt(np.cumsum(terms)), at_risk, gone)
