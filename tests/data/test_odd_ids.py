"""Ids, guests and gift cards that change the sums: each is told, and the line that is advised settles it."""

from __future__ import annotations

from typing import Any

import pytest

from segkit.data import Dataset
from tests.data.conftest import Shop
from tests.data.test_orders import balanced

HEAD = "order,cust,mail,when,amt,Payment Method\n"
COLUMNS = {"customer_id": "cust", "time": "when", "amount": "amt", "order_id": "order"}
PLAIN = tuple(f"{n},C{n},x{n}@example.com,2024-01-{n % 28 + 1:02},10.00,card\n" for n in range(1, 41))


def opened(shop: Shop, *more: str, **table: Any) -> Dataset:
    settings = {"ids": table.pop("ids", "as_written")}
    shop.write("orders.csv", HEAD + "".join((*PLAIN, *more)))
    return shop.open({"transactions": {"path": "orders.csv", "columns": COLUMNS} | table}, **settings)


def customers(dataset: Dataset) -> int:
    rows = dataset.tables["transactions"]
    return int(dataset.engine.collect(rows.aggregate(n=rows.customer_id.nunique()))["n"].iloc[0])


CROWD = tuple(f"{90 + n},guest,g{n % 3}@example.com,2024-02-02,5.00,card\n" for n in range(6))


@pytest.mark.parametrize(
    ("more", "says", "settled", "left"),
    [
        (("70,1.23E+11,,2024-02-02,5.00,card\n",), "such as 1.23E+11, as a spreadsheet shows a long number",
         {"leave_out": {"cust": ["1.23E+11"]}}, (40, 400)),
        (("70,c7,,2024-02-02,5.00,card\n",), "1 customer ids differ from another one in capitals only",
         {"ids": "any_case"}, (40, 405)),
        (("70,C 7,,2024-02-02,5.00,card\n", "71,c\u00a07,,2024-02-02,5.00,card\n"),
         "differ from another one in blanks only", {"ids": "any_case_or_blank"}, (40, 410)),
        (CROWD, "`guest` holds 13% of all orders (6 of 46), and counts as one customer",
         {"format": {"empty": ["guest"]}, "guests": "mail"}, (43, 430)),
        (("70,,g@example.com,2024-02-02,5.00,card\n",), "1 of them, as orders of guests do, have `mail`",
         {"guests": "mail"}, (41, 405)),
        (("70,C7,,2024-02-02,5.00,Gift card\n", "71,C7,,2024-02-02,5.00,gift_card\n"),
         "2 rows are of gift cards, as `Payment Method` says",
         {"leave_out": {"Payment Method": ["Gift card", "gift_card"]}}, (40, 400)),
    ],
)  # fmt: skip
def test_what_is_told_and_what_settles_it(
    shop: Shop, more: tuple[str, ...], says: str, settled: dict[str, Any], left: tuple[int, float]
) -> None:
    told = " ".join(opened(shop, *more).quality.notes)
    assert says in told
    for key in settled:
        assert f"`{key}: " in told
    dataset = opened(shop, *more, **settled)
    assert says not in " ".join(dataset.quality.notes)
    assert (customers(dataset), balanced(dataset)) == left


def test_nothing_is_told_of_plain_orders(shop: Shop) -> None:
    assert [note for note in opened(shop).quality.notes if "The last transaction" not in note] == []


def test_the_id_of_a_person_is_never_shown(shop: Shop) -> None:
    crowd = tuple(f"{90 + n},ann@example.com,,2024-02-02,5.00,card\n" for n in range(6))
    told = " ".join(opened(shop, *crowd).quality.notes)
    assert "one customer id, written like xxx@xxxxxxx.xxx, holds 13% of all orders" in told
    assert "ann@example.com" not in told


def test_few_customers_may_well_hold_a_tenth(shop: Shop) -> None:
    shop.write("orders.csv", HEAD + "".join(PLAIN[:9]))
    dataset = shop.open({"transactions": {"path": "orders.csv", "columns": COLUMNS}})
    assert not any("of all orders" in note for note in dataset.quality.notes)
