"""Distinct cells with weights, which models are fitted on, checked before anything is computed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from segkit.arrays import Floats, Indices
from segkit.errors import ModelError
from segkit.statistics.told import Figure, Told


@dataclass(frozen=True, slots=True)
class Requirements:
    """What data must offer before a model is fitted. With less, the fit is refused and the error says what is
    missing.
    """

    customers: float = 100.0
    """Fewest customers (sum of weights)."""
    repeaters: float = 30.0
    """Fewest customers who bought again (for Gamma-Gamma: whose spend is known; for retention: who left)."""
    history: float = 0.0
    """Least length of the longest T, in the caller's unit of time."""
    gaps: float = 2.0
    """Least length of the longest T in mean gaps between purchases of repeaters. A history shorter than a couple of
    gaps
    cannot tell a customer who left from one who is between two purchases."""

    def ask_customers(self, model: str, customers: float) -> None:
        """Refuse too few customers.

        Raises:
            ModelError: there are fewer than `customers`.
        """
        if customers < self.customers:
            raise ModelError(
                Told.of(
                    "{model}: {customers} customers are too few; at least {least} are needed.",
                    model=model,
                    customers=Figure(customers, "count"),
                    least=Figure(self.customers, "count"),
                )
            )

    def ask_repeaters(self, model: str, repeaters: float, customers: float, did: str) -> None:
        """Refuse too few customers who did what the model learns from.

        Args:
            model: what a reader calls it.
            repeaters: how many did it.
            customers: of how many.
            did: what they have done, in words.

        Raises:
            ModelError: there are fewer than `repeaters`.
        """
        if repeaters < self.repeaters:
            raise ModelError(
                Told.of(
                    "{model}: {repeaters} of {customers} customers have {did}; at least {least} are needed.",
                    model=model,
                    repeaters=Figure(repeaters, "count"),
                    customers=Figure(customers, "count"),
                    did=did,
                    least=Figure(self.repeaters, "count"),
                )
            )


STANDARD: Final = Requirements()
"""Requirements where the caller states none."""

SKETCH: Final = 1_000
"""How many cells are enough to come near the maximum."""


@dataclass(frozen=True, eq=False)
class Levels:
    """A column by its distinct values, so that special functions are computed once for each."""

    values: Floats
    """Distinct values, ascending, shape (m,)."""
    index: Indices
    """For each cell, the position of its value, shape (n,)."""

    @classmethod
    def of(cls, column: Floats) -> Levels:
        """Find the distinct values of a column."""
        values, index = np.unique(column, return_inverse=True)
        return cls(values, index.reshape(column.shape))

    def total(self, weight: Floats) -> Floats:
        """Return the sum of the weights of the cells of each distinct value, shape (m,)."""
        return np.bincount(self.index, weights=weight, minlength=self.values.size).astype(np.float64)


