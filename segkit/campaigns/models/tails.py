"""Revenue whose mean hangs on a few customers: a stated cap, and the share that the largest bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segkit.campaigns.models.intervals import grouped
from segkit.errors import DataError, ParameterError
from segkit.statistics.inputs import Numbers, share


@dataclass(frozen=True, slots=True)
class Cap:
    """Where values are cut, alike in every arm.

    Attributes:
        value: cap in the metric's unit; larger values count as this.
        quantile: share of the non-zero values at or below it.
        capped: customers whose value is above.
        customers: all, zeros included.
        removed: sum that the cap takes away, as a share of the total of positive values.
    """

    value: float
    quantile: float
    capped: int
    customers: int
    removed: float


def pooled_cap(values: Numbers, counts: Numbers, *, quantile: float = 0.99) -> Cap:
    """The cap that all arms share, a quantile of the customers who spent at all.

    Taken over everybody, the quantile of revenue that most customers do not bring would be zero, and nothing remain.

    Parameters:
        values, counts: distinct values over all arms together, and customers with each.
        quantile: share of values above zero that stay as they are.

    Raises:
        DataError: nobody has a value above zero.
    """
    v, c = grouped(values, counts)
    q = share(quantile, "quantile")
    some = v > 0
    if not some.any():
        raise DataError("no value is above zero, so that there is nothing to cap.")
    cumulative = np.cumsum(c[some])
    cap = float(v[some][int(np.searchsorted(cumulative, q * cumulative[-1] * (1 - 1e-12)))])
    over = v > cap
    removed = float((v[over] - cap) @ c[over]) / float(v[some] @ c[some])
    return Cap(cap, q, int(c[over].sum()), int(c.sum()), removed)


def winsorised(values: Numbers, cap: float) -> np.typing.NDArray[np.float64]:
    """Values with those above the cap brought down to it; nulls (NaN) stay null.

    >>> winsorised([0, 5, 500], 100).tolist()
    [0.0, 5.0, 100.0]
    """
    if not np.isfinite(cap) or cap <= 0:
        raise ParameterError(f"cap is {cap!r}; write a finite number above zero, such as `pooled_cap` gives.")
    return np.minimum(np.asarray(values, dtype=np.float64), cap)


def top_share(values: Numbers, counts: Numbers, top: float = 0.01) -> float:
    """Share of the total that the largest customers bring.

    Parameters:
        values, counts: distinct values and customers with each.
        top: share of customers, rounded up to whole customers.

    Raises:
        DataError: the total is not above zero.

    >>> top_share([0, 1, 97], [98, 1, 1])
    0.9897959183673469
    """
    v, c = grouped(values, counts)
    total = float(v @ c)
    if total <= 0:
        raise DataError(f"the total is {total:g}; shares of it need a total above zero.")
    room = np.ceil(share(top, "top") * c.sum() * (1 - 1e-12))
    from_top = c[::-1]
    taken = np.clip(room - (np.cumsum(from_top) - from_top), 0, from_top)
    return float(v[::-1] @ taken) / total
