"""Fitted learners as expressions: every customer is scored in the engine, so that no customer has to leave it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from segkit.arrays import Floats
from segkit.learning.encoding import EncodedColumn, Encoding
from segkit.learning.learners import LEAF_UNITS, Boosted, Logistic, Tree
from segkit.learning.scores import Recalibration

_LIMIT = 30.0


def with_risk(table: ir.Table, encoding: Encoding, model: Logistic | Boosted, change: Recalibration) -> ir.Table:
    """Add `risk`, the recalibrated probability of leaving, to a table.

    Args:
        table: the customers with their features, as float64 and text.
        encoding: how features become the columns of the design matrix.
        model: the fitted learner.
        change: its recalibration.
    """
    design = table.mutate(**{f"x_{at}": _column(table, column) for at, column in enumerate(encoding.columns)})
    odds = _logistic(design, model) if isinstance(model, Logistic) else _boosted(design, encoding, model)
    scored = design.mutate(log_odds=odds).drop(*(f"x_{at}" for at in range(len(encoding.columns))))
    return recalibrated(scored, change)


def recalibrated(table: ir.Table, change: Recalibration) -> ir.Table:
    """Add `risk` to a table: its column `log_odds`, recalibrated, as a probability."""
    raw = table.log_odds * change.slope + change.intercept
    bounded = ibis.least(ibis.greatest(raw, -_LIMIT), _LIMIT)
    return table.mutate(risk=1.0 / (1.0 + (-bounded).exp())).drop("log_odds")


def _column(table: ir.Table, column: EncodedColumn) -> ir.FloatingValue:
    """Return one column of the design matrix; see `segkit.learning.encoding.EncodedColumn`."""
    x = table[column.feature]
    if column.op == "level":
        return _indicator(x == column.levels[0])
    if column.op == "other":
        return _indicator(x.notnull() & ~x.isin(column.levels))
    if column.op == "unknown":
        return _indicator(x.isnull())
    if column.op == "band":
        inside = x.notnull()
        if math.isfinite(column.low):
            inside = inside & (x >= column.low)
        if math.isfinite(column.high):
            inside = inside & (x < column.high)
        return _indicator(inside)
    clipped = ibis.least(ibis.greatest(x, column.low), column.high)
    value = (clipped + 1.0).ln() if column.log else clipped
    # least and greatest of the engines skip NULL, so it is tested for explicitly
    return x.isnull().ifelse(0.0, (value - column.centre) / column.scale)


def _indicator(condition: ir.BooleanValue) -> ir.FloatingValue:
    # cast a whole number: Spark reads 1.0 as a decimal, and Ibis omits a cast that it takes for needless
    return condition.fill_null(False).ifelse(1, 0).cast("float64")


def _logistic(table: ir.Table, model: Logistic) -> ir.FloatingValue:
    terms = [table[f"x_{at}"] * float(beta) for at, beta in enumerate(model.coefficients)]
    total: ir.FloatingValue = _total(terms) + float(model.intercept)
    return total


def _boosted(table: ir.Table, encoding: Encoding, model: Boosted) -> ir.FloatingValue:
    """Return the log-odds of boosted trees. Leaves are summed in whole units with 64 bits, alike on every engine."""
    limits = _limits(encoding, model)
    units: ir.IntegerValue = _total(
        [_node(table, encoding, tree, found, 0) for tree, found in zip(model.trees, limits, strict=True)]
    )
    return units.cast("float64") / LEAF_UNITS + float(model.intercept)


def _limits(encoding: Encoding, model: Boosted) -> list[Floats]:
    """Return each tree's thresholds; those on columns of numbers become limits of the feature itself, see
    `Column.limits`.
    """
    found = [tree.threshold.astype(np.float64) for tree in model.trees]
    for at, column in enumerate(encoding.columns):
        if column.op != "value":
            continue
        nodes = [
            (number, node) for number, tree in enumerate(model.trees) for node in np.flatnonzero(tree.column == at)
        ]
        limits = column.limits(np.array([found[number][node] for number, node in nodes]))
        for (number, node), limit in zip(nodes, limits, strict=True):
            found[number][node] = limit
    return found


def _node(table: ir.Table, encoding: Encoding, tree: Tree, limits: Floats, at: int) -> ir.IntegerValue:
    place = int(tree.column[at])
    if place < 0:
        return ibis.literal(round(float(tree.value[at]) * LEAF_UNITS), "int64")
    column, threshold = encoding.columns[place], float(tree.threshold[at])
    if column.op == "value":
        # a value that is not known stands at 0
        down = (table[column.feature] <= float(limits[at])).fill_null(threshold >= 0.0)
    else:
        down = table[f"x_{place}"] <= threshold
    left, right = (_node(table, encoding, tree, limits, int(branch[at])) for branch in (tree.left, tree.right))
    return down.ifelse(left, right)


def _total(terms: Sequence[Any]) -> Any:
    """Return the sum of terms as a balanced tree: long chains are too deep for the engines' compilers."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return _total(terms[:half]) + _total(terms[half:])
