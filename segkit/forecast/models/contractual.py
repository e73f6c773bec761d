"""Contractual retention: cells of renewals, and what every model of retention can compute."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.forecast.models.histories import Requirements, check_weight, column_set, merge, refuse_rows
from segkit.forecast.models.optimise import Fit
from segkit.statistics.told import Figure, Told

Late = tuple[ArrayLike, ArrayLike]
"""Renewals made when observation began, and by how many customers."""


@dataclass(frozen=True, eq=False)
class RenewalCells:
    """Customers grouped by how long they have stayed, and whether they have left."""

    renewal: Floats
    """For a customer who left, the number of the renewal that was not made (1 is the first). Otherwise, renewals made
    so far.
    """
    left: Floats
    """1 where the customer left at that renewal, 0 where the customer is still there."""
    weight: Floats
    """Customers in the cell, > 0."""
    entry: Floats = field(default_factory=lambda: np.zeros(0))
    """Renewals made when observation began, > 0, for customers who came late; shape (m,)."""
    entered: Floats = field(default_factory=lambda: np.zeros(0))
    """How many customers came so late, > 0; shape (m,)."""

    @classmethod
    def of(
        cls, renewal: ArrayLike, left: ArrayLike, weight: ArrayLike | None = None, late: Late | None = None
    ) -> RenewalCells:
        """Check, sort and merge columns of cells.

        Args:
            renewal, left, weight: columns of the cells; a weight of None counts one customer each.
            late: the renewals that customers had made when observation began, and how many such customers there are.
                Others who had left before are unknown, so these customers count given that they had stayed so long
                (left truncation). None: all are seen from their start.

        Raises:
            ModelError: columns differ in length, or a customer cannot have such values; the message names the first
                row.
        """
        given = column_set({"renewal": renewal, "left": left, "weight": 1.0 if weight is None else weight})
        n, gone = given["renewal"], given["left"]
        refuse_rows("renewal", n, (n < 0) | (n != np.floor(n)), "must be a whole number ≥ 0")
        refuse_rows("left", gone, (gone != 0) & (gone != 1), "must be 0 or 1")
        refuse_rows(
            "renewal", n, (gone == 1) & (n < 1), "must be 1 or more where the customer left (1: the first renewal)"
        )
        check_weight(given["weight"])
        entry, entered = late if late is not None else (np.zeros(0), np.zeros(0))
        late_ones = column_set({"late renewals": entry, "late customers": entered})
        made, many = late_ones["late renewals"], late_ones["late customers"]
        refuse_rows("late renewals", made, (made < 0) | (made != np.floor(made)), "must be a whole number ≥ 0")
        check_weight(many)
        if many.sum() > given["weight"].sum() * (1 + 1e-9):
            raise ModelError(
                Told.own(
                    f"{many.sum():g} customers came late, of {given['weight'].sum():g} in all; count the same "
                    f"customers."
                )
            )
        keep = made > 0
        cells = merge(n, gone, weight=given["weight"])
        return cls(cells[0], cells[1], cells[2], *merge(made[keep], weight=many[keep]))

    @classmethod
    def from_survivors(cls, *cohorts: Sequence[float]) -> RenewalCells:
        """Make cells from the customers of each cohort at renewals 0, 1, 2 …, such as (1000, 869, 743).

        Raises:
            ModelError: a cohort grows, or counts are not finite numbers ≥ 0.
        """
        renewal: list[float] = []
        left: list[float] = []
        weight: list[float] = []
        for number, cohort in enumerate(cohorts):
            counts = column_set({f"cohort {number}": list(cohort)})[f"cohort {number}"]
            lost = -np.diff(counts)
            if np.any(counts < 0) or np.any(lost < 0):
                raise ModelError(
                    Told.own(
                        f"cohort {number}: the customers left at each renewal must be ≥ 0 and never grow; they are "
                        f"{counts.tolist()}."
                    )
                )
            renewal += [*range(1, counts.size), counts.size - 1]
            left += [1.0] * lost.size + [0.0]
            weight += [*lost.tolist(), float(counts[-1])]
        return cls.of(renewal, left, weight)

    @property
    def terms(self) -> tuple[Floats, Floats, Floats]:
        """The terms (renewal, left, weight) of the log-likelihood.

        A customer who came late adds ln P(renewal, left) − ln S(entry). The second term is that of a customer who is
        still there at the entry, with a negative weight.
        """
        return (
            np.concatenate([self.renewal, self.entry]),
            np.concatenate([self.left, np.zeros(self.entry.size)]),
            np.concatenate([self.weight, -self.entered]),
        )

    @property
    def customers(self) -> float:
        """The sum of the weights."""
        return float(self.weight.sum())

    def require(self, needs: Requirements, model: str, renewals: int) -> None:
        """Refuse data that the model should not be fitted on.

        Raises:
            ModelError: the data are too few; the message says what is missing.
        """
        needs.ask_customers(model, self.customers)
        gone = float(self.weight @ self.left)
        if gone == 0:
            raise ModelError(
                Told.of(
                    "{model}: none of the {customers} customers has left; there is no churn to fit.",
                    model=model,
                    customers=Figure(self.customers, "count"),
                )
            )
        needs.ask_repeaters(model, gone, self.customers, "left")
        reached = float(self.renewal.max())
        if reached < renewals:
            raise ModelError(
                Told.of(
                    "{model}: the history reaches renewal {reached}; at least {renewals} renewals are needed to tell "
                    "how retention changes with tenure.",
                    model=model,
                    reached=Figure(reached, "number"),
                    renewals=Figure(renewals, "count"),
                )
            )


@dataclass(frozen=True, eq=False)
class RetentionModel(ABC):
    """A model of how many renewals customers under contract make. Time counts in renewals."""

    label: ClassVar[str]
    parameter_names: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def fit(self) -> Fit | None:
        """The fit that the parameters come from; None where they were given."""

    @property
    def parameters(self) -> Floats:
        """The parameters in the order of `parameter_names`, shape (k,)."""
        return np.array([getattr(self, name) for name in self.parameter_names])

    def with_parameters(self, parameters: ArrayLike) -> Self:
        """Return the same model with other parameters and without a fit."""
        return type(self)(*(float(value) for value in np.asarray(parameters, dtype=np.float64)))

    def __post_init__(self) -> None:
        for name in self.parameter_names:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ModelError(Told.own(f"{self.label}: {name} must be a finite number above 0; it is {value!r}."))

    @abstractmethod
    def _log_survival(self, renewals: Floats) -> Floats:
        """Return ln of the probability that a new customer makes so many renewals."""

    @abstractmethod
    def simulate(self, customers: int, rng: np.random.Generator) -> Floats:
        """Draw the renewal at which each of so many new customers leaves; 1 is the first."""

    def survival(self, renewals: ArrayLike, *, tenure: ArrayLike = 0) -> Floats:
        """Return the probability of making `renewals` further renewals, for a customer who has made `tenure`.

        Args:
            renewals: whole numbers ≥ 0.
            tenure: renewals already made, whole numbers ≥ 0, broadcastable.
        """
        more, made = _renewals("renewals", renewals), _renewals("tenure", tenure)
        return np.asarray(np.exp(self._log_survival(made + more) - self._log_survival(made)))

    def retention(self, renewal: ArrayLike) -> Floats:
        """Return the probability of making the given renewal (1 is the first), for customers who made all before it."""
        number = _renewals("renewal", renewal)
        if np.any(number < 1):
            raise ModelError(Told.own("renewal must be 1 or more; 1 is the first."))
        return np.asarray(np.exp(self._log_survival(number) - self._log_survival(number - 1.0)))


def _renewals(name: str, value: ArrayLike) -> Floats:
    number = np.asarray(value, dtype=np.float64)
    refuse_rows(name, number, ~(np.isfinite(number) & (number >= 0)), "must be a finite number ≥ 0")
    refuse_rows(name, number, number != np.floor(number), "must be a whole number")
    return number
