"""Records of campaigns whose recipients were chosen: balance and adjusted comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segkit.campaigns.models.observational import AdjustedEstimate
from segkit.campaigns.models.sensitivity import Robustness
from segkit.campaigns.models.verdict import Verdict
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal

if TYPE_CHECKING:
    from segkit.campaigns.records import LiftMetric


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


@dataclass(frozen=True, slots=True)
class ChosenComparison:
    """A campaign whose recipients were chosen: one metric.

    Attributes:
        metric, arm: what is compared.
        naive: plain difference of means.
        estimates: regression, inverse-propensity and doubly robust; empty where the groups are not comparable.
        before_after: difference in differences; None where there is no before.
        parallel: the same between two periods before, which should find nothing; None likewise.
        robustness: how strong something unknown must be to explain the regression away; None without one.
    """

    metric: LiftMetric
    arm: str
    naive: Effect | Refusal
    estimates: tuple[AdjustedEstimate, ...]
    before_after: Effect | Refusal | None
    parallel: Effect | Refusal | None
    robustness: Robustness | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Everything about comparability of chosen recipients, and the comparisons of every arm with the others.

    Attributes:
        balance: a row an arm and covariate.
        verdicts: checks of comparability.
        comparisons: one an arm and metric.
        cells: of customers with equal covariates.
        unadjusted: what is known of the customers, tested for balance and not taken out.
    """

    balance: tuple[BalanceRow, ...]
    verdicts: tuple[Verdict, ...]
    comparisons: tuple[ChosenComparison, ...]
    cells: int
    unadjusted: tuple[str, ...] = ()
