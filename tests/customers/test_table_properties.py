"""What always holds of the customer table, on small random tables and against plain Python."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.customers import CustomerOptions, customer_table
from segkit.data.engine import Engine
from segkit.errors import DataError, ParameterError
from tests.customers import naive
from tests.customers.draws import AS_OF, Tables, company, shop
from tests.customers.made import SCHEMAS, arrow_table
from tests.customers.same import assert_same

ENGINE = Engine.connect("duckdb://")
KINDS = ("data gb", "ticket")


@cache
def _compiled(names: tuple[str, ...], as_of: dt.date, options: CustomerOptions) -> tuple[str, pa.Schema]:
    """The table's text, which takes longer to make than to run."""
    tables = {name: ibis.table(ibis.Schema.from_pyarrow(SCHEMAS[name]), name=name) for name in names}
    expr = customer_table(tables, as_of, options)
    return ENGINE.compile(expr), expr.schema().to_pyarrow()


def computed(tables: Tables, as_of: dt.date = AS_OF, **options: Any) -> pa.Table:
    """Segkit's customer table of these rows."""
    kinds = KINDS if "events" in tables else ()
    text, schema = _compiled(tuple(tables), as_of, CustomerOptions(event_kinds=kinds, **options))
    connection = ENGINE.backend.con  # type: ignore[attr-defined]
    for name, rows in tables.items():
        columns = {field.name: [row[field.name] for row in rows] for field in SCHEMAS[name]}
        connection.register(name, arrow_table(name, columns))
    return connection.execute(text).to_arrow_table().cast(schema)


def assert_naive(tables: Tables, as_of: dt.date = AS_OF, **options: Any) -> None:
    """Segkit's table is the naive one, every column."""
    found = computed(tables, as_of, **options)
    wanted = naive.customer_rows(tables, as_of, kinds=KINDS, **options)
    assert found.num_rows == len(wanted)
    if wanted:
        columns = list(next(iter(wanted.values())))
        assert_same(found, pa.table({c: pa.array([row[c] for row in wanted.values()]) for c in columns}))


OPTIONS: list[dict[str, Any]] = [
    {"time_unit": "week", "period": "week", "value_months": 12, "recent_days": 28, "usage_days": 90},
    {"time_unit": "month", "period": "month", "value_months": 1, "recent_days": 1, "usage_days": 7},
    {"time_unit": "day", "period": "day", "value_months": 0, "recent_days": 366, "usage_days": 1},
]


@settings(max_examples=40)
@given(company(), st.sampled_from(OPTIONS))
def test_as_plain_python_has_it(tables: Tables, options: dict[str, Any]) -> None:
    assert_naive(tables, **options)


@settings(max_examples=20)
@given(
    company(), st.sampled_from([AS_OF, dt.date(2024, 2, 29), dt.date(2024, 3, 24)]), st.randoms(use_true_random=False)
)
def test_sees_nothing_after_its_day_and_no_order_of_rows(
    tables: Tables, as_of: dt.date, shuffle: random.Random
) -> None:
    """Rows of later days may be there or not, and rows may come in any order."""
    seen = {
        "transactions": [row for row in tables["transactions"] if row["day"] <= as_of],
        "subscriptions": [
            row | {"end": row["end"] if row["end"] is not None and row["end"] <= as_of else None}
            for row in tables["subscriptions"]
            if row["start"] <= as_of
        ],
        "events": [row for row in tables["events"] if row["time"].date() <= as_of],
        "customers": tables["customers"],
    }
    shuffled = {name: shuffle.sample(rows, len(rows)) for name, rows in tables.items()}
    whole = computed(shuffled, as_of).sort_by("customer_id")
    assert whole.equals(computed(seen, as_of).sort_by("customer_id"))
    assert whole.equals(computed(tables, as_of).sort_by("customer_id"))


@settings(max_examples=20)
@given(shop(least=1), st.sampled_from(["day", "week", "month"]))
def test_time_runs_forward(tables: Tables, unit: str) -> None:
    rows = computed(tables, time_unit=unit).to_pylist()
    days = {row["customer_id"]: row for row in computed(tables, time_unit="day").to_pylist()}
    for row in rows:
        if row["first_purchase"] is None:
            assert row["frequency"] == row["orders"] == row["purchase_days"] == 0
            assert row["T"] is row["recency"] is row["mean_order_value"] is None
            continue
        assert 0 <= row["recency"] <= row["T"]
        assert (row["recency"] == 0) == (row["frequency"] == 0)
        assert row["recency_days"] + row["days_since_last_purchase"] == row["T_days"]
        assert row["purchase_days"] == row["frequency"] + 1 <= row["orders"] + 1
        in_days = days[row["customer_id"]]
        assert (in_days["recency"], in_days["T"]) == (row["recency_days"], row["T_days"])
        if unit == "week":
            assert (row["recency"] * 7, row["T"] * 7) == pytest.approx((row["recency_days"], row["T_days"]), abs=1e-9)
        if unit == "month":
            # a month has 28 to 31 days, and whole months are whole
            assert row["T_days"] / 31 - 1e-9 <= row["T"] <= row["T_days"] / 28 + 1e-9


