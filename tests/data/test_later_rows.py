"""Exports that overlap: the last row of a key holds, and rows and money balance."""

from __future__ import annotations

from typing import Any

import pytest

from segkit.data import Dataset
from segkit.errors import DataError, ParameterError
from tests.data.conftest import Shop, line, table_quality
from tests.data.test_orders import balanced

COLUMNS = {"customer_id": "Who", "time": "When", "amount": "Amt", "order_id": "Order"}
HEAD = "Order,Who,When,Amt,Status,Changed\n"
JANUARY = (
    HEAD + "1,a,2024-01-05,10.00,paid,01.02.2024\n2,b,2024-01-06,20.00,paid,01.02.2024\n3,c,2024-01-07,5.00,open,\n"
)
FEBRUARY = HEAD + (
    "2,b,2024-01-06,20.00,voided,20.02.2024\n3,c,2024-01-07,5.50,paid,03.02.2024\n3,c,2024-01-07,1.50,paid,03.02.2024\n"
    "1,a,2024-01-05,10.00,paid,01.02.2024\n4,d,2024-02-07,7.00,paid,08.02.2024\n"
)
PEOPLE = "id,town,updated\na,Rome,2024-01-01\na,Aachen,2024-03-01\nb,Oslo,2024-02-01\na,Zürich,2024-02-01\n"


def exports(shop: Shop, as_of: str = "2024-06-30", **table: Any) -> Dataset:
    shop.write("in/2024-01.csv", JANUARY)
    shop.write("in/2024-02.csv", FEBRUARY)
    columns = COLUMNS | table.pop("columns", {})
    return shop.open({"transactions": {"path": "in/*.csv", "columns": columns, "last_of": "Order"} | table}, as_of)


def kept(dataset: Dataset) -> list[tuple[str, float]]:
    rows = dataset.engine.collect(dataset.tables["transactions"].order_by("order_id", "amount"))
    return [(str(order), amount / 100) for order, amount in zip(rows["order_id"], rows["amount"], strict=True)]


def test_the_lines_of_an_order_in_the_last_file_hold(shop: Shop) -> None:
    dataset = exports(shop)
    assert kept(dataset) == [("1", 10), ("2", 20), ("3", 1.5), ("3", 5.5), ("4", 7)]
    assert balanced(dataset) == 44
    older = line(dataset, "a later row with the same Order holds")
    assert (older.set_aside, older.money_set_aside) == (3, 35)


def test_an_order_that_was_voided_since_is_no_sale(shop: Shop) -> None:
    dataset = exports(shop, leave_out={"Status": ["voided"]})
    assert kept(dataset) == [("1", 10), ("3", 1.5), ("3", 5.5), ("4", 7)]
    assert balanced(dataset) == 24


def test_a_later_row_that_cannot_be_read_does_not_hold(shop: Shop) -> None:
    dataset = exports(shop)
    assert ("4", 7) in kept(dataset)
    shop.write("in/2024-03.csv", HEAD + "4,d,2024-02-07,seven,paid,\n5,e,2024-02-07,1.00,paid,\n")
    table = {"path": "in/*.csv", "columns": COLUMNS, "last_of": "Order"}
    assert ("4", 7) in kept(shop.open({"transactions": table}, tolerate=0.5))


def test_the_time_of_change_says_which_row_is_later_and_what_is_not_seen_yet(shop: Shop) -> None:
    form = {"date_format": "%d.%m.%Y"}
    text = (
        (JANUARY + FEBRUARY.removeprefix(HEAD)).replace("2024-01-0", "0X.01.2024").replace("2024-02-0", "0X.02.2024")
    )
    for day in range(5, 9):
        text = text.replace(f"0X.01.2024{day}", f"0{day}.01.2024").replace(f"0X.02.2024{day}", f"0{day}.02.2024")
    table = {
        "columns": COLUMNS,
        "last_of": "Order",
        "later_by": "Changed",
        "format": form,
        "leave_out": {"Status": "voided"},
    }
    dataset = shop.sales(text, **table)
    assert kept(dataset) == [("1", 10), ("3", 1.5), ("3", 5.5), ("4", 7)]
    assert balanced(dataset) == 24
    # on 10 February, order 2 was not voided yet
    before = shop.sales(text, as_of="2024-02-10", **table)
    assert ("2", 20) in kept(before)
    balanced(before)


def test_a_version_is_a_number(shop: Shop) -> None:
    text = "id,who,on,amt,version\n" + "".join(f"1,a,2024-01-02,{n}.00,{n}\n" for n in (9, 10, 2))
    columns = {"customer_id": "who", "time": "on", "amount": "amt", "order_id": "id"}
    assert kept(shop.sales(text, columns=columns, last_of="id", later_by="version")) == [("1", 10)]


