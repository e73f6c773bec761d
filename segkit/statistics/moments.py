"""Sufficient statistics of one cell (an arm of a segment): they cross from the engine, and merge without loss.

Every figure of a campaign is computed from these moments, so that the customers' rows stay where they are. Moments
are kept centred (Chan, Golub & LeVeque 1983; Pébay 2008 for the third and fourth). They are never kept as raw sums of
squares, whose difference loses all its digits where a mean is large compared with its spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from segkit.arrays import Floats, Whole
from segkit.errors import DataError, ParameterError
from segkit.statistics.inputs import Numbers, vector

_CONSTANT = 1e-12
"""Share of two sums below which their difference, a centred sum of squares, is only the rounding of a constant
column, such as the spend of a cell in which nobody bought."""

_WHOLE = 2.0**53
"""The number below which a float holds every whole number."""

_LOST = 1e-9
"""Share below which a difference has too few digits left to be a variance."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Counts, means and centred second moments of several columns, pairwise complete.

    Element [i, j] of a matrix is computed over the rows where columns i and j are both present; on the diagonal,
    over the rows where i is. `products` is NaN for a pair that the engine was not asked for, and using such a pair is an
    error.

    Attributes:
        columns: names of metrics, pre-period covariates and denominators of ratios; each occurs once.
        rows: customers in the cell, nulls or not.
        counts: (k, k) rows where both columns are present.
        means: (k, k) mean of column i over those rows.
        squares: (k, k) sum of squared deviations of column i from that mean, over those rows.
        products: (k, k) sum of products of the deviations of i and j over those rows; the diagonal equals `squares`.
        cubes: (k,) sum of cubed deviations of each column; NaN where it was not computed.
        fourths: (k,) sum of fourth powers of deviations; NaN where it was not computed.
    """

    columns: tuple[str, ...]
    rows: int
    counts: Whole
    means: Floats
    squares: Floats
    products: Floats
    cubes: Floats
    fourths: Floats

    @classmethod
    def from_arrays(cls, columns: Mapping[str, Numbers]) -> Self:
        """Compute moments from one array per column, with one value per customer and NaN for null.

        >>> Moments.from_arrays({"spend": [0.0, 2.0, 4.0]}).variance("spend")
        4.0
        """
        names = _names(columns)
        first = np.asarray(columns[names[0]])
        data = [vector(columns[name], f"column {name!r}", length=len(first), nulls=True) for name in names]
        k = len(names)
        counts = np.zeros((k, k), dtype=np.int64)
        means, squares, products = (np.zeros((k, k)) for _ in range(3))
        present = [~np.isnan(x) for x in data]
        cubes, fourths = np.zeros(k), np.zeros(k)
        for i in range(k):
            for j in range(i, k):
                both = present[i] & present[j]
                x, y = data[i][both], data[j][both]
                counts[i, j] = counts[j, i] = n = len(x)
                if n == 0:
                    continue
                means[i, j], means[j, i] = x.mean(), y.mean()
                dx, dy = x - means[i, j], y - means[j, i]
                squares[i, j], squares[j, i] = dx @ dx, dy @ dy
                products[i, j] = products[j, i] = dx @ dy
                if i == j:
                    cubes[i], fourths[i] = dx**2 @ dx, dx**2 @ dx**2
        return cls(names, len(first), counts, means, squares, products, cubes, fourths)

    @classmethod
    def from_sums(
        cls,
        columns: Sequence[str],
        *,
        rows: int,
        center: Numbers,
        sums: Any,
        products: Any,
        counts: Any = None,
        squares: Any = None,
        cubes: Any = None,
        fourths: Any = None,
        whole: Sequence[str] = (),
    ) -> Self:
        """Compute moments from sums that an engine computed about stated constants: sums of (x - c), of (x - c)(y -
        c), and so on.

        The constants should be near the means; a column's mean over all cells is near enough. They cancel exactly.

        Args:
            columns: names of the k columns.
            rows: customers in the cell.
            center: (k,) the constant c of each column, the same as in the query.
            sums: (k,) sums of (x - c) if no column has nulls; else (k, k), element [i, j] the sum of (x_i - c_i)
                over the rows where i and j are both present.
            products: (k, k) sums of (x_i - c_i)(x_j - c_j) over those rows; NaN for a pair that was not computed.
            counts: (k, k) rows where both are present; None if no column has nulls.
            squares: (k, k) sums of (x_i - c_i)^2 over the rows where i and j are present; None if no column has
                nulls (it is then the diagonal of `products`).
            cubes, fourths: (k,) sums of (x - c)^3 and (x - c)^4 over the rows where x is present; None if
                not computed.
            whole: columns of whole numbers. Their sums are exact, so that small differences lose no digits.

        Raises:
            DataError: no table can have these sums, or they are so far from the constants that their digits are lost.
        """
        names = (
            _names(dict.fromkeys(columns, 0)) if len(set(columns)) == len(tuple(columns)) else _names_twice(columns)
        )
        k = len(names)
        c = vector(center, "center", length=k)
        n = np.full((k, k), rows, dtype=np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
        s = np.asarray(sums, dtype=np.float64)
        s = np.repeat(s[:, None], k, axis=1) if s.ndim == 1 else s
        q = np.asarray(products, dtype=np.float64)
        own = np.repeat(np.diag(q)[:, None], k, axis=1) if squares is None else np.asarray(squares, dtype=np.float64)
        for name, part in (("counts", n), ("sums", s), ("products", q), ("squares", own)):
            if part.shape != (k, k):
                raise DataError(f"{name} has shape {part.shape}; ({k}, {k}) is needed for {k} columns.")
        if (n > rows).any() or (n < 0).any():
            raise DataError(f"counts reach from {n.min()} to {n.max()} in a cell of {rows} rows.")
        filled = np.maximum(n, 1)
        shift = s / filled
        second = own - n * shift**2
        scale = np.maximum(own, n * shift**2)
        second, scale = _exact_where_close(n, s, own, second, scale, [name in whole for name in names])
        second = _without_rounding(names, second, scale)
        varies = second > 0
        cross = np.where(varies & varies.T | np.isnan(q), q - n * shift * shift.T, 0.0)
        np.fill_diagonal(cross, np.diag(second))
        d, m = np.diag(shift), np.diag(n)
        s2 = np.diag(own)
        unknown = np.full(k, np.nan)
        s3 = unknown if cubes is None else np.asarray(cubes, dtype=np.float64)
        s4 = unknown if fourths is None else np.asarray(fourths, dtype=np.float64)
        third = s3 - 3 * d * s2 + 2 * m * d**3
        fourth = s4 - 4 * d * s3 + 6 * d**2 * s2 - 3 * m * d**4
        third = np.where(np.diag(varies) | np.isnan(third), third, 0.0)
        fourth = np.where(np.diag(varies) | np.isnan(fourth), np.maximum(fourth, 0.0), 0.0)
        return cls(names, int(rows), n, c[:, None] + shift, second, cross, third, fourth)

    def merge(self, other: Moments) -> Moments:
        """Merge two cells: return the moments of their customers together (Chan et al. 1983, eq. 2.1; Pébay 2008, eq.
        2.1–2.3).
        """
        return self._combined(other, 1)

    def __add__(self, other: Moments) -> Moments:
        return self.merge(other)

    def remove(self, other: Moments) -> Moments:
        """Remove the customers of `other`, all of whom must be among these.

        Raises:
            DataError: `other` has more customers than this cell, or a spread that this cell cannot contain.
        """
        return self._combined(other, -1)

    def __sub__(self, other: Moments) -> Moments:
        return self.remove(other)

    def _combined(self, other: Moments, sign: int) -> Moments:
        if self.columns != other.columns:
            raise ParameterError(
                f"moments of columns {', '.join(other.columns)} cannot be combined with those of "
                f"{', '.join(self.columns)}: ask the same columns of every cell, in the same order."
            )
        na, nb = self.counts.astype(float), sign * other.counts.astype(float)
        n = na + nb
        if (n < 0).any():
            raise DataError(f"cannot remove {other.rows} customers from {self.rows}: they are not all among them.")
        safe = np.where(n > 0, n, 1.0)
        gap = other.means - self.means
        gap = np.where((na > 0) & (nb != 0), gap, 0.0)
        means = np.where(na > 0, self.means + gap * nb / safe, other.means)
        factor = na * nb / safe
        squares = self.squares + sign * other.squares + factor * gap**2
        products = self.products + sign * other.products + factor * gap * gap.T
        if sign < 0 and (squares < -_LOST * np.maximum(self.squares, 1e-300)).any():
            raise DataError("the cell to remove varies more than the whole: it is not part of it.")
        squares = np.maximum(squares, 0.0)
        a, b, total, g = np.diag(na), np.diag(nb), np.diag(safe), np.diag(gap)
        sa, sb = np.diag(self.squares), sign * np.diag(other.squares)
        ca, cb = self.cubes, sign * other.cubes
        cubes = ca + cb + g**3 * a * b * (a - b) / total**2 + 3 * g * (a * sb - b * sa) / total
        fourths = (
            self.fourths
            + sign * other.fourths
            + g**4 * a * b * (a**2 - a * b + b**2) / total**3
            + 6 * g**2 * (a**2 * sb + b**2 * sa) / total**2
            + 4 * g * (a * cb - b * ca) / total
        )
        return Moments(
            self.columns,
            self.rows + sign * other.rows,
            n.astype(np.int64),
            means,
            squares,
            products,
            cubes,
            np.maximum(fourths, 0.0),
        )

    def index(self, column: str) -> int:
        """Return the place of a column.

        Raises:
            ParameterError: there is no such column.
        """
        try:
            return self.columns.index(column)
        except ValueError:
            raise ParameterError(
                f"no column {column!r} among these moments; there are {', '.join(self.columns)}."
            ) from None

    def n(self, column: str) -> int:
        """Count the customers who have a value of the column."""
        i = self.index(column)
        return int(self.counts[i, i])

    def nulls(self, column: str) -> int:
        """Count the customers who have no value of the column."""
        return self.rows - self.n(column)

    def mean(self, column: str) -> float:
        """Return the mean over customers who have a value.

        Raises:
            DataError: no customer has one.
        """
        i = self.index(column)
        if self.counts[i, i] == 0:
            raise DataError(f"column {column!r} has no value in this cell, so that it has no mean.")
        return float(self.means[i, i])

    def variance(self, column: str) -> float:
        """Return the sample variance, with n - 1 below.

        Raises:
            DataError: fewer than two customers have a value.
        """
        i = self.index(column)
        if self.counts[i, i] < 2:
            raise DataError(f"column {column!r} has {self.counts[i, i]} values in this cell; a variance needs two.")
        return float(self.squares[i, i] / (self.counts[i, i] - 1))

    def covariance(self, one: str, other: str) -> float:
        """Return the sample covariance over the rows that have both values, with n - 1 below."""
        i, j = self.index(one), self.index(other)
        value = self.products[i, j]
        if np.isnan(value):
            raise ParameterError(
                f"the product of {one!r} and {other!r} is missing. Ask the engine for the pair, too."
            )
        if self.counts[i, j] < 2:
            raise DataError(f"only {self.counts[i, j]} rows have both {one!r} and {other!r}; a covariance needs two.")
        return float(value / (self.counts[i, j] - 1))

    def complete(self, columns: Sequence[str]) -> bool:
        """Return whether every row of the cell has all of these columns, so that their moments are over one set of
        rows.
        """
        return all(self.n(column) == self.rows for column in columns)

    def select(self, columns: Sequence[str]) -> Moments:
        """Return the same cell with only these columns, in this order."""
        at = [self.index(column) for column in columns]
        grid = np.ix_(at, at)
        return Moments(
            tuple(columns),
            self.rows,
            self.counts[grid],
            self.means[grid],
            self.squares[grid],
            self.products[grid],
            self.cubes[at],
            self.fourths[at],
        )


def merge_all(cells: Iterable[Moments]) -> Moments:
    """Merge all cells, of which there must be at least one."""
    found = list(cells)
    if not found:
        raise ParameterError("no cell to merge; pass at least one.")
    total = found[0]
    for cell in found[1:]:
        total = total.merge(cell)
    return total


def _names(columns: Mapping[str, Any]) -> tuple[str, ...]:
    names = tuple(columns)
    if not names:
        raise ParameterError("no column given; name at least one metric.")
    return names


def _names_twice(columns: Sequence[str]) -> tuple[str, ...]:
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    raise ParameterError(f"columns named twice: {', '.join(twice)}; every column needs its own name.")


def _exact_where_close(
    n: Whole, sums: Floats, own: Floats, second: Floats, scale: Floats, whole: Sequence[bool]
) -> tuple[Floats, Floats]:
    """Compute centred sums of squares by whole numbers where they are small differences of large ones. Return them
    and their scale.

    Two customers of a cell may spend nearly the same, far from the mean of all. With whole sums, no digits are lost.
    """
    second, scale = second.copy(), scale.copy()
    for at in zip(*np.nonzero(second < _LOST * scale), strict=True):
        s, q = float(sums[at]), float(own[at])
        if whole[at[0]] and s.is_integer() and q.is_integer() and max(abs(s), q) < _WHOLE:
            exact = int(n[at]) * int(q) - int(s) ** 2
            if exact >= 0:
                second[at] = exact / int(n[at])
                scale[at] = second[at]
    return second, scale


def _without_rounding(names: Sequence[str], second: Floats, scale: Floats) -> Floats:
    """Set centred sums of squares of constant columns to zero, and refuse those that have lost their digits."""
    for i, j in np.argwhere(second < _LOST * scale):
        if second[i, j] < -_LOST * scale[i, j]:
            raise DataError(
                f"column {names[i]!r}: its sum of squares is smaller than its sum allows, so that they are not of "
                "the same rows; compute counts, sums and squares under the same condition."
            )
        if abs(second[i, j]) > _CONSTANT * scale[i, j]:
            raise DataError(
                f"column {names[i]!r}: its mean is so far from the constant that was subtracted that the variance "
                "has lost its digits; subtract the column's mean over all cells instead."
            )
    return np.where(second <= _CONSTANT * scale, 0.0, second)
