"""The customer table and all that follows has a text for every engine, without a server."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest
import sqlglot
from ibis.backends.sql.compilers import DuckDBCompiler, PostgresCompiler, PySparkCompiler

from segkit.customers import CustomerOptions, customer_table
from segkit.customers.table import usage_days

TABLES = {
    "transactions": {
        "customer_id": "int64",
        "day": "date",
        "time": "timestamp",
        "amount": "int64",
        "is_purchase": "boolean",
        "order_id": "string",
        "margin": "int64",
    },
    "subscriptions": {
        "customer_id": "int64",
        "start": "date",
        "end": "date",
        "plan": "string",
        "recurring_amount": "int64",
    },
    "events": {"customer_id": "int64", "time": "timestamp", "event": "string", "value": "float64"},
    "customers": {"customer_id": "int64", "city": "string", "usage_note": "string"},
}
COMPILERS = {"duckdb": DuckDBCompiler, "postgres": PostgresCompiler, "pyspark": PySparkCompiler}
# Ibis writes Spark's text only where pyspark is installed
ENGINES = ["duckdb", "postgres", pytest.param("pyspark", marks=pytest.mark.spark)]


def compiled(expr: ir.Table, engine: str) -> sqlglot.exp.Expression:
    """The engine's text of an expression, read back."""
    if engine == "pyspark":
        assert ibis.pyspark.name == "pyspark"  # loads the options that its compiler reads
    compiler = COMPILERS[engine]()
    text = compiler.to_sqlglot(expr).sql(compiler.dialect)
    return sqlglot.parse_one(text, read=compiler.dialect)


@pytest.mark.parametrize("unit", ["day", "week", "month"])
@pytest.mark.parametrize("engine", ENGINES)
def test_customer_table(engine: str, unit: Any) -> None:
    tables = {name: ibis.table(schema, name=name) for name, schema in TABLES.items()}
    options = CustomerOptions(time_unit=unit, event_kinds=("ticket", "data gb"))
    expr = customer_table(tables, dt.date(2024, 2, 29), options)
    parsed = compiled(expr, engine)
    assert {column.alias_or_name for column in parsed.selects} == set(expr.columns)
    assert {table.name for table in parsed.find_all(sqlglot.exp.Table)} == set(TABLES)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "names",
    [("transactions",), ("subscriptions",), ("transactions", "subscriptions"), ("subscriptions", "customers")],
)
def test_whatever_tables_there_are(engine: str, names: tuple[str, ...]) -> None:
    tables = {name: ibis.table(TABLES[name], name=name) for name in names}
    expr = customer_table(tables, dt.date(2024, 2, 29))
    assert {column.alias_or_name for column in compiled(expr, engine).selects} == set(expr.columns)


def test_usage_is_summed_in_whole_numbers() -> None:
    """Sums of floats depend on the order of rows, decimals on the engine."""
    expr = usage_days(ibis.table(TABLES["events"], name="events"), ("ticket",), dt.date(2024, 1, 1))
    assert expr.usage_ticket.type().is_integer()
