"""What may be set aside: few rows and little money, and none for a reason that strikes one kind of row."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from segkit.data import open_dataset
from segkit.errors import DataError
from tests.cases import copied as case
from tests.data.conftest import Shop, line, table_quality

HEAD = "customer_id,time,amount,store\n"


def shop_rows(n: int, seed: int = 1) -> list[list[str]]:
    """Orders of a year in five stores, of 1 to 99."""
    draw = random.Random(seed)
    return [
        [str(i % 37), f"2024-{1 + i % 6:02}-{1 + i % 28:02}", f"{draw.uniform(1, 99):.2f}", f"s{draw.randrange(5)}"]
        for i in range(n)
    ]


def written(rows: list[list[str]]) -> str:
    return HEAD + "".join(",".join(f'"{part}"' for part in row) + "\n" for row in rows)


def refused(shop: Shop, rows: list[list[str]], **settings: Any) -> str:
    with pytest.raises(DataError) as error:
        shop.sales(written(rows), **settings)
    return str(error.value)


def test_case_05_the_largest_alone_are_unreadable(tmp_path: Path) -> None:
    """96 × 20.00 and 4 × 1,234.50: revenue is 6,858.00, or it is refused with the way to read it."""
    folder = case("05", tmp_path)
    file = folder / "params/datasets/s.yaml"
    with pytest.raises(DataError) as error:
        open_dataset(file, "2024-12-29")
    said = str(error.value)
    assert 'write `format: {thousands: ","}`' in said
    assert "4 of 100 values cannot be read" in said
    assert "72% of the money" in said
    file.write_text(file.read_text().replace("path: orders.csv", 'path: orders.csv\n    format: {thousands: ","}'))
    dataset = open_dataset(file, "2024-12-29")
    assert table_quality(dataset).money_kept == 6858.00
    assert table_quality(dataset).rows_kept == 100


@pytest.mark.parametrize("sign", ["({})", "{}-", "−{}"])
def test_returns_are_read_however_their_sign_is_written(shop: Shop, sign: str) -> None:
    rows = shop_rows(400)
    sales = sum(round(100 * float(row[2])) for at, row in enumerate(rows) if at % 40)
    for row in rows[::40]:
        row[2] = sign.format("15.00")
    quality = table_quality(shop.sales(written(rows)))
    assert (quality.rows_kept, round(100 * quality.money_kept)) == (400, sales - 10 * 1500)


@pytest.mark.parametrize("sign", ["({}) EUR", "{}- EUR", "−{} EUR"])
def test_returns_alone_are_unreadable(shop: Shop, sign: str) -> None:
    rows = shop_rows(400)
    for row in rows[::40]:
        row[2] = sign.format("15.00")
    said = refused(shop, rows)
    assert "10 of 400 values cannot be read" in said
    assert "all of them are negative" in said


def test_small_returns_alone_are_unreadable_and_few(shop: Shop) -> None:
    """Three rows prove nothing by chance, but they hold more than a hundredth of the money."""
    rows = shop_rows(100)
    for row in rows[::40]:
        row[2] = "(40.00) EUR"
    assert "all of them are negative" in refused(shop, rows)


@pytest.mark.parametrize(
    ("column", "value", "where"), [(1, "24.05.", "store"), (2, "n.a", "store"), (2, "12.0.0", "month")]
)
def test_one_store_or_one_month_is_systematic(shop: Shop, column: int, value: str, where: str) -> None:
    rows = shop_rows(2000)
    mine = [row for row in rows if (row[3] == "s3" if where == "store" else row[1] < "2024-02")]
    for row in mine[:15]:
        row[column] = value
    said = refused(shop, rows)
    assert "15 of 2,000 values cannot be read" in said
    assert ("all of store s3" if where == "store" else "all of 2024-01") in said


def test_one_file_is_systematic(shop: Shop) -> None:
    rows = shop_rows(1200)
    for row in rows[500:512]:
        row[2] = "EUR"
    for number in range(6):
        part = rows[200 * number : 200 * (number + 1)]
        random.Random(number).shuffle(part)
        shop.write(f"orders/{number}.csv", written(part))
    with pytest.raises(DataError, match=r"all of the file 2\.csv"):
        shop.open({"transactions": {"path": "orders"}})


@pytest.mark.parametrize("seed", range(8))
def test_dirt_by_chance_is_tolerated(shop: Shop, seed: int) -> None:
    rows = shop_rows(1000, seed)
    for row in random.Random(seed).sample(rows, 30):
        row[2] = f"x{row[2]}"
    dataset = shop.sales(written(rows))
    assert line(dataset, "unreadable amount").set_aside == 30


def test_money_counts_as_rows_do(shop: Shop) -> None:
    """Two rows of 1,000, neither of a kind, with a tenth of the money."""
    rows = shop_rows(1000)
    for row, text in zip(rows[10:900:800], ("€4000", "€5"), strict=True):
        row[2] = text
    said = refused(shop, rows)
    assert "of the money" in said
    assert "Leave the currency sign out" in said


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("40k", "of the money"),
        ("€ 12 Tsd.", "of the money"),
        ("1.5 Mio", "of the money"),
        ("about 9000", "of the money"),
    ],
)
def test_money_in_words_is_money(shop: Shop, text: str, share: str) -> None:
    """Three rows of a thousand, with more money than all the others."""
    rows = shop_rows(1000)
    for row in rows[10::400]:
        row[2] = text
    assert share in refused(shop, rows)


def test_credits_in_words_are_returns(shop: Shop) -> None:
    rows = shop_rows(1000)
    for row in rows[::50]:
        row[2] = "12.50 CR"
    assert "all of them are negative" in refused(shop, rows)


@pytest.mark.parametrize(("at", "value", "where"), [(3, "s3", "store s3"), (1, "2024-03", "2024-03")])
def test_amounts_that_are_empty_for_one_store_or_month_are_missing(
    shop: Shop, at: int, value: str, where: str
) -> None:
    rows = shop_rows(1000)
    empty = [row for row in rows if row[at].startswith(value)]
    for row in empty:
        row[2] = ""
    said = refused(shop, rows)
    assert f"{len(empty)} of 1,000 rows have no amount; they are all of {where}" in said
    other = shop_rows(1000)
    for row in other[::11]:
        row[2] = ""
    assert line(shop.sales(written(other)), "no amount").set_aside == 91


def test_rows_without_an_amount_that_are_no_sales_are_left_out(shop: Shop) -> None:
    rows = shop_rows(1000)
    for row in rows:
        if row[3] == "s3":
            row[2] = ""
    dataset = shop.sales(written(rows), leave_out={"store": "s3"})
    assert table_quality(dataset).rows_kept == sum(row[3] != "s3" for row in rows)


def test_the_fees_of_contracts_are_money_too(shop: Shop) -> None:
    fees = ["20.00"] * 96 + ["1,200.00"] * 4
    shop.write(
        "c.csv",
        "customer_id,start,recurring_amount\n" + "".join(f'{i},2024-01-05,"{f}"\n' for i, f in enumerate(fees)),
    )
    with pytest.raises(DataError, match=r"4 of 100 values cannot be read.*71% of the money"):
        shop.open({"subscriptions": {"path": "c.csv"}})


def test_as_much_as_is_tolerated_by_the_file_is_tolerated(shop: Shop) -> None:
    rows = shop_rows(100)
    for row in rows[::2]:
        row[2] = f"{row[2]} x"
    dataset = shop.sales(written(rows), tolerate=0.9)
    assert table_quality(dataset).rows_kept == 50
