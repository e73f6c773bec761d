"""One arm and its control, ready to be ranked: arrays of the sample, and what earlier parts say of later ones."""

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
    """One arm and its control, who have the outcome; the arrays have one place a customer.

    Attributes:
        outcome: what is ranked on.
        y: its values.
        treated: 0 or 1.
        part: the parts that are taken in turn.
        features, raw: what was known before.
        columns: other outcomes and past value, by name.
        options, level: how, and of which intervals.
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
        """Share of the treated, the propensity."""
        return float(self.treated.mean())

    @property
    def sign(self) -> float:
        """1 where more of the outcome is better, else −1."""
        return 1.0 if self.outcome.better == "up" else -1.0

    @property
    def learner(self) -> UpliftLearner:
        """As asked for."""
        return "boosting" if self.options.learner == "boosting" else "linear"

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Customers whom models of the parts before can tell."""
        return self.part >= FIRST

    def places(self, score: Floats) -> Places:
        """Where a score puts the judged, each part by itself."""
        return places(score[self.judged], self.part[self.judged])

    def scores(self, y: Floats, low: Floats, high: Floats) -> Floats:
        """The judged customers' effect scores of an outcome that is expected to be `low` without and `high` with."""
        at = self.judged
        expected = np.column_stack([low[at], high[at]])
        return effect_scores(y[at], self.treated[at], self.chance, expected)

    def expected(self, y: Floats, learned: NDArray[np.bool_]) -> Floats:
        """Another outcome as models of the parts before expect it."""
        return held_out_mean(self.features, self.raw, y, self.part, learned=learned, learner=self.learner)
