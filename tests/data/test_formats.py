"""Files of every kind give the rows and the money that were written into them, or one sentence."""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import json
import sqlite3
import sys
import zipfile
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.feather
import pytest

from segkit.data import open_dataset
from segkit.errors import DataError, ParameterError
from tests.cases import copied as case
from tests.data.conftest import SALES, Shop, table_quality
from tests.data.workbook import workbook

needs_excel = pytest.mark.skipif(
    importlib.util.find_spec("python_calamine") is None,
    reason="what reads workbooks is not installed (the extra excel)",
)
DAY = dt.datetime(2024, 1, 5)
HEAD = ["customer_id", "time", "amount"]
ROWS: list[list[Any]] = [HEAD, [17850, DAY, 10.0], [2, dt.datetime(2024, 2, 5, 13, 30), 20.55]]


def opened(shop: Shop, name: str, content: bytes | str, **table: Any) -> Any:
    shop.write(name, content)
    return shop.open({"transactions": {"path": name} | table})


def failure(shop: Shop, name: str, content: bytes | str, **table: Any) -> str:
    with pytest.raises(DataError) as error:
        opened(shop, name, content, **table)
    assert "1 problem found" in str(error.value)
    return str(error.value).split("1. ", 1)[1]


def zipped(**files: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


@needs_excel
def test_a_workbook(shop: Shop, rows: Any) -> None:
    dataset = opened(shop, "sales.xlsx", workbook({"Orders": ROWS, "Empty": []}))
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.money_kept, quality.source) == (2, 30.55, "sales.xlsx")
    found = rows(dataset)
    assert {row["customer_id"] for row in found} == {17850, 2}
    assert {row["time"] for row in found} == {DAY, dt.datetime(2024, 2, 5, 13, 30)}


@needs_excel
def test_sheets(shop: Shop) -> None:
    content = workbook({"2023": ROWS, "2024": [HEAD, [3, DAY, 5]], "Notes": [["read", "me"], ["a", "b"]]})
    said = failure(shop, "sales.xlsx", content)
    assert "has 3 sheets (`2023`, `2024`, `Notes`). Write which one holds the table: `sheet: 2023`" in said
    assert table_quality(opened(shop, "sales.xlsx", content, sheet=2024)).money_kept == 5
    assert table_quality(opened(shop, "sales.xlsx", content, sheet=["2023", "2024"])).rows_in == 3
    assert "has no sheet `2025`. Did you mean" in failure(shop, "sales.xlsx", content, sheet="2025")
    assert "sheet Notes has other columns than" in failure(shop, "sales.xlsx", content, sheet="all")


@needs_excel
def test_a_column_of_numbers_and_words_is_read_as_written(shop: Shop, rows: Any) -> None:
    """0.1 + 0.2 is what a spreadsheet shows as 0.3; 00123 stays a code; numbers beside words are no floats."""
    body = [["00123", DAY, 0.1 + 0.2], [17850, DAY, "12.50"], [None, None, None], ["A1", "2024-03-01", 1]]
    dataset = opened(shop, "sales.xlsx", workbook({"Orders": [HEAD, *body]}))
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.money_kept) == (3, 13.8)
    assert {row["customer_id"] for row in rows(dataset)} == {"00123", "17850", "A1"}


@needs_excel
def test_a_workbook_that_is_none(shop: Shop) -> None:
    assert "is not readable as a workbook" in failure(shop, "sales.xlsx", "x")
    assert "has a header and no rows" in failure(shop, "sales.xlsx", workbook({"Orders": [HEAD]}))
    assert "has nothing in its sheets" in failure(shop, "sales.xlsx", workbook({"Orders": []}))
    said = failure(shop, "sales.xlsx", workbook({"Orders": [["customer_id", "time", None], [1, DAY, 5]]}))
    assert "column 3 has no name" in said


def test_a_workbook_without_what_reads_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    said = failure(shop, "sales.xlsx", workbook({"Orders": ROWS}))
    assert "what reads it is not installed: pip install 'segkit[excel]', or save the sheet as CSV UTF-8" in said


def test_json_lines(shop: Shop, rows: Any) -> None:
    lines = [
        {"id": "0017", "at": "2024-01-05T10:00:00", "total": {"paid": 10.1, "currency": "EUR"}},
        {"id": "2\n3", "at": "2024-02-05", "total": {"paid": 20.45}, "note": [1, 2]},
    ]
    content = "\n".join(json.dumps(one) for one in lines) + "\n\n"
    columns = {"customer_id": "id", "time": "at", "amount": "total.paid"}
    dataset = opened(shop, "sales.jsonl", content, columns=columns)
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.money_kept) == (2, 30.55)
    assert {row["customer_id"] for row in rows(dataset)} == {"0017", "2\n3"}
    dataset = opened(shop, "sales.json", json.dumps(lines), columns=columns)
    assert table_quality(dataset).money_kept == 30.55
    said = failure(shop, "sales.jsonl", content.replace('"0017", ', '"0017" '), columns=columns)
    assert "sales.jsonl, line 1, is not readable as JSON" in said
    assert "read_json" not in said


