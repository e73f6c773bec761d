"""Key figures of the dataset file: against plain SQL on random worlds, in two engines, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.customers import CustomerBase
from segkit.customers.periods import period_ending
from segkit.data.engine import Engine
from segkit.kpis.measure.own_figures import own_figures
from tests.customers import naive
from tests.customers.draws import AS_OF, Tables, company
from tests.customers.made import SCHEMAS, arrow_table, hard_tables, made_base, showing, stating
from tests.customers.worlds import World
from tests.engines.conftest import spark
from tests.engines.test_postgres import engine, postgres
from tests.engines.test_postgres import load as load_postgres
from tests.engines.test_spark import load as load_spark

__all__ = ["engine", "postgres", "spark"]

FIGURES: dict[str, dict[str, Any]] = {
    "returns": {"sum": "amount", "of": "transactions", "where": "amount < 0", "better": "down"},
    "big_orders": {"share": "amount > 5", "count": "order_id", "of": "transactions", "where": "is_purchase"},
    "big_rows": {"share": "margin > 1.5", "of": "transactions"},
    "margin_of_row": {"mean": "margin", "of": "transactions"},
    "margin_rate": {"ratio": ["margin", "amount"], "of": "transactions", "where": "amount > 0"},
    "baskets": {"count": "order_id", "of": "transactions"},
    "used": {"sum": "value", "of": "events", "where": "event = 'data gb'", "unit": "index"},
    "callers": {"count": "customer_id", "of": "events", "where": "event = 'ticket'"},
    "still_open": {"count": "rows", "of": "subscriptions", "where": '"end" is null', "unit": "index"},
    "small_plans": {"share": "plan = 'S'", "of": "subscriptions"},
    "dear_visits": {"ratio": ["period_revenue", "period_orders"], "of": "customers"},
    "age_of_active": {"mean": "age", "of": "customers", "where": "status = 'active'", "unit": "index"},
    "in_town": {"share": "city = 'Köln' and revenue > 4.99", "of": "customers"},
    "paying": {"count": "rows", "of": "customers", "where": "recurring_amount > 0"},
}
"""Every operation, each table, each kind of column."""

BY_SQL = {
    "returns": "SELECT coalesce(sum(amount), 0) / 100 FROM tx WHERE amount < 0",
    "big_orders": """SELECT count(DISTINCT order_id) FILTER (amount > 500) / nullif(count(DISTINCT order_id), 0)
        FROM tx WHERE is_purchase""",
    "big_rows": "SELECT (count(*) FILTER (margin > 150)) / nullif(count(*), 0) FROM tx",
    "margin_of_row": "SELECT avg(margin) / 100 FROM tx",
    "margin_rate": "SELECT sum(margin) / nullif(sum(amount), 0) FROM tx WHERE amount > 0 AND margin IS NOT NULL",
    "baskets": "SELECT count(DISTINCT order_id) FROM tx",
    "used": "SELECT coalesce(sum(coalesce(value, 1)), 0) FROM ev WHERE event = 'data gb'",
    "callers": "SELECT count(DISTINCT customer_id) FROM ev WHERE event = 'ticket'",
    "still_open": 'SELECT count(*) FROM sub WHERE "end" IS NULL OR "end" > $last',
    "small_plans": "SELECT count(*) FILTER (plan = 'S') / nullif(count(*), 0) FROM sub",
    "dear_visits": "SELECT sum(period_revenue) / 100 / nullif(sum(period_orders), 0) FROM cu",
    "age_of_active": "SELECT avg(age) FROM cu WHERE status = 'active'",
    "in_town": "SELECT count(*) FILTER (city = 'Köln' AND revenue > 499) / nullif(count(*), 0) FROM cu",
    "paying": "SELECT count(*) FROM cu WHERE recurring_amount > 0",
}
"""The same by hand: tx, ev and sub hold the rows of one period, cu the customers as of its end; amounts in cents."""

DAYS = {"transactions": "day", "events": 'CAST("time" AS DATE)', "subscriptions": "start"}
SHORT = {"transactions": "tx", "events": "ev", "subscriptions": "sub"}


def world_of(like: World, tables: Tables, period: str, **options: Any) -> CustomerBase:
    """The customers of these rows, with the figures in their dataset file; nothing is too small to be shown."""
    loaded = {name: arrow_table(name, columns(name, rows)) for name, rows in tables.items()}
    made: dict[str, Any] = {"period": period, "periods": 4, "relation": "contractual"} | options
    base = made_base(like.base.dataset, loaded, AS_OF, **made)
    base = stating(showing(base, 1), key_figures=FIGURES)
    assert isinstance(base, CustomerBase)
    return base


def columns(name: str, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {field.name: [row[field.name] for row in rows] for field in SCHEMAS[name]}


def by_hand(tables: Tables, end: dt.date, period: str) -> dict[str, float | None]:
    """The figures of one period in plain SQL; unknown where their table begins within it or later."""
    connection = duckdb.connect()
    start = period_ending(end, period).start
    begun = {"customers": True}
    for name, short in SHORT.items():
        connection.register(name, arrow_table(name, columns(name, tables[name])))
        connection.execute(
            f"""CREATE TABLE {short} AS FROM {name} WHERE {DAYS[name]} BETWEEN '{start}' AND '{end}'"""
        )
        (first,) = connection.execute(f"SELECT min({DAYS[name]}) FROM {name}").fetchall()[0]
        begun[name] = end == AS_OF or (first is not None and first <= start)
    kinds = tuple(sorted({row["event"] for row in tables["events"]}))
    rows = list(naive.customer_rows(tables, end, period=period, kinds=kinds).values())
    wanted = (
        "customer_id",
        "period_revenue",
        "period_orders",
        "revenue",
        "status",
        "recurring_amount",
        "age",
        "city",
    )
    schema = pa.schema([(name, pa.string() if name in ("status", "city") else pa.int64()) for name in wanted])
    made = pa.table({name: pa.array([row[name] for row in rows], schema.field(name).type) for name in wanted})
    connection.register("cu", made)
    found: dict[str, float | None] = {}
    for key, sql in BY_SQL.items():
        ((value,),) = connection.execute(sql.replace("$last", f"DATE '{end}'")).fetchall()
        found[key] = value if begun[FIGURES[key]["of"]] else None
    return found


@pytest.mark.parametrize("period", ["week", "month"])
def test_as_plain_sql_on_random_worlds(grocery: World, period: str) -> None:
    @settings(max_examples=12)
    @given(st.builds(lambda tables: tables, company()))
    def every_world(tables: Tables) -> None:
        if not tables["transactions"] and not tables["subscriptions"]:
            return
        base = world_of(grocery, tables, period)
        found = {
            figure.key: dict(zip(figure.dates, figure.values, strict=True)) for figure in own_figures(base).figures
        }
        for end in base.ends:
            wanted = by_hand(tables, end, period)
            assert {key: found[key][end] for key in wanted} == {
                key: None if value is None else pytest.approx(float(value), rel=1e-9, abs=1e-6)
                for key, value in wanted.items()
            }, end

    every_world()


def test_one_query_a_table_and_money_to_the_cent(grocery: World) -> None:
    base = hard(grocery)
    base.behaviour(base.ends[0])
    for end in base.ends:
        base.customers(end)
    before = base.dataset.engine.usage.queries
    figures = {figure.key: figure for figure in own_figures(base).figures}
    assert base.dataset.engine.usage.queries == before + 4
    rows = base.dataset.tables["transactions"]
    for end, value in zip(base.ends, figures["returns"].values, strict=True):
        start = period_ending(end, "week").start
        cents = rows.filter((rows.day >= start) & (rows.day <= end) & (rows.amount < 0)).amount.sum()
        assert value == base.dataset.engine.backend.to_pyarrow(cents).as_py() / 100  # type: ignore[attr-defined]


def hard(like: World, **options: Any) -> CustomerBase:
    base = made_base(
        like.base.dataset,
        hard_tables(),
        dt.date(2025, 1, 19),
        relation="contractual",
        **{"period": "week", "periods": 3, **options},
    )
    base = stating(showing(base, 1), key_figures=FIGURES)
    assert isinstance(base, CustomerBase)
    return base


def test_postgres_computes_the_same(grocery: World, engine: Engine) -> None:
    here, there = (
        own_figures(hard(grocery)).figures,
        own_figures(hard(grocery, engine=engine, load=load_postgres)).figures,
    )
    assert [figure.key for figure in there] == list(FIGURES)
    for mine, theirs in zip(here, there, strict=True):
        assert theirs.values == tuple(None if v is None else pytest.approx(v, rel=1e-12) for v in mine.values)
        assert any(mine.values), mine.key


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_computes_the_same(grocery: World, spark: Engine) -> None:
    here, there = (
        own_figures(hard(grocery)).figures,
        own_figures(hard(grocery, engine=spark, load=load_spark)).figures,
    )
    for mine, theirs in zip(here, there, strict=True):
        assert theirs.values == tuple(None if v is None else pytest.approx(v, rel=1e-12) for v in mine.values)


def test_nothing_after_the_day_is_seen(grocery: World) -> None:
    """Rows of later days change nothing, nor do contracts that end later."""
    tables = hard_tables()
    day = dt.date(2025, 1, 5)
    whole = [figure.values for figure in own_figures(hard(grocery)).figures]
    early = made_base(grocery.base.dataset, tables, day, relation="contractual", period="week", periods=1)
    found = own_figures(stating(showing(early, 1), key_figures=FIGURES)).figures
    assert [figure.values[-1] for figure in found] == [values[0] for values in whole]


def test_few_customers_are_not_shown_counted_or_left_out(grocery: World) -> None:
    def figures(smallest: int, amounts: list[int]) -> dict[str, float | None]:
        sales = [
            {"customer_id": who, "day": AS_OF, "amount": amount, "is_purchase": amount > 0}
            for who, amount in enumerate(amounts)
        ]
        tables = {"transactions": pa.Table.from_pylist(sales, schema=SCHEMAS["transactions"])}
        base = showing(made_base(grocery.base.dataset, tables, AS_OF, periods=1), smallest)
        told = {
            "back": {"sum": "amount", "of": "transactions", "where": "amount < 0"},
            "dear": {"share": "amount > 2", "of": "transactions"},
            "buyers": {"count": "rows", "of": "customers", "where": "orders > 0"},
        }
        return {figure.key: figure.values[-1] for figure in own_figures(stating(base, key_figures=told)).figures}

    few = [-100] * 3 + [300] * 20 + [100] * 20
    assert figures(1, few) == {"back": -3.0, "dear": 20 / 43, "buyers": 40.0}
    assert figures(5, few) == {"back": None, "dear": 20 / 43, "buyers": None}
    assert figures(21, few) == dict.fromkeys(("back", "dear", "buyers"))
    assert figures(5, [300] * 20) == {"back": 0.0, "dear": 1.0, "buyers": 20.0}


def test_units_follow_from_the_columns_and_words_from_the_figure(grocery: World) -> None:
    figures = {figure.key: figure for figure in own_figures(hard(grocery)).figures}
    units = {key: figure.unit for key, figure in figures.items()}
    assert {key for key, unit in units.items() if unit == "money"} == {"returns", "margin_of_row", "dear_visits"}
    assert {key for key, unit in units.items() if unit == "share"} == {
        "big_orders", "big_rows", "margin_rate", "small_plans", "in_town",
    }  # fmt: skip
    assert (units["baskets"], units["callers"], units["paying"]) == ("orders", "customers", "customers")
    assert figures["returns"].label == "Returns"
    assert figures["returns"].better == "down"
    assert figures["returns"].definition == (
        "Sum of amount over rows of transactions, in the week; only where amount < 0."
    )
    assert figures["paying"].definition == "Customers, at the end of the week; only where recurring_amount > 0."


def test_only_those_asked_for_are_computed(grocery: World) -> None:
    base = hard(grocery)
    before = base.dataset.engine.usage.queries
    assert [figure.key for figure in own_figures(base, ["used", "callers", "orders"]).figures] == ["used", "callers"]
    assert base.dataset.engine.usage.queries == before + 1
