"""Money is kept in the finest unit of the data; sums are exact, and only what is shown is rounded."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segkit.customers import customer_base
from segkit.data import open_dataset
from tests.cases import copied as case
from tests.data.conftest import Shop, line, table_quality

HEAD = "customer_id,time,amount\n"


def sales(*amounts: str) -> str:
    return HEAD + "".join(f"{i},2024-01-05,{amount}\n" for i, amount in enumerate(amounts))


def total(dataset: Any) -> Decimal:
    """Revenue of all customers, in major units."""
    customers = customer_base(dataset).customers()
    minor = int(dataset.engine.collect(customers.aggregate(s=customers.revenue.sum()))["s"].iloc[0])
    return Decimal(minor).scaleb(-dataset.spec.decimals)


def test_case_14_two_thousand_lines_of_half_a_cent(tmp_path: Path) -> None:
    folder = case("14", tmp_path)
    dataset = open_dataset(folder / "params/datasets/s.yaml", "2024-12-29")
    assert total(dataset).quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal("19457.76")
    quality = table_quality(dataset)
    assert quality.money_in == quality.money_kept
    assert round(quality.money_kept or 0, 2) == 19457.76
    assert not [one for one in quality.lines if "decimals" in one.reason]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.decimals(min_value=-(10**5), max_value=10**5, places=6), min_size=1, max_size=30),
    st.integers(0, 6),
    st.sampled_from(["text", "float", "decimal"]),
)
def test_sums_are_those_of_the_lines_as_written(shop: Shop, values: list[Decimal], places: int, how: str) -> None:
    values = [value.quantize(Decimal(1).scaleb(-places)) for value in values]
    if how == "text":
        dataset = shop.sales(sales(*(f"{v:f}" for v in values)))
    else:
        arrow = (
            pa.array([float(v) for v in values], pa.float64())
            if how == "float"
            else pa.array(values, pa.decimal128(18, places))
        )
        frame = {
            "customer_id": list(range(len(values))),
            "time": [dt.date(2024, 1, 5)] * len(values),
            "amount": arrow,
        }
        shop.parquet("sales.parquet", pa.table(frame))
        dataset = shop.open({"transactions": {"path": "sales.parquet"}})
    assert total(dataset) == sum(values)
    finest = max([2, *(-int(v.normalize().as_tuple().exponent) for v in values)])  # type: ignore[arg-type]
    assert dataset.spec.decimals == finest
    assert dataset.quality.money.decimals == finest


def test_quantity_times_price_is_kept_whole(shop: Shop, rows: Any) -> None:
    content = "customer_id,time,quantity,unit_price\n1,2024-01-05,0.125,0.335\n2,2024-01-05,-2,1.10\n"
    dataset = shop.sales(content)
    assert (dataset.spec.decimals, [row["amount"] for row in rows(dataset)]) == (6, [41875, -2_200_000])
    assert table_quality(dataset).lines[0].reason.startswith("return")


def test_a_file_that_states_its_decimals_is_rounded_and_told(shop: Shop, rows: Any) -> None:
    dataset = shop.sales(sales("1.005", "2.50", "3"), decimals=2)
    assert [row["amount"] for row in rows(dataset)] == [101, 250, 300]
    assert line(dataset, "amount with more than 2 decimals, rounded").examples == ("1.005",)


def test_all_tables_are_kept_in_one_unit(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", sales("1.5"))
    shop.write("people.csv", "customer_id,income\n0,1000.1234\n")
    tables: dict[str, Any] = {"transactions": {"path": "sales.csv"}}
    tables["customers"] = {"path": "people.csv", "attributes": {"income": {"kind": "money"}}}
    dataset = shop.open(tables)
    assert dataset.spec.decimals == 4
    assert rows(dataset)[0]["amount"] == 15_000
    assert rows(dataset, "customers")[0]["income"] == 10_001_234


@pytest.mark.parametrize(
    ("amounts", "decimals"),
    [
        (["1.123456789"], 6),
        (["0.30000000000000004"], 2),
        (["1", "2.50"], 2),
        (["1e9", "0.123456"], 3),
        (["2e12", "0.125"], 2),
    ],
)
def test_as_fine_as_the_data_and_as_fits(shop: Shop, amounts: list[str], decimals: int) -> None:
    """A day's money of a customer has to fit beside the day into 64 bits, so huge sums are kept less finely."""
    assert shop.sales(sales(*amounts)).spec.decimals == decimals
