"""BG/NBD: buying until a silent dropout at a purchase (Fader, Hardie, Lee 2005).

P. S. Fader, B. G. S. Hardie, K. L. Lee: "Counting Your Customers" the Easy Way. Marketing Science 24(2), 2005.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from segkit.forecast.models.beta_geometric import BetaGeometric, fit_beta_geometric
from segkit.forecast.models.histories import STANDARD, Requirements


@dataclass(frozen=True, eq=False)
class BGNBD(BetaGeometric):
    """BG/NBD with its parameters; `PurchaseModel` says what it can compute.

    A customer may leave only right after a repeat purchase. So a customer who has bought once is alive with
    certainty. This surprises readers; MBG/NBD does not have that property.

    >>> model = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> round(float(model.expected_purchases(39, 2, 30.43, 38.86)), 2)
    1.23
    """

    label: ClassVar[str] = "BG/NBD"
    shift: ClassVar[int] = 0


def fit_bg_nbd(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    require: Requirements = STANDARD,
) -> BGNBD:
    """Fit BG/NBD by maximum likelihood (the paper's equation 6).

    Args:
        frequency: repeat purchases x of each cell, whole numbers ≥ 0, shape (n,).
        recency: time of the last purchase since the first, 0 where x is 0, in any one unit.
        T: time observed since the first purchase, in that unit, ≥ recency.
        weight: customers in the cell, ≥ 0; None for one each. Grouped data give the same result as their rows.
        require: what the data must offer.

    Returns:
        The model; its `fit` says how far to trust it.

    Raises:
        ModelError: a history is impossible, or there are too few customers, too few repeaters or too short a history.
    """
    return fit_beta_geometric(BGNBD, frequency, recency, T, weight, require)
