"""Sufficient statistics of every cell, computed in the engine by two queries, however many cells, arms and metrics.

The first finds how many rows and nulls there are, and a constant near each column's mean; the second sums deviations
from these constants and their products by cell (Chan, Golub & LeVeque 1983), for each grouping. Columns of whole
numbers (money in minor units, counts, flags) are summed as whole numbers, so that neither the order of rows nor the
engine changes a bit; columns of floats are summed as floats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.data.engine import Engine
from segkit.errors import DataError, ParameterError
from segkit.statistics.moments import Moments

_ROOM: Final = 2.0**62
"""Limit below which sums of whole numbers stay."""

MomentsByCell = dict[tuple[int, ...], Moments]
"""Key of a cell (a tuple of whole numbers) → its moments."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The statistics to compute of each cell.

    Attributes:
        columns: columns of numbers or flags, nulls allowed.
        pairs: pairs of columns whose products are needed: a metric and its covariates, a ratio's two parts.
        skewed: columns whose third and fourth centred sums are needed.
    """

    columns: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    skewed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.columns or len(set(self.columns)) != len(self.columns):
            raise ParameterError(f"columns are {list(self.columns)}: name one at least, and each once.")
        named = {name for pair in self.pairs for name in pair} | set(self.skewed)
        if unknown := sorted(named - set(self.columns)):
            raise ParameterError(f"{', '.join(unknown)} is asked for, but not among the columns.")


@dataclass(frozen=True, slots=True)
class _Column:
    """One column, as the second query sums it."""

    name: str
    value: ir.NumericValue
    deviation: ir.NumericValue
    center: float
    reach: float
    whole: bool
    gaps: bool


def cell_moments(
    engine: Engine, rows: ir.Table, groupings: Mapping[str, str], keys: Sequence[str], asked: Asked
) -> dict[str, MomentsByCell]:
    """Compute the moments of every cell of every grouping.

    Args:
        engine: where `rows` lives.
        rows: one row per customer (or group).
        groupings: name → column of whole numbers, such as the position of the segment in a segmentation.
        keys: further columns of whole numbers that make a cell, such as arm, channel and fold. A null in any of these
            columns, or in that of a grouping, is refused.
        asked: columns, pairs and skewed columns.

    Returns:
        Grouping → cells. A cell's key is its position in the grouping, then the values of `keys`. Cells without
        customers are absent. This takes two queries.

    Raises:
        DataError: there are no rows, or a cell's key is null.
    """
    if not groupings:
        raise ParameterError("no grouping given; pass a column of one constant for the whole.")
    found = engine.collect(_overview(rows, [*groupings.values(), *keys], asked)).iloc[0]
    n = int(found["n"])
    if n == 0:
        raise DataError("there is no customer to compute statistics of.")
    if lost := [name for name in [*groupings.values(), *keys] if int(found[f"null_{name}"])]:
        raise DataError(f"{', '.join(lost)} is null for some customers; every customer needs a cell.")
    columns = {name: _column(rows, name, found, at) for at, name in enumerate(asked.columns)}
    sums = _sums(columns, asked, n)
    parts = []
    for number, column in enumerate(groupings.values()):
        by = {"place": rows[column].cast("int64"), **{f"key_{i}": rows[k].cast("int64") for i, k in enumerate(keys)}}
        grouped = rows.group_by(**by).aggregate(rows=rows.count(), **sums)
        parts.append(grouped.mutate(grouping=ibis.literal(number, "int64")))
    frame = engine.collect(ibis.union(*parts) if len(parts) > 1 else parts[0])
    names = list(groupings)
    cells: dict[str, MomentsByCell] = {name: {} for name in names}
    order = ["grouping", "place", *(f"key_{i}" for i in range(len(keys)))]
    for row in frame.sort_values(order).to_dict("records"):
        key = tuple(int(row[name]) for name in order[1:])
        cells[names[int(row["grouping"])]][key] = _moments(row, columns, asked)
    return cells


def scaled(cell: Moments, factors: Mapping[str, float]) -> Moments:
    """Return the same cell with columns in other units, such as money in major units (factor 0.01 for cents)."""
    f = np.array([factors.get(name, 1.0) for name in cell.columns])
    return Moments(
        cell.columns,
        cell.rows,
        cell.counts,
        cell.means * f[:, None],
        cell.squares * (f**2)[:, None],
        cell.products * np.outer(f, f),
        cell.cubes * f**3,
        cell.fourths * f**4,
    )


def _overview(rows: ir.Table, cells: Sequence[str], asked: Asked) -> ir.Table:
    found: dict[str, ir.Value] = {"n": rows.count()}
    found |= {f"null_{name}": rows[name].isnull().ifelse(1, 0).sum().fill_null(0) for name in dict.fromkeys(cells)}
    for at, name in enumerate(asked.columns):
        value = rows[name] if isinstance(rows[name].type(), types.Integer) else _number(rows[name])
        found |= {
            f"count_{at}": value.count(),
            f"sum_{at}": value.sum().cast("float64"),
            f"low_{at}": value.min().cast("float64"),
            f"high_{at}": value.max().cast("float64"),
        }
    return rows.aggregate(**found)


def _number(value: ir.Value) -> Any:
    if isinstance(value.type(), types.Boolean):
        return value.notnull().ifelse(value.ifelse(1, 0), None).cast("int64")
    if isinstance(value.type(), types.Integer):
        return value.cast("int64")
    if isinstance(value.type(), types.Numeric):
        return value.cast("float64")
    raise ParameterError(f"column {value.get_name()} holds {value.type()}; a metric is a number or a flag.")


def _column(rows: ir.Table, name: str, found: pd.Series, at: int) -> _Column:
    value = _number(rows[name])
    known = int(found[f"count_{at}"])
    whole = isinstance(value.type(), types.Integer)
    mean = float(found[f"sum_{at}"]) / known if known else 0.0
    center = float(round(mean)) if whole else mean
    reach = max(float(found[f"high_{at}"]) - center, center - float(found[f"low_{at}"])) if known else 0.0
    shift = ibis.literal(int(center), "int64") if whole else ibis.literal(center, "float64")
    return _Column(name, value, value - shift, center, reach, whole, known < int(found["n"]))


def _sums(columns: Mapping[str, _Column], asked: Asked, n: int) -> dict[str, ir.Value]:
    """Return the second query's aggregates. The sums of a pair of columns cover the rows that have both values."""
    sums: dict[str, ir.Value] = {}
    names = asked.columns
    for i, name in enumerate(names):
        x = columns[name]
        sums[f"s_{i}_{i}"] = _total(x.deviation, x, None, n)
        sums[f"q_{i}_{i}"] = _product(x, x, n)
        if x.gaps:
            sums[f"n_{i}_{i}"] = x.value.count()
        if name in asked.skewed:
            sums |= _higher(x, i, n)
    for one, other in _pairs(asked):
        i, j = names.index(one), names.index(other)
        x, y = columns[one], columns[other]
        sums[f"q_{i}_{j}"] = _product(x, y, n)
        if x.gaps or y.gaps:
            both = x.value.notnull() & y.value.notnull()
            sums[f"n_{i}_{j}"] = both.ifelse(1, 0).sum()
            sums[f"s_{i}_{j}"] = _total(both.ifelse(x.deviation, ibis.null(x.deviation.type())), x, None, n)
            sums[f"s_{j}_{i}"] = _total(both.ifelse(y.deviation, ibis.null(y.deviation.type())), y, None, n)
            sums[f"o_{i}_{j}"] = _product(x, x, n, both)
            sums[f"o_{j}_{i}"] = _product(y, y, n, both)
    return {name: value.cast("float64") if name[0] != "n" else value for name, value in sums.items()}


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    """Return each pair once, in the order of the columns."""
    at = {name: place for place, name in enumerate(asked.columns)}
    ordered = ((a, b) if at[a] < at[b] else (b, a) for a, b in asked.pairs if a != b)
    return sorted(dict.fromkeys(ordered), key=lambda pair: (at[pair[0]], at[pair[1]]))


