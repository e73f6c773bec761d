"""The suppression across several segmentations of the same customers on one page: what one hides, no other gives
away.

Sizes of two segmentations are two sets of sums over the same customers. Suppose that all customers of some segments
of the one lie within some segments of the other. Then the difference of their sizes is the size of a group that
neither table shows: with bands that begin at 10 orders and others that begin at 11, it is the group with exactly ten.
This module looks for such differences between any two segmentations, and hides segments of the later one until no
difference is small. It does not look for sums over three segmentations at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segkit.privacy.suppression import Counts, hidden_with

_ALL_SUBSETS: Final = 12
"""Most shown segments of which every set is tried. With more, only sets of one, of two, and runs of neighbours are."""


def hidden_across(
    hidden: Sequence[Sequence[bool]], crossed: Mapping[tuple[int, int], ArrayLike], smallest: int
) -> list[tuple[bool, ...]]:
    """Return what has to be hidden of each segmentation so that no two of them give a small group away.

    Args:
        hidden: for each segmentation, in order of precedence, which segments it hides by itself.
        crossed: (earlier, later) → customers in segment i of the earlier segmentation and j of the later one.
        smallest: groups of fewer customers are not to be known.
    """
    found = [list(flags) for flags in hidden]
    changed = True
    while changed:  # hiding for one pair changes what the others give away; the hidden set only grows
        changed = False
        for (first, second), counts in crossed.items():
            table = np.asarray(counts, dtype=np.int64)
            while True:
                told = _told(table, found[first], found[second], smallest)
                if told is None:
                    break
                sizes = [int(n) for n in table.sum(axis=0)]
                shown = [j for j in told if not found[second][j]] or [
                    j for j, hide in enumerate(found[second]) if not hide
                ]
                found[second][min(shown, key=lambda j: (sizes[j] == 0, sizes[j], j))] = True
                found[second] = list(hidden_with(sizes, found[second], smallest))
                changed = True
    return [tuple(flags) for flags in found]


def _told(table: Counts, first: Sequence[bool], second: Sequence[bool], smallest: int) -> list[int] | None:
    """Return the segments of the second segmentation whose sizes reveal, with the first one's, the size of a small
    group.
    """
    rows, columns = _blocks(first), _blocks(second)
    merged = np.array([[table[np.ix_(r, c)].sum() for c in columns] for r in rows], dtype=np.int64)
    for inner, outer, turned in ((rows, columns, merged), (columns, rows, merged.T)):
        sets = _subsets(len(inner))
        reached = (
            sets.astype(np.int64) @ (turned > 0)
        ) > 0  # the smallest set of the other one that holds these customers
        left = reached @ turned.sum(axis=0) - sets @ turned.sum(axis=1)
        small = np.flatnonzero((left > 0) & (left < smallest))
        if len(small):
            which, blocks = (sets[small[0]], inner) if inner is columns else (reached[small[0]], outer)
            return [j for block, taken in zip(blocks, which, strict=True) if taken for j in block]
    return None


def _blocks(hidden: Sequence[bool]) -> list[list[int]]:
    """Return each shown segment, and all hidden ones together, whose sum is the whole less the others."""
    together = [i for i, hide in enumerate(hidden) if hide]
    return [[i] for i, hide in enumerate(hidden) if not hide] + ([together] if together else [])


def _subsets(size: int) -> NDArray[np.bool_]:
    if size <= _ALL_SUBSETS:
        return ((np.arange(1, 2**size)[:, None] >> np.arange(size)) & 1).astype(bool)
    chosen = [{i} for i in range(size)] + [set(pair) for pair in combinations(range(size), 2)]
    chosen += [set(range(i, j)) for i in range(size) for j in range(i + 3, size + 1)]
    found = np.zeros((len(chosen), size), dtype=bool)
    for row, members in enumerate(chosen):
        found[row, sorted(members)] = True
    return found
