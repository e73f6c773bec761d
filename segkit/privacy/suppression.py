"""The suppression of small cells, and of the cells that would give them away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

_TINY: Final = 1e-9
_ROUNDING: Final = 1e-6
_SOLVED: Final = 20
"""Most segments for which linear programs find what moves give away; with more, equations alone do."""
_EQUATIONS: Final = 2_000
"""Most hidden cells for which the equations are solved; with more, rows and columns must protect them."""

Counts = NDArray[np.int64]


def hidden_cells(counts: Sequence[int], smallest: int) -> tuple[bool, ...]:
    """Return which cells of a row with a published total must be hidden.

    A cell with 1 to smallest − 1 customers is hidden. The total less the shown cells is the sum of the hidden ones. This
    sum gives a cell away if it belongs to a single cell, if it is itself too small, or if it has as many customers as
    cells (one each). So the smallest shown cells are hidden as well, until it gives nothing away. A zero says nothing
    about anybody and is shown, unless nothing else is left to hide.

    >>> hidden_cells([3, 10, 40, 0], smallest=5)
    (True, True, False, False)
    >>> hidden_cells([12, 10, 40, 0], smallest=5)
    (False, False, False, False)
    """
    return hidden_with(counts, [0 < count < smallest for count in counts], smallest)


def hidden_with(counts: Sequence[int], already: Sequence[bool], smallest: int) -> tuple[bool, ...]:
    """Return the cells that are hidden already, and as many more as must be hidden with them."""
    hidden = list(already)
    if not any(hidden):
        return tuple(hidden)
    candidates = sorted(
        (index for index, hide in enumerate(hidden) if not hide),
        key=lambda index: (counts[index] == 0, counts[index], index),
    )
    for index in candidates:
        cells = sum(hidden)
        together = sum(count for count, hide in zip(counts, hidden, strict=True) if hide)
        if cells >= 2 and together >= smallest and together > cells:
            break
        hidden[index] = True
    return tuple(hidden)


def hidden_over_time(counts: Mapping[dt.date, Sequence[int]], smallest: int) -> dict[dt.date, tuple[bool, ...]]:
    """Return `hidden_cells` of each period end, given oldest first.

    Moves between the last two ends are published, and one end together with the moves would give the other end away. So
    what is hidden in one of the two is hidden in both.
    """
    hidden = {end: hidden_cells(row, smallest) for end, row in counts.items()}
    last = list(counts)[-2:]
    both = tuple(any(cell) for cell in zip(*(hidden[end] for end in last), strict=True))
    return hidden | dict.fromkeys(last, both)


def hidden_table(counts: ArrayLike, smallest: int, already: ArrayLike | None = None) -> NDArray[np.bool_]:
    """Return which cells of a table with known row and column sums must be hidden.

    First `hidden_cells` is applied to every row and every column until nothing changes. Then, as long as solving for the
    hidden cells reveals a small one, the smallest shown cell of its row is hidden as well.

    >>> hidden_table([[2, 10, 20], [9, 30, 8], [40, 7, 50]], smallest=5).astype(int).tolist()
    [[1, 1, 1], [1, 0, 1], [1, 1, 0]]

    Args:
        counts: (rows, columns) customers.
        smallest: cells with fewer customers are hidden.
        already: cells that are hidden whatever they hold.
    """
    table = np.asarray(counts, dtype=np.int64)
    small = (table > 0) & (table < smallest)
    hidden = small if already is None else small | np.asarray(already, dtype=bool)
    while True:
        before = hidden.copy()
        for lines, flags in (
            (table, hidden),
            (table.T, hidden.T),
        ):  # a transpose is a view, so both write to `hidden`
            for line, flag in zip(lines, flags, strict=True):
                flag[:] = hidden_with([int(n) for n in line], [bool(x) for x in flag], smallest)
        if (hidden != before).any():
            continue
        given = small & _follows(hidden)
        if not given.any():
            return hidden
        row = int(np.argwhere(given)[0][0])
        shown = [int(c) for c in np.flatnonzero(~hidden[row])]
        if not shown:  # every cell of the row is hidden, so neighbours in the column are next
            hidden[:, int(np.argwhere(given)[0][1])] = True
            if (hidden == before).all():
                return np.ones_like(hidden)
            continue
        hidden[row, min(shown, key=lambda c: (table[row, c] == 0, table[row, c], c))] = True


def hidden_rows(groups: ArrayLike, already: Sequence[bool], smallest: int) -> tuple[bool, ...]:
    """Return which rows of a table must not be shown, where a row is shown whole or not at all.

    Rows with a small cell are hidden, and so are rows that would give it away by the sums over all rows, which are
    known. Where a rate is shown, the groups of a row are those who did and those who did not.

    >>> hidden_rows([[2, 60], [30, 40], [50, 70]], (False, False, False), smallest=5)
    (True, True, False)

    Args:
        groups: (rows, groups) customers; the groups of a row add up to it.
        already: rows that are hidden whatever they hold.
        smallest: groups of fewer customers are hidden.
    """
    if not len(already):
        return ()
    table = np.asarray(groups, dtype=np.int64).reshape(len(already), -1)
    hidden = np.array(already, dtype=np.bool_)
    while True:
        whole_rows = np.repeat(hidden[:, None], table.shape[1], axis=1)
        found = np.asarray(hidden_table(table, smallest, whole_rows).any(axis=1), dtype=np.bool_)
        if (found == hidden).all():
            return tuple(bool(hide) for hide in hidden)
        hidden = found


def too_few(count: float, smallest: int) -> bool:
    """Return whether a count is above zero and below `smallest`.

    >>> too_few(0, smallest=5), too_few(3, smallest=5), too_few(5, smallest=5)
    (False, True, False)
    """
    return bool(0 < count < smallest)


def which_too_few(counts: ArrayLike, smallest: int) -> NDArray[np.bool_]:
    """Return which counts are above zero and below `smallest`.

    >>> which_too_few([0, 3, 5], smallest=5).tolist()
    [False, True, False]
    """
    found = np.asarray(counts)
    return np.asarray((found > 0) & (found < smallest), dtype=np.bool_)


def hidden_flows(counts: ArrayLike, smallest: int) -> tuple[NDArray[np.bool_], tuple[bool, ...]]:
    """Return which moves from segment to segment must not be shown, and which segments' sums of moves.

    Moves of fewer customers than `smallest` are hidden. As long as one of them follows from the sums and the moves
    that are shown, the smallest shown move beside it is hidden as well. If one follows from how many moved in and out
    alone, whatever else is hidden, these sums of both its segments are hidden, too.

    Args:
        counts: (segments, segments) customers who moved from row to column; the diagonal is ignored.
        smallest: moves of fewer customers are hidden.
    """
    moves = np.array(counts, dtype=np.int64)
    np.fill_diagonal(moves, 0)
    apart = ~np.eye(len(moves), dtype=bool)
    small = (moves > 0) & (moves < smallest)
    hidden = (moves < smallest) & apart
    follows = _one_value if len(moves) <= _SOLVED else lambda hidden, _: _follows(hidden)
    by_sums = small & follows(apart, moves) if small.any() else small
    small &= ~by_sums
    while small.any():
        told = np.argwhere(small & follows(hidden, moves))
        if not len(told):
            break
        line = np.zeros_like(hidden)
        line[told[0][0]], line[:, told[0][1]] = True, True
        shown = apart & ~hidden
        beside = np.argwhere(line & shown if (line & shown).any() else shown)
        if not len(beside):
            break
        least = min(beside, key=lambda at: (moves[at[0], at[1]], at[0], at[1]))
        hidden[least[0], least[1]] = True
    return hidden, tuple(bool(by_sums[i].any() or by_sums[:, i].any()) for i in range(len(moves)))


def _one_value(hidden: NDArray[np.bool_], counts: Counts) -> NDArray[np.bool_]:
    """Find hidden cells above zero that only one value fits, given the sums and that no cell is below zero."""
    places = np.argwhere(hidden)
    known = np.zeros((sum(hidden.shape), len(places)))
    known[places[:, 0], np.arange(len(places))] = 1.0
    known[hidden.shape[0] + places[:, 1], np.arange(len(places))] = 1.0
    sums = np.concatenate([(counts * hidden).sum(axis=1), (counts * hidden).sum(axis=0)]).astype(np.float64)
    found = np.zeros_like(hidden)
    for at, (row, column) in enumerate(places):
        if counts[row, column]:
            one = np.zeros(len(places))
            one[at] = 1.0
            ends: list[Any] = [linprog(sign * one, A_eq=known, b_eq=sums, method="highs") for sign in (1.0, -1.0)]
            found[row, column] = ends[1].x[at] - ends[0].x[at] < 1.0 - _ROUNDING  # the true table is a solution
    return found


def _follows(hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find hidden cells that only one value fits, given the sums of rows and columns, whatever the signs."""
    places = np.argwhere(hidden)
    if not 0 < len(places) <= _EQUATIONS:
        return np.zeros_like(hidden)
    rows, columns = hidden.shape
    known = np.zeros((rows + columns, len(places)))
    known[places[:, 0], np.arange(len(places))] = 1.0
    known[rows + places[:, 1], np.arange(len(places))] = 1.0
    _, sizes, axes = np.linalg.svd(known, full_matrices=True)
    free = axes[int((sizes > _TINY).sum()) :]  # directions that the sums say nothing about
    found = np.zeros_like(hidden)
    found[places[:, 0], places[:, 1]] = (free**2).sum(axis=0) < _TINY
    return found
