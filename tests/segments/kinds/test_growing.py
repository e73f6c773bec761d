"""Growing customers: against plain SQL over the raw files, for purchases and for contracts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from segkit.errors import DataError
from segkit.segments.kinds.lifecycle import Lifecycle
from tests.customers import plain_sql as customers_sql
from tests.customers.worlds import World
from tests.segments.kinds import plain_sql
from tests.segments.kinds.cases import segmented
from tests.segments.kinds.everyone import Bench, rows, survey, table


def growing(lifecycle: str, people: str, since: str, day: str, days: int, times: float) -> str:
    """The lifecycle without growth, Active divided by revenue of two stretches."""
    return f"""
    WITH l AS ({lifecycle}), p AS ({people}), sums AS (
        SELECT customer_id,
            sum(cents) FILTER (day > DATE '{day}' - {days} AND day <= DATE '{day}') AS late,
            sum(cents) FILTER (day > DATE '{day}' - {2 * days} AND day <= DATE '{day}' - {days}) AS early
        FROM tx GROUP BY customer_id)
    SELECT l.customer_id, CASE WHEN l.segment = 'Active' AND early > 0 AND late >= {times} * early
        AND DATE '{day}' - p.{since} >= {2 * days} THEN 'Growing' ELSE l.segment END AS segment
    FROM l JOIN p USING (customer_id) LEFT JOIN sums USING (customer_id)
    """


@pytest.mark.parametrize("end", [-1, 0])
def test_grocery(grocery: World, end: int) -> None:
    day = grocery.base.ends[end]
    found = segmented(grocery, {"kind": "lifecycle", "growing": 1.5, "growing_days": 60})
    people = customers_sql.grocery_customers(day)
    sql = growing(plain_sql.lifecycle_rhythm(people), people, "first_purchase", str(day), 60, 1.5)
    _same(grocery, found, end, sql)


def test_telecom(telecom: World) -> None:
    day = telecom.base.ends[-1]
    found = segmented(telecom, {"kind": "lifecycle", "growing": 1.2, "new_days": 90, "lapsed_days": 180})
    people = customers_sql.telecom_customers(day, usage_days=60)
    quiet = plain_sql.lifecycle_contract(people, day, 90, 180, 10**9)
    _same(telecom, found, -1, growing(quiet, people, "customer_since", str(day), 91, 1.2))


def _same(world: World, found: object, end: int, sql: str) -> None:
    names = [s.name for s in found.segmentation.all_segments]  # type: ignore[attr-defined]
    wanted = {row["customer_id"]: row["segment"] for row in world.sql(sql).to_pylist()}
    table = found.assigned(world.base.ends[end])  # type: ignore[attr-defined]
    got = {
        r["customer_id"]: names[r["segment"]] for r in world.base.dataset.engine.backend.to_pyarrow(table).to_pylist()
    }
    assert got == wanted
    assert 10 < sum(1 for segment in wanted.values() if segment == "Growing") < len(wanted) / 2


def test_what_growth_needs_is_said() -> None:
    with pytest.raises(ValidationError, match="must be above 1"):
        Lifecycle(kind="lifecycle", growing=0.5)
    with pytest.raises(DataError, match="needs the table transactions"):
        Bench(table(rows(10)), {"survey": survey(10)}).fit("lifecycle", {"growing": 2})
