"""Contracts as rows and as a snapshot, calendar-true."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.customers.calendar import elapsed
from segkit.data.engine import Engine
from segkit.data.spec import TableSpec
from segkit.data.subscriptions import snapshot_columns
from segkit.errors import DataError
from tests.data.conftest import Shop, table_quality

CONTRACTS = "customer_id,start,end,plan,recurring_amount,end_reason\n"
SNAPSHOT = {"path": "s.csv", "shape": "snapshot", "as_of": dt.date(2024, 2, 29), "ended_when": ["Yes"]}


def contracts(shop: Shop, content: str, when: str = "2024-06-30", /, **spec: Any) -> Any:
    shop.write("s.csv", content)
    return shop.open({"subscriptions": {"path": "s.csv"} | spec}, when, tolerate=0.5)


def test_an_end_after_the_as_of_date_is_not_yet_known(shop: Shop, rows: Any) -> None:
    content = CONTRACTS + (
        "1,2024-01-01,2024-06-30,A,9.90,price\n2,2024-01-01,2024-07-01,A,9.90,price\n3,2024-01-01,9999-12-31,B,1,\n"
        "4,2024-01-01,,B,,\n"
    )
    kept = {row["customer_id"]: row for row in rows(contracts(shop, content, followed_within=0), "subscriptions")}
    assert {k: row["end"] and str(row["end"])[:10] for k, row in kept.items()} == {
        "1": "2024-06-30",
        "2": None,
        "3": None,
        "4": None,
    }
    assert {k: row["end_reason"] for k, row in kept.items()} == {"1": "price", "2": None, "3": None, "4": None}
    assert [row["recurring_amount"] for row in kept.values()] == [990, 990, 100, None]


def test_contracts_that_cannot_be(shop: Shop) -> None:
    content = CONTRACTS + (
        "1,2024-03-01,2024-02-01,A,1,\n2,2024-07-01,,A,1,\n3,2024-01-01,,A,-1,\n4,,,A,1,\n5,2024-01-01,,A,1,\n"
        "6,2024-03-01,0001-01-01,A,1,\n"
    )
    dataset = contracts(shop, content)
    found = {one.reason: one.set_aside for one in table_quality(dataset, "subscriptions").lines}
    assert found == {
        "no start": 1,
        "start after 2024-06-30 (not yet seen)": 1,
        "recurring amount below 0": 1,
        "end before start": 2,
        "end before 1900-01-01": 0,
    }


def test_a_customer_may_have_several_contracts(shop: Shop) -> None:
    content = CONTRACTS + "1,2023-01-01,2023-06-30,A,1,\n1,2023-07-01,,B,1,\n"
    assert table_quality(contracts(shop, content), "subscriptions").rows_kept == 2


@pytest.mark.parametrize(
    ("taken", "tenure", "start"),
    [
        ("2024-02-29", "0", "2024-02-29"),
        ("2024-02-29", "1", "2024-01-30"),
        ("2024-02-29", "12", "2023-02-28"),
        ("2024-03-31", "1", "2024-02-29"),
        ("2024-03-31", "3", "2023-12-31"),
        ("2024-01-01", "72", "2018-01-01"),
        ("2024-01-15", "2.9", "2023-11-14"),
        ("2024-01-31", "1200", "1924-01-31"),
    ],
)
def test_a_snapshot_s_start(shop: Shop, rows: Any, taken: str, tenure: str, start: str) -> None:
    spec = SNAPSHOT | {"as_of": dt.date.fromisoformat(taken)}
    dataset = contracts(shop, f"customer_id,tenure,status\n1,{tenure},No\n2,{tenure},Yes\n", taken, **spec)
    first, second = rows(dataset, "subscriptions")
    assert str(first["start"])[:10] == str(second["start"])[:10] == start
    assert first["end"] is None
    assert str(second["end"])[:10] == taken


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.connect("duckdb://")


@settings(max_examples=40)
@given(st.dates(dt.date(1990, 1, 1), dt.date(2050, 12, 31)))
def test_the_tenure_that_was_read_is_the_tenure_that_is_computed(engine: Engine, taken: dt.date) -> None:
    """For every whole number of months, on segkit's own line of months: never short, never a month more."""
    months = ibis.range(0, 1_201).unnest().name("tenure").as_table()
    typed = months.mutate(tenure=months.tenure.cast("float64"), customer_id=months.tenure, status=ibis.literal("x"))
    spec = TableSpec(shape="snapshot", as_of=taken, ended_when=("y",))
    found = typed.mutate(first=snapshot_columns(typed, spec)["start"])
    again = elapsed(found.first, ibis.date(taken), "month") - found.tenure  # type: ignore[arg-type]
    facts = engine.collect(found.aggregate(low=again.min(), high=again.max(), late=(found.first > taken).sum())).iloc[
        0
    ]
    assert -1e-9 < facts["low"] <= facts["high"] < 1 / 28 + 1e-9
    assert facts["late"] == 0


def test_tenures_that_cannot_be(shop: Shop) -> None:
    content = "customer_id,tenure,status\n1,-1,No\n2,9999,No\n3,,No\n4,1e300,Yes\n5,5,\n6,5,Yes\n6,6,Yes\n7,many,No\n"
    dataset = contracts(shop, content, **SNAPSHOT)
    found = {one.reason: one.set_aside for one in table_quality(dataset, "subscriptions").lines}
    assert found == {
        "unreadable tenure": 1,
        "no tenure": 1,
        "tenure below 0": 1,
        "tenure above 1,200": 2,
        "no status": 1,
        "second row with the same customer_id": 1,
    }


def test_status_written_otherwise_than_in_the_dataset_file(shop: Shop) -> None:
    content = "customer_id,tenure,status\n1,1,yes\n2,2,no\n"
    with pytest.raises(DataError) as error:
        contracts(shop, content, **SNAPSHOT)
    assert "`status` holds `no`, `yes`, and none of `ended_when`: `Yes`. Write `ended_when: [yes]`." in str(
        error.value
    )
    dataset = contracts(shop, content, **(SNAPSHOT | {"ended_when": ["gone"]}))
    assert "Nobody has left: `status` holds `no`, `yes`, and none of `ended_when`: `gone`." in dataset.quality.notes


def test_a_snapshot_knows_one_day(shop: Shop) -> None:
    content = "customer_id,tenure,status\n1,1,No\n"
    with pytest.raises(DataError) as error:
        contracts(shop, content, "2024-02-28", **SNAPSHOT)
    assert (
        "the snapshot was taken on 2024-02-29, after the as-of date 2024-02-28. Run it as of 2024-02-29 or later."
        in (str(error.value))
    )
    dataset = contracts(shop, content, "2024-03-31", **SNAPSHOT)
    assert dataset.known_from == dt.date(2024, 2, 29)
    assert "Contracts are known as of 2024-02-29 only." in dataset.quality.notes


def test_a_yes_in_yaml_is_the_text_yes(shop: Shop) -> None:
    shop.write("s.csv", "customer_id,tenure,status\n1,1,Yes\n2,1,No\n")
    text = (
        "title: S\nrelation: contractual\ncurrency: EUR\ntime_zone: UTC\ntables:\n  subscriptions:\n    path: s.csv\n"
        "    shape: snapshot\n    as_of: 2024-02-29\n    ended_when: Yes\n"
    )
    from segkit.data import open_dataset

    dataset = open_dataset(shop.spec(text), "2024-02-29")
    ended = dataset.tables["subscriptions"]
    assert int(dataset.engine.collect(ended.aggregate(n=ended.end.count()))["n"].iloc[0]) == 1
