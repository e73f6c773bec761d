"""Counts and sums of a campaign's page against plain SQL over random worlds: one arm more or less, refunds, nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.records import CampaignLift
from segkit.data import Dataset
from segkit.errors import DataError
from segkit.statistics.effects import Effect
from tests.campaigns.measure.made import UNRANKED
from tests.customers.made import made_base, showing

START, END = dt.date(2024, 9, 2), dt.date(2024, 9, 29)
BANDS = {"age": {"kind": "bands", "column": "age", "edges": [40], "title": "Age"}}

SQL = """
WITH member AS (
    SELECT customer_id, arm FROM contacts WHERE arm IS NOT NULL
    UNION ALL
    SELECT customer_id, 'not contacted' FROM (
        SELECT DISTINCT customer_id FROM transactions WHERE day < DATE '2024-09-02' AND $others
    ) WHERE customer_id NOT IN (SELECT customer_id FROM contacts)
), seen AS (
    SELECT * FROM member WHERE NOT $others OR arm = 'not contacted'
        OR customer_id IN (SELECT customer_id FROM transactions WHERE day < DATE '2024-09-02')
), spent AS (
    SELECT customer_id, sum(amount) AS cents, count(DISTINCT CASE WHEN is_purchase THEN order_id END) AS orders
    FROM transactions WHERE day BETWEEN DATE '2024-09-02' AND DATE '2024-09-29' GROUP BY customer_id
)
SELECT arm, count(*) AS n, coalesce(sum(cents), 0) AS cents, coalesce(sum(orders), 0) AS orders,
       coalesce(sum(CAST(converted AS INT)), 0) AS converted
FROM seen LEFT JOIN spent USING (customer_id) LEFT JOIN (SELECT customer_id, converted FROM contacts) USING (customer_id)
GROUP BY arm ORDER BY arm
"""


def tables(
    seed: int, n: int, arms: tuple[str, ...], *, control: str | None, buy: float, contacted: float
) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    ids = np.arange(n)
    rows: list[tuple[int, dt.date, int]] = [(int(i), dt.date(2024, 3, 1), 100) for i in ids]
    for i in ids:
        for _ in range(draw.poisson(buy)):
            day = dt.date(2024, 8, 5) + dt.timedelta(days=int(draw.integers(0, 70)))
            rows.append((int(i), day, int(draw.choice([1999, 2000, -1999, 0, 1, 123_456]))))
    listed = ids[draw.random(n) < contacted] if control is None else ids
    arm = [str(a) for a in draw.choice(arms, len(listed))]
    who, days, amounts = zip(*rows, strict=True)
    return {
        "transactions": pa.table(
            {
                "customer_id": pa.array(who, pa.int64()),
                "day": pa.array(days, pa.date32()),
                "amount": pa.array(amounts, pa.int64()),
                "is_purchase": pa.array([a > 0 for a in amounts], pa.bool_()),
                "order_id": pa.array(range(len(rows)), pa.int64()),
            }
        ),
        "customers": pa.table({"customer_id": ids, "age": pa.array(draw.integers(20, 70, n), pa.int64())}),
        "campaigns": pa.table(
            {
                "campaign_id": ["c"],
                "start": pa.array([START], pa.date32()),
                "end": pa.array([END], pa.date32()),
                "randomised": [control is not None],
                "control_arm": pa.array([control], pa.string()),
            }
        ),
        "contacts": pa.table(
            {
                "customer_id": pa.array(listed, pa.int64()),
                "campaign_id": pa.array(["c"] * len(listed), pa.string()),
                "arm": pa.array(arm, pa.string()),
                "converted": pa.array(draw.random(len(listed)) < min(buy, 0.4), pa.bool_()),
            }
        ),
    }


def by_sql(given: dict[str, Any], *, others: bool) -> dict[str, tuple[int, int, int, int]]:
    with duckdb.connect() as db:
        for name, table in given.items():
            db.register(name, table)
        found = db.execute(SQL.replace("$others", str(others))).fetchall()
    return {str(arm): (int(n), int(cents), int(orders), int(conv)) for arm, n, cents, orders, conv in found}


def compared(lift: CampaignLift) -> list[Any]:
    pairs = [(c.metric, c.treated, c.control, c.plain) for c in lift.comparisons]
    chosen = lift.chosen.comparisons if lift.chosen is not None else ()
    return pairs + [(c.metric, c.arm, lift.facts.control, c.naive) for c in chosen]


@settings(max_examples=12, phases=[Phase.generate])  # an example takes a second; shrinking takes minutes
@given(
    seed=st.integers(0, 10_000),
    n=st.sampled_from([2, 3, 12, 60]),
    arms=st.sampled_from([("control", "a"), ("control", "a", "b"), ("a",), ("a", "b")]),
    buy=st.sampled_from([0.0, 0.02, 0.5, 2.0]),
    contacted=st.sampled_from([0.5, 1.0]),
)
def test_counts_and_sums_are_those_of_plain_sql(
    like: Dataset, seed: int, n: int, arms: tuple[str, ...], buy: float, contacted: float
) -> None:
    control = "control" if "control" in arms else None
    given_tables = tables(seed, n, arms, control=control, buy=buy, contacted=contacted)
    wanted = by_sql(given_tables, others=control is None)
    base = made_base(like, given_tables, END, segmentations=BANDS, periods=1)
    try:
        lift = campaign_lift(showing(base, 1), "c", segmentations="age", uplift=UNRANKED, looks="once")
    except DataError as refused:
        said = str(refused)
    else:
        said = ""
    if said:  # nobody is left to compare with
        assert (control or "not contacted") not in wanted or len(wanted) < 2, said
        assert "comparison" in said or "control arm" in said or "nobody" in said, said
        return
    assert dict(zip(lift.facts.arms, lift.facts.customers, strict=True)) == {a: w[0] for a, w in wanted.items()}
    for step in lift.funnel:
        assert step.assigned == wanted[step.arm][0]
        if step.converted is not None:
            assert step.converted == wanted[step.arm][3]
    for metric, treated, against, effect in compared(lift):
        if not isinstance(effect, Effect) or metric.key not in ("revenue", "orders", "converted"):
            continue
        place = {"revenue": 1, "orders": 2, "converted": 3}[metric.key]
        values = []
        for arm, found in ((treated, effect.treated), (against, effect.control)):
            n_arm, total = wanted[arm][0], wanted[arm][place] / (100 if metric.key == "revenue" else 1)
            under = wanted[arm][2] if metric.over == "orders" else n_arm
            assert found.value == pytest.approx(total / under, rel=1e-9, abs=1e-9)
            assert found.variance > 0
            values.append(total / under)
        assert effect.difference == pytest.approx(values[0] - values[1], rel=1e-9, abs=1e-9)
        assert effect.lower < effect.upper
        if effect.lift.lower is not None and effect.lift.upper is not None:
            assert effect.lift.lower < effect.lift.upper
