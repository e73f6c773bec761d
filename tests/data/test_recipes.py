"""A recipe reads the files of its system: rows and money are what was counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from segkit.data import Dataset, open_dataset
from segkit.data.specfile import recipe_names
from segkit.errors import DataError, ParameterError
from tests.data.conftest import Shop, table_quality
from tests.data.exports import EXPORTS, KKBOX, OLIST, SHOPIFY, STRIPE, Export


def opened(shop: Shop, export: Export, **more: Any) -> Dataset:
    export.write(shop.folder)
    said = {"like": export.recipe, "files": export.place, **export.settings, **more}
    return open_dataset(shop.spec(yaml.safe_dump(said)), export.as_of)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.recipe)
def test_rows_and_money_are_right(shop: Shop, export: Export) -> None:
    dataset = opened(shop, export)
    found = {name: table_quality(dataset, name) for name in dataset.tables}
    assert {name: (one.rows_in, one.rows_kept) for name, one in found.items()} == export.rows
    main = found.get("transactions", found.get("subscriptions"))
    assert main is not None
    assert {one.reason: one.set_aside for one in main.lines if one.set_aside} == export.aside
    if export.money is not None:
        aside = sum(one.money_set_aside or 0 for one in main.lines)
        assert main.money_kept == pytest.approx(export.money, abs=0.001)
        assert round(main.money_kept + aside, 2) == round(main.money_in or 0, 2)
    rows = dataset.tables["transactions" if export.money is not None else "subscriptions"]
    assert int(dataset.engine.collect(rows.aggregate(n=rows.customer_id.nunique()))["n"].iloc[0]) == export.customers
    notes = [note for note in dataset.quality.notes if "The last transaction" not in note]
    assert not [
        note
        for note in notes
        if "never occur" in note or "which no row of" in note or "count like all others" in note
    ]


def test_every_recipe_has_its_export() -> None:
    assert recipe_names() == sorted(export.recipe for export in EXPORTS)


def test_an_evening_in_utc_is_the_next_day(shop: Shop, rows: Any) -> None:
    assert min(str(row["day"])[:10] for row in rows(opened(shop, STRIPE))) == "2024-07-01"


def test_what_the_file_says_holds_over_the_recipe(shop: Shop) -> None:
    own = {"transactions": {"leave_out": {"Financial Status": ["voided"]}}}
    dataset = opened(shop, SHOPIFY, rates={"USD": 0.9}, tables=own)
    assert table_quality(dataset).money_kept == 53.91 + 18 + 15 + 90
    dataset = opened(shop, OLIST, tables={"products": None})
    assert list(dataset.tables) == ["transactions"]


def test_memberships_that_are_renewed_within_thirty_days_go_on(shop: Shop, rows: Any) -> None:
    spells = {
        (row["customer_id"], str(row["spell_start"])[:10], str(row["spell_end"])[:10])
        for row in rows(opened(shop, KKBOX), "subscriptions")
    }
    assert spells == {("YyO+", "2016-01-05", "2016-04-20"), ("Bx3=", "2016-01-10", "2016-02-10")}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("like: shopfy\n", "there is no such recipe. Did you mean `shopify`?"),
        (
            "like: shopify\ncurrency: EUR\ntime_zone: UTC\n",
            "`like: shopify` needs `files`, where the files of the export are",
        ),
        ("like: shopify\nextends: x\n", "`extends` and `like` stand in one file"),
        ("title: x\nfiles: a.csv\n", "`files` says where the files of a recipe are, and there is no `like`"),
        ("like: ibm_telco\nfiles: a.csv\n", "a snapshot needs `as_of`"),
    ],
)
def test_what_is_wrong_is_said(shop: Shop, text: str, says: str) -> None:
    with pytest.raises(ParameterError) as error:
        open_dataset(shop.spec(text), "2024-12-31")
    assert says in str(error.value)


def test_a_file_of_another_system_is_told_by_its_columns(shop: Shop) -> None:
    shop.write("orders.csv", "a,b\n1,2\n")
    with pytest.raises(DataError, match=r"lacks `Email` \(for customer_id\)"):
        open_dataset(shop.spec("like: shopify\nfiles: orders.csv\ncurrency: EUR\ntime_zone: UTC\n"), "2024-12-31")


LINES = "order,item,price\n1,x,5.00\n1,y,6.00\n2,x,7.00\n3,x,8.00\n"


def looked_up(shop: Shop, orders: str) -> Dataset:
    shop.write("in/lines.csv", LINES)
    shop.write("in/orders.csv", orders)
    columns = {"customer_id": "who", "time": "on", "amount": "price", "order_id": "order", "product_id": "item"}
    return shop.open(
        {"transactions": {"path": "in/lines.csv", "columns": columns, "look_up": {"orders.csv": "order"}}}
    )


def test_columns_that_stand_in_another_file(shop: Shop) -> None:
    dataset = looked_up(shop, "order,who,on\n1,a,2024-01-05\n2,b,2024-01-06\n")
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.rows_kept, quality.money_in, quality.money_kept) == (4, 3, 26, 18)
    assert any("1 rows find nothing in orders.csv" in note for note in dataset.quality.notes)


@pytest.mark.parametrize(
    ("orders", "says"),
    [
        (
            "order,who,on\n1,a,2024-01-05\n1,b,2024-01-06\n",
            "`1` stands there 2 times. A looked-up file has each key once",
        ),
        ("number,who,on\n1,a,2024-01-05\n", "orders.csv has no column `order`"),
        ("order,who,on\n1,a\n", "orders.csv, line 2 has 2 columns where the header has 3"),
    ],
)
def test_a_file_that_cannot_be_looked_up(shop: Shop, orders: str, says: str) -> None:
    with pytest.raises(DataError) as error:
        looked_up(shop, orders)
    assert says in str(error.value)
