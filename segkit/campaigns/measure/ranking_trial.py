"""One arm and its control, ready to be ranked: arrays of the sample, and what models of earlier parts say of later
ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Floats
from segkit.campaigns.models.targeting import Places, effect_scores, places
from segkit.campaigns.models.uplift import FIRST, UpliftLearner, held_out_mean
from segkit.campaigns.ranking_records import RankingOptions
from segkit.campaigns.records import LiftMetric
from segkit.learning.encoding import Feature, Raw


@dataclass(frozen=True, eq=False)
class Trial:
    """One arm and its control, where the outcome is known. Every array has one place per customer.

    Attributes:
        outcome: what is ranked on.
        y: its values.
        treated: 0 or 1.
        part: the part of each customer; parts are taken in turn.
        features, raw: the features as described, and their values before the campaign.
        columns: other outcomes and past value, by name.
        options: how customers are ranked.
        level: confidence level of intervals.
    """

    outcome: LiftMetric
    y: Floats
    treated: Floats
    part: NDArray[np.int64]
    features: Sequence[Feature]
    raw: Raw
    columns: Mapping[str, Floats]
    options: RankingOptions
    level: float

    @property
    def chance(self) -> float:
        """The share of the treated, which is the propensity."""
        return float(self.treated.mean())

    @property
    def sign(self) -> float:
        """1 where more of the outcome is better, else −1."""
        return 1.0 if self.outcome.better == "up" else -1.0

    @property
    def learner(self) -> UpliftLearner:
        """The learner that the options ask for."""
        return "boosting" if self.options.learner == "boosting" else "linear"

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Customers whom models of the parts before can rank."""
        return self.part >= FIRST

    def places(self, score: Floats) -> Places:
        """Return where a score puts the judged customers, each part by itself."""
        return places(score[self.judged], self.part[self.judged])

    def scores(self, y: Floats, low: Floats, high: Floats) -> Floats:
        """Return the judged customers' effect scores. `low` and `high` are expected outcomes without and with
        treatment.
        """
        at = self.judged
        expected = np.column_stack([low[at], high[at]])
        return effect_scores(y[at], self.treated[at], self.chance, expected)

    def expected(self, y: Floats, learned: NDArray[np.bool_]) -> Floats:
        """Return what models of the parts before expect of another outcome."""
        return held_out_mean(self.features, self.raw, y, self.part, learned=learned, learner=self.learner)
