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
        label: what a reader calls it, as it stands inside a sentence.
        treated, control: mean of each group; for a text, the share of the value that differs most.
        before, after: difference in standard deviations, as it was and after weighting.
        adjusted: True where the covariate is taken out, False where it is only tested.
        arm: the arm whose customers are compared with the others.
    """

    name: str
    label: str
    treated: float
    control: float
    before: float
    after: float
    adjusted: bool = True
    arm: str = ""


@dataclass(frozen=True, slots=True)
class ChosenComparison:
    """One metric of one arm whose recipients were chosen, compared with the others.

    Attributes:
        metric, arm: what is compared.
        naive: plain difference of means.
        estimates: by regression, by inverse propensity and doubly robust; empty where the groups are not comparable.
        before_after: difference in differences; None where the data do not reach back before the campaign.
        parallel: the same between two periods before the campaign, which should find nothing; None where the data do not
            reach back so far.
        robustness: how strong an unknown variable must be to explain the regression away; None without a regression.
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
    """Comparability of chosen recipients, and the comparisons of every arm with the others.

    Attributes:
        balance: one row per arm and covariate.
        verdicts: checks of comparability.
        comparisons: one per arm and metric.
        cells: number of cells of customers with equal covariates.
        unadjusted: what else is known of the customers, as a reader calls it. It is tested for balance, and not taken out.
    """

    balance: tuple[BalanceRow, ...]
    verdicts: tuple[Verdict, ...]
    comparisons: tuple[ChosenComparison, ...]
    cells: int
    unadjusted: tuple[str, ...] = ()
