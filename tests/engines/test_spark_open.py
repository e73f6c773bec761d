"""A dataset file that names a Spark cluster: its tables are opened and checked as everywhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from segkit.data import open_dataset
from tests.engines.exported_tables import FORMS, TABLES, read_back
from tests.engines.servers import running_spark

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore::ResourceWarning")]

AS_OF = "2024-06-30"


def transactions() -> pa.Table:
    """Purchases in the types that a warehouse holds them in: zoned and naive times, decimals, nulls, NaN, odd rows."""
    n = 600
    moments = [dt.datetime(2023, 7, 1, 22, 30) + dt.timedelta(hours=14 * i) for i in range(n)]
    return pa.table(
        {
            "customer_id": pa.array([f"c{i % 37}" if i % 91 else None for i in range(n)]),
            "order_id": pa.array(range(n), pa.int64()),
            "zoned": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "naive": pa.array(moments, pa.timestamp("us")),
            "day": pa.array([moment.date() for moment in moments], pa.date32()),
            "exact": pa.array(
                [Decimal(i * 7 % 10_000) / 100 if i % 53 else None for i in range(n)], pa.decimal128(12, 2)
            ),
            "floating": pa.array(
                [float("nan") if i % 60 == 7 else i * 7 % 10_000 / 100 for i in range(n)], pa.float64()
            ),
        }
    )


def write(project: Path, name: str, connection: str | None, **tables: object) -> Path:
    """A dataset file."""
    said = {
        "title": "Shop", "relation": "non_contractual", "currency": "EUR", "time_zone": "Europe/Berlin", "tolerate": 0.2,
        "segmentations": {"value": {"kind": "value", "groups": 3}}, "tables": tables,
    }  # fmt: skip
    if connection is not None:
        said |= {"connection": connection}
        loopback = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        said |= {
            "engine": {"spark": loopback | {"spark.sql.shuffle.partitions": "2", "spark.executor.memory": "512m"}}
        }
    path = project / "params" / "datasets" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(said, sort_keys=False))
    return path


@pytest.fixture(scope="module")
def master() -> Iterator[str]:
    """A cluster without a session: what opens a dataset has to make its own."""
    with running_spark() as session:
        address = session.sparkContext.master  # type: ignore[attr-defined]
        session.stop()  # type: ignore[attr-defined]
        yield address
        from pyspark.sql import SparkSession

        if (ours := SparkSession.getActiveSession()) is not None:
            ours.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose purchases lie in a folder of Parquet files."""
    (tmp_path / "lake").mkdir()
    pq.write_table(transactions().slice(0, 250), tmp_path / "lake" / "a.parquet")
    pq.write_table(transactions().slice(250), tmp_path / "lake" / "b.parquet")
    return tmp_path


@pytest.mark.parametrize(
    ("time", "amount", "times_are"),
    [
        ("zoned", "exact", "local"),
        ("naive", "exact", "utc"),
        ("naive", "floating", "local"),
        ("day", "exact", "local"),
    ],
)
def test_every_type_is_read_as_in_duckdb(project: Path, master: str, time: str, amount: str, times_are: str) -> None:
    table = {"path": "lake", "columns": {"time": time, "amount": amount}}
    found = {}
    for name, connection in (("here", None), ("there", master)):
        path = write(project, name, connection, transactions=table)
        path.write_text(path.read_text() + f"times_are: {times_are}\n")
        dataset = open_dataset(path, AS_OF)
        rows = dataset.tables["transactions"].select("customer_id", "order_id", "time", "day", "amount")
        frame = dataset.engine.collect(rows.order_by("order_id"))
        found[name] = (dataset.quality, frame.astype(str).to_csv(), dataset.spec.decimals)
    assert found["there"] == found["here"]


@pytest.mark.parametrize("form", ["wide", "all"])
def test_exported_tables_are_read_as_in_duckdb(tmp_path: Path, master: str, form: str) -> None:
    name, said = FORMS[form]
    pq.write_table(TABLES[name], tmp_path / f"{name}.parquet")
    table = {"path": f"{name}.parquet", **said}
    found = {}
    for where, connection in (("here", None), ("there", master)):
        path = write(tmp_path, where, connection, transactions=table)
        path.write_text(path.read_text().replace("tolerate: 0.2", "tolerate: 0.5") + "ids: any_case\n")
        found[where] = read_back(path, keep_open=where == "there")
    assert found["there"] == found["here"]
