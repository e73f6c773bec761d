"""Plain numbers checked at the door, so that a statistic never starts on what it cannot mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from segkit.arrays import Floats
from segkit.errors import DataError, ParameterError

Numbers: TypeAlias = npt.NDArray[Any] | Sequence[float] | Sequence[int] | Sequence[bool]
"""What a function takes where it says "array": numpy or a plain sequence, one number a customer, arm or segment."""


def vector(values: Numbers, name: str, *, length: int | None = None, nulls: bool = False) -> Floats:
    """A one-dimensional float array.

    Args:
        values: numbers; NaN stands for null.
        name: what the message calls it.
        length: the length that it must have.
        nulls: whether NaN is allowed.

    Raises:
        DataError: not one-dimensional, of another length, not a number, infinite, or null where that is not allowed.
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{name} holds something that is not a number: {error}. Pass numbers; NaN for null."
        ) from error
    if found.ndim != 1:
        raise DataError(f"{name} has {found.ndim} dimensions; one number a row is needed.")
    if length is not None and len(found) != length:
        raise DataError(f"{name} has {len(found)} values where {length} are needed: one a row, in the same order.")
    if np.isinf(found).any():
        raise DataError(f"{name} holds {int(np.isinf(found).sum())} infinite values; make them null or repair them.")
    if not nulls and np.isnan(found).any():
        raise DataError(
            f"{name} holds {int(np.isnan(found).sum())} nulls of {len(found)} values; "
            "decide what a null means (0, or leave the row out) before this step."
        )
    return found


def indicator(values: Numbers, name: str, *, length: int | None = None) -> Floats:
    """A vector of zeros and ones; anything else raises DataError."""
    found = vector(values, name, length=length)
    odd = found[(found != 0) & (found != 1)]
    if odd.size:
        raise DataError(f"{name} must hold 0 and 1 only; {odd.size} values are others, the first {odd[0]:g}.")
    return found


def share(value: float, name: str) -> float:
    """A number strictly between 0 and 1, such as a confidence level; anything else raises ParameterError."""
    if not (isinstance(value, int | float | np.floating) and math.isfinite(value) and 0 < value < 1):
        raise ParameterError(f"{name} is {value!r}; write a number strictly between 0 and 1, such as 0.95.")
    return float(value)


def positive(value: float, name: str) -> float:
    """A finite number above zero; anything else raises ParameterError."""
    if not (isinstance(value, int | float | np.integer | np.floating) and math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} is {value!r}; write a finite number above zero.")
    return float(value)
