"""What every model of repeat buying without a contract can compute."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from segkit.arrays import Floats, Indices
from segkit.errors import ModelError
from segkit.forecast.models.histories import check_history
from segkit.forecast.models.optimise import Fit
from segkit.statistics.told import Told


@dataclass(frozen=True, eq=False)
class PurchaseModel(ABC):
    """A model of when customers buy, and when they silently stop.

    Every method takes histories as the fit did: `frequency` is the number of repeat purchases, `recency` the time
    from the first purchase to the last, and `T` the time observed since the first purchase. `recency`, `T` and
    `horizon` are in the unit of time of the fit. Histories are broadcast against each other, and results have that
    shape. No result is null: an impossible history or horizon raises a ModelError.
    """

    label: ClassVar[str]
    """Name of the model in words."""
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
        values = np.asarray(parameters, dtype=np.float64)
        return type(self)(*(float(value) for value in values))

    def __post_init__(self) -> None:
        for name in self.parameter_names:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ModelError(Told.own(f"{self.label}: {name} must be a finite number above 0; it is {value!r}."))

    # histories

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the probability that the customer has not left by T, given the history."""
        x, t_x, end = self._histories(frequency, recency, T)
        return self._alive(x, t_x, end)

    def expected_purchases(self, horizon: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the purchases expected in (T, T + horizon], given the history."""
        return self.discounted_purchases(
            frequency, recency, T, rate=0.0, horizon=checked_duration("horizon", horizon)
        )

    def variance_of_purchases(self, horizon: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the variance of the purchases in (T, T + horizon], given the history and the parameters."""
        horizon = checked_duration("horizon", horizon)
        x, t_x, end = self._histories(frequency, recency, T)
        alive = self._alive(x, t_x, end)
        mean, pairs = self._by_pair(x, end, lambda xs, ends: self._moments_if_alive(horizon, xs, ends))
        mean = alive * mean
        return np.maximum(alive * pairs + mean - mean**2, 0.0)

    def probability_no_purchase(
        self, horizon: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike
    ) -> Floats:
        """Return the probability of no purchase in (T, T + horizon], given the history.

        Such a customer has left, or is waiting.
        """
        horizon = checked_duration("horizon", horizon)
        x, t_x, end = self._histories(frequency, recency, T)
        alive = self._alive(x, t_x, end)
        (silent,) = self._by_pair(x, end, lambda xs, ends: (self._silent_if_alive(horizon, xs, ends),))
        return np.clip(1.0 - alive + alive * silent, 0.0, 1.0)

    def discounted_purchases(
        self,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        *,
        rate: float,
        horizon: float = math.inf,
    ) -> Floats:
        """Return the purchases expected after T, each discounted to T (DERT).

        Args:
            frequency, recency, T: the history.
            rate: the continuously compounded discount rate per unit of time, ≥ 0; see `continuous_rate`.
            horizon: purchases after T + horizon do not count; it may be infinite where rate > 0.
        """
        horizon = checked_duration("horizon", horizon, infinite=True)
        rate = checked_duration("rate", rate)
        if rate == 0 and math.isinf(horizon):
            raise ModelError(
                Told.own("rate must be above 0 where the horizon is infinite; give a rate or a finite horizon.")
            )
        x, t_x, end = self._histories(frequency, recency, T)
        if horizon == 0:
            return np.zeros(x.shape)
        alive = self._alive(x, t_x, end)
        (value,) = self._by_pair(x, end, lambda xs, ends: (self._discounted_if_alive(rate, horizon, xs, ends),))
        return alive * value

    # simulation

    @abstractmethod
    def simulate(self, T: ArrayLike, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw the frequency and recency of new customers who are observed for times T, shape (n,)."""

    # what each model defines; arrays are checked and of one shape

    @abstractmethod
    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats: ...

    @abstractmethod
    def _discounted_if_alive(self, rate: float, horizon: float, x: Floats, T: Floats) -> Floats:
        """Return the discounted purchases after T of a customer who is alive at T, for each pair (x, T); horizon > 0."""

    @abstractmethod
    def _moments_if_alive(self, horizon: float, x: Floats, T: Floats) -> tuple[Floats, Floats]:
        """Return E[Y] and E[Y(Y−1)] of a customer who is alive at T."""

    @abstractmethod
    def _silent_if_alive(self, horizon: float, x: Floats, T: Floats) -> Floats:
        """Return the probability of no purchase in the horizon for a customer who is alive at T."""

    @staticmethod
    def _histories(frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> tuple[Floats, Floats, Floats]:
        try:
            x, t_x, end = np.broadcast_arrays(
                *(np.asarray(column, dtype=np.float64) for column in (frequency, recency, T))
            )
        except (TypeError, ValueError) as error:
            raise ModelError(Told.own(f"frequency, recency and T must be numbers of one shape: {error}")) from error
        for name, column in (("frequency", x), ("recency", t_x), ("T", end)):
            if not np.isfinite(column).all():
                raise ModelError(
                    Told.own(f"{name} must be finite; row {int(np.argmin(np.isfinite(column)))} is not.")
                )
        check_history(x, t_x, end)
        return x, t_x, end

    @staticmethod
    def _by_pair(x: Floats, T: Floats, compute: Callable[[Floats, Floats], tuple[Floats, ...]]) -> tuple[Floats, ...]:
        """Compute once for each distinct (x, T), and give every row its value."""
        xs, x_at = np.unique(x, return_inverse=True)
        ends, end_at = np.unique(T, return_inverse=True)
        code: Indices = x_at.ravel() * ends.size + end_at.ravel()
        pairs, at = np.unique(code, return_inverse=True)
        values = compute(xs[pairs // ends.size], ends[pairs % ends.size])
        return tuple(value[at].reshape(x.shape) for value in values)


def checked_duration(name: str, value: float, *, infinite: bool = False) -> float:
    """Check that a value is a number ≥ 0, and return it as a float.

    Raises:
        ModelError: it is something else, or infinite where that is not allowed.
    """
    number = float(value)
    if not number >= 0 or (math.isinf(number) and not infinite):
        raise ModelError(Told.own(f"{name} must be a {'' if infinite else 'finite '}number ≥ 0; it is {number!r}."))
    return number


def continuous_rate(annual_rate: float, units_per_year: float) -> float:
    """Convert an effective annual rate to the continuously compounded rate per unit of time.

    Args:
        annual_rate: the effective rate of a year, ≥ 0, such as 0.10.
        units_per_year: the units of time in a year: 365.25 for days, 365.25/7 for weeks, 12 for months.

    >>> round(continuous_rate(0.15, 365.25 / 7), 6)
    0.002679
    """
    rate = checked_duration("annual_rate", annual_rate)
    if not (math.isfinite(units_per_year) and units_per_year > 0):
        raise ModelError(Told.own(f"units_per_year must be a finite number above 0; it is {units_per_year!r}."))
    return math.log1p(rate) / units_per_year
