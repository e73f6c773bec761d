"""The balance: rows in = rows kept + rows set aside, reason by reason; and so is their money."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.data import copies
from segkit.errors import DataError
from tests.data.conftest import PEOPLE, SALES, Shop, line, table_quality

HEAD = "customer_id,time,amount,order_id\n"


def reasons(dataset: Any, table: str = "transactions") -> dict[str, tuple[int, int]]:
    return {one.reason: (one.found, one.set_aside) for one in table_quality(dataset, table).lines}


# exact duplicates


def test_exact_duplicates_are_set_aside_or_kept(shop: Shop) -> None:
    twice = SALES + SALES.split("\n", 1)[1] + "1,2024-01-05,10.00,other\n"
    dataset = shop.sales(twice)
    copy = line(dataset, "exact duplicate")
    assert (copy.found, copy.set_aside, copy.money_set_aside) == (3, 3, 35.75)
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.rows_kept, quality.money_in, quality.money_kept) == (7, 4, 81.5, 45.75)
    assert table_quality(shop.sales(twice, exact_duplicates="keep")).rows_kept == 7


def test_a_duplicate_is_one_in_every_column_also_those_that_are_not_read(shop: Shop) -> None:
    content = "customer_id,time,amount,note\n1,2024-01-05,1,a\n1,2024-01-05,1,b\n1,2024-01-05,1,\n1,2024-01-05,1,\n"
    assert reasons(shop.sales(content)) == {"exact duplicate": (1, 1)}


def test_other_faults_count_duplicates_too_but_set_each_row_aside_once(shop: Shop) -> None:
    content = HEAD + ",2024-01-05,1,a\n" * 3 + "1,2024-01-05,1,a\n"
    assert reasons(shop.sales(content)) == {"exact duplicate": (2, 2), "no customer id": (3, 1)}


def test_rows_that_share_a_hash_are_compared_as_they_are(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst hash there is: all rows collide, and still only the same ones are duplicates."""
    twice = SALES + SALES.split("\n", 1)[1]
    expected = reasons(shop.sales(twice)), table_quality(shop.sales(twice)).money_kept
    monkeypatch.setattr(copies, "_row_hash", lambda raw: (raw[raw.columns[0]] == "").cast("uint64"))
    dataset = shop.sales(twice)
    assert (reasons(dataset), table_quality(dataset).money_kept) == expected
    assert dataset.engine.usage.kept_tables == 2  # with hashes, then exactly


# keys


def test_second_rows_with_a_key(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", SALES)
    shop.write("people.csv", PEOPLE + "1,30,Rome\n1,30,Athens\n1,31,Rome\n,5,Nowhere\n,6,Nowhere\n")
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "customers": {"path": "people.csv"}})
    assert reasons(dataset, "customers") == {
        "exact duplicate": (1, 1),
        "no customer id": (2, 2),
        "second row with the same customer_id": (2, 2),
    }
    kept = rows(dataset, "customers")
    assert sorted((row["customer_id"], row["city"]) for row in kept) == [("1", "Athens"), ("2", "Oslo")]


def test_a_broken_row_does_not_push_out_the_good_one_with_its_key(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", SALES)
    shop.write("c.csv", "campaign_id,start,name\na,2025-01-01,A future\na,2024-01-01,B past\na,2024-01-02,C past\n")
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "campaigns": {"path": "c.csv"}})
    assert [row["name"] for row in rows(dataset, "campaigns")] == ["B past"]
    assert reasons(dataset, "campaigns") == {
        "start after 2024-06-30 (not yet seen)": (1, 1),
        "second row with the same campaign_id": (1, 1),
    }


def test_seventy_attributes_and_a_key(shop: Shop) -> None:
    """More remarks than a mask has bits, none of which may push a check out."""
    n = 70
    frame = {"customer_id": [1, 2, 2]} | {f"a{i}": [float(i), float("nan"), 2.0] for i in range(n)}
    shop.write("sales.csv", SALES)
    shop.parquet("people.parquet", pa.table(frame))
    dataset = shop.open(
        {"transactions": {"path": "sales.csv"}, "customers": {"path": "people.parquet"}}, tolerate=0.5
    )
    found = reasons(dataset, "customers")
    assert found.pop("second row with the same customer_id") == (1, 1)
    assert found == {f"unreadable a{i}": (1, 0) for i in range(n)}


# keys that lead nowhere