@dataclass(frozen=True, eq=False)
class PurchaseCells:
    """Customers grouped by purchase history; the order of what came in leaves no trace.

    `frequency`, `recency` and `T` mean what they mean in the literature: the occasions after the first, the time from
    the first occasion to the last, and the time from the first occasion to the end of observation.
    """

    frequency: Floats
    """Repeat purchases x, whole numbers ≥ 0, shape (n,)."""
    recency: Floats
    """Time from the first to the last purchase t_x, 0 where x is 0, caller's unit."""
    T: Floats
    """Time from the first purchase to the end of the observation, ≥ t_x."""
    weight: Floats
    """Customers in the cell, > 0."""

    @classmethod
    def of(
        cls, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, weight: ArrayLike | None = None
    ) -> PurchaseCells:
        """Check, sort and merge columns: equal cells become one, and cells without weight are dropped.

        Raises:
            ModelError: columns differ in length, or a customer cannot have such values; the message names the first
                row.
        """
        columns = {"frequency": frequency, "recency": recency, "T": T}
        given = column_set(columns | {"weight": 1.0 if weight is None else weight})
        check_history(given["frequency"], given["recency"], given["T"])
        check_weight(given["weight"])
        x, t_x, end, count = merge(given["frequency"], given["recency"], given["T"], weight=given["weight"])
        return cls(x, t_x, end, count)

    @cached_property
    def x(self) -> Levels:
        """The distinct frequencies."""
        return Levels.of(self.frequency)

    @cached_property
    def t_x(self) -> Levels:
        """The distinct recencies."""
        return Levels.of(self.recency)

    @cached_property
    def end(self) -> Levels:
        """The distinct T."""
        return Levels.of(self.T)

    @property
    def customers(self) -> float:
        """The sum of the weights."""
        return float(self.weight.sum())

    def scaled(self, unit: float) -> PurchaseCells:
        """Return the same customers with time measured in `unit`."""
        return PurchaseCells(self.frequency, self.recency / unit, self.T / unit, self.weight)

    def thinned(self, cells: int) -> PurchaseCells:
        """Return about `cells` cells, evenly spaced in the order of frequency, recency and T, or all."""
        every = slice(None, None, max(1, self.weight.size // cells))
        return PurchaseCells(self.frequency[every], self.recency[every], self.T[every], self.weight[every])

    def require(self, needs: Requirements, model: str) -> None:
        """Refuse data that the model should not be fitted on.

        Raises:
            ModelError: the data are too few; the message says what is missing, what was seen, and the rule.
        """
        if not self.weight.size:
            raise ModelError(Told.of("{model}: there are no customers to fit on.", model=model))
        repeat = self.frequency > 0
        repeaters = float(self.weight[repeat].sum())
        longest = float(self.T.max())
        needs.ask_customers(model, self.customers)
        if repeaters == 0:
            raise ModelError(
                Told.of(
                    "{model}: none of the {customers} customers has bought again, so nothing is known about when "
                    "customers return. Use a longer history, or report past value only.",
                    model=model,
                    customers=Figure(self.customers, "count"),
                )
            )
        needs.ask_repeaters(model, repeaters, self.customers, "bought again")
        if longest < needs.history:
            raise ModelError(
                Told.of(
                    "{model}: the history is too short: the longest-known customer was observed for {longest} units "
                    "of time; at least {least} are needed.",
                    model=model,
                    longest=Figure(round(longest, 2), "number"),
                    least=Figure(needs.history, "number"),
                )
            )
        gap = float(self.weight[repeat] @ self.recency[repeat] / (self.weight[repeat] @ self.frequency[repeat]))
        if longest < needs.gaps * gap:
            raise ModelError(
                Told.of(
                    "{model}: the history is too short: the longest-known customer was observed for {longest} units "
                    "of time, and repeaters buy every {gap}; at least {gaps} such gaps are needed to tell who has "
                    "left from who is between two purchases.",
                    model=model,
                    longest=Figure(round(longest, 2), "number"),
                    gap=Figure(gap, "index"),
                    gaps=Figure(needs.gaps, "number"),
                )
            )


def column_set(columns: dict[str, ArrayLike]) -> dict[str, Floats]:
    """Return columns as one-dimensional arrays of one length, all finite.

    Raises:
        ModelError: columns are not numbers, differ in length, or hold NaN or infinity.
    """
    arrays: dict[str, Floats] = {}
    for name, column in columns.items():
        try:
            arrays[name] = np.atleast_1d(np.asarray(column, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise ModelError(Told.own(f"{name} must be numbers: {error}")) from error
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError as error:
        seen = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ModelError(Told.own(f"the columns must have one length; they have {seen}.")) from error
    if len(shape) != 1:
        raise ModelError(Told.own(f"the columns must be one-dimensional; their shape is {shape}."))
    for name, array in arrays.items():
        refuse_rows(name, array, ~np.isfinite(array), "must be a finite number")
    return {name: np.broadcast_to(array, shape) for name, array in arrays.items()}


def refuse_rows(name: str, array: Floats, bad: np.ndarray[tuple[int, ...], np.dtype[np.bool]], rule: str) -> None:
    """Raise a ModelError on the first bad row, if there is one."""
    where = np.flatnonzero(bad)
    if where.size:
        seen = float(array.reshape(-1)[where[0]])
        raise ModelError(
            Told.own(
                f"{name} {rule}; row {int(where[0])} has {seen:g} ({where.size:,} of {bad.size:,} rows break the rule)."
            )
        )


def check_history(frequency: Floats, recency: Floats, T: Floats) -> None:
    """Check that purchase histories are possible, for fits and for predictions.

    Raises:
        ModelError: a history is impossible; the message names the first such row.
    """
    refuse_rows("frequency", frequency, frequency < 0, "must not be negative")
    refuse_rows("frequency", frequency, frequency != np.floor(frequency), "must be a whole number")
    refuse_rows("recency", recency, recency < 0, "must not be negative")
    refuse_rows("T", T, T < 0, "must not be negative")
    refuse_rows("recency", recency, recency > T, "must not exceed T (both count from the first purchase)")
    refuse_rows(
        "recency",
        recency,
        (frequency == 0) & (recency > 0),
        "must be 0 where frequency is 0 (the first purchase is the last)",
    )
    refuse_rows(
        "recency",
        recency,
        (frequency > 0) & (recency == 0),
        "must be above 0 where frequency is (purchases at one time are one purchase)",
    )


def check_weight(weight: Floats) -> None:
    """Check that weights are not negative; `column_set` has checked that they are finite."""
    refuse_rows("weight", weight, weight < 0, "must not be negative")


def merge(*columns: Floats, weight: Floats) -> tuple[Floats, ...]:
    """Sort rows by their columns, merge equal ones and add their weights; rows without weight are dropped.

    Returns:
        The columns and the weights of the distinct rows.
    """
    keep = weight > 0
    columns = tuple(column[keep] for column in columns)
    weight = weight[keep]
    if (whole := _merge_whole(columns, weight)) is not None:
        return whole
    # sorted by weight last, so that equal rows add up in one order, whatever order they came in
    differs = bool(weight.size) and weight.min() != weight.max()
    order = np.lexsort((weight, *reversed(columns)) if differs else columns[::-1])
    columns = tuple(column[order] for column in columns)
    weight = weight[order]
    if not weight.size:
        return (*columns, weight)
    first = np.ones(weight.size, dtype=np.bool)
    first[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    starts = np.flatnonzero(first)
    return (*(column[starts] for column in columns), np.add.reduceat(weight, starts))


def _merge_whole(columns: tuple[Floats, ...], weight: Floats) -> tuple[Floats, ...] | None:
    """Merge single customers with whole numbers; this is several times as fast, since a row is one number.

    None where a weight is not 1, a column is not whole numbers, or a row does not fit into 62 bits.
    """
    if not weight.size or bool(np.any(weight != 1.0)):
        return None
    if any(bool(np.any(column != np.floor(column))) or column.min() < 0 for column in columns):
        return None
    sizes = [int(column.max()) + 1 for column in columns]
    if math.prod(sizes) >= 2**62:
        return None
    code = np.zeros(weight.size, dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        code = code * size + column.astype(np.int64)
    codes, counts = np.unique(code, return_counts=True)
    out: list[Floats] = []
    for size in reversed(sizes):
        codes, rest = np.divmod(codes, size)
        out.append(rest.astype(np.float64))
    return (*reversed(out), counts.astype(np.float64))
