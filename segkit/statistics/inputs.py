"""Checks of plain numbers, so that a statistic never starts on numbers that make no sense to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from segkit.arrays import Floats
from segkit.errors import DataError, ParameterError

Numbers: TypeAlias = npt.NDArray[Any] | Sequence[float] | Sequence[int] | Sequence[bool]
"""A numpy array or a plain sequence, with one number per customer, arm or segment."""


def vector(values: Numbers, name: str, *, length: int | None = None, nulls: bool = False) -> Floats:
    """Turn values into a one-dimensional float array.

    Args:
        values: numbers; NaN stands for null.
        name: what an error calls them.
        length: the length that it must have.
        nulls: whether NaN is allowed.

    Raises:
        DataError: the values are not one-dimensional or have another length; or one of them is not a number,
            infinite, or null where that is not allowed.
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{name} holds something that is not a number: {error}. Pass numbers; NaN for null."
        ) from error
    if found.ndim != 1:
        raise DataError(f"{name} has {found.ndim} dimensions; give one number per row.")
    if length is not None and len(found) != length:
        raise DataError(f"{name} has {len(found)} values where {length} are needed: one per row, in the same order.")
    if np.isinf(found).any():
        raise DataError(f"{name} holds {int(np.isinf(found).sum())} infinite values; make them null or repair them.")
    if not nulls and np.isnan(found).any():
        raise DataError(
            f"{name} holds {int(np.isnan(found).sum())} nulls of {len(found)} values; "
            "decide what a null means (0, or leave the row out) before this step."
        )
    return found


def indicator(values: Numbers, name: str, *, length: int | None = None) -> Floats:
    """Turn values into a vector of zeros and ones.

    Raises:
        DataError: a value is neither 0 nor 1.
    """
    found = vector(values, name, length=length)
    odd = found[(found != 0) & (found != 1)]
    if odd.size:
        raise DataError(f"{name} must hold 0 and 1 only; {odd.size} values are others, the first {odd[0]:g}.")
    return found


def share(value: float, name: str) -> float:
    """Check that a number, such as a confidence level, lies strictly between 0 and 1, and return it.

    Raises:
        ParameterError: it does not.
    """
    if not (isinstance(value, int | float | np.floating) and math.isfinite(value) and 0 < value < 1):
        raise ParameterError(f"{name} is {value!r}; write a number strictly between 0 and 1, such as 0.95.")
    return float(value)


def positive(value: float, name: str) -> float:
    """Check that a number is finite and above zero, and return it.

    Raises:
        ParameterError: it is not.
    """
    if not (isinstance(value, int | float | np.integer | np.floating) and math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} is {value!r}; write a finite number above zero.")
    return float(value)
