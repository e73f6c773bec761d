"""Residual lifetime value: purchases still to come × what each is worth × the share that stays."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from segkit.forecast.models.cells import refuse_rows
from segkit.forecast.models.gamma_gamma import GammaGamma
from segkit.forecast.models.purchase_model import PurchaseModel
from segkit.forecast.models.special import Floats


def residual_value(
    purchases: PurchaseModel,
    spend: GammaGamma,
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    mean_spend: ArrayLike,
    *,
    rate: float,
    horizon: float = math.inf,
    margin: ArrayLike = 1.0,
) -> Floats:
    """Expected value of what a customer will still bring, discounted to T (Fader, Hardie, Lee: RFM and CLV, 2005).

    Both models hold that spend does not depend on how often a customer buys, so that the expectations multiply. In a
    cell of several customers, their average `mean_spend` gives exactly their average value.

    Parameters
    ----------
    purchases, spend: Fitted models; both take `frequency` as the repeat purchases.
    frequency, recency, T: The history, in the unit of time of the fit.
    mean_spend: Average spend of the repeat purchases; not looked at where frequency is 0.
    rate: Continuously compounded discount rate by unit of time; see `continuous_rate`.
    horizon: Purchases after T + horizon do not count. May be infinite where rate > 0.
    margin: Share of revenue that stays, a finite number; 1 gives revenue.

    Returns
    -------
    In the unit of money of `mean_spend`, of the broadcast shape. Never null.

    Raises
    ------
    ModelError
        For impossible histories, and where a mean spend does not exist.
    """
    share = np.asarray(margin, dtype=np.float64)
    refuse_rows("margin", share, ~np.isfinite(share), "must be a finite number")
    count = purchases.discounted_purchases(frequency, recency, T, rate=rate, horizon=horizon)
    return np.asarray(count * spend.expected_spend(frequency, mean_spend) * share)
