"""An attack by differencing: everything that a report's tables say becomes linear equations over the cells of one
joint table of all segmentations; a cell is recovered if the equations leave it one whole number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix


class Attack:
    """What a reader of all the tables knows of a joint table.

    Args:
        sizes: how many segments each axis of the joint table has.
        impossible: cells that the definitions rule out (nobody has under 3 orders and over 8).
    """

    def __init__(self, sizes: Sequence[int], impossible: Iterable[tuple[int, ...]] = ()) -> None:
        ruled_out = set(impossible)
        self.cells = [cell for cell in product(*(range(n) for n in sizes)) if cell not in ruled_out]
        self.array = np.array(self.cells)
        self.rows: list[np.ndarray] = []
        self.values: list[float] = []
        self.slack: list[float] = []

    def group(self, **axes: int | Sequence[int]) -> np.ndarray:
        """The cells of a group: `a0=2, a1=[0, 3]` is segment 2 on axis 0 and 0 or 3 on axis 1."""
        inside = np.ones(len(self.cells), dtype=bool)
        for name, wanted in axes.items():
            inside &= np.isin(self.array[:, int(name[1:])], wanted)
        return inside.astype(float)

    def knows(self, row: np.ndarray, value: float, slack: float = 0.0) -> None:
        """That a weighted sum of cells has a value, to within the rounding of what was published."""
        self.rows.append(row)
        self.values.append(float(value))
        self.slack.append(slack)

    def range(self, group: np.ndarray) -> tuple[int, int]:
        """The least and the greatest whole number that a group can hold."""
        exact = [i for i, slack in enumerate(self.slack) if not slack]
        loose = [i for i, slack in enumerate(self.slack) if slack]
        known = csr_matrix(np.array([self.rows[i] for i in exact]))
        bounds = {}
        if loose:
            rows = np.array([self.rows[i] for i in loose])
            values, slack = (np.array([source[i] for i in loose]) for source in (self.values, self.slack))
            bounds = {
                "A_ub": csr_matrix(np.vstack([rows, -rows])),
                "b_ub": np.hstack([values + slack, slack - values]),
            }
        found = []
        for sign in (1, -1):
            solved = linprog(sign * group, A_eq=known, b_eq=[self.values[i] for i in exact], method="highs", **bounds)
            assert solved.status in (0, 3), solved.message  # 3: without a bound
            found.append(sign * (solved.fun if solved.status == 0 else -1e9))
        return math.ceil(found[0] - 1e-6), math.floor(found[1] + 1e-6)
