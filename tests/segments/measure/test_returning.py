"""Who came back: against plain SQL over the raw files, against hand-counted customers, and on its table and chart."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from segkit.data.engine import Engine
from segkit.page import Metric, write
from segkit.page.result import Nothing
from segkit.segments.measure.assign import SegmentedBase, segment
from segkit.segments.measure.returning import returning
from segkit.segments.records import Returning
from tests.customers import plain_sql as customers_sql
from tests.customers.made import CUSTOMERS, SUBSCRIPTIONS, TRANSACTIONS, made_base, showing
from tests.customers.worlds import World
from tests.engines.conftest import spark
from tests.engines.test_postgres import engine, postgres
from tests.engines.test_postgres import load as load_postgres
from tests.engines.test_spark import load as load_spark
from tests.segments.kinds.cases import GROCERY, names, segmented

__all__ = ["engine", "postgres", "spark"]

AS_OF = dt.date(2024, 3, 31)
MIXED = {"Bonn": (3, 40, 50), "Kiel": (20, 20, 20), "Ulm": (60, 60, 60), "Jena": (0, 0, 9)}


@pytest.mark.parametrize("which", ["rhythm", "value", "age"])
def test_as_plain_sql_counts(grocery: World, which: str) -> None:
    case, found = GROCERY[which], segmented(grocery, GROCERY[which].definition)
    result = returning(showing(found, 1))
    assert isinstance(result, Returning)
    now, before = grocery.base.as_of, grocery.base.previous
    assert before is not None
    rows = grocery.sql(
        f"""SELECT segment, count(*) FILTER (was.period_orders > 0) AS bought_before,
            count(*) FILTER (was.period_orders > 0 AND now.period_orders > 0) AS returned
        FROM ({case.sql(now)}) AS segments
        JOIN ({customers_sql.grocery_customers(now)}) AS now USING (customer_id)
        LEFT JOIN ({customers_sql.grocery_customers(before)}) AS was USING (customer_id)
        GROUP BY segment"""
    ).to_pylist()
    places = names(case, found)
    called = {place: one.name for place, one in enumerate(found.segmentation.all_segments)}
    wanted = {called[places[row["segment"]]]: (row["bought_before"], row["returned"]) for row in rows}
    shown = {row.segment: (row.bought_before, row.returned) for row in result.frame.itertuples()}
    assert {name: counts for name, counts in shown.items() if name in wanted} == wanted
    assert all(counts == (0, 0) for name, counts in shown.items() if name not in wanted)
    assert result.total_bought_before == sum(before for before, _ in wanted.values())
    assert result.total_returned == sum(returned for _, returned in wanted.values())


def shop(like: World, groups: dict[str, tuple[int, int, int]], **options: Any) -> SegmentedBase:
    """Customers of cities: so many came back, so many bought in February alone, so many in January alone."""
    cities, sales = [], []
    days = ((dt.date(2024, 2, 9), dt.date(2024, 3, 9)), (dt.date(2024, 2, 9),), (dt.date(2024, 1, 9),))
    for city, counts in groups.items():
        for count, when in zip(counts, days, strict=True):
            for _ in range(count):
                who = len(cities) + 1
                cities.append({"customer_id": who, "city": city})
                sales += [{"customer_id": who, "day": day, "amount": 500, "is_purchase": True} for day in when]
                # a return is no purchase
                sales.append({"customer_id": who, "day": AS_OF, "amount": -5, "is_purchase": False})
    base = made_base(
        like.base.dataset,
        {
            "transactions": pa.Table.from_pylist(sales, schema=TRANSACTIONS),
            "customers": pa.Table.from_pylist(cities, schema=CUSTOMERS),
        },
        AS_OF,
        segmentations={"city": {"kind": "attribute", "column": "city"}},
        **{"period": "month", "periods": 2, **options},
    )
    return segment(base, "city")


def rows(found: SegmentedBase) -> dict[str, tuple[object, ...]]:
    """What is shown of each segment: bought before, returned, rate; None where it is suppressed."""
    result = returning(found)
    assert isinstance(result, Returning)
    frame = result.frame.astype(object).where(result.frame.notna(), None)
    return {row.segment: (row.bought_before, row.returned, row.rate) for row in frame.itertuples()}


def test_who_came_back(grocery: World) -> None:
    found = rows(shop(grocery, {"Bonn": (6, 6, 20), "Ulm": (30, 10, 5)}))
    assert (found["Bonn"], found["Ulm"]) == ((12, 6, 0.5), (40, 30, 0.75))


def test_where_nobody_bought_before_there_is_no_share(grocery: World) -> None:
    assert rows(shop(grocery, {"Bonn": (0, 0, 20), "Ulm": (30, 10, 5)}))["Bonn"] == (0, 0, None)


def test_few_customers_and_what_would_give_them_away_are_not_shown(grocery: World) -> None:
    # three of Bonn came back: Bonn alone hidden would follow from the sums over all cities, so the least other goes too
    found = rows(shop(grocery, {"Bonn": (3, 40, 50), "Kiel": (20, 20, 20), "Ulm": (60, 60, 60)}))
    assert found == {"Bonn": (None, None, None), "Kiel": (None, None, None), "Ulm": (120, 60, 0.5)}


def test_sums_that_tell_of_few_are_not_shown(grocery: World) -> None:
    result = returning(shop(grocery, {"Bonn": (3, 40, 50)}))
    assert isinstance(result, Returning)
    assert (result.total_bought_before, result.total_returned) == (None, None)


def test_without_an_earlier_period_it_says_why(grocery: World) -> None:
    result = returning(shop(grocery, {"Bonn": (6, 6, 20)}, periods=1))
    assert isinstance(result, Nothing)
    assert "earlier period" in result.describe()


def test_without_purchases_it_says_why(grocery: World) -> None:
    contracts = [{"customer_id": who, "start": dt.date(2023, 1, 1), "plan": "S"} for who in range(9)]
    base = made_base(
        grocery.base.dataset,
        {"subscriptions": pa.Table.from_pylist(contracts, schema=SUBSCRIPTIONS)},
        AS_OF,
        relation="contractual",
        segmentations={"plan": {"kind": "attribute", "column": "plan"}},
        period="month",
        periods=2,
    )
    result = returning(segment(base, "plan"))
    assert isinstance(result, Nothing)
    assert "transactions" in result.describe()


def test_postgres_counts_the_same(grocery: World, engine: Engine) -> None:
    here, there = (shop(grocery, MIXED), shop(grocery, MIXED, engine=engine, load=load_postgres))
    assert rows(there) == rows(here)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_counts_the_same(grocery: World, spark: Engine) -> None:
    here, there = (shop(grocery, MIXED), shop(grocery, MIXED, engine=spark, load=load_spark))
    assert rows(there) == rows(here)


def test_the_table_and_the_chart_state_the_same(grocery: World) -> None:
    result = returning(shop(grocery, {"Bonn": (6, 6, 20), "Ulm": (30, 10, 5)}))
    table, bars = result.show.table(), result.show.bars()
    texts = [statement.text for statement in table.statements()]
    # one column, one number of decimals
    assert {f"{share}\u202f%" for share in ("50.0", "75.0", "69.2")} <= set(texts)
    assert bars.fields["title"].text == f"Ulm: {write(Metric('rate', 0.75, 'share'))} of buyers bought again"
    stated = {metric.key: metric.value for metric in table.metrics}
    assert all(stated[metric.key] == metric.value for metric in bars.metrics)


def test_what_is_hidden_is_a_dash_and_no_bar(grocery: World) -> None:
    result = returning(shop(grocery, {"Bonn": (3, 40, 50)}))
    assert any("not shown" in statement.text for statement in result.show.table().statements())
    assert result.show.bars() is None
