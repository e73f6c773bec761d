"""A drawn world as files: opened by segkit through its dataset file, and the same raw files under plain SQL."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import SegmentedBase, segment
from tests.worlds import raw_sql
from tests.worlds.drawn import Drawn

CUTS = {"abc": (80, 95), "halves": (55, 70, 90)}
SEGMENTATIONS: dict[str, Any] = {
    "city": {"kind": "attribute", "column": "city"},
    "thirds": {"kind": "value", "groups": 3},
    **{name: {"kind": "abc", "cuts": [cut / 100 for cut in cuts]} for name, cuts in CUTS.items()},
}


@dataclass(frozen=True)
class World:
    """One random company.

    Attributes:
        drawn: what is in its files.
        base: segkit's customer base of it.
        db: plain SQL over the raw files, with the views of `tests.worlds.raw_sql`.
    """

    drawn: Drawn
    base: CustomerBase
    db: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.db.execute(query).fetchall()

    def one(self, query: str) -> tuple[Any, ...]:
        """The one row of a query."""
        (row,) = self.rows(query)
        return row

    def by(self, query: str) -> dict[Any, Any]:
        """The first column of a query → the second, or the others."""
        return {row[0]: row[1] if len(row) == 2 else row[1:] for row in self.rows(query)}

    def segmented(self, name: str) -> SegmentedBase:
        """The customers by one of the segmentations."""
        return segment(self.base, name)


def opened(folder: Path, drawn: Drawn, *, periods: int = 3, **sections: Any) -> World:
    """Write a world, open it with segkit, and put its raw files under plain SQL.

    Args:
        folder: to write into.
        drawn: the world.
        periods: of the report.
        sections: more of the dataset file; `segmentations` in place of the usual ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    for name, rows in drawn.tables.items():
        file = folder / f"{name}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        db.execute(f"CREATE TABLE raw_{name} AS SELECT * FROM read_csv('{file}', all_varchar = true, header = true)")
    raw_sql.create_views(db, drawn)
    path = folder / "params" / "datasets" / "world.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_dataset(folder, drawn) | sections, default=str), encoding="utf-8")
    dataset = open_dataset(path, drawn.as_of)
    base = customer_base(
        dataset, period=drawn.period, periods=periods, value_months=drawn.rules["value_months"], usage_days=30
    )
    return World(drawn, base, db)


def _dataset(folder: Path, drawn: Drawn) -> dict[str, Any]:
    tables: dict[str, Any] = {name: {"path": str(folder / f"{name}.csv")} for name in drawn.tables}
    tables["customers"]["attributes"] = {"city": {"kind": "text"}, "age": {"kind": "whole"}}
    if "subscriptions" in tables:
        tables["subscriptions"]["end_is"] = drawn.rules["end_is"]
        if drawn.rules["followed_within"] is not None:
            tables["subscriptions"]["followed_within"] = drawn.rules["followed_within"]
    returns = {"cancellation_prefix": "X", "zero_amounts": drawn.rules["zero_amounts"]}
    segmentations = {name: dict(one) for name, one in SEGMENTATIONS.items()}
    if "transactions" not in tables:
        for name in ("thirds", *CUTS):
            segmentations[name]["by"] = "recurring_amount"
    return {
        "title": f"World {drawn.seed}",
        "relation": drawn.rules["relation"],
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "smallest": 1,
        "freshness": _whole(drawn),
        "tolerate": 0.6,
        "returns": returns,
        "tables": tables,
        "segmentations": segmentations,
    }


def day(value: dt.date) -> str:
    """A date in SQL."""
    return f"DATE '{value}'"


def _whole(drawn: Drawn) -> dict[str, Any]:
    """A drawn world is whole, however quiet its last days are: nothing of it is late."""
    dated = [name for name in ("transactions", "subscriptions", "events") if name in drawn.tables]
    return {name: {"error_after": "9999 days", "groups": []} for name in dated}
