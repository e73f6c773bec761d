"""Where tables come from: one file, a glob, a folder, Parquet, a DuckDB file, another connection."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from segkit.data.engine import Engine, EngineError
from segkit.errors import DataError, NotYetError, ParameterError, RunError
from tests.data.conftest import AS_OF, SALES, Shop, table_quality

FRAME = pd.DataFrame({"customer_id": [1, 2], "time": [dt.date(2024, 1, 5)] * 2, "amount": [10.0, 20.5]})


def one(shop: Shop, **table: Any) -> Any:
    return shop.open({"transactions": table})


def failure(shop: Shop, **table: Any) -> str:
    with pytest.raises(DataError) as error:
        one(shop, **table)
    assert "1 problem found" in str(error.value)
    return str(error.value).split("1. ", 1)[1]


def test_glob_folder_and_odd_names(shop: Shop) -> None:
    for name in ("in/2023/a[1].csv", "in/2024/b*.csv", "in/2024/c?.csv"):
        shop.write(name, SALES.replace("2024", name[3:7]))
    shop.write("in/_SUCCESS", "")
    shop.write("in/.hidden.csv", "x")
    shop.write("in/_tmp/d.csv", "x")
    shop.write("in/notes.md", "x")
    for path, files in (
        ("in", 3),
        ("in/2024", 2),
        ("in/20*/*.csv", 3),
        ("in/2024/c?.csv", 1),
        ("in/2023/a[1].csv", 1),
    ):
        quality = table_quality(one(shop, path=path, exact_duplicates="keep"))
        assert quality.rows_in == 3 * files, path
    assert quality.source == "a[1].csv"


def test_several_files_with_other_columns(shop: Shop) -> None:
    shop.write("in/a.csv", SALES)
    shop.write("in/b.csv", SALES.replace("order_id", "store"))
    assert "b.csv has other columns than" in (said := failure(shop, path="in"))
    assert "(differing: `order_id`, `store`). Files that are read together have the same columns" in said
    shop.write("in/b.csv", SALES.replace("time,amount", "amount,time"))
    assert "in another order" in failure(shop, path="in")
    shop.parquet("in/c.parquet", FRAME)
    assert "mixes Parquet and text files. One kind of file at a time" in failure(shop, path="in")


def test_paths_that_lead_nowhere(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    assert "`path: sale.csv`: no such file" in (said := failure(shop, path="sale.csv"))
    assert "Did you mean `sales.csv`?" in said
    assert "Its folder does not exist either." in failure(shop, path="nowhere/sales.csv")
    assert "no such file" in failure(shop, path="*.parquet")
    (shop.folder / "empty").mkdir()
    assert "is a folder" in failure(shop, path="empty")
    shop.write("sales.docx", "x")
    assert "a file ends in one of .csv, .csv.gz" in failure(shop, path="sales.docx")


def test_parquet(shop: Shop) -> None:
    shop.parquet("in/a.parquet", FRAME)
    shop.parquet("in/b.parquet", FRAME.assign(customer_id=[3, 4]))
    quality = table_quality(one(shop, path="in"))
    assert (quality.rows_in, quality.money_in, quality.source) == (4, 61.0, "2 files (in)")


@pytest.mark.parametrize("content", [b"", b"customer_id,time\n", b"PAR1" + b"x" * 40 + b"PAR1"])
def test_a_parquet_that_is_none(shop: Shop, content: bytes) -> None:
    shop.write("sales.parquet", content)
    assert "sales.parquet is not readable as Parquet (" in failure(shop, path="sales.parquet")


def test_a_damaged_parquet(shop: Shop) -> None:
    many = pd.concat([FRAME] * 5_000)
    many["order_id"] = [f"order {i}" for i in range(len(many))]
    path = shop.parquet("sales.parquet", many)
    content = bytearray(path.read_bytes())
    content[200:20_000] = b"\xff" * 19_800
    path.write_bytes(content)
    said = failure(shop, path="sales.parquet")
    assert said.startswith("table transactions (sales.parquet) cannot be read: ")
    assert "SELECT" not in said


def test_parquet_files_that_would_be_rounded_to_the_first_one_s_type(shop: Shop) -> None:
    """The engine takes the first file's types for all, and 20.5 would become 21 without a word."""
    shop.parquet("in/a.parquet", FRAME.assign(amount=[1, 2]))
    shop.parquet("in/b.parquet", FRAME)
    assert "column `amount` is double in" in failure(shop, path="in")
    shop.parquet("in/b.parquet", FRAME.rename(columns={"amount": "value"}))
    assert "(differing: `amount`, `value`)" in failure(shop, path="in")


