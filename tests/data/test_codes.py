"""Codes that an engine would take for numbers stay the texts they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segkit.data import open_dataset
from segkit.data.specfile import read_specfile
from segkit.errors import DataError
from tests.cases import copied as case
from tests.data.conftest import SALES, Shop, line

PEOPLE = 60

CODES = {
    "plots": [f"{1 + i % 9}_{1 + i // 9}_1" for i in range(PEOPLE)],
    "blocks": [f"{10 + i}E{1 + i % 3}" for i in range(PEOPLE)],
    "small exponent": [f"{10 + i}e{1 + i % 3}" for i in range(PEOPLE)],
    "one with an exponent": [str(1000 + i) if i else "10E2" for i in range(PEOPLE)],
    "one with a leading zero": [str(1000 + i) if i else "0999" for i in range(PEOPLE)],
    "leading zeros behind a sign": [f"-0{i}" for i in range(PEOPLE)],
    "one with a separator": [str(1000 + i) if i else "1_000" for i in range(PEOPLE)],
    "house numbers": [str(10 + i) if i else "12a" for i in range(PEOPLE)],
    "card numbers": [f"49270123456780{i:02}" for i in range(PEOPLE)],
    "versions": [f"{1 + i % 3}.{1 + i // 3}" for i in range(PEOPLE - 1)] + ["1.10"],
    "sections": [f"4.{i:02}" if i % 2 else f"4.{i:02}0" for i in range(PEOPLE)],
    "telephones": [f"+4930123{i:03}" for i in range(PEOPLE)],
}

NUMBERS = {
    "age": [str(18 + i) for i in range(PEOPLE)],
    "balance": [f"{i - 30}.50" for i in range(PEOPLE)],
    "change": [f"+{i}" for i in range(PEOPLE)],
    "share": [f"0.{10 + i}" for i in range(PEOPLE)],
    "money": [f"{i}.{i % 10}0" for i in range(PEOPLE)],
    "halves": [f"{i}.0" if i % 4 else f"{i}.25" for i in range(PEOPLE)],
    "one unknown": ["unknown" if not i else str(i) for i in range(PEOPLE)],
    "zeros": ["0", "0.0", *(str(i) for i in range(2, PEOPLE))],
}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Any:
    shop = Shop(tmp_path_factory.mktemp("people"))
    columns = CODES | NUMBERS
    lines = [",".join(["customer_id", *columns])]
    lines += [",".join([str(i), *(values[i] for values in columns.values())]) for i in range(PEOPLE)]
    shop.write("sales.csv", SALES)
    shop.write("people.csv", "\n".join(lines) + "\n")
    return shop.open({"transactions": {"path": "sales.csv"}, "customers": {"path": "people.csv"}})


@pytest.mark.parametrize("name", CODES)
def test_codes_are_text(people: Any, rows: Any, name: str) -> None:
    assert people.attributes[name].kind.value == "text"
    assert sorted(row[name] for row in rows(people, "customers")) == sorted(CODES[name])


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_numbers(people: Any, name: str) -> None:
    assert people.attributes[name].kind.value == "number"


def test_an_amount_with_digit_separators_is_not_one(shop: Shop) -> None:
    """An engine's own way of writing numbers in statements is nobody's way of writing amounts."""
    content = "customer_id,time,amount,quantity\n" + "".join(f"{i},2024-01-05,{i},2\n" for i in range(1, 40))
    dataset = shop.sales(content + "40,2024-01-05,1_000,1_0\n", tolerate=0.5)
    assert line(dataset, "unreadable amount").examples == ("1_000",)
    assert line(dataset, "unreadable quantity").examples == ("1_0",)
    with pytest.raises(DataError, match="Write numbers without `_`"):
        shop.sales("customer_id,time,amount\n1,2024-01-05,1_000\n2,2024-01-05,2_000\n")


def test_codes_in_a_dataset_file_stay_as_written(tmp_path: Path) -> None:
    """The order of an attribute's values speaks of the values in the data."""
    path = tmp_path / "x.yaml"
    path.write_text("order: [1_1_1, 11_1_1, 10E2, 007]\nnumber: 12\n")
    assert read_specfile(path).data == {"order": ["1_1_1", "11_1_1", "10E2", "007"], "number": 12}


def test_case_15_codes_read_as_numbers(tmp_path: Path, rows: Any) -> None:
    folder = case("15", tmp_path)
    dataset = open_dataset(folder / "params/datasets/s.yaml", "2024-06-02")
    assert {name: one.kind.value for name, one in dataset.attributes.items()} == {"plot": "text", "block": "text"}
    written = [text.split(",")[1:] for text in (folder / "cust.csv").read_text().splitlines()[1:]]
    read = [[row["plot"], row["block"]] for row in rows(dataset, "customers")]
    assert sorted(read) == sorted(written)