def test_the_last_row_of_a_customer_holds_and_not_the_first_of_the_alphabet(shop: Shop, rows: Any) -> None:
    shop.write("people.csv", PEOPLE)
    sales = {"path": "sales.csv", "columns": COLUMNS}
    shop.write("sales.csv", JANUARY)
    people: dict[str, Any] = {"path": "people.csv", "columns": {"customer_id": "id"}, "attributes": {"town": {}}}
    dataset = shop.open({"transactions": sales, "customers": people})
    assert {row["customer_id"]: row["town"] for row in rows(dataset, "customers")} == {"a": "Aachen", "b": "Oslo"}
    said = "2 rows have the id of another row; the first by the order of their values holds. If the last one is meant, write "
    assert any(said + "`last_of: id` and `later_by: updated`" in note for note in dataset.quality.notes)
    shop.write("people.csv", PEOPLE.replace("a,Aachen,2024-03-01", "a,Aachen,2024-01-15"))
    dataset = shop.open({"transactions": sales, "customers": people | {"last_of": "id", "later_by": "updated"}})
    assert {row["customer_id"]: row["town"] for row in rows(dataset, "customers")} == {"a": "Zürich", "b": "Oslo"}
    assert line(dataset, "a later row with the same id holds", "customers").set_aside == 2
    assert set(dataset.tables["customers"].columns) == {"customer_id", "town"}


def test_orders_that_stand_in_two_files_are_remarked(shop: Shop) -> None:
    said = "2 orders stand in more than one file, and not alike: all of their rows count"
    assert any(said in note for note in exports(shop, last_of=[]).quality.notes)
    assert not any("more than one file" in note for note in exports(shop).quality.notes)
    shop.write("in/2024-02.csv", JANUARY)
    assert not any("more than one file" in note for note in shop.open(
        {"transactions": {"path": "in/*.csv", "columns": COLUMNS}}).quality.notes)  # fmt: skip


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"last_of": "Order", "path": "in/2024-01.csv"}, "has `last_of`, but is one file"),
        ({"last_of": "Ordr"}, r"has no column `Ordr`, which `last_of` names. Did you mean `Order`"),
        ({"later_by": "Chnged"}, "has no column `Chnged`, which `later_by` names"),
    ],
)
def test_what_cannot_be_said_by_it(shop: Shop, table: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        exports(shop, **table)


def test_what_does_not_go_together(shop: Shop) -> None:
    shop.write("a.csv", JANUARY)
    with pytest.raises(ParameterError, match="`later_by` says which row is later, and needs `last_of`"):
        shop.sales(JANUARY, columns=COLUMNS, later_by="Changed")
    with pytest.raises(ParameterError, match="`last_of` is not for `shape: dumps`"):
        shop.open({"subscriptions": {"path": "a.csv", "shape": "dumps", "last_of": "Order"}})


ONE_FILE = (
    "order,cust,mail,when,amt,city\n1,7,x@a,2024-01-05,10.00,Oslo\n2,,G@a,2024-01-06,20.00,Bonn\n"
    "3,7,y@a,2024-03-07,5.00,Aachen\n4,,g@a,2024-05-06,20.00,Kiel\n5,,,2024-05-06,20.00,Kiel\n"
)
MAPPED = {"customer_id": "cust", "time": "when", "amount": "amt", "order_id": "order"}


def test_one_file_of_orders_and_customers_is_described_once(shop: Shop, rows: Any) -> None:
    table = {"path": "o.csv", "columns": MAPPED, "guests": "mail", "attributes": {"town": "city", "mail": {}}}
    shop.write("o.csv", ONE_FILE)
    dataset = shop.open({"transactions": table}, ids="any_case")
    assert {(row["customer_id"], row["town"], row["mail"]) for row in rows(dataset, "customers")} == {
        ("7", "Aachen", "y@a"),
        ("g@a", "Kiel", "g@a"),
    }
    quality = table_quality(dataset, "customers")
    assert (quality.rows_in, quality.rows_kept, quality.source) == (2, 2, "o.csv, the last row of each customer")
    assert set(dataset.attributes) == {"town", "mail"}
    # as of February, the last row is that of January
    dataset = shop.open({"transactions": table}, "2024-02-28", ids="any_case")
    assert {row["town"] for row in rows(dataset, "customers")} == {"Oslo", "Bonn"}
    with pytest.raises(ParameterError, match="`attributes` stand under transactions, and there is a table customers"):
        shop.open({"transactions": table, "customers": {"path": "o.csv"}})