def test_orphan_campaigns(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    shop.write("campaigns.csv", "campaign_id,start\na,2024-01-01\nlater,2024-12-01\n,2024-01-01\n")
    contacts = (
        "customer_id,campaign_id,time\n1,a,2024-01-02\n1,b,2024-01-02\n2,later,\n2,a,2024-12-02\n2,,2024-01-02\n"
    )
    shop.write("contacts.csv", contacts)
    tables = {name: {"path": f"{name}.csv"} for name in ("campaigns", "contacts")} | {
        "transactions": {"path": "sales.csv"}
    }
    dataset = shop.open(tables)
    assert reasons(dataset, "contacts") == {
        "no campaign id": (1, 1),
        "time after 2024-06-30 (not yet seen)": (1, 1),
        "campaign that has not begun, or whose own row was set aside": (1, 1),
        "campaign id that the table campaigns lacks": (1, 1),
    }
    assert line(dataset, "campaign id that", "contacts").examples == ("b",)


def test_orphan_campaigns_of_another_type(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    shop.parquet("campaigns.parquet", pa.table({"campaign_id": [1, 2], "start": [dt.date(2024, 1, 1)] * 2}))
    shop.write("contacts.csv", "customer_id,campaign_id\n1,1\n1,3\n2,2.0\n")
    tables = {
        "transactions": {"path": "sales.csv"},
        "campaigns": {"path": "campaigns.parquet"},
        "contacts": {"path": "contacts.csv"},
    }
    dataset = shop.open(tables)
    assert line(dataset, "campaign id that", "contacts").found == 1


def test_unknown_products_are_told_and_kept(shop: Shop) -> None:
    shop.write(
        "sales.csv", "customer_id,time,amount,product_id\n1,2024-01-01,1,p\n1,2024-01-02,1,q\n2,2024-01-02,1,\n"
    )
    shop.write("products.csv", "product_id,category\np,Bread\n")
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "products": {"path": "products.csv"}})
    told = line(dataset, "product id that the table products lacks")
    assert (told.found, told.set_aside, told.examples) == (1, 0, ("q",))
    assert table_quality(dataset).rows_kept == 3


