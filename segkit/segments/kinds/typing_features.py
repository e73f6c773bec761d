"""A typing model in the engine: its features are learnt from the customers, its classes are an expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from segkit.data.engine import MOST_ROWS, Engine
from segkit.errors import ParameterError
from segkit.segments.kinds.attribute import column_of
from segkit.segments.models.typing_model import TypingModel

_LEVELS: Final = 12


@dataclass(frozen=True, slots=True)
class TypingPredictor:
    """One feature: a number in standard deviations from its mean (0 where unknown), or whether a text has a value.

    Attributes:
        column: a column of the customer table.
        value: the value of a text; None for a number.
        mean, deviation: mean and standard deviation of a number.
    """

    column: str
    value: str | None
    mean: float = 0.0
    deviation: float = 1.0

    def expression(self, table: ir.Table) -> ir.FloatingValue:
        """Return the feature of each customer as an expression."""
        column = table[self.column]
        if self.value is not None:
            return (
                (column.cast("string") == self.value).fill_null(False).ifelse(1, 0).cast("float64")
            )  # the engine would read 1.0 as a decimal
        standard = (column.cast("float64") - self.mean) / self.deviation
        return standard.fill_null(0.0)


def predictors(customers: ir.Table, columns: Sequence[str], engine: Engine) -> tuple[TypingPredictor, ...]:
    """Learn the features that the columns give, from these customers.

    Raises:
        ParameterError: a column does not exist, or holds neither numbers nor texts.
    """
    found: list[TypingPredictor] = []
    for name in columns:
        column = column_of(customers, name, "needs")
        if isinstance(column, ir.NumericValue):
            value = column.cast("float64")
            row = engine.collect(customers.aggregate(m=value.mean(), d=value.std())).iloc[0]
            mean, deviation = (float(x) if x == x and x is not None else 0.0 for x in (row["m"], row["d"]))
            # three digits, since sums of floats depend on the order of rows
            found.append(TypingPredictor(name, None, float(f"{mean:.3g}"), float(f"{deviation:.3g}") or 1.0))
        elif isinstance(column, ir.StringValue | ir.BooleanValue):
            text = column.cast("string")
            sizes = customers.filter(text.notnull()).group_by(v=text).aggregate(n=ibis._.count())
            top = engine.collect(sizes.order_by(ibis.desc("n"), "v").limit(_LEVELS))
            found += [TypingPredictor(name, str(v)) for v in top["v"]]
        else:
            raise ParameterError(
                f"segmentation of kind needs, `typing`: `{name}` holds {column.type()}, neither numbers nor texts."
            )
    return tuple(found)


def respondents(
    customers: ir.Table, classes: ir.Table, features: Sequence[TypingPredictor], engine: Engine
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return features and class of at most 20,000 customers whose class is known, evenly spaced by customer_id,
    without ids.

    Customers for whom no column is known are left out. The model assigns no such customer, so its accuracy must not
    depend on them.

    Args:
        customers: the customer table.
        classes: `_respondent` and `_class`.
        features: from `predictors`.
        engine: fetches the sample.
    """
    joined = customers.join(classes, customers.customer_id == classes["_respondent"])
    joined = joined.filter(_known(joined, features))
    count = int(engine.collect(joined.aggregate(n=joined.count()))["n"].iloc[0])
    step = float(-(-count // MOST_ROWS) or 1)
    numbered = joined.mutate(_n=ibis.row_number().over(order_by=joined.customer_id).cast("float64"))
    kept = numbered.filter(numbered["_n"] - (numbered["_n"] / step).floor() * step == 0.0)
    columns = {f"x{i}": feature.expression(kept) for i, feature in enumerate(features)}
    frame = engine.sample(kept.select(_class=kept["_class"].cast("int64"), **columns)).to_pandas()
    return frame.drop(columns="_class").to_numpy(dtype=np.float64), frame["_class"].to_numpy(dtype=np.int64)


def typed(table: ir.Table, features: Sequence[TypingPredictor], model: TypingModel) -> ir.IntegerValue:
    """Return the class that the model gives each customer, as an expression; NULL where no column is known."""
    scores = []
    for intercept, weights in zip(model.intercepts, model.weights, strict=True):
        terms = [
            feature.expression(table) * ibis.literal(float(weight)).cast("float64")
            for feature, weight in zip(features, weights, strict=True)
        ]
        scores.append(sum(terms, start=ibis.literal(float(intercept)).cast("float64")))
    known = _known(table, features)
    top = ibis.greatest(*scores)
    branches = [(score == top, c) for c, score in enumerate(scores)]
    return ibis.cases((~known, ibis.null("int64")), *branches, else_=ibis.null("int64"))


def _known(table: ir.Table, features: Sequence[TypingPredictor]) -> ir.BooleanValue:
    """Return whether any of the columns is known, as an expression."""
    columns = dict.fromkeys(feature.column for feature in features)
    return reduce(or_, (table[name].notnull() for name in columns), ibis.literal(False))
