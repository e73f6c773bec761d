"""The customer table for an analyst's own questions: names, attributes, money in major units, in two engines."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from segkit.data.attributes import Attribute
from segkit.data.engine import Engine
from segkit.data.money import LARGEST
from segkit.data.schema import Kind
from segkit.errors import ParameterError
from segkit.segments.measure.assign import SegmentedBase, segment
from segkit.segments.measure.sizes import segment_sizes
from tests.customers.made import hard_tables, made_base, showing
from tests.customers.worlds import World
from tests.engines.test_postgres import engine, postgres
from tests.engines.test_postgres import load as load_postgres

__all__ = ["engine", "postgres"]

MONEY = {
    *(
        "revenue",
        "gross_revenue",
        "returned",
        "mean_order_value",
        "repeat_revenue",
        "value",
        "margin",
        "value_margin",
    ),
    *("period_revenue", "recurring_amount", "last_recurring_amount"),
}


def split_of(like: World, **options: Any) -> SegmentedBase:
    """Customers of random tables by city, with an attribute `age` that holds money."""
    base = made_base(
        like.base.dataset,
        hard_tables(),
        dt.date(2025, 1, 19),
        segmentations={"city": {"kind": "attribute", "column": "city"}},
        periods=2,
        **options,
    )
    paid = replace(base.dataset, attributes={"age": Attribute("age", Kind.MONEY)})
    return segment(replace(base, dataset=paid), "city")


def rows(split: SegmentedBase, end: dt.date | None = None) -> list[dict[str, Any]]:
    table = split.table(end).order_by("customer_id")
    found: list[dict[str, Any]] = split.base.dataset.engine.backend.to_pyarrow(table).to_pylist()
    return found


def test_every_customer_with_name_attributes_and_money_in_major_units(grocery: World) -> None:
    split = split_of(grocery)
    engine = split.base.dataset.engine
    for end in split.base.ends:
        found = rows(split, end)
        plain = engine.backend.to_pyarrow(split.base.customers(end).order_by("customer_id")).to_pylist()
        places = {r["customer_id"]: r["segment"] for r in engine.backend.to_pyarrow(split.assigned(end)).to_pylist()}
        names = [one.name for one in split.segmentation.all_segments]
        assert [row["customer_id"] for row in found] == [row["customer_id"] for row in plain]
        assert list(found[0])[:2] == ["customer_id", "segment"]
        assert set(found[0]) == set(plain[0]) | {"segment"}
        for row, cents in zip(found, plain, strict=True):
            assert row["segment"] == names[places[row["customer_id"]]]
            for name, value in cents.items():
                if name in MONEY or name == "age":
                    assert row[name] == (None if value is None else value / 100), name
                    if isinstance(value, int):
                        assert round(row[name] * 100) == value
                else:
                    assert row[name] == value, name
        assert {row["segment"] for row in found} >= {"Köln", "Unassigned"}


def test_its_sums_are_those_of_the_page(grocery: World) -> None:
    split = showing(segment(grocery.base, "lifecycle"), 1)
    table = split.table()
    sums = table.group_by("segment").aggregate(customers=table.count(), value=table.value.sum())
    found = grocery.base.dataset.engine.collect(sums).set_index("segment")
    shown = segment_sizes(split).frame.set_index("segment")
    for name, row in shown[shown["customers"] > 0].iterrows():
        assert (found["customers"][name], round(found["value"][name], 2)) == (row["customers"], row["value"])


@pytest.mark.parametrize("cents", [1, 99, 1005, 12_345_678_901, LARGEST, LARGEST - 1])
def test_no_cent_is_lost(grocery: World, cents: int) -> None:
    sale = {"customer_id": 1, "day": dt.date(2025, 1, 19), "amount": cents, "is_purchase": True}
    base = made_base(
        grocery.base.dataset,
        {"transactions": pa.Table.from_pylist([sale])},
        sale["day"],  # type: ignore[arg-type]
        segmentations={"value": {"kind": "value"}},
        periods=1,
    )
    (row,) = rows(segment(base, "value"))
    assert round(row["revenue"] * 100) == cents


# Ibis 12.0 asks DuckDB for a query's columns by a method that DuckDB 1.5 deprecates
@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
def test_postgres_gives_the_same_rows_and_takes_sql(grocery: World, engine: Engine) -> None:
    here, there = split_of(grocery), split_of(grocery, engine=engine, load=load_postgres)
    wanted = rows(here)
    found = rows(there)
    assert found == [
        {name: pytest.approx(v, rel=1e-12) if isinstance(v, float) else v for name, v in row.items()}
        for row in wanted
    ]
    asked = "SELECT segment, count(*) AS n, sum(revenue) AS revenue FROM customers GROUP BY segment ORDER BY segment"
    answers = [
        split.base.dataset.engine.collect(split.table().alias("customers").sql(asked)).set_index("segment")
        for split in (here, there)
    ]
    assert answers[0]["n"].to_dict() == answers[1]["n"].to_dict()
    assert answers[1]["revenue"].to_dict() == pytest.approx(answers[0]["revenue"].to_dict(), rel=1e-12)
    assert answers[0]["n"].sum() == len(wanted)


def test_a_day_that_is_no_period_end_is_refused(grocery: World) -> None:
    with pytest.raises(
        ParameterError, match=r"2025-01-01 is not a period end of this report\. Write one of 2025-01-12"
    ):
        split_of(grocery).table(dt.date(2025, 1, 1))
