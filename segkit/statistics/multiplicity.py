"""Many comparisons at once: p-values that may be read one by one (Holm), or as a list of findings
(Benjamini-Hochberg).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from segkit.arrays import Floats
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from segkit.statistics.inputs import Numbers

Adjustment = Literal["holm", "benjamini-hochberg"]


def adjusted_p_values(p_values: Numbers, method: Adjustment) -> Floats:
    """Adjust p-values, in the order given.

    Args:
        p_values: (m,) between 0 and 1. NaN is a comparison that was refused; it stays NaN and is not counted.
        method: "holm" (Holm 1979: the chance of any false finding) or "benjamini-hochberg" (1995: the share of false
            ones among the findings).

    >>> adjusted_p_values([0.01, 0.04, 0.03], "holm").round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    known = ~np.isnan(p)
    if p.ndim != 1 or ((p[known] < 0) | (p[known] > 1)).any():
        raise DataError("p-values must be a list of numbers between 0 and 1.")
    result = np.full(p.shape, np.nan)
    values = p[known]
    m = len(values)
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    adjusted = np.empty(m)
    if method == "holm":
        adjusted[order] = np.minimum(np.maximum.accumulate((m - np.arange(m)) * ranked), 1.0)
    elif method == "benjamini-hochberg":
        steps = ranked * m / (np.arange(m) + 1)
        adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    else:
        raise ParameterError(f"method: {method!r} is not known. Write 'holm' or 'benjamini-hochberg'.")
    result[known] = adjusted
    return result


@dataclass(frozen=True, slots=True)
class Pair:
    """One arm against another, among several.

    Attributes:
        treated, control: the arms' names.
        effect: the effect of this pair by itself.
        holm: p-value adjusted for all pairs of the family; None where the comparison was refused.
        benjamini_hochberg: p-value adjusted for the false discovery rate; None where the comparison was refused.
    """

    treated: str
    control: str
    effect: Effect | Refusal
    holm: float | None
    benjamini_hochberg: float | None


def pairs(arms: Sequence[str], control: str) -> tuple[tuple[str, str], ...]:
    """Pair every arm with control, then the treated arms with each other, each pair once, in the order of `arms`.

    >>> pairs(["none", "men", "women"], "none")
    (('men', 'none'), ('women', 'none'), ('men', 'women'))
    """
    if control not in arms:
        raise ParameterError(f"the control arm {control!r} is not among the arms {', '.join(arms)}.")
    treated = [arm for arm in arms if arm != control]
    return (*((arm, control) for arm in treated), *combinations(treated, 2))


def family(effects: Mapping[tuple[str, str], Effect | Refusal]) -> tuple[Pair, ...]:
    """Adjust the p-values of a family of comparisons, keyed by (treated, control)."""
    p = np.array([e.p_value if isinstance(e, Effect) else np.nan for e in effects.values()])
    if not len(p):
        return ()
    holm, rate = adjusted_p_values(p, "holm"), adjusted_p_values(p, "benjamini-hochberg")
    return tuple(
        Pair(
            treated,
            control,
            effect,
            None if np.isnan(h) else float(h),
            None if np.isnan(b) else float(b),
        )
        for ((treated, control), effect), h, b in zip(effects.items(), holm, rate, strict=True)
    )
