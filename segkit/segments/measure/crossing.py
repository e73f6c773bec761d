"""Two segmentations crossed: who is in which segment of both, and what they bring."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segkit.customers.partition import SEGMENT
from segkit.page.result import Nothing
from segkit.privacy.suppression import hidden_over_time, hidden_table
from segkit.segments.measure.assign import SegmentedBase, segment, value_column
from segkit.segments.profile_records import CrossTable


def cross_table(first: SegmentedBase, by: str) -> CrossTable | Nothing:
    """Count customers, and average their value, by two segmentations at once.

    Args:
        first: the segmentation of the rows.
        by: name of the segmentation of the columns; if it is empty, nothing is returned.

    Raises:
        ParameterError: the dataset file defines no such segmentation.
        DataError: the segments of one do not add up to the whole.
    """
    if not by:
        return Nothing("No segmentation to cross with was named.")
    base = first.base
    second = segment(base, by)
    both = (first, second)
    totals = [each.all_totals(base.ends[-2:]) for each in both]
    alone = [
        hidden_over_time({end: [int(n) for n in f["customers"]] for end, f in each.items()}, base.smallest)[
            base.as_of
        ]
        for each in totals
    ]
    counts, values = _cells(first, second)
    names = [each.present(each.totals(base.as_of)) for each in both]
    size = (len(names[0]), len(names[1]))
    counts, values = counts[: size[0], : size[1]], values[: size[0], : size[1]]
    already = np.array(alone[0][: size[0]])[:, None] | np.array(alone[1][: size[1]])[None, :]
    hidden = hidden_table(counts, base.smallest, already)
    scale = 10**base.dataset.spec.money.decimals
    of_row, of_column, whole = counts.sum(axis=1), counts.sum(axis=0), int(counts.sum())
    rows = []
    for i, row in enumerate(names[0]):
        for j, column in enumerate(names[1]):
            n = int(counts[i, j])
            known = not hidden[i, j] and of_row[i] > 0
            share = n / int(of_row[i]) if known else np.nan
            expected = int(of_column[j]) / whole if whole else np.nan
            rows.append(
                {
                    "row": row.name,
                    "column": column.name,
                    "customers": pd.NA if hidden[i, j] else n,
                    "share": share,
                    "index": share / expected if known and expected else np.nan,
                    "mean_value": int(values[i, j]) / n / scale if known and n else np.nan,
                    "suppressed": bool(hidden[i, j]),
                }
            )
    columns_ = ["row", "column", "customers", "share", "index", "mean_value", "suppressed"]
    kinds = {"customers": "Int64", **dict.fromkeys(columns_[3:6], "float64")}
    return CrossTable(
        first=first.segmentation.title,
        second=second.segmentation.title,
        unit_name=base.unit_name,
        money=base.dataset.spec.money,
        end=base.as_of,
        rows=names[0],
        columns=names[1],
        frame=pd.DataFrame(rows, columns=columns_).astype(kinds),
        cramers_v=_association(counts),
        smallest=base.smallest,
    )


def paired(first: SegmentedBase, second: SegmentedBase) -> ir.Table:
    """Return customers and value by two segmentations: a, b, n, value."""
    one, other = first.assigned(), second.assigned()
    name = value_column(one)
    left = one.select(
        "customer_id", a=one[SEGMENT], value=one[name].fill_null(0) if name else ibis.literal(0, "int64")
    )
    right = other.select(_who=other.customer_id, b=other[SEGMENT])
    joined = left.join(right, left.customer_id == right["_who"])
    return joined.group_by("a", "b").aggregate(n=joined.count(), value=joined.value.sum())


def _cells(first: SegmentedBase, second: SegmentedBase) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    frame = first.base.dataset.engine.collect(paired(first, second)).astype("int64")
    shape = (len(first.segmentation.all_segments), len(second.segmentation.all_segments))
    counts, values = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    counts[frame["a"], frame["b"]], values[frame["a"], frame["b"]] = frame["n"], frame["value"]
    return counts, values


def _association(counts: NDArray[np.int64]) -> float | None:
    """Compute Cramér's V of the rows and columns that have customers."""
    table = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0].astype(np.float64)
    if min(table.shape) < 2:
        return None
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0)[None, :] / table.sum()
    chi = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi / table.sum() / (min(table.shape) - 1)))