def _total(values: Any, column: _Column, where: Any, n: int) -> Any:
    exact = column.whole and n * column.reach < _ROOM
    return (values if exact else values.cast("float64")).sum(where=where)


def _product(x: _Column, y: _Column, n: int, both: Any = None) -> Any:
    exact = x.whole and y.whole and n * x.reach * y.reach < _ROOM and x.reach * y.reach < _ROOM
    a, b = (c.deviation if exact else c.deviation.cast("float64") for c in (x, y))
    return (a * b).sum(where=both)


def _higher(x: _Column, i: int, n: int) -> dict[str, ir.Value]:
    """Add up third and fourth powers on a fine grid of whole numbers, so that these too do not depend on the order of
    rows.
    """
    if x.reach <= 0:
        return {}
    grid = 2.0 ** min(52, 61 - math.ceil(math.log2(n + 1)))
    unit = x.deviation.cast("float64") / ibis.literal(x.reach, "float64")
    cube = unit * unit * unit
    return {
        f"c_{i}": (cube * grid + 0.5).floor().cast("int64").sum().cast("float64") * (x.reach**3 / grid),
        f"f_{i}": (cube * unit * grid + 0.5).floor().cast("int64").sum().cast("float64") * (x.reach**4 / grid),
    }


def _moments(row: Mapping[Any, Any], columns: Mapping[str, _Column], asked: Asked) -> Moments:
    names, k, n = asked.columns, len(asked.columns), int(row["rows"])

    def got(name: str, otherwise: float) -> float:
        value = row.get(name)
        return otherwise if value is None or value is pd.NA or value != value else float(value)

    counts = np.full((k, k), n, dtype=np.int64)
    sums, own, products = np.zeros((k, k)), np.zeros((k, k)), np.full((k, k), np.nan)
    for i in range(k):
        counts[i, :] = int(got(f"n_{i}_{i}", n))
    counts = np.minimum(counts, counts.T)
    for i in range(k):
        sums[i, :], own[i, :] = got(f"s_{i}_{i}", 0.0), got(f"q_{i}_{i}", 0.0)
        products[i, i] = own[i, i]
    for one, other in _pairs(asked):
        i, j = names.index(one), names.index(other)
        products[i, j] = products[j, i] = got(f"q_{i}_{j}", 0.0)
        if columns[one].gaps or columns[other].gaps:
            counts[i, j] = counts[j, i] = int(got(f"n_{i}_{j}", 0.0))
            sums[i, j], sums[j, i] = got(f"s_{i}_{j}", 0.0), got(f"s_{j}_{i}", 0.0)
            own[i, j], own[j, i] = got(f"o_{i}_{j}", 0.0), got(f"o_{j}_{i}", 0.0)
    _own_counts_where_unasked(counts, products)
    higher = {name: got(name, 0.0) for i in range(k) for name in (f"c_{i}", f"f_{i}")}
    return Moments.from_sums(
        names,
        rows=n,
        center=[columns[name].center for name in names],
        sums=sums,
        products=products,
        counts=counts,
        squares=own,
        cubes=[higher[f"c_{i}"] if name in asked.skewed else math.nan for i, name in enumerate(names)],
        fourths=[higher[f"f_{i}"] if name in asked.skewed else math.nan for i, name in enumerate(names)],
        whole=[name for name in names if columns[name].whole],
    )


def _own_counts_where_unasked(counts: Any, products: Any) -> None:
    """Fill in the rows and sums of pairs that nobody asked for with those of their own column."""
    unasked = np.isnan(products)
    diagonal = np.repeat(np.diag(counts)[:, None], len(counts), axis=1)
    counts[unasked] = diagonal[unasked]
