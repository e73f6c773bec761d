"""Why a key figure changed: what each of its factors contributed. The contributions sum to the change.

The method is the additive logarithmic mean Divisia index, LMDI-I. For a product V = x₁ x₂ …, factor k brings L(V₁,
V₀) ln(xₖ₁ / xₖ₀), with L(a, b) = (a − b) / ln(a / b) and L(a, a) = a. It leaves no remainder and does not depend on
the order of the factors; if time is reversed, contributions change only their sign. Source: B. W. Ang (2005), "The
LMDI approach to decomposition analysis: a practical guide", Energy Policy 33, 867–871, equations 5 and 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def log_mean(a: float, b: float) -> float:
    """Return the logarithmic mean of two positive numbers.

    >>> log_mean(2.0, 2.0)
    2.0
    >>> round(log_mean(1.0, math.e), 6)
    1.718282
    """
    if a == b:
        return a
    # where a and b are close, ln(a / b) loses digits that log1p keeps; where they are far apart, the reverse holds
    near = 0.5 < a / b < 2
    return (a - b) / (math.log1p((a - b) / b) if near else math.log(a / b))


def contributions(before: Sequence[float], now: Sequence[float]) -> tuple[float, ...] | None:
    """Return what each factor contributed to the change of their product.

    Args:
        before, now: the factors one period ago and now, in the same order; there are as many in both.

    Returns:
        One contribution per factor, in the unit of the product; they sum to its change. None where a factor is not
        positive, since it then has no logarithm.

    >>> [round(part, 2) for part in contributions([100, 2.0], [110, 2.5])]
    [22.45, 52.55]
    """
    if min(*before, *now) <= 0:
        return None
    weight = log_mean(math.prod(now), math.prod(before))
    return tuple(weight * math.log(after / first) for first, after in zip(before, now, strict=True))
