"""How many products and categories a customer has bought lately, against plain SQL; nothing after the day is seen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segkit.churn.measure.departures import ChurnDefinition, eligible
from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.learning.features import EventKinds, SnapshotFeatures

DAY = dt.date(2024, 9, 30)
YAML = """title: Baskets
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
freshness: {{transactions: {{error_after: 31 days}}}}
tables:
  transactions: {{path: {folder}/log.parquet, exact_duplicates: keep}}
  products: {{path: {folder}/products.parquet}}
"""


def written(folder: Path) -> CustomerBase:
    """Three hundred customers and forty products in seven categories; one row in ten is a return, some name no product."""
    rng = np.random.default_rng(5)
    n = 4_000
    product = rng.integers(0, 42, n)
    table = pa.table(
        {
            "customer_id": rng.integers(1, 301, n),
            "time": np.datetime64("2024-01-01T10:00", "us") + rng.integers(0, 365, n) * np.timedelta64(1, "D"),
            "amount": np.where(rng.random(n) < 0.1, -3.0, 3.0),
            "product_id": pa.array([None if at == 41 else f"p{at}" for at in product], pa.string()),
        }
    )
    pq.write_table(table, folder / "log.parquet")
    # p40 is sold, but nobody has written it down
    names = [f"p{at}" for at in range(40)]
    pq.write_table(
        pa.table({"product_id": names, "category": [f"c{at % 7}" for at in range(40)]}), folder / "products.parquet"
    )
    path = folder / "params" / "datasets" / "made.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(YAML.format(folder=folder))
    return customer_base(open_dataset(path, "2024-12-31"), period="month", periods=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("holdings")


@pytest.fixture(scope="module")
def base(folder: Path) -> CustomerBase:
    return written(folder)


def test_products_and_categories_are_counted_as_plain_sql_counts(base: CustomerBase, folder: Path) -> None:
    builder = SnapshotFeatures(base, EventKinds())
    people = eligible(base, ChurnDefinition(contractual=False), DAY)
    found = base.dataset.engine.backend.to_pyarrow(builder.at(people, DAY).order_by("customer_id")).to_pylist()
    wanted = duckdb.sql(
        f"""with people as (
            select distinct customer_id from '{folder}/log.parquet' where amount > 0 and time::date <= '{DAY}'
        ), lately as (
            select * from '{folder}/log.parquet' where amount > 0 and time::date between '2024-07-01' and '{DAY}'
        )
        select customer_id, count(distinct l.product_id), count(distinct p.category)
        from people left join lately l using (customer_id) left join '{folder}/products.parquet' p using (product_id)
        group by 1 order by 1"""
    ).fetchall()
    assert [(int(r["customer_id"]), r["products_held"], r["categories_held"]) for r in found] == wanted
    assert max(row[2] for row in wanted) > 3


def test_what_is_left_out_is_not_computed(base: CustomerBase) -> None:
    builder = SnapshotFeatures(base, EventKinds(), frozenset({"products_held"}))
    names = [feature.name for feature in builder.features]
    assert "categories_held" in names
    assert "products_held" not in names
    assert "products_held" in [feature.name for feature in builder.every_feature()]
    table = builder.at(eligible(base, ChurnDefinition(contractual=False), DAY), DAY)
    assert "categories_held" in table.columns
    assert "products_held" not in table.columns
