"""Retention curves without a model: the product-limit estimator with late entry.

Contracts that ran when the data begin are seen only from then on, and count as at risk only from then on; without that,
those who left before would be forgotten, and retention would look too good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from segkit.errors import ModelError
from segkit.learning.encoding import Floats


@dataclass(frozen=True, eq=False)
class Curve:
    """Share still there by time.

    Attributes:
        time: at which somebody left, ascending.
        survival: share still there just after it.
        standard_error: Greenwood's.
        at_risk: under observation just before it.
        left: who left then.
    """

    time: Floats
    survival: Floats
    standard_error: Floats
    at_risk: Floats
    left: Floats

    def at(self, time: float) -> float:
        """Share still there at a time.

        >>> c = kaplan_meier([1, 2, 3], [1, 0, 1])
        >>> round(c.at(2.5), 4)
        0.6667
        """
        before = self.time <= time
        return float(self.survival[before][-1]) if before.any() else 1.0


def kaplan_meier(
    time: ArrayLike, left: ArrayLike, *, entry: ArrayLike | None = None, weight: ArrayLike | None = None
) -> Curve:
    """The product-limit estimate (Kaplan & Meier 1958), with late entry (Lynden-Bell 1971).

    Parameters
    ----------
    time: When each was last seen.
    left: 1 who left then, 0 who was still there.
    entry: From when on each was seen; 0 where not given. Who entered at or after `time` is not counted.
    weight: Customers each row stands for.

    Raises
    ------
    ModelError
        Columns of unequal length, negative times, or nobody.
    """
    t, d = np.asarray(time, dtype=np.float64), np.asarray(left, dtype=np.float64)
    e = np.zeros(t.shape) if entry is None else np.asarray(entry, dtype=np.float64)
    w = np.ones(t.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if not t.shape == d.shape == e.shape == w.shape or t.ndim != 1:
        raise ModelError("time, left, entry and weight must be columns of one length.")
    if (t < 0).any() or not np.isfinite(t).all() or (w < 0).any() or not np.isin(d, (0.0, 1.0)).all():
        raise ModelError("times and weights must not be negative, and left must be 0 or 1.")
    seen = (e < t) & (w > 0)
    t, d, e, w = t[seen], d[seen], e[seen], w[seen]
    if not t.size:
        raise ModelError("nobody was seen under contract, so that there is no retention curve.")
    return product_limit(e, w, t, d, w)


def product_limit(entry: Floats, entered: Floats, time: Floats, left: Floats, ended: Floats) -> Curve:
    """The same from two tallies: who entered when, and whose time ended when and how.

    Parameters
    ----------
    entry, entered: Times of entry, and how many entered then.
    time, left, ended: Times of the end, whether it was by leaving (1) or is not known (0), and how many.
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
    return Curve(times, survival, survival * np.sqrt(np.cumsum(terms)), at_risk, gone)
