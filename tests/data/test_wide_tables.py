"""Wide to long by a line of YAML: a column a month, a column a question."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from segkit.data.wide_tables import month_end
from segkit.errors import DataError, ParameterError
from tests.data.conftest import SALES, Shop, table_quality

MONTHS = {"columns": "2024-*", "names": "time", "values": "amount"}
SPENT = 'id,city,2024-01,2024-02,2024-03\na,Oslo,1.50,,3\nb,Rome,,"2",-4\n\n'


def test_a_column_a_month(shop: Shop, rows: Any) -> None:
    dataset = shop.sales(SPENT, columns={"customer_id": "id"}, wide=MONTHS)
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.rows_kept, quality.money_in, quality.money_kept) == (4, 4, 2.5, 2.5)
    assert {(row["customer_id"], str(row["day"])[:10], row["amount"]) for row in rows(dataset)} == {
        ("a", "2024-01-31", 150),
        ("a", "2024-03-31", 300),
        ("b", "2024-02-29", 200),
        ("b", "2024-03-31", -400),
    }
    assert any(
        "3 columns of 2 rows became 4 rows (`wide`); 2 cells are empty" in note for note in dataset.quality.notes
    )


def test_a_month_that_is_not_over_is_not_seen(shop: Shop) -> None:
    dataset = shop.sales(SPENT, as_of="2024-03-30", columns={"customer_id": "id"}, wide=MONTHS)
    assert (table_quality(dataset).rows_in, table_quality(dataset).rows_kept) == (4, 2)


def test_days_as_the_format_says(shop: Shop, rows: Any) -> None:
    wide = {"columns": ["01.02.*", "29.02.2024"], "names": "time", "values": "amount"}
    form = {"date_format": "%d.%m.%Y", "decimal": ","}
    dataset = shop.sales(
        'id;01.02.2024;29.02.2024\na;1,50;2\n', columns={"customer_id": "id"}, wide=wide, format=form
    )  # fmt: skip
    assert [str(row["day"])[:10] for row in rows(dataset)] == ["2024-02-01", "2024-02-29"]


def test_a_column_a_question(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", SALES)
    shop.write("survey.csv", "id,q_price,q_service,w\n1,5,4,1.5\n2,,3,1\n")
    survey = {
        "path": "survey.csv",
        "columns": {"customer_id": "id", "weight": "w"},
        "wide": {"columns": "q_*", "names": "question", "values": "answer"},
    }
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "survey": survey})
    found = {(row["customer_id"], row["question"], row["answer"], row["weight"]) for row in rows(dataset, "survey")}
    assert found == {("1", "q_price", "5", 1.5), ("1", "q_service", "4", 1.5), ("2", "q_service", "3", 1)}


def test_typed_columns_of_several_types(shop: Shop, rows: Any) -> None:
    shop.parquet("a.parquet", pd.DataFrame({"id": [1, 2], "m202401": [1, 2], "m202402": [0.5, None]}))
    wide = {"columns": "m*", "names": "time", "values": "amount"}
    dataset = shop.open({"transactions": {"path": "a.parquet", "columns": {"customer_id": "id"}, "wide": wide}})
    assert sorted(row["amount"] for row in rows(dataset)) == [50, 100, 200]


def test_lines_that_a_quote_swallowed_are_noticed(shop: Shop) -> None:
    with pytest.raises(DataError, match="not closed"):
        shop.sales('id,2024-01\na,"1\nb,2\nc,3\n', columns={"customer_id": "id"}, wide=MONTHS)


@pytest.mark.parametrize(
    ("wide", "says"),
    [
        ({"columns": "2025-*"}, "names `2025-.`, and no column is called so"),
        ({"columns": ["city", "2024-*"]}, "`city` is no month, and `names: time` needs days"),
    ],
)
def test_what_cannot_be_read_so(shop: Shop, wide: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        shop.sales(SPENT, columns={"customer_id": "id"}, wide=MONTHS | wide)


@pytest.mark.parametrize(
    ("wide", "columns", "says"),
    [
        ({"names": "tme"}, {}, "`tme` is not a column of the table transactions. Did you mean `time`"),
        ({"values": "time"}, {}, "`names` and `values` are one column"),
        ({}, {"amount": "city"}, "`amount` stands under `columns`, too"),
    ],
)
def test_what_does_not_go_together(shop: Shop, wide: dict[str, Any], columns: dict[str, str], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        shop.sales(SPENT, columns={"customer_id": "id"} | columns, wide=MONTHS | wide)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        *(("2024-02", 2), ("02/2024", 2), ("Feb 2024", 2), ("Feb-24", 2), ("sales_2024_02", 2), ("202402", 2)),
        *(("März 2024", 3), ("Dez. 2024", 12), ("2024 October", 10), ("12.2024", 12)),
    ],
)
def test_months_as_they_are_written(text: str, month: int) -> None:
    found = month_end(text)
    assert found is not None
    assert (found.year, found.month) == (2024, month)
    assert (found + dt.timedelta(days=1)).day == 1


@pytest.mark.parametrize("text", ["Q1", "2024", "total", "q_2024_13", "1234567", "age 30"])
def test_what_is_no_month(text: str) -> None:
    assert month_end(text) is None


def test_a_query_that_fails_while_it_is_read_is_said_with_its_table(shop: Shop) -> None:
    query = "SELECT 'a' AS id, CAST('a word' AS INTEGER) AS m202401"
    table = {"query": query, "columns": {"customer_id": "id"}, "wide": MONTHS | {"columns": "m*"}}
    with pytest.raises(DataError, match=r"table transactions \(.*\) cannot be read: .*a word"):
        shop.open({"transactions": table}, connection="duckdb://")
