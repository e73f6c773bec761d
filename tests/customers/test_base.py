"""The customer base of a report: its period ends, what is kept, and what a day is."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest

from segkit.customers import customer_base, customer_table
from segkit.customers.periods import months_before, period_ending, period_ends
from segkit.data import open_dataset
from segkit.errors import DataError, ParameterError
from tests.customers.made import arrow_table, hard_tables, made_base
from tests.customers.same import assert_same
from tests.customers.worlds import GROCERY_DAY, World

YAML = """
title: Shop
relation: non_contractual
currency: EUR
time_zone: {zone}
times_are: utc
tables:
  transactions:
    path: {path}
    columns: {{customer_id: who, time: at, amount: paid}}
"""


def shop(folder: Path, zone: str, *times: str) -> Path:
    """A dataset file over a CSV file, a customer a row."""
    (folder / "sales.csv").write_text("who,at,paid\n" + "".join(f"{i},{at},1.50\n" for i, at in enumerate(times, 1)))
    path = folder / "params" / "datasets" / "shop.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(YAML.format(zone=zone, path=folder / "sales.csv"))
    return path


@pytest.mark.parametrize(
    ("zone", "seen"),
    [
        ("UTC", [1, 2, 3]),
        ("Europe/Berlin", [1, 2]),  # 22:30 UTC is half past midnight in summer
        ("America/New_York", [1, 2, 3, 4]),
    ],
)
def test_a_day_ends_where_the_shop_is(tmp_path: Path, zone: str, seen: list[int]) -> None:
    path = shop(
        tmp_path, zone, "2024-03-01 00:00:00", "2024-06-30 21:59:59", "2024-06-30 22:30:00", "2024-07-01 03:59:59"
    )
    base = customer_base(open_dataset(path, "2024-06-30"), periods=1)
    rows = base.dataset.engine.collect(base.customers()).sort_values("customer_id")
    assert rows["customer_id"].astype(int).tolist() == seen
    assert rows["first_purchase"].iloc[-1] == dt.date(2024, 6, 30)


def test_clocks_go_forward(tmp_path: Path) -> None:
    """The night of 31 March 2024 has no 02:30 in Berlin: 00:30 and 01:30 UTC are 01:30 and 03:30 there."""
    path = shop(tmp_path, "Europe/Berlin", "2024-03-30 22:59:59", "2024-03-30 23:00:00", "2024-03-31 01:30:00")
    base = customer_base(open_dataset(path, "2024-03-31"), periods=1)
    rows = base.dataset.engine.collect(base.customers()).sort_values("customer_id")
    assert [str(day) for day in rows["first_purchase"]] == ["2024-03-30", "2024-03-31", "2024-03-31"]


def test_numbers_may_come_as_text_and_what_is_none_is_refused_in_words(tmp_path: Path) -> None:
    data = open_dataset(shop(tmp_path, "UTC", "2023-01-01 00:00:00", "2024-06-30 00:00:00"), "2024-06-30")
    texts: dict[str, Any] = {"periods": "3", "value_months": "6", "recent_days": "14", "usage_days": "30"}
    base = customer_base(data, **texts)
    assert len(base.ends) == 3
    assert (base.options.value_months, base.options.recent_days, base.options.usage_days) == (6, 14, 30)
    wrong: Any
    for name, wrong in (("periods", "many"), ("value_months", "a year"), ("period", 7), ("recent_days", None)):
        with pytest.raises(ParameterError, match=f"{name}: `{wrong}` is .* needed. Write {name}="):
            customer_base(data, **{name: wrong})


@pytest.mark.parametrize(
    ("period", "count", "ends"),
    [
        ("day", 3, ["2024-02-29", "2024-03-01", "2024-03-02"]),
        ("week", 2, ["2024-02-24", "2024-03-02"]),
        ("month", 3, ["2024-01-02", "2024-02-02", "2024-03-02"]),
    ],
)
def test_period_ends(period: str, count: int, ends: list[str]) -> None:
    assert [str(end) for end in period_ends(dt.date(2024, 3, 2), period, count)] == ends


@pytest.mark.parametrize("name", ["day", "week", "month"])
def test_periods_touch_and_do_not_overlap(name: str) -> None:
    for last in (dt.date(2024, 3, 31), dt.date(2024, 2, 29), dt.date(2023, 12, 15)):
        ends = period_ends(last, name, 30)
        for before, after in itertools.pairwise(ends):
            assert period_ending(after, name).start == before + dt.timedelta(days=1)


def test_months_before() -> None:
    assert months_before(dt.date(2024, 2, 29), 12) == dt.date(2023, 2, 28)
    assert months_before(dt.date(2023, 2, 28), 12) == dt.date(2022, 2, 28)
    assert months_before(dt.date(2025, 2, 28), 12) == dt.date(2024, 2, 29)
    assert months_before(dt.date(2024, 1, 15), 13) == dt.date(2022, 12, 15)


@pytest.mark.parametrize(
    ("options", "said"), [({"period": "year"}, "period: `year`"), ({"periods": 0}, "periods: 0")]
)
def test_options_out_of_bounds(grocery: World, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        customer_base(grocery.base.dataset, **options)


def test_periods_that_the_data_do_not_cover_are_missing(grocery: World) -> None:
    """The grocer's data begin on 1 January; the month up to 24 January begins in December."""
    base = customer_base(grocery.base.dataset, period="month", periods=14)
    assert base.ends[0] == dt.date(2017, 2, 24)
    assert [str(end) for end in base.missing_ends] == ["2016-11-24", "2016-12-24", "2017-01-24"]
    assert base.previous == dt.date(2017, 11, 24)
    only = customer_base(grocery.base.dataset, periods=1)
    assert (only.ends, only.previous) == ((GROCERY_DAY,), None)


def test_attributes_are_those_of_the_customer_at_every_end(grocery: World) -> None:
    """They are joined where they are read; that must be the table computed with them."""
    base, end = grocery.base, grocery.base.ends[3]
    whole = customer_table(base.dataset.tables, end, base.options)
    assert base.customers(end).columns == whole.columns == base.customers().columns
    assert_same(grocery.table(end), base.dataset.engine.backend.to_pyarrow(whole))


def test_kept_once(grocery: World) -> None:
    base = customer_base(grocery.base.dataset, periods=2)
    usage = base.dataset.engine.usage
    base.customers()
    kept = usage.kept_tables
    base.customers()
    base.customers(base.as_of)
    assert usage.kept_tables == kept
    base.customers(base.previous)
    assert usage.kept_tables == kept + 1


def test_kinds_of_events_that_differ_in_capitals(grocery: World) -> None:
    tables = hard_tables(customers=10)
    events = {name: tables["events"][name].to_pylist() for name in tables["events"].column_names}
    events["event"] = ["Login" if k % 2 else "login" for k in range(len(events["event"]))]
    tables["events"] = arrow_table("events", events)
    with pytest.raises(DataError, match="`Login` and `login` differ in capital letters only"):
        made_base(grocery.base.dataset, tables, dt.date(2025, 1, 31))
