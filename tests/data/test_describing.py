"""A look at a file drafts the dataset file that reads it: rows and money are those that were written into the file."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from segkit.data import Dataset, open_dataset
from segkit.data.describing.description import Description, describe_file
from segkit.errors import DataError, ParameterError
from tests.data.conftest import Shop, table_quality
from tests.data.exports import EXPORTS, SHOPIFY, Export
from tests.data.workbook import workbook
from tests.project.project import segkit

GERMAN = "Bestellnummer;Kundennr;Datum;Betrag\n" + "".join(
    f"B{n};{n % 7:05};{n % 28 + 1:02}.0{n % 6 + 1}.2024;1.0{n:02},50\n" for n in range(40)
)


def described(shop: Shop, name: str, content: str | bytes, **asked: str) -> Description:
    return describe_file(shop.write(name, content), shop.folder, **asked)


def read(shop: Shop, found: Description, as_of: str = "2024-12-31") -> Dataset:
    """Open what was drafted, as it stands."""
    return open_dataset(shop.spec(found.text), as_of)


def test_days_and_numbers_as_they_are_written(shop: Shop) -> None:
    found = described(shop, "in/orders.csv", GERMAN, currency="EUR", time_zone="Europe/Berlin")
    quality = table_quality(read(shop, found))
    assert (quality.rows_in, quality.rows_kept) == (40, 40)
    assert quality.money_kept == sum(1000 + n + 0.5 for n in range(40))
    said = yaml.safe_load(found.text)["tables"]["transactions"]
    assert said["columns"] == {
        "customer_id": "Kundennr",
        "time": "Datum",
        "amount": "Betrag",
        "order_id": "Bestellnummer",
    }
    assert said["path"] == "in/orders.csv"
    assert said["format"] == {"delimiter": ";", "date_format": "%d.%m.%Y", "decimal": ",", "thousands": "."}
    assert not found.asked
    assert found.balance[0].startswith("transactions: 40 rows, 40 kept, 40,800.00 EUR, 2024-0")
    assert found.rows[0] == "customer_id | day | time | amount | order_id"
    assert "00000 | 2024-01-01 | 2024-01-01 | 1,000.50 | B0" in found.rows
    months = [line.split() for line in found.months]
    assert [one[0] for one in months] == [f"2024-0{month}" for month in range(1, 7)]
    assert sum(float(one[-1].replace(",", "")) for one in months) == quality.money_kept


def test_what_could_be_read_in_two_ways_is_guessed_and_said(shop: Shop) -> None:
    content = "customer,date,amount\n" + "".join(f"{n},0{n % 4 + 1}/0{n % 5 + 1}/2024,{n}.5\n" for n in range(1, 40))
    found = described(shop, "a.csv", content)
    assert any(
        one.startswith('Days are written "%d/%m/%Y" or "%m/%d/%Y": each reads every value') for one in found.guessed
    )
    assert any("no column is the number of an order" in one for one in found.guessed)
    assert [one.split(":")[0] for one in found.asked] == ["currency", "time_zone"]
    for one in (*found.guessed, *found.asked):
        assert one in found.text.replace("\n# ", "\n")
    assert table_quality(read(shop, found)).rows_kept == 39


def test_lines_with_a_quantity_and_a_price(shop: Shop) -> None:
    content = "Invoice,Item,Qty,Unit Price,Client,When\n1,x,2,1.25,a,2024-01-02\n1,y,1,3.00,a,2024-01-02\n2,x,-1,1.25,b,2024-02-03\n"
    found = described(shop, "a.csv", content)
    quality = table_quality(read(shop, found))
    assert (quality.rows_kept, quality.money_kept) == (3, 4.25)
    assert any("quantity × unit_price" in one for one in found.guessed)
    assert any("1 rows whose `Qty` is below zero are returns" in one for one in found.guessed)


def test_the_currency_of_a_column(shop: Shop) -> None:
    content = "order,email,date,total,currency\n1,a@x.de,2024-01-02,5.00,chf\n2,b@x.de,2024-01-03,6.00,CHF\n3,c@x.de,2024-01-03,9.00,EUR\n"
    found = described(shop, "a.csv", content)
    assert yaml.safe_load(found.text)["currency"] == "CHF"
    assert any(
        "currency is CHF, which most rows of `currency` have. Rows in `EUR` are set aside" in one
        for one in found.guessed
    )
    assert table_quality(read(shop, found)).money_kept == 11


def test_contracts(shop: Shop) -> None:
    content = "kunde,start_date,end_date,plan,monthly_fee\n1,2023-01-01,2023-06-30,S,10.00\n2,2023-02-01,,M,20.00\n"
    found = described(shop, "a.csv", content)
    dataset = read(shop, found)
    assert table_quality(dataset, "subscriptions").rows_kept == 2
    assert yaml.safe_load(found.text)["tables"]["subscriptions"]["columns"] == {
        "customer_id": "kunde", "start": "start_date", "end": "end_date", "plan": "plan", "recurring_amount": "monthly_fee"
    }  # fmt: skip


def test_a_snapshot(shop: Shop) -> None:
    content = "id,tenure_months,city,churned\n" + "".join(
        f"{n},{n + 3},{'Oslo' if n % 2 else 'Rome'},{'yes' if n % 5 == 0 else 'no'}\n" for n in range(1, 31)
    )
    found = described(shop, "a.csv", content)
    assert any("those with `yes` have left" in one for one in found.guessed)
    assert any(one.startswith("as_of: the day on which the list was taken") for one in found.asked)
    dataset = read(shop, found, "2199-12-31")
    assert table_quality(dataset, "subscriptions").rows_kept == 30
    assert "city" in dataset.attributes


@pytest.mark.skipif(
    importlib.util.find_spec("python_calamine") is None,
    reason="what reads workbooks is not installed (the extra excel)",
)
def test_sheets_of_a_workbook(shop: Shop) -> None:
    head = ["customer", "date", "amount"]
    sheets = {"2023": [head, ["a", "2023-05-01", 2.5]], "2024": [head, ["b", "2024-05-01", 3.5]]}
    found = described(shop, "a.xlsx", workbook(sheets))
    assert any("All sheets of the workbook are one table" in one for one in found.guessed)
    assert table_quality(read(shop, found)).money_kept == 6
    assert table_quality(read(shop, described(shop, "a.xlsx", workbook(sheets), part="2024"))).money_kept == 3.5


def test_json(shop: Shop) -> None:
    rows = [
        {"user": {"id": n}, "paid_at": f"2024-01-0{n}T10:00:00Z", "total": {"amount": n + 0.25}} for n in range(1, 5)
    ]
    content = "\n".join(json.dumps(one) for one in rows)
    assert table_quality(read(shop, described(shop, "a.jsonl", content))).money_kept == 11


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a,b\nx,y\n", "no dataset file can be drafted. It lacks days with amounts"),
        ("", "is empty"),
        ("customer,date,amount\n1,2024-01-01\n", "line 2"),
    ],
)
def test_what_cannot_be_described_is_said(shop: Shop, content: str, says: str) -> None:
    with pytest.raises(DataError) as error:
        described(shop, "a.csv", content)
    assert says in str(error.value)
    assert "table transactions: " not in str(error.value)


def test_options_that_are_none(shop: Shop) -> None:
    for asked in ({"currency": "euro"}, {"time_zone": "Berlin"}):
        with pytest.raises(ParameterError, match=r"`--currency` or `--time-zone`: "):
            described(shop, "a.csv", GERMAN, **asked)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.recipe)
def test_files_of_a_recipe(shop: Shop, export: Export) -> None:
    """The draft names the recipe; at most the as-of date of a snapshot is changed by hand."""
    export.write(shop.folder)
    place = shop.folder / (export.place if "*" not in export.place else next(iter(export.files)))
    asked = {key: value for key, value in export.settings.items() if key in ("currency", "time_zone")}
    found = describe_file(place, shop.folder, **asked)
    said = yaml.safe_load(found.text)
    assert said["like"] == export.recipe
    assert any(f"the recipe `like: {export.recipe}`" in one for one in found.sure)
    said |= {"tables": export.settings["tables"]} if "tables" in export.settings else {}
    dataset = open_dataset(shop.spec(yaml.safe_dump(said)), export.as_of)
    kept = {
        name: (table_quality(dataset, name).rows_in, table_quality(dataset, name).rows_kept)
        for name in dataset.tables
    }
    assert kept == export.rows
    if export.money is not None:
        assert table_quality(dataset).money_kept == pytest.approx(export.money, abs=0.001)


@pytest.mark.parametrize(
    ("file", "as_of", "rows", "money"),
    [
        ("cdnow/CDNOW_master.txt", "1998-06-30", (69_659, 69_659), 2_500_315.63),
        ("cdnow/CDNOW_sample.txt", "1998-06-30", (6_919, 6_919), 244_091.94),
        pytest.param(
            "online_retail/online_retail.csv.gz",
            "2011-12-09",
            (541_909, 401_604),
            9_747_747.93,
            marks=pytest.mark.slow,
        ),
        ("telco_ibm/Telco-Customer-Churn.csv", "2199-12-31", (7_043, 7_043), None),
        ("hillstrom/hillstrom.csv", "2024-12-31", (64_000, 64_000), None),
        ("lalonde_nsw/nsw_dw.csv", "2024-12-31", (445, 445), None),
        ("lalonde_nsw/nsw_cps.csv", "2024-12-31", (15_992, 15_992), None),
    ],
)
def test_real_data(
    shared_data: Path, shop: Shop, file: str, as_of: str, rows: tuple[int, int], money: float | None
) -> None:
    """Nothing is changed by hand, and rows and money are what the publishers say."""
    dataset = read(shop, describe_file(shared_data / file, shop.folder), as_of)
    quality = table_quality(dataset, next(iter(dataset.spec.tables)))
    assert (quality.rows_in, quality.rows_kept) == rows
    if money is not None:
        assert round(quality.money_in or 0, 2) == money


def test_the_command(shop: Shop) -> None:
    shop.write("orders.csv", GERMAN.replace("Bestellnummer", "Nr"))
    (shop.folder / "params" / "datasets").mkdir(parents=True)
    done = segkit(shop.folder, "describe", "orders.csv", "--currency", "EUR", "--write", "shop", within=120)
    assert done.returncode == 0, done.stderr
    for says in (
        "The dataset file:",
        "Sure:",
        "Guessed:",
        "You have to say:",
        "First rows:",
        "By month:",
        "Written: params/datasets/shop.yaml",
    ):
        assert says in done.stdout
    assert table_quality(open_dataset(shop.folder / "params/datasets/shop.yaml", "2024-12-31")).money_kept == 40_800
    again = segkit(shop.folder, "describe", "orders.csv", "--write", "shop", within=120)
    assert (again.returncode, "there is such a file" in again.stderr) == (2, True)
    nowhere = segkit(shop.folder, "describe", "order.csv", within=120)
    assert (nowhere.returncode, "Did you mean `orders.csv`?" in nowhere.stderr) == (2, True)


def test_a_shop_that_writes_in_several_currencies_is_told_so(shop: Shop) -> None:
    SHOPIFY.write(shop.folder)
    found = describe_file(shop.folder / "orders_export.csv", shop.folder)
    assert any(
        "currency is EUR, which most rows of `Currency` have. Rows in `USD` are set aside" in one
        for one in found.guessed
    )
    assert [one.split(":")[0] for one in found.asked] == ["time_zone"]


def test_a_draft_that_the_check_refuses_is_shown_with_the_reason(shop: Shop) -> None:
    content = "customer,date,amount\n" + "".join(f"{n},0{n % 9 + 1}/0{n % 5 + 1}/2024,{n}.5\n" for n in range(1, 60))
    with pytest.raises(DataError) as error:
        described(shop, "a.csv", content)
    assert "a.csv, read as" in str(error.value)
    assert "date_format: '%d/%m/%Y'" in str(error.value)
    assert "45 dates fall on days 1 to 12 of a month, so day and month look swapped" in str(error.value)
    assert "draft.yaml" not in str(error.value)


def test_a_column_a_month(shop: Shop) -> None:
    content = "client,city,2024-01,2024-02,2024-03\n" + "".join(f"k{n},Rome,{n}.50,,{n}.25\n" for n in range(1, 9))
    found = described(shop, "a.csv", content)
    assert any("3 columns are months, such as `2024-01`" in one for one in found.guessed)
    dataset = read(shop, found)
    assert (table_quality(dataset).rows_kept, table_quality(dataset).money_kept) == (16, 78)
    assert [line.split()[0] for line in found.months] == ["2024-01", "2024-03"]
    assert set(dataset.attributes) == {"city"}


def test_the_status_of_a_snapshot_is_no_attribute(shop: Shop) -> None:
    content = "id,city,churned\n" + "".join(f"{n},Rome,{'yes' if n % 3 else 'no'}\n" for n in range(9))
    dataset = read(shop, described(shop, "a.csv", content), "2199-12-31")
    assert set(dataset.attributes) == {"city"}


def test_what_was_noticed_stands_in_the_file_with_the_line_that_settles_it(shop: Shop) -> None:
    rows = "".join(f"{n},k{n},2024-01-{n:02},5.00,{'storniert' if n == 3 else 'bezahlt'}\n" for n in range(1, 20))
    found = described(shop, "a.csv", "order,customer,date,amount,Status\n" + rows)
    line = next(line for line in found.text.splitlines() if line.startswith("# told: "))
    assert line.endswith("write `leave_out: {Status: [storniert]}`.")


def test_a_list_of_customers(shop: Shop) -> None:
    content = "id,city,age\n" + "".join(f"k{n},{'Oslo' if n % 2 else 'Rome'},{20 + n}\n" for n in range(30))
    found = described(shop, "a.csv", content)
    said = yaml.safe_load(found.text)
    assert said["relation"] == "list"
    assert said["segmentations"] == {"by_city": {"kind": "attribute", "column": "city"}}
    dataset = read(shop, found)
    assert table_quality(dataset, "customers").rows_kept == 30
    assert set(dataset.attributes) == {"city", "age"}


def test_a_list_without_ids_keeps_rows_that_are_alike(shop: Shop, rows: Any) -> None:
    content = "recency,city\n" + "3,Oslo\n3,Oslo\n4,Rome\n" * 10
    found = described(shop, "a.csv", content)
    assert any("Each row is a customer, and rows are numbered" in one for one in found.guessed)
    dataset = read(shop, found)
    assert table_quality(dataset, "customers").rows_kept == 30
    kept = rows(dataset, "customers")
    assert sorted(row["customer_id"] for row in kept) == list(range(1, 31))
    assert {row["customer_id"] for row in kept if row["city"] == "Rome"} == set(range(21, 31))