def test_parquet_without_rows(shop: Shop) -> None:
    shop.parquet("sales.parquet", pa.Table.from_pandas(FRAME).slice(0, 0))
    assert "table transactions (sales.parquet) has no rows. Export it again" in failure(shop, path="sales.parquet")


def test_missing_columns_are_told_all_together(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    said = failure(shop, path="sales.csv", columns={"customer_id": "Customer_ID", "store": "shop"})
    assert "lacks `Customer_ID` (for customer_id). Did you mean `customer_id`?; `shop` (for store)" in said
    assert "Its columns: `customer_id`, `time`, `amount`, `order_id`." in said
    assert "shop.yaml, line 6, `columns: {segkit's name: the source's name}`." in said
    shop.write("sales.csv", "who,when\n1,2024-01-01\n")
    said = failure(shop, path="sales.csv")
    for part in (
        "a column for customer_id (who: the unit that is counted once)",
        "a column for time (when it was bought)",
        "a column for amount, or quantity and unit_price to compute it from",
    ):
        assert part in said


@pytest.fixture
def database(shop: Shop) -> str:
    path = shop.folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute("CREATE TABLE sales AS SELECT 1 AS customer_id, DATE '2024-01-05' AS time, 1.5 AS amount")
        connection.execute(
            "CREATE VIEW crm.orders AS SELECT 2 AS customer_id, DATE '2024-01-06' AS time, 3 AS amount"
        )
    return "duckdb://shop.duckdb"


def test_a_duckdb_file_is_read_and_never_written(shop: Shop, database: str) -> None:
    before = (shop.folder / "shop.duckdb").read_bytes()
    dataset = shop.open({"transactions": {"table": "sales"}}, connection=database)
    assert table_quality(dataset).money_kept == 1.5
    dataset = shop.open({"transactions": {"table": "crm.orders"}}, connection=database)
    assert table_quality(dataset).money_kept == 3
    with pytest.raises(EngineError, match="read-only"):
        dataset.engine.run("CREATE TABLE source.main.x AS SELECT 1")
    del dataset
    assert (shop.folder / "shop.duckdb").read_bytes() == before
    # two readers at a time
    first = shop.open({"transactions": {"table": "sales"}}, connection=database)
    second = shop.open({"transactions": {"table": "sales"}}, connection=f"duckdb://{shop.folder}/shop.duckdb")
    assert first.fingerprint == second.fingerprint


def test_tables_that_the_connection_lacks(shop: Shop, database: str) -> None:
    for wanted, says in (
        ("sale", "the connection has no table `sale`. Did you mean `sales`?"),
        ("crm.order", "the connection has no table `crm.order`. Did you mean `orders`?"),
        (
            "erp.orders",
            "the connection has no table `erp.orders`. It has no tables at all there: is it `schema.table`?",
        ),
    ):
        with pytest.raises(DataError) as error:
            shop.open({"transactions": {"table": wanted}}, connection=database)
        assert says in str(error.value)
    with pytest.raises(DataError, match="has no table `sales`"):
        shop.open({"transactions": {"table": "sales"}})


def test_connections_that_do_not_open(shop: Shop, database: str) -> None:
    with pytest.raises(ParameterError) as error:
        shop.open({"transactions": {"table": "sales"}}, connection="duckdb://shops.duckdb")
    assert "shop.yaml, line 8: `connection`: no such DuckDB file" in str(error.value)
    assert "Did you mean `shop.duckdb`?" in str(error.value)
    shop.write("broken.duckdb", "not a database, but long enough to be looked at" * 100)
    for url in ("duckdb://broken.duckdb", "nosuch://host/db"):
        with pytest.raises(ParameterError, match="cannot be opened"):
            shop.open({"transactions": {"table": "sales"}}, connection=url)
    with pytest.raises(NotYetError, match="Connection refused") as later:  # nobody is there now
        shop.open({"transactions": {"table": "sales"}}, connection="postgres://127.0.0.1:1/x")
    assert later.value.exit_code == 75


def test_files_need_the_embedded_engine(shop: Shop) -> None:
    import ibis

    from segkit.data.sources import open_source
    from segkit.data.spec import TableSpec

    shop.write("sales.csv", SALES)

    class Elsewhere(Engine):
        name = "postgres"  # type: ignore[assignment]

    with pytest.raises(
        DataError, match="files are read by the embedded engine and by Spark only, and `connection` is postgres"
    ):
        open_source(Elsewhere(ibis.duckdb.connect()), "transactions", TableSpec(path="sales.csv"), shop.folder, {})


# the crossing


@pytest.fixture
def engine() -> Engine:
    return Engine.connect("duckdb://", memory_limit="1GB", threads=1, secrets=["hunter2"])


def test_only_aggregates_cross_and_are_counted(engine: Engine) -> None:
    import ibis

    many = ibis.range(0, 20_001).unnest().name("n").as_table()
    with pytest.raises(RunError, match=r"more than 20,000 rows out of the engine; only aggregates may cross"):
        engine.collect(many)
    frame = engine.collect(many.aggregate(n=many.n.max(), none=many.n.max().nullif(20_000)))
    assert frame["n"].tolist() == [20_000]
    assert str(frame.dtypes["none"]) == "Int64"
    assert (engine.usage.queries, engine.usage.rows) == (2, 20_002)
    assert engine.usage.seconds > 0


def test_the_engine_s_errors_are_ours_and_keep_secrets(engine: Engine) -> None:
    with pytest.raises(EngineError) as error:
        engine.run("SELECT 'hunter2'::INTEGER")
    assert "hunter2" not in str(error.value) + error.value.reason + error.value.told
    assert error.value.__cause__ is None
    assert "hunter2" not in repr(engine)


def test_kept_tables_are_computed_once(engine: Engine) -> None:
    import ibis

    drawn = engine.keep("drawn", ibis.random().name("x").as_table())
    assert engine.collect(drawn)["x"].tolist() == engine.collect(drawn)["x"].tolist()
    assert engine.usage.kept_tables == 1


def test_sessions_are_in_utc(engine: Engine) -> None:
    frame = engine.backend.con.execute("SELECT current_setting('TimeZone')").fetchall()  # type: ignore[attr-defined]
    assert frame == [("UTC",)]


# fingerprint


def test_the_fingerprint_changes_with_what_is_read(shop: Shop) -> None:
    first = shop.sales(SALES).fingerprint
    assert shop.sales(SALES).fingerprint == first
    assert shop.sales(SALES.replace("10.00", "10.01")).fingerprint != first
    assert shop.sales(SALES.replace(",a\n", ",z\n")).fingerprint != first
    assert shop.sales(SALES, decimals=3).fingerprint != first


def test_stale_data_are_told(shop: Shop) -> None:
    assert shop.sales(SALES, as_of="2024-03-06").quality.notes == ()
    notes = shop.sales(SALES, as_of=AS_OF).quality.notes
    assert notes == ("The last transaction is of 2024-03-05, 117 days before the as-of date.",)
