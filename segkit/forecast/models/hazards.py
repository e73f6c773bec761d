"""Chances of leaving at each month of tenure: counted where contracts were under observation, by a model beyond.

A model of retention has two or three parameters. Where contracts run out after two years, or where ends have been
known for a few months only and contracts are up to ten years old, no such curve fits every age. Counts do: how many
contracts were under observation at each number of renewals, and how many of them left (left truncation and censoring
as in a life table). Few contracts say little, so each count leans on the model as if `strength` further contracts had
behaved like it. The strength is the one that makes the counts likeliest: large where the model fits them, small where
it does not (empirical Bayes; beta-binomial). Beyond the longest tenure seen, the model says how chances go on, and
the last twelve counted months say at which level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from segkit.arrays import Floats
from segkit.forecast.models.contractual import RenewalCells, RetentionModel
from segkit.forecast.models.optimise import Fit
from segkit.statistics.told import Figure, Told

_STRENGTHS: Final = np.geomspace(2.0, 2e6, 61)
_LAST: Final = 12
"""How many of the last counted months set the level of what lies beyond them."""
_LEVEL: Final = 5.0
"""Leavers added as the model expects them: so a level that rests on few leavers stays near the model's."""
_CLOSE: Final = 1e5
"""From this strength on, the counts say the same as the model."""


@dataclass(frozen=True, eq=False)
class CountedRetention:
    """Retention with counted chances of leaving. It offers what a `RetentionModel` offers."""

    model: RetentionModel | CountedRetention
    """What the counts lean on and what holds beyond them: a model, or the counts of a larger group."""
    at_risk: Floats
    """Contracts under observation when renewal 1, 2, … was due; shape (n,)."""
    gone: Floats
    """How many of them did not make it."""
    strength: float
    """How many further contracts the model counts for at each renewal."""

    @classmethod
    def of(
        cls, model: RetentionModel | CountedRetention, cells: RenewalCells, strength: float = float(_STRENGTHS[-1])
    ) -> CountedRetention:
        """Return the counted chances of leaving with a given strength; `counted_retention` finds the strength, too."""
        last = int(cells.renewal.max(initial=0.0))
        renewals = np.arange(1, last + 1, dtype=np.float64)
        there = (cells.renewal >= renewals[:, None]) @ cells.weight - (
            cells.entry >= renewals[:, None]
        ) @ cells.entered
        gone = ((cells.renewal == renewals[:, None]) & (cells.left == 1)) @ cells.weight
        seen = int(np.flatnonzero(there > 0)[-1]) + 1 if (there > 0).any() else 0
        return cls(model, there[:seen], gone[:seen], strength)

    @property
    def label(self) -> str:
        """The name of the model."""
        return self.model.label

    @property
    def fit(self) -> Fit | None:
        """The fit of the model."""
        return self.model.fit

    @property
    def counted(self) -> int:
        """The last renewal that was counted."""
        return int(self.at_risk.size)

    @property
    def message(self) -> str:
        """How chances of leaving are computed, in words."""
        if not self.counted or self.strength >= _CLOSE:
            return Told.of("Counted month by month, chances of leaving are those of {model}.", model=self.label)
        return Told.of(
            "Chances of leaving are counted month by month to month {months}, leaning on {model} as on {further} further "
            "contracts a month; beyond it they go on as {model} says.",
            months=Figure(self.counted, "count"),
            model=self.label,
            further=Figure(self.strength, "count"),
        )

    def hazard(self, renewal: ArrayLike) -> Floats:
        """Return the probability of not making the given renewal (1 is the first), of customers who made all before."""
        number = np.asarray(renewal, dtype=np.float64)
        by_model = self._by_model(number)
        at = np.clip(number.astype(np.int64) - 1, 0, max(self.counted - 1, 0))
        inside = number <= self.counted
        there, gone = (np.where(inside, column[at], 0.0) if self.counted else 0.0 * number for column in self._counts)
        beyond = np.minimum(by_model * np.where(inside, 1.0, self.level), 1.0)
        return np.asarray((gone + self.strength * beyond) / (there + self.strength))

    @property
    def level(self) -> float:
        """How many times as many left in the last counted year of tenure as the model says."""
        last = slice(max(self.counted - _LAST, 0), self.counted)
        expected = float(self.at_risk[last] @ self._by_model(np.arange(last.start + 1.0, last.stop + 1.0)))
        return (float(self.gone[last].sum()) + _LEVEL) / (expected + _LEVEL)

    def _by_model(self, renewal: Floats) -> Floats:
        return np.asarray(1.0 - self.model.retention(renewal))

    def retention(self, renewal: ArrayLike) -> Floats:
        """Return the probability of making the given renewal (1 is the first), of customers who made all before."""
        return 1.0 - self.hazard(renewal)

    def survival(self, renewals: ArrayLike, *, tenure: ArrayLike = 0) -> Floats:
        """Return the probability of making `renewals` further renewals, for a customer who has made `tenure`."""
        more, made = np.asarray(renewals, dtype=np.int64), np.asarray(tenure, dtype=np.int64)
        last = int(np.max(more + made, initial=0))
        chance = self.hazard(np.arange(1, last + 1)) if last else np.zeros(0)
        log_stay = np.concatenate([[0.0], np.cumsum(np.log1p(-np.minimum(chance, 1.0 - 1e-15)))])
        return np.asarray(np.exp(log_stay[made + more] - log_stay[made]))

    def months_to_come(self, months: int, tenure: float, part: float = 0.0) -> float:
        """Return the mean renewals among the next so many, of a customer who is part of a month past the last one."""
        stay = self.survival(np.arange(1, months + 1), tenure=tenure)
        return float(stay.sum() / stay[0] ** part)

    @property
    def _counts(self) -> tuple[Floats, Floats]:
        return self.at_risk, self.gone


def counted_retention(model: RetentionModel | CountedRetention, cells: RenewalCells) -> CountedRetention:
    """Return the counted chances of leaving, which lean on the model as far as it fits the counts.

    Args:
        model: a model fitted to the same cells, or counts of a larger group.
        cells: how many renewals customers made, who left when, and who came under observation late.
    """
    found = CountedRetention.of(model, cells)
    if not found.counted:
        return found
    chance = np.clip(1.0 - model.retention(np.arange(1, found.counted + 1)), 1e-12, 1.0 - 1e-12)
    first, second = _STRENGTHS[:, None] * chance, _STRENGTHS[:, None] * (1.0 - chance)
    stayed = found.at_risk - found.gone
    likelihood = (special.betaln(found.gone + first, stayed + second) - special.betaln(first, second)).sum(axis=1)
    return CountedRetention(model, found.at_risk, found.gone, float(_STRENGTHS[int(np.argmax(likelihood))]))