def test_sqlite(shop: Shop) -> None:
    path = shop.folder / "shop.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE orders (customer_id TEXT, time TEXT, amount REAL)")
        base.executemany(
            "INSERT INTO orders VALUES (?, ?, ?)", [("00017", "2024-01-05", 10.1), ("2", "2024-02-05", 9)]
        )
        base.execute("CREATE TABLE people (customer_id TEXT)")
    base.close()
    table = {"path": "shop.sqlite", "table": "orders"}
    quality = table_quality(shop.open({"transactions": table}))
    assert (quality.rows_in, quality.money_kept, quality.source) == (2, 19.1, "shop.sqlite, orders")
    with pytest.raises(
        DataError, match=r"has 2 tables \(`orders`, `people`\). Write which one it is: `table: orders`"
    ):
        shop.open({"transactions": {"path": "shop.sqlite"}})
    with pytest.raises(DataError, match=r"has no table `order`\. Did you mean `orders`\?"):
        shop.open({"transactions": table | {"table": "order"}})
    assert "is not readable as SQLite" in failure(shop, "shop.db", "no database" * 100, table="orders")


def test_duckdb_files_beside_text(shop: Shop) -> None:
    with duckdb.connect(str(shop.folder / "shop.duckdb")) as base:
        base.execute("CREATE TABLE sales AS SELECT 1 AS customer_id, DATE '2024-01-05' AS time, 10.10 AS amount")
        base.execute("CREATE TABLE people AS SELECT 1 AS customer_id, 'Rome' AS city")
    tables = {
        "transactions": {"path": "shop.duckdb", "table": "sales"},
        "customers": {"path": "shop.duckdb", "table": "people"},
    }
    dataset = shop.open(tables)
    assert table_quality(dataset).money_kept == 10.1
    assert list(dataset.attributes) == ["city"]
    assert "is not readable as a DuckDB file" in failure(shop, "x.duckdb", "x" * 5000, table="sales")


def test_a_query_on_a_connection(shop: Shop) -> None:
    with duckdb.connect(str(shop.folder / "shop.duckdb")) as base:
        base.execute(
            "CREATE TABLE sales AS SELECT i AS who, DATE '2024-01-05' AS time, 10.10 AS paid FROM range(3) r(i)"
        )
    query = "SELECT who AS customer_id, time, paid AS amount FROM sales WHERE who > 0;"
    settings = {"connection": "duckdb://shop.duckdb"}
    quality = table_quality(shop.open({"transactions": {"query": query}}, **settings))
    assert (quality.rows_in, quality.money_kept, quality.source) == (2, 20.2, "a query")
    with pytest.raises(DataError, match="the connection does not answer its `query`"):
        shop.open({"transactions": {"query": "SELECT nothing FROM sales"}}, **settings)
    with pytest.raises(DataError, match="the connection does not answer its `query`"):
        shop.open({"transactions": {"query": "DELETE FROM sales"}}, **settings)
    with pytest.raises(ParameterError, match=r"has `query` beside `path` or `table`\. Keep one"):
        shop.open({"transactions": {"query": query, "path": "a.csv"}}, **settings)


@pytest.mark.parametrize("inner", ["orders.csv", "a folder/orders.csv", "orders.jsonl"])
def test_zip(shop: Shop, inner: str) -> None:
    content = SALES
    if inner.endswith("jsonl"):
        names, *lines = (one.split(",") for one in SALES.splitlines())
        content = "\n".join(json.dumps(dict(zip(names, one, strict=True))) for one in lines)
    packed = zipped(**{inner: content, "readme.md": "x", "__MACOSX/orders.csv": "x"})
    quality = table_quality(opened(shop, "sales.zip", packed))
    assert (quality.rows_in, quality.money_kept, quality.source) == (3, 35.75, "sales.zip")


def test_a_zip_that_is_none(shop: Shop) -> None:
    packed = zipped(**{"orders.csv": SALES + "4,2024-01-05\n"})
    said = failure(shop, "sales.zip", packed)
    assert "sales.zip/orders.csv, line 5 has 2 columns" in said or "sales.zip, line 5 has 2 columns" in said
    assert "segkit-read" not in said
    assert "is not a whole ZIP archive" in failure(shop, "sales.zip", packed[:40])
    assert "sales.zip/orders.csv is empty" in failure(shop, "sales.zip", zipped(**{"orders.csv": ""}))
    assert "holds no file that ends in" in failure(shop, "sales.zip", zipped(**{"a.md": "x"}))


