"""Why a key figure changed: what each of its factors brought. The contributions sum to the change.

Additive logarithmic mean Divisia index, LMDI-I: of a product V = x₁ x₂ …, factor k brings L(V₁, V₀) ln(xₖ₁ / xₖ₀),
with L(a, b) = (a − b) / ln(a / b) and L(a, a) = a. It leaves no remainder, does not depend on the order of the factors,
and time reversed is the same with the other sign. Source: B. W. Ang (2005), "The LMDI approach to decomposition
analysis: a practical guide", Energy Policy 33, 867–871, equations 5 and 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def log_mean(a: float, b: float) -> float:
    """Logarithmic mean of two positive numbers.

    >>> log_mean(2.0, 2.0)
    2.0
    >>> round(log_mean(1.0, math.e), 6)
    1.718282
    """
    if a == b:
        return a
    # close together ln(a / b) loses its digits, which log1p keeps; far apart it is the other way round
    near = 0.5 < a / b < 2
    return (a - b) / (math.log1p((a - b) / b) if near else math.log(a / b))


def contributions(before: Sequence[float], now: Sequence[float]) -> tuple[float, ...] | None:
    """What each factor brought to the change of their product.

    Args:
        before, now: the factors one period ago and now, in the same order.

    Returns:
        One a factor, in the unit of the product; they sum to its change. None where a factor is not positive: then
        it has no logarithm, and the change has no such split.

    >>> [round(part, 2) for part in contributions([100, 2.0], [110, 2.5])]
    [22.45, 52.55]
    """
    if min(*before, *now) <= 0:
        return None
    weight = log_mean(math.prod(now), math.prod(before))
    return tuple(weight * math.log(after / first) for first, after in zip(before, now, strict=True))
