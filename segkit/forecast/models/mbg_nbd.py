"""MBG/NBD: BG/NBD in which the first purchase may be the last (Batislam, Denizel, Filiztekin 2007).

E. P. Batislam, M. Denizel, A. Filiztekin: Empirical validation and comparison of models for customer base analysis.
International Journal of Research in Marketing 24(3), 2007. Hoppe and Wagner, CBG/NBD, 2007, is the same model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from segkit.forecast.models.beta_geometric import BetaGeometric, fit_beta_geometric
from segkit.forecast.models.histories import STANDARD, Requirements


@dataclass(frozen=True, eq=False)
class MBGNBD(BetaGeometric):
    """MBG/NBD with its parameters; `PurchaseModel` says what it can compute.

    A customer may leave right after any purchase, the first included. So one-time buyers, too, may have left.

    >>> model = MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> round(float(model.probability_alive(0, 0, 0)), 3)
    0.644
    """

    label: ClassVar[str] = "MBG/NBD"
    shift: ClassVar[int] = 1


def fit_mbg_nbd(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    require: Requirements = STANDARD,
) -> MBGNBD:
    """Fit MBG/NBD by maximum likelihood.

    Arguments, result and errors are those of `fit_bg_nbd`.
    """
    return fit_beta_geometric(MBGNBD, frequency, recency, T, weight, require)