def test_arrow(shop: Shop) -> None:
    table = pa.table(
        {
            "customer_id": pa.array(["a", "b", "a"]).dictionary_encode(),
            "time": [DAY.date()] * 3,
            "amount": [10.1, 5, 5.5],
        }
    )
    pyarrow.feather.write_feather(table, shop.folder / "sales.feather")
    with pa.ipc.new_stream(shop.folder / "sales.arrow", table.schema) as out:
        out.write_table(table)
    for name in ("sales.feather", "sales.arrow"):
        assert table_quality(shop.open({"transactions": {"path": name}})).money_kept == 20.6
    assert "is not readable as Arrow" in failure(shop, "bad.feather", "x")


def test_folders_that_hold_values(shop: Shop) -> None:
    """A column that folders name can be mapped, in text and in Parquet."""
    for year, store in ((2023, "Oslo"), (2024, "S%C3%A3o"), (2024, "__HIVE_DEFAULT_PARTITION__")):
        shop.write(f"in/year={year}/store={store}/a.csv", SALES.replace("2024", str(year)))
    dataset = shop.open({"transactions": {"path": "in", "exact_duplicates": "keep"}})
    table = dataset.tables["transactions"]
    counts = dataset.engine.collect(table.group_by("store").aggregate(n=table.count())).to_dict("records")
    assert {(row["store"] if isinstance(row["store"], str) else None): row["n"] for row in counts} == {
        "Oslo": 3,
        "São": 3,
        None: 3,
    }
    frame = duckdb.sql("SELECT 1 AS customer_id, DATE '2024-01-05' AS time, 10.0 AS amount").df()
    shop.parquet("pq/store=Rome/a.parquet", frame)
    dataset = shop.open({"transactions": {"path": "pq"}})
    assert dataset.engine.collect(dataset.tables["transactions"].select("store"))["store"].tolist() == ["Rome"]
    shop.write("in/plain/a.csv", SALES)
    with pytest.raises(DataError, match="Files that are read together stand in folders that name the same"):
        shop.open({"transactions": {"path": "in"}})


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_a_delimiter_that_nobody_stated_is_found_and_said(shop: Shop, sign: str) -> None:
    dataset = shop.sales(SALES.replace(",", sign))
    assert table_quality(dataset).money_kept == 35.75
    assert any("That was found, since `format` states no `delimiter`." in note for note in dataset.quality.notes)
    assert not shop.sales(SALES).quality.notes or "found" not in " ".join(shop.sales(SALES).quality.notes)


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("cp1252", "windows-1252"),
        ("cp1252", "cp1252"),
        ("utf-16-be", "utf-16-be"),
        ("mac_roman", "mac_roman"),
        ("utf-8", "utf8"),
        ("cp1250", "cp1250"),
    ],
)
def test_usual_encodings(shop: Shop, rows: Any, encoding: str, stated: str) -> None:
    content = "customer_id,time,amount\nZoë € 1,2024-01-05,10.00\nb,2024-01-05,1.00\n"
    if encoding == "cp1250":
        content = content.replace("ë", "ë")
    dataset = shop.sales(content.encode(encoding), format={"encoding": stated})
    assert {row["customer_id"] for row in rows(dataset)} == {"Zoë € 1", "b"}


def test_encodings_that_do_not_fit(shop: Shop) -> None:
    content = SALES.replace("a\n", "9 €\n")
    said = failure(shop, "sales.csv", content.encode("cp1252"))
    assert "Write `format: {encoding: cp1252}`" in said
    shop.write("sales.csv", content.encode("cp1252"))
    assert (
        table_quality(shop.open({"transactions": {"path": "sales.csv", "format": {"encoding": "cp1252"}}})).rows_in
        == 3
    )
    said = failure(shop, "sales.csv", content.encode("cp1252"), format={"encoding": "shift_jis"})
    assert "is not shift_jis (byte 0x80 on line 2" in said
    with pytest.raises(ParameterError, match="not the name of an encoding"):
        opened(shop, "sales.csv", SALES, format={"encoding": "utf-99"})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (workbook({"a": ROWS}), "is an Excel workbook, not text. Give its name the ending .xlsx"),
        (zipped(**{"a.csv": SALES}), "is a ZIP archive, not text. Give its name the ending .zip"),
        (b"%PDF-1.7 ...", "is a PDF, which is not read"),
        (b"<!DOCTYPE html><html></html>", "is a web page, which is not read"),
    ],
)
def test_files_that_are_something_else(shop: Shop, content: bytes, says: str) -> None:
    assert says in failure(shop, "sales.csv", content)


def test_workbooks_under_another_name_of_case_12(tmp_path: Any) -> None:
    folder = case("12", tmp_path)
    file = next((folder / "params" / "datasets").glob("*.yaml"))
    with pytest.raises(DataError, match=r"orders.xlsx .*workbook"):
        open_dataset(file, "2024-12-29")
    file.write_text(file.read_text().replace("orders.xlsx", "renamed.csv"))
    with pytest.raises(DataError, match="is an Excel workbook, not text"):
        open_dataset(file, "2024-12-29")
