"""The segmentations that are checked against plain SQL: of each, the dataset's entry and the SQL for a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from segkit.segments.measure.assign import SegmentedBase, segment
from tests.customers import plain_sql as customers_sql
from tests.customers.worlds import World
from tests.segments.kinds import plain_sql


@dataclass(frozen=True)
class Case:
    """A segmentation.

    Attributes:
        definition: as under `segmentations:`.
        sql: day → rows (customer_id, segment, value); the segment by name, or by place counted from `first`.
        first: number of the first segment in the SQL, where it speaks of places; None where it speaks of names.
    """

    definition: dict[str, Any]
    sql: Callable[[dt.date], str]
    first: int | None = None


def _grocery(day: dt.date) -> str:
    return customers_sql.grocery_customers(day)


def _telecom(day: dt.date) -> str:
    return customers_sql.telecom_customers(day, usage_days=60)


GROCERY = {
    "rhythm": Case({"kind": "lifecycle"}, lambda day: plain_sql.lifecycle_rhythm(_grocery(day))),
    "fixed": Case(
        {"kind": "lifecycle", "windows": "fixed", "new_days": 35, "active_days": 21, "lapsed_days": 60},
        lambda day: plain_sql.lifecycle_fixed(_grocery(day), 35, 21, 60),
    ),
    "value": Case({"kind": "value"}, lambda day: plain_sql.deciles(_grocery(day)), first=1),
    "thirds": Case(
        {"kind": "value", "by": "orders", "groups": 3},
        lambda day: plain_sql.deciles(_grocery(day), "orders", 3),
        first=1,
    ),
    "age": Case({"kind": "attribute", "column": "age"}, lambda day: plain_sql.attribute(_grocery(day), "age")),
    "income": Case(
        {"kind": "attribute", "column": "income", "most": 4},
        lambda day: (
            f"""SELECT customer_id, value, CASE WHEN income IS NULL THEN 'Unassigned'
            WHEN income IN ('25-34K', '35-49K', '50-74K', '75-99K') THEN income ELSE 'Other' END AS segment
            FROM ({_grocery(day)})"""
        ),
    ),
    "orders": Case(
        {"kind": "bands", "column": "orders", "edges": [10, 25, 50, 100]},
        lambda day: plain_sql.bands(_grocery(day), "orders", [10, 25, 50, 100]),
        first=0,
    ),
}
TELECOM = {
    "contract": Case(
        {"kind": "lifecycle", "new_days": 90, "lapsed_days": 180, "warnings": ["ticket", "late_payment"]},
        lambda day: plain_sql.lifecycle_contract(_telecom(day), day, 90, 180, 2),
    ),
    "plan": Case({"kind": "attribute", "column": "plan"}, lambda day: plain_sql.attribute(_telecom(day), "plan")),
    "tenure": Case(
        {"kind": "bands", "column": "tenure", "edges": [6, 12, 24.5]},
        lambda day: plain_sql.bands(_telecom(day), "tenure", [6, 12, 24.5]),
        first=0,
    ),
    "gigabytes": Case(
        {"kind": "bands", "column": "usage_data_gb", "quantiles": 4},
        lambda day: plain_sql.deciles(_telecom(day), "usage_data_gb", 4),
        first=1,
    ),
}


def segmented(world: World, definition: dict[str, Any]) -> SegmentedBase:
    """The world's customers, by a segmentation that its dataset file does not have."""
    base = world.base
    spec = base.dataset.spec.model_copy(update={"segmentations": {"asked": definition}})
    found = segment(replace(base, dataset=replace(base.dataset, spec=spec)), "asked")
    return SegmentedBase(base, found.segmentation)


def names(case: Case, found: SegmentedBase) -> dict[str, int]:
    """What the SQL calls a segment → the segment's place."""
    segments = found.segmentation.all_segments
    called = [s.name if case.first is None else str(i + case.first) for i, s in enumerate(segments)]
    return dict(zip([*called[:-1], "Unassigned"], range(len(segments)), strict=True))
