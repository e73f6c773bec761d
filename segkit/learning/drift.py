"""The spread of customers over the values of a feature, then and now, from which an index of drift is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segkit.learning.encoding import Feature

_MOST_GROUPS = 10


def counts(feature: Feature, then: NDArray[Any], now: NDArray[Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Count customers by level, or by tenth of a number's earlier distribution. "Not known" is a level of its own.

    >>> counts(Feature("x", "x"), np.array([1.0, 2.0, 3.0, np.nan]), np.array([3.0, 3.0]))
    ((1, 1, 2), (0, 0, 2))
    """
    if feature.kind == "category":
        levels, many = np.unique(then, return_counts=True)
        kept: Sequence[str] = sorted(str(level) for level in levels[np.argsort(-many, kind="stable")[:_MOST_GROUPS]])
        found = [tuple(int((x == level).sum()) for level in kept) for x in (then, now)]
        rest = tuple(int(x.size - sum(part)) for x, part in zip((then, now), found, strict=True))
        return ((*found[0], rest[0]), (*found[1], rest[1])) if any(rest) else (found[0], found[1])
    known = then[~np.isnan(then)]
    cuts = np.linspace(0, 1, _MOST_GROUPS + 1)[1:-1]
    edges = np.unique(np.quantile(known, cuts, method="lower")) if known.size else np.zeros(0)
    places = [np.where(np.isnan(x), 0, np.searchsorted(edges, x, side="right") + 1) for x in (then, now)]
    first, second = (np.bincount(place, minlength=len(edges) + 2) for place in places)
    there = (first > 0) | (second > 0)
    return tuple(int(n) for n in first[there]), tuple(int(n) for n in second[there])
