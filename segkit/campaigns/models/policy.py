"""What a sending rule would have earned: policies compared on customers whose sending was drawn at random.

A policy says which arm each customer should get. Its value is the mean outcome had everybody been given what it says,
estimated from those who happened to be given just that (inverse propensity), made precise by a model of the outcome
(doubly robust; Dudík, Langford & Li 2011). The model may come from anywhere but these customers' own outcomes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segkit.errors import DataError, ParameterError
from segkit.statistics.inputs import FloatArray, IntArray, Numbers, matrix, share, vector
from segkit.statistics.reference import Normal

Method = Literal["inverse-propensity", "doubly-robust"]


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """Mean outcome per customer under a policy.

    Attributes:
        value: in the outcome's unit, per customer of the population.
        standard_error: of the value.
        lower, upper: normal interval at `level`.
        followed: customers whose drawn arm is the policy's; the estimate rests on them.
        effective: how many equally weighted customers they are worth.
        level: confidence level.
        method: how it was estimated.
    """

    value: float
    standard_error: float
    lower: float
    upper: float
    followed: int
    effective: float
    level: float
    method: Method


@dataclass(frozen=True, slots=True)
class PolicyComparison:
    """A policy against another on the same customers.

    Attributes:
        difference: value of the first less the second, per customer.
        standard_error: of the difference; the same customers serve both, which makes it smaller.
        lower, upper: normal interval at `level`.
        p_value: two-sided.
    """

    difference: float
    standard_error: float
    lower: float
    upper: float
    p_value: float


def policy_value(
    outcome: Numbers,
    arm: Any,
    recommended: Any,
    propensity: Any,
    *,
    predicted: Any = None,
    level: float = 0.95,
) -> PolicyValue:
    """Value of a policy.

    Parameters:
        outcome: (n,) observed, money net of contact cost if costs are to count.
        arm: (n,) the arm drawn, 0 … K - 1.
        recommended: (n,) the arm that the policy says; a constant array for "send to all" or "to none".
        propensity: (K,) the chance of each arm, or (n, K) each customer's.
        predicted: (n, K) outcome that a model expects under each arm; None for inverse propensity alone, which
            is then self-normalised (Hájek). The model must not have seen these customers' outcomes.
        level: of the interval.

    Raises:
        DataError: nobody was drawn what the policy says, or the policy says what was never possible.
    """
    scores, followed, effective, method = _scores(outcome, arm, recommended, propensity, predicted)
    level = share(level, "level")
    value = float(scores.mean())
    error = float(scores.std(ddof=1)) / math.sqrt(len(scores))
    half = Normal().critical(level) * error
    return PolicyValue(value, error, value - half, value + half, followed, effective, level, method)


def compare_policies(
    outcome: Numbers,
    arm: Any,
    first: Any,
    second: Any,
    propensity: Any,
    *,
    predicted: Any = None,
    level: float = 0.95,
) -> PolicyComparison:
    """First policy less second, on the same customers; parameters as in `policy_value`."""
    one = _scores(outcome, arm, first, propensity, predicted)[0]
    two = _scores(outcome, arm, second, propensity, predicted)[0]
    gaps = one - two
    difference, error = float(gaps.mean()), float(gaps.std(ddof=1)) / math.sqrt(len(gaps))
    half = Normal().critical(share(level, "level")) * error
    p = 1.0 if error == 0 else Normal().p_value(difference / error)
    return PolicyComparison(difference, error, difference - half, difference + half, p)


def _scores(
    outcome: Numbers, arm: Any, recommended: Any, propensity: Any, predicted: Any
) -> tuple[FloatArray, int, float, Method]:
    """One number a customer whose mean is the policy's value, and whose spread gives its error."""
    y = vector(outcome, "outcome")
    n = len(y)
    if n < 2:
        raise DataError(f"{n} customers are too few to value a policy.")
    drawn, said = _arms(arm, "arm", n), _arms(recommended, "recommended", n)
    chance = np.asarray(propensity, dtype=np.float64)
    chance = np.tile(chance, (n, 1)) if chance.ndim == 1 else matrix(chance, "propensity", rows=n)
    k = chance.shape[1]
    if max(drawn.max(), said.max()) >= k:
        raise ParameterError(
            f"arms reach {max(drawn.max(), said.max())}, propensities are given for {k} arms from 0."
        )
    if not np.allclose(chance.sum(1), 1.0, atol=1e-6) or (chance < 0).any():
        raise DataError("the propensities of a customer must be at least 0 and add up to 1 over the arms.")
    rows = np.arange(n)
    given = chance[rows, said]
    if (given <= 0).any():
        raise DataError(
            f"for {int((given <= 0).sum())} customers the policy says an arm that they could not be drawn; its value "
            "cannot be learnt from these data."
        )
    match = drawn == said
    if not match.any():
        raise DataError("no customer was drawn what the policy says.")
    weight = match / given
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    if predicted is None:
        value = float((weight * y).sum() / weight.sum())
        return value + weight * (y - value) * n / weight.sum(), int(match.sum()), effective, "inverse-propensity"
    model = matrix(predicted, "predicted", rows=n)
    if model.shape[1] != k:
        raise DataError(f"predicted has {model.shape[1]} columns for {k} arms; one a arm is needed.")
    expected = model[rows, said]
    return expected + weight * (y - expected), int(match.sum()), effective, "doubly-robust"


def _arms(values: Any, name: str, n: int) -> IntArray:
    found = vector(values, name, length=n)
    if (found < 0).any() or (found != np.floor(found)).any():
        raise DataError(f"{name} must hold arm numbers 0, 1, 2 …")
    return found.astype(np.int64)
