"""The save list: whom to call, ranked by the value that a call is expected to save, and cut where the profit is
highest.
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.churn.measure.reckoning import Reckoning, prepare, reckon, stated
from segkit.churn.options import ChurnOptions
from segkit.errors import ParameterError
from segkit.forecast.horizon import whole_money
from segkit.held import held_file
from segkit.segments.measure.assign import SegmentedBase

_MORE = ("segment", "risk", "value", "expected")


@dataclass(frozen=True, slots=True)
class SaveList:
    """A save list that was written.

    Attributes:
        path: the file.
        customers: how many rows it has.
        profit: the expected profit of calling all of them, in major units.
    """

    path: Path
    customers: int
    profit: float


def expected_profit(scored: ir.Table, save_rate: float, cost: int) -> ir.IntegerValue:
    """Return risk × value × save rate − cost, in whole minor units; it may be negative."""
    saved = scored.risk * scored.amount.cast("float64") * save_rate
    return whole_money(saved) - cost


def save_list(
    segmented: SegmentedBase, path: str | Path, *, most: int = 0, columns: Sequence[str] = (), **options: Any
) -> SaveList:
    """Write the customers who are worth a call to a CSV file, the most profitable first.

    Profit is highest if a customer is called whenever the value that the call is expected to save exceeds its cost.

    Args:
        segmented: the customers with their segments.
        path: the file; it appears whole or not at all.
        most: how many customers can be called; 0 for any number.
        columns: what to write besides ids: any of segment, risk, value, expected (the profit), in major units.
        options: those of `churn.risk`; save_rate and contact_cost decide the cut.

    Raises:
        ParameterError: a column is not known, or the folder does not exist.
        ModelError: no prediction is possible; the message says why.
        DataError: a feature knows the future.
    """
    wanted = [name for name in _MORE if name in columns]
    unknown = [name for name in columns if name not in _MORE]
    if unknown or most < 0:
        wrong = (
            f"columns: `{unknown[0]}` is not known. Write any of {', '.join(_MORE)}." if unknown else "most: below 0."
        )
        raise ParameterError(wrong)
    target = Path(path)
    if not target.parent.is_dir():
        raise ParameterError(f"path: the folder {target.parent} does not exist.")
    settings = ChurnOptions.read({**stated(segmented), **options}, "save_list")
    found = reckon(segmented, prepare(segmented, settings))
    return _write(found, target, most, wanted)


def _write(found: Reckoning, target: Path, most: int, wanted: list[str]) -> SaveList:
    scale = float(10**found.base.dataset.spec.money.decimals)
    table = worth_calling(found)
    ordered = table.order_by(table.profit.desc(), table.customer_id)
    ordered = ordered.limit(most) if most else ordered
    names = ibis.literal("")
    segments = found.segmented.segmentation.all_segments
    names = ibis.cases(*((ordered.segment == at, one.name) for at, one in enumerate(segments)), else_="")
    columns: dict[str, ir.Value] = {"customer_id": ordered.customer_id.cast("string")}
    more = {
        "segment": names,
        "risk": ordered.risk,
        "value": ordered.amount.cast("float64") / scale,
        "expected": ordered.profit.cast("float64") / scale,
    }
    columns |= {name: more[name] for name in wanted}
    # the profit is needed for the sum, and is written only if asked for
    rows = ordered.select(**columns, _profit=ordered.profit)
    customers, profit = 0, 0
    with held_file(target.parent, ".save-", ".csv") as file:
        writer = csv.writer(codecs.getwriter("utf-8")(file))
        writer.writerow(columns)
        for batch in found.base.dataset.engine.export(rows):
            data = batch.to_pydict()
            profit += sum(data["_profit"])
            customers += batch.num_rows
            writer.writerows(zip(*([_written(v) for v in data[column]] for column in columns), strict=True))
        file.flush()
        os.fsync(file.fileno())
        os.replace(file.name, target)
    return SaveList(target, customers, profit / scale)


def worth_calling(found: Reckoning) -> ir.Table:
    """Return the customers whose expected profit is positive, with `profit` in minor units."""
    options = found.frames.options
    cost = round(options.contact_cost * 10**found.base.dataset.spec.money.decimals)
    table = found.scored.mutate(profit=expected_profit(found.scored, options.save_rate, cost))
    return table.filter(table.profit > 0)


def _written(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
