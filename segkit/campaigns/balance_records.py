"""How far chosen recipients and the others are apart in what is known of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One covariate of contacted and other customers.

    Attributes:
        name: its column.
        treated, control: means, or shares of the value that differs most.
        before, after: difference in standard deviations as they were, and after weighting.
        adjusted: whether it is taken out, or only tested.
        arm: whose customers are compared with the others.
    """

    name: str
    treated: float
    control: float
    before: float
    after: float
    adjusted: bool = True
    arm: str = ""