def test_contacts_of_customers_whom_no_table_knows_are_told_and_kept(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    shop.write("campaigns.csv", "campaign_id,start\na,2024-01-01\n")
    shop.write("contacts.csv", "customer_id,campaign_id\n1,a\n77,a\n78,a\n")
    tables = {name: {"path": f"{name}.csv"} for name in ("campaigns", "contacts")}
    dataset = shop.open({"transactions": {"path": "sales.csv"}, **tables})
    told = line(dataset, "customer id that no other table has", "contacts")
    assert (told.found, told.set_aside, told.examples) == (2, 0, ())


def test_tables_that_lie_in_the_future_are_empty_not_broken(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    shop.write("campaigns.csv", "campaign_id,start\na,2025-01-01\n")
    shop.write("contacts.csv", "customer_id,campaign_id\n1,a\n")
    tables = {name: {"path": f"{name}.csv"} for name in ("campaigns", "contacts")} | {
        "transactions": {"path": "sales.csv"}
    }
    dataset = shop.open(tables)
    assert table_quality(dataset, "campaigns").rows_kept == table_quality(dataset, "contacts").rows_kept == 0


def test_a_main_table_without_rows_to_keep_is_broken(shop: Shop) -> None:
    with pytest.raises(DataError) as error:
        shop.sales(SALES, as_of="2020-01-01")
    assert (
        "none of its 3 rows can be kept (time after 2020-01-01 (not yet seen): 3). Its first day is 2024-01-05, the "
        in (str(error.value))
    )
    with pytest.raises(DataError, match=r"none of its 2 rows can be kept \(no customer id: 2\)"):
        shop.sales(HEAD + ",2024-01-01,1,a\n,2024-01-02,1,a\n")


# returns and zero amounts

RETURNS = (
    HEAD
    + "1,2024-01-05,10,a\n1,2024-01-06,-4,b\n1,2024-01-07,3,C1\n1,2024-01-08,-2,C2\n2,2024-01-08,0,d\n2,2024-01-09,0,C3\n"
)


def test_returns_are_netted(shop: Shop, rows: Any) -> None:
    dataset = shop.sales(RETURNS, returns={"cancellation_prefix": "C"})
    kept = {row["order_id"]: (row["amount"], row["is_purchase"]) for row in rows(dataset)}
    assert kept == {
        "a": (1000, True),
        "b": (-400, False),
        "C1": (-300, False),  # a cancelled line never adds revenue, whatever its sign
        "C2": (-200, False),
        "d": (0, False),
        "C3": (0, False),
    }
    assert reasons(dataset) == {
        "return or cancellation, netted from revenue": (4, 0),
        "purchase of nothing (its amount is zero), not counted as an order": (1, 0),
    }
    assert table_quality(dataset).money_in == table_quality(dataset).money_kept == 1.0


@pytest.mark.parametrize(
    ("zero", "kept", "purchases", "told"),
    [
        ("orders", 6, {"a", "d"}, {}),
        ("ignored", 6, {"a"}, {"purchase of nothing (its amount is zero), not counted as an order": (1, 0)}),
        ("set_aside", 5, {"a"}, {"zero amount": (1, 1)}),
    ],
)
def test_zero_amounts(shop: Shop, rows: Any, zero: str, kept: int, purchases: set[str], told: dict[str, Any]) -> None:
    dataset = shop.sales(RETURNS, returns={"zero_amounts": zero, "cancellation_prefix": "C"})
    assert table_quality(dataset).rows_kept == kept
    assert {row["order_id"] for row in rows(dataset) if row["is_purchase"]} == purchases
    assert told.items() <= reasons(dataset).items()


def test_negative_amounts_may_be_set_aside_but_cancellations_stay(shop: Shop) -> None:
    dataset = shop.sales(RETURNS, returns={"negative_amounts": "set_aside", "cancellation_prefix": "C"})
    negative = line(dataset, "negative amount")
    assert (negative.found, negative.set_aside, negative.examples, negative.money_set_aside) == (1, 1, ("-400",), -4)
    assert table_quality(dataset).rows_kept == 5


def test_events_without_a_value_count_one_and_bounds_are_kept(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", SALES)
    shop.write("events.csv", "customer_id,time,event\n1,2024-01-05,login\n2,2024-01-05,\n")
    tables = {"transactions": {"path": "sales.csv"}, "events": {"path": "events.csv"}}
    dataset = shop.open(tables)
    assert [row["value"] for row in rows(dataset, "events")] == [1.0]
    shop.write("events.csv", "customer_id,time,event,value\n1,2024-01-05,gb,1e300\n2,2024-01-05,gb,-3\n")
    dataset = shop.open(tables)
    assert line(dataset, "value above 100,000,000,000", "events").set_aside == 1
    shop.write("contacts.csv", "customer_id,campaign_id,cost\n1,a,-1\n2,a,1\n")
    dataset = shop.open(tables | {"contacts": {"path": "contacts.csv"}})
    assert line(dataset, "cost below 0", "contacts").set_aside == 1


# names and values that mean harm


HOSTILE = [
    '<script>alert("x")</script>',
    "'; DROP TABLE x; --",
    '"; SELECT 1',
    "a b\tc",
    "\U0001f600 ü ß 漢字",
    "_faults",
    "_hash",
    "_unreadable0",
    "_remarks0",
    "_copies",
    "SELECT",
    "x" * 10_000,
    "${HOME}",
    "{braces}",
    "100%",
    "\\",
    "age",
    "Segment_",
]


def test_hostile_names_and_values_are_only_names_and_values(shop: Shop, rows: Any) -> None:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["customer_id", *HOSTILE])
    writer.writerow(["1", *HOSTILE])
    writer.writerow(["2", *reversed(HOSTILE)])
    writer.writerow(["2", *HOSTILE])
    shop.write("people.csv", out.getvalue())
    shop.write("sales.csv", SALES)
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "customers": {"path": "people.csv"}})
    kept = {row["customer_id"]: row for row in rows(dataset, "customers")}
    assert list(kept["1"]) == ["customer_id", *HOSTILE]
    assert [kept["1"][name] for name in HOSTILE] == [value.strip() for value in HOSTILE]
    assert reasons(dataset, "customers") == {"second row with the same customer_id": (1, 1)}


def test_hostile_columns_of_parquet_and_of_errors(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    shop.parquet(
        "people.parquet", pa.table({"customer_id": [1, 2], '"; x': [1.0, float("nan")], "_raw1": ["a", "b"]})
    )
    dataset = shop.open(
        {"transactions": {"path": "sales.csv"}, "customers": {"path": "people.parquet"}}, tolerate=0.6
    )
    assert reasons(dataset, "customers") == {'unreadable "; x': (1, 0)}
    bad = "x" * 10_000 + "\x1b[31m"
    with pytest.raises(DataError) as error:
        shop.sales(HEAD + f"1,{bad},{bad},{bad}\n")
    assert len(str(error.value)) < 2_000
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("customer_id,Age,age", "`Age` and `age` differ in capitals only."),
        ("customer_id,segment,age", "`segment` is a name that segkit gives itself. Write `attributes` with another"),
        ("customer_id,Customer_ID,age", "`Customer_ID` is a name that segkit gives itself."),
    ],
)
def test_names_that_cannot_stand_beside_segkit_s_own(shop: Shop, header: str, says: str) -> None:
    shop.write("sales.csv", SALES)
    shop.write("people.csv", f"{header}\n1,2,3\n")
    with pytest.raises(DataError) as error:
        shop.open({"transactions": {"path": "sales.csv"}, "customers": {"path": "people.csv"}})
    assert says in str(error.value)
    good = {"path": "people.csv", "attributes": {"one": {"column": header.split(",")[1]}}}
    assert shop.open({"transactions": {"path": "sales.csv"}, "customers": good}).attributes["one"].label == "One"