@settings(max_examples=200)
@given(*[st.dates(dt.date(1999, 1, 1), dt.date(2101, 12, 31))] * 3)
def test_months_add_up(one: dt.date, two: dt.date, three: dt.date) -> None:
    first, middle, last = sorted((one, two, three))
    a, b, whole = (naive.elapsed(x, y, "month") for x, y in ((first, middle), (middle, last), (first, last)))
    assert a is not None
    assert b is not None
    assert a + b == pytest.approx(whole, abs=1e-9)


def test_months_of_the_engine_are_those() -> None:
    """Around every end of February and of a month that matters, a leap century included."""
    from segkit.customers.calendar import month_place

    starts = [
        dt.date(1900, 2, 20),
        dt.date(2000, 2, 20),
        dt.date(2023, 12, 20),
        dt.date(2024, 2, 20),
        dt.date(2100, 2, 20),
    ]
    days = [start + dt.timedelta(days=k) for start in starts for k in range(25)]
    table = ENGINE.backend.create_table("days", pa.table({"day": days}), overwrite=True)  # type: ignore[attr-defined]
    found = ENGINE.backend.to_pyarrow(table.select("day", place=month_place(table.day))).to_pylist()
    for row in found:
        assert row["place"] == pytest.approx(float(naive.place(row["day"])), abs=1e-9)


@pytest.mark.parametrize(
    "tables",
    [
        {"transactions": []},
        {"transactions": [], "subscriptions": [], "events": [], "customers": []},
        {"subscriptions": []},
    ],
)
def test_nobody(tables: Tables) -> None:
    assert computed(tables).num_rows == 0


def _sale(**changes: Any) -> dict[str, Any]:
    return {
        "customer_id": 1,
        "day": dt.date(2024, 3, 1),
        "amount": 100,
        "is_purchase": True,
        "order_id": 1,
        "margin": None,
    } | changes


def test_one_customer_with_one_purchase() -> None:
    (row,) = computed({"transactions": [_sale()]}).to_pylist()
    assert (row["frequency"], row["recency"], row["orders"], row["revenue"], row["margin"]) == (0, 0.0, 1, 100, None)


def test_returns_are_netted_and_never_an_order() -> None:
    rows = [_sale(), _sale(day=dt.date(2024, 3, 5), amount=-30, is_purchase=False, order_id=2)]
    (row,) = computed({"transactions": rows}).to_pylist()
    assert (row["orders"], row["purchase_days"], row["revenue"], row["returned"]) == (1, 1, 70, 30)
    assert row["last_purchase"] == dt.date(2024, 3, 1)


def test_who_only_returned_is_a_customer_without_a_purchase() -> None:
    (row,) = computed({"transactions": [_sale(amount=-30, is_purchase=False)]}).to_pylist()
    assert (row["revenue"], row["orders"], row["first_purchase"], row["T"]) == (-30, 0, None, None)


def test_contracts_that_overlap() -> None:
    """The plan is that of a contract that runs, even if one that began later has ended."""
    first = {"customer_id": 1, "start": dt.date(2020, 1, 1), "end": None, "plan": "M", "recurring_amount": 5}
    second = {"customer_id": 1, "start": dt.date(2021, 1, 1), "end": dt.date(2021, 6, 30), "plan": "S"}
    (row,) = computed({"subscriptions": [first, second | {"recurring_amount": 3}]}).to_pylist()
    assert (row["plan"], row["contract_end"], row["recurring_amount"], row["status"]) == ("M", None, 5, "active")
    # the customer left when the last contract ended, not the one that began last
    first["end"] = dt.date(2024, 3, 29)
    (row,) = computed({"subscriptions": [first, second | {"recurring_amount": 3}]}).to_pylist()
    assert (row["status"], row["contract_end"], row["ended_in_period"]) == ("ended", dt.date(2024, 3, 29), True)


@pytest.mark.parametrize("name", ["Frequency", "t", "orders", "as_of", "SEGMENT", "usage_ticket"])
def test_attributes_may_not_take_a_name(name: str) -> None:
    tables = {
        "transactions": ibis.table(ibis.Schema.from_pyarrow(SCHEMAS["transactions"])),
        "events": ibis.table(ibis.Schema.from_pyarrow(SCHEMAS["events"])),
        "customers": ibis.table({"customer_id": "int64", name: "string"}),
    }
    with pytest.raises(DataError, match=f"`{name}` has the name of a column"):
        customer_table(tables, AS_OF, CustomerOptions(event_kinds=("ticket",)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"time_unit": "year"}, "time_unit: `year`"),
        ({"value_months": -1}, "value_months: -1"),
        ({"value_months": 99_999}, "value_months: 99999"),
        ({"recent_days": 0}, "recent_days: 0"),
        ({"usage_days": 10**9}, "usage_days: 1000000000"),
    ],
)
def test_options_out_of_bounds(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        CustomerOptions(**options)


def test_a_table_is_needed() -> None:
    with pytest.raises(DataError, match="transactions or subscriptions"):
        customer_table({}, AS_OF)