def test_attributes_that_are_not_there(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    shop.write("people.csv", PEOPLE)
    people = {"path": "people.csv", "attributes": ["agee", "towns", "city"]}
    with pytest.raises(DataError) as error:
        shop.open({"transactions": {"path": "sales.csv"}, "customers": people})
    assert "attribute `agee` needs the column `agee`, which is not there. Did you mean `age`?; attribute `towns`" in (
        str(error.value)
    )


def test_e_mail_addresses_and_ids_are_no_examples(shop: Shop) -> None:
    content = "customer_id,time,amount\n" + "".join(f"{i},2024-01-05,1\n" for i in range(30))
    dataset = shop.sales(content + "31,2024-01-05,jane@example.com\n")
    assert line(dataset, "unreadable amount").examples == ("…@…",)


# the property

identifier = st.sampled_from(["", "1", "2", "2.0", "x"])
day = st.sampled_from(["2024-01-05", "2024-06-30", "2024-07-01", "1066-10-14", "", "soon"])
amount = st.sampled_from(["", "0", "-0.00", "1.50", "-2.25", "3.999", "1e12", "much", "nan"])
order = st.sampled_from(["", "a", "C9"])
sold = st.lists(st.tuples(identifier, day, amount, order), min_size=1, max_size=25)
modes = st.fixed_dictionaries(
    {
        "negative_amounts": st.sampled_from(["returns", "set_aside"]),
        "zero_amounts": st.sampled_from(["orders", "ignored", "set_aside"]),
        "cancellation_prefix": st.sampled_from(["", "C"]),
    }
)


@settings(max_examples=8)
@given(sold, modes, st.sampled_from(["keep", "set_aside"]))
def test_nothing_gets_lost(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[str, ...]], returns: dict[str, str], copies: str
) -> None:
    """Any dirty table: rows and money in = kept + set aside, and the kept rows are those that plain Python keeps."""
    content = HEAD + "".join(",".join(row) + "\n" for row in [*written, ("1", "2024-01-01", "1", "a")])
    shop = Shop(tmp_path_factory.mktemp("dirty"))
    # so many rows and so much of the money may be dirt; one row of 1e12 is nearly all of it
    tolerate = 0.999999999999999
    dataset = shop.sales(content, returns=returns, exact_duplicates=copies, tolerate=tolerate, decimals=2)
    quality = table_quality(dataset)
    everything = [*written, ("1", "2024-01-01", "1", "a")]
    expected = [_kept(row, returns) for row in (everything if copies == "keep" else list(dict.fromkeys(everything)))]
    assert quality.rows_in == len(everything)
    assert quality.rows_kept == sum(one is not None for one in expected)
    aside = sum(round((one.money_set_aside or 0) * 100) for one in quality.lines)
    assert quality.money_in is not None
    assert quality.money_kept is not None
    assert round(quality.money_in * 100) == round(quality.money_kept * 100) + aside
    table = dataset.tables["transactions"]
    facts = dataset.engine.collect(table.aggregate(rows=table.count(), money=table.amount.sum())).iloc[0]
    assert (int(facts["rows"]), int(facts["money"])) == (
        quality.rows_kept,
        sum(one for one in expected if one is not None),
    )
    assert round(quality.money_kept * 100) == int(facts["money"])


def _kept(row: tuple[str, ...], returns: dict[str, str]) -> int | None:
    """The row's cents if it is kept, by the rules as the documentation states them."""
    who, when, what, basket = row
    cents = {"0": 0, "-0.00": 0, "1.50": 150, "-2.25": -225, "3.999": 400, "1e12": 10**14, "1": 100}.get(what)
    if not who or when not in ("2024-01-05", "2024-06-30", "2024-01-01") or cents is None:
        return None
    cancelled = bool(returns["cancellation_prefix"]) and basket.startswith("C")
    if cancelled:
        return -abs(cents)
    if cents < 0 and returns["negative_amounts"] == "set_aside":
        return None
    if cents == 0 and returns["zero_amounts"] == "set_aside":
        return None
    return cents
