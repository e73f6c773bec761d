"""Values as they are written become values as they are meant; what cannot be read is counted, shown and explained."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.data.engine import Engine
from segkit.data.money import LARGEST, has_more_decimals, text_to_minor_units, to_minor_units
from segkit.data.zones import changes, to_local
from segkit.errors import DataError
from tests.data.conftest import PEOPLE, SALES, Shop, line, table_quality

HEAD = "customer_id,time,amount\n"


def sales(*amounts: str) -> str:
    return HEAD + "".join(f'{i},2024-01-05,"{amount}"\n' for i, amount in enumerate(amounts))


# money


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.005", 101),
        ("-1.005", -101),
        ("1.0049999", 100),
        ("2.675", 268),
        ("0.285", 29),
        ("1e12", 10**14),
        ("-999999999999.99", -99_999_999_999_999),
        ("+3", 300),
        (" 7.5 ", 750),
        (".5", 50),
        ("1E2", 10_000),
    ],
)
def test_money_from_text_is_exact(shop: Shop, rows: Any, text: str, cents: int) -> None:
    (row,) = rows(shop.sales(sales(text), decimals=2))
    assert row["amount"] == cents


@pytest.mark.parametrize("text", ["1e14", "-1e300", "nan", "inf", "12,50", "€5", "1.2.3", "0x10", "one"])
def test_money_that_is_none(shop: Shop, text: str) -> None:
    dataset = shop.sales(sales(*["1"] * 20, text), tolerate=0.5)
    found = line(dataset, "unreadable amount")
    assert (found.found, found.set_aside, found.examples) == (1, 1, (text,))
    assert found.money_set_aside == 0
    assert table_quality(dataset).money_in == 20


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.connect("duckdb://")


amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@settings(max_examples=40)
@given(st.lists(amounts, min_size=1, max_size=30), st.sampled_from(["text", "float", "decimal", "decimal38"]))
def test_money_of_two_decimals_survives_every_type(engine: Engine, values: list[Decimal], how: str) -> None:
    arrow = {
        "text": pa.array([str(v) for v in values], pa.string()),
        "float": pa.array([float(v) for v in values], pa.float64()),
        "decimal": pa.array(values, pa.decimal128(18, 2)),
        "decimal38": pa.array([v.quantize(Decimal("0.0001")) for v in values], pa.decimal128(38, 4)),
    }[how]
    raw = ibis.memtable(pa.table({"v": arrow})).v
    cents = text_to_minor_units(raw, 2) if how == "text" else to_minor_units(raw, 2)  # type: ignore[arg-type]
    found = engine.collect(cents.name("v").as_table())["v"].tolist()
    assert found == [int(v * 100) for v in values]


@settings(max_examples=40)
@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=4), min_size=1, max_size=30))
def test_money_is_rounded_half_away_from_zero_as_written(engine: Engine, values: list[Decimal]) -> None:
    """Against Python's own decimal arithmetic, from text and from the float that is nearest to it."""
    expected = [int((v * 100).quantize(Decimal(1), ROUND_HALF_UP)) for v in values]
    table = ibis.memtable(pa.table({"t": [str(v) for v in values], "f": [float(v) for v in values]}))
    frame = engine.collect(table.select(t=text_to_minor_units(table.t, 2), f=to_minor_units(table.f, 2)))  # type: ignore[arg-type]
    assert frame["t"].tolist() == expected
    assert frame["f"].tolist() == expected


def test_money_from_whole_numbers_and_beyond_the_largest(engine: Engine) -> None:
    table = ibis.memtable(pa.table({"i": [7, -(10**13), 10**13 + 1, 2**62], "f": [np.nan, np.inf, 1e13, 1.1e13]}))
    frame = engine.collect(table.select(i=to_minor_units(table.i, 2), f=to_minor_units(table.f, 2)))  # type: ignore[arg-type]
    assert frame["i"].fillna(-1).tolist() == [700, -LARGEST, -1, -1]
    assert frame["f"].fillna(-1).tolist() == [-1, -1, LARGEST, -1]


def test_more_decimals_than_kept_are_rounded_and_told(shop: Shop, rows: Any) -> None:
    dataset = shop.sales(sales("1.005", "2.50", "3"), decimals=2)
    assert [row["amount"] for row in rows(dataset)] == [101, 250, 300]
    told = line(dataset, "amount with more than 2 decimals, rounded")
    assert (told.found, told.set_aside, told.examples) == (1, 0, ("1.005",))
    assert shop.sales(sales("1.005"), decimals=3).quality.tables[0].lines == ()
    (row,) = rows(shop.sales(sales("1.5"), decimals=0))
    assert row["amount"] == 2


def test_every_half_cent_up_to_ten_thousand_is_rounded_up(engine: Engine) -> None:
    """Floats that were written as x.xx5: the nearest float is below the half as often as above."""
    halves = ibis.range(0, 1_000_000).unnest().name("n").as_table()
    read = to_minor_units((halves.n.cast("float64") / 100.0 + 0.0).cast("string").concat("5").cast("float64"), 2)
    wrong = halves.mutate(wrong=read != halves.n + 1).filter(halves.n % 10 != 0)  # 1.1 is written so, not as 1.10
    assert engine.collect(wrong.aggregate(n=wrong.wrong.sum(), all=wrong.count())).iloc[0].tolist() == [0, 900_000]


def test_more_decimals_is_no_matter_of_floats(engine: Engine) -> None:
    values = [k / 100 for k in range(-1000, 1000)]
    table = ibis.memtable(pa.table({"f": values}))
    assert not engine.collect(table.select(f=has_more_decimals(table.f, 2)))["f"].any()  # type: ignore[arg-type]


def test_amount_from_quantity_and_price(shop: Shop, rows: Any) -> None:
    content = "customer_id,time,quantity,unit_price\n1,2024-01-05,3,0.335\n2,2024-01-05,-2,1.10\n3,2024-01-05,x,1\n"
    dataset = shop.sales(content, tolerate=0.5, decimals=2)
    assert [row["amount"] for row in rows(dataset)] == [101, -220]
    assert line(dataset, "unreadable quantity").set_aside == 0
    assert line(dataset, "no amount").set_aside == 1
    told = line(dataset, "amount with more than 2 decimals, rounded")
    assert told.examples == ("1.005",)


def test_margin_is_given_or_amount_less_cost(shop: Shop, rows: Any) -> None:
    assert rows(shop.sales("customer_id,time,amount,cost\n1,2024-01-05,10,4\n"))[0]["margin"] == 600
    content = "customer_id,time,amount,cost,margin\n1,2024-01-05,10,4,5\n"
    assert rows(shop.sales(content))[0]["margin"] == 500


@pytest.mark.parametrize(
    ("text", "format", "cents"),
    [
        ("1.234,56", {"decimal": ",", "thousands": "."}, 123_456),
        ("1,234,567.5", {"thousands": ","}, 123_456_750),
        ("1 234,5", {"decimal": ",", "thousands": " "}, 123_450),
        ("1\u00a0234,5", {"decimal": ",", "thousands": " "}, 123_450),
        ("1\u202f234,5", {"decimal": ",", "thousands": " "}, 123_450),
        ("1'234.5", {"thousands": "'"}, 123_450),
        ("-1234,5", {"decimal": ",", "thousands": "."}, -123_450),
        ("12,5", {"decimal": ","}, 1250),
        ("1e3", {"decimal": ","}, 100_000),
        ("(15.00)", {}, -1500),
        ("( 1.234,5 )", {"decimal": ",", "thousands": "."}, -123_450),
        ("15.00-", {}, -1500),
        ("\u221215.5", {}, -1550),
        ("(15)", {"decimal": ","}, -1500),
        ("1’234.5", {"thousands": "'"}, 123_450),
        ("1,23,45,678.5", {"thousands": ","}, 1_234_567_850),
        ("1\u2009234", {"thousands": " "}, 123_400),
    ],
)
def test_commas_and_thousands(shop: Shop, rows: Any, text: str, format: dict[str, str], cents: int) -> None:
    (row,) = rows(shop.sales(sales(text), format=format))
    assert row["amount"] == cents


@pytest.mark.parametrize(
    ("texts", "format", "says"),
    [
        (("12,50", "3,1"), {}, 'They have decimal commas: write `format: {decimal: ","}`.'),
        (("1.234,50", "12.345,0"), {}, 'They have decimal commas: write `format: {decimal: ",", thousands: "."}`.'),
        (("1,234.50", "12,000"), {}, 'Their thousands are set apart: write `format: {thousands: ","}`.'),
        (("1 234.50", "12 000"), {}, 'Their thousands are set apart by blanks: write `format: {thousands: " "}`.'),
        (("$5", "$6.10"), {}, "Leave the currency sign out"),
        (("12,50", "3,1"), {"thousands": ","}, 'They have decimal commas: write `format: {decimal: ","}`'),
        (("12.50", "3.1"), {"decimal": ","}, "They have decimal points: leave `decimal` out of `format`"),
        (("NA", "NA"), {}, 'If `NA` means that there is no value, write `format: {empty: ["NA"]}`.'),
        (("1'234.50", "12’000"), {}, 'set apart by apostrophes: write `format: {thousands: "\'"}`.'),
        (("(1,234.50)", "12,000-"), {}, 'Their thousands are set apart: write `format: {thousands: ","}`.'),
        (("1,23,456.00", "12,34,567"), {}, 'Their thousands are set apart: write `format: {thousands: ","}`.'),
        (("10 %", "5%"), {}, "Leave the % sign out."),
        (("99999999999999", "1e99"), {}, "Amounts are kept up to 10,000,000,000,000"),
    ],
)
def test_unreadable_numbers_are_explained(
    shop: Shop, texts: tuple[str, ...], format: dict[str, str], says: str
) -> None:
    with pytest.raises(DataError) as error:
        shop.sales(sales(*texts), format=format)
    said = str(error.value)
    assert "table transactions (sales.csv), column amount: 2 of 2 values cannot be read, such as `" in said
    assert says in said


def test_words_for_nothing(shop: Shop) -> None:
    dataset = shop.sales(sales("NULL", "n/a", "5"), format={"empty": ["NULL", "n/a"]})
    assert line(dataset, "no amount").set_aside == 2


def test_nan_is_refused_with_a_sentence(shop: Shop) -> None:
    frame = pa.table({"customer_id": [1, 2], "time": [dt.date(2024, 1, 5)] * 2, "amount": [np.nan, np.inf]})
    shop.parquet("sales.parquet", frame)
    with pytest.raises(DataError) as error:
        shop.open({"transactions": {"path": "sales.parquet"}})
    assert "2 of 2 values cannot be read, such as `inf`, `nan`" in str(error.value)
    assert "Where there is no value, leave the cell empty (NULL) instead of NaN." in str(error.value)


# ids


def ids(shop: Shop, rows: Any, column: pa.Array | list[Any], **settings: Any) -> list[Any]:
    n = len(column)
    shop.parquet(
        "sales.parquet", pa.table({"customer_id": column, "time": [dt.date(2024, 1, 5)] * n, "amount": [1] * n})
    )
    return [row["customer_id"] for row in rows(shop.open({"transactions": {"path": "sales.parquet"}}, **settings))]


def test_ids_as_they_come(shop: Shop, rows: Any) -> None:
    assert ids(shop, rows, [17850, 3]) == [17850, 3]
    assert ids(shop, rows, ["17850.0", "00017", "A-1", "é\U0001f600"]) == ["17850", "00017", "A-1", "é\U0001f600"]
    assert ids(shop, rows, [17850.0, np.nan, 3.0]) == ["17850", "3"]
    assert ids(shop, rows, pa.array([2**64 - 1], pa.uint64())) == [str(2**64 - 1)]
    assert ids(shop, rows, pa.array([Decimal("12")], pa.decimal128(20, 0))) == ["12"]
    assert ids(shop, rows, pa.array([Decimal("12.00")], pa.decimal128(20, 2))) == ["12"]


def test_an_id_with_a_fraction_is_not_rounded_into_another(shop: Shop, rows: Any) -> None:
    assert ids(shop, rows, [1.0, 1.5, 2.0, np.inf, 1e300], tolerate=0.8) == ["1", "2"]
    with pytest.raises(DataError, match="column customer_id: 3 of 5 values cannot be read; at most 5% may be so"):
        ids(shop, rows, [1.0, 1.5, 2.0, np.inf, 1e300])


@pytest.mark.parametrize("there", ["text", "whole", "float"])
def test_ids_of_other_types_meet(shop: Shop, there: str) -> None:
    kinds = {"text": ["17850", "3"], "whole": [17850, 3], "float": [17850.0, 3.0]}
    shop.parquet("people.parquet", pa.table({"customer_id": kinds[there], "age": [30, 40]}))
    shop.write("sales.csv", SALES.replace("\n1,", "\n17850,").replace("\n2,", "\n3,"))
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "customers": {"path": "people.parquet"}})
    met = dataset.tables["transactions"].inner_join(dataset.tables["customers"], "customer_id")
    assert int(dataset.engine.collect(met.aggregate(n=met.count()))["n"].iloc[0]) == 3


def test_a_table_whose_ids_meet_nobody_is_an_error(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    shop.write("people.csv", PEOPLE.replace("\n1,", "\nCU-0001,").replace("\n2,", "\nCU-0002,"))
    with pytest.raises(DataError) as error:
        shop.open({"transactions": {"path": "sales.csv"}, "customers": {"path": "people.csv"}})
    said = str(error.value)
    assert "table customers (people.csv): none of its customer ids is one of the table transactions." in said
    assert "written like `xx-0000` here and like `0` there" in said
    assert "CU-0001" not in said


# days and times


@pytest.mark.parametrize(
    ("text", "format", "day"),
    [
        ("2024-01-05", None, "2024-01-05"),
        ("2024-01-05 23:59:59", None, "2024-01-05"),
        ("2024-01-05T23:59:59.123456", None, "2024-01-05"),
        ("2024/1/5", None, "2024-01-05"),
        ("05.01.2024", "%d.%m.%Y", "2024-01-05"),
        ("20240105", "%Y%m%d", "2024-01-05"),
        ("5 Jan 2024 14:05", "%d %b %Y %H:%M", "2024-01-05"),
        ("1/5/24 2:05 PM", "%m/%d/%y %I:%M %p", "2024-01-05"),
    ],
)
def test_days_as_they_are_written(shop: Shop, rows: Any, text: str, format: str | None, day: str) -> None:
    dataset = shop.sales(f"{HEAD}1,{text},1\n", format={"date_format": format})
    assert str(rows(dataset)[0]["day"])[:10] == day


@pytest.mark.parametrize(
    ("texts", "format", "says"),
    [
        (["24.12.2023", "05.01.2024"], None, 'They fit `format: {date_format: "%d.%m.%Y"}`.'),
        (["12/24/2023", "01/05/2024"], None, 'They fit `format: {date_format: "%m/%d/%Y"}`.'),
        (["01/05/2024", "02/03/2024"], None, 'They fit "%d/%m/%Y" or "%m/%d/%Y": write the one that is meant'),
        (["24/12/2023", "25/12/2023"], "%m/%d/%Y", 'They fit `format: {date_format: "%d/%m/%Y"}`.'),
        (["2023-24-12", "2023-25-12"], None, 'They fit `format: {date_format: "%Y-%d-%m"}`.'),
        (["20231224", "20231225"], None, 'They fit `format: {date_format: "%Y%m%d"}`.'),
        (["1-Apr-13", "24-Dec-13"], None, 'They fit `format: {date_format: "%d-%b-%y"}`.'),
        (["2023-02-30", "2023-04-31"], None, "Such days do not exist in the calendar."),
        (["45284", "45285"], None, "Excel's day numbers: write `format: {date_format: excel}`."),
        (["1703376000", "1703376001"], None, "seconds since 1970: write `format: {date_format: epoch_seconds}`."),
        (["Friday", "soon"], None, "Write how dates are written as `format: {date_format:"),
    ],
)
def test_unreadable_days_are_explained(shop: Shop, texts: list[str], format: str | None, says: str) -> None:
    with pytest.raises(DataError) as error:
        shop.sales(HEAD + "".join(f"{i},{text},1\n" for i, text in enumerate(texts)), format={"date_format": format})
    assert "table transactions (sales.csv), column time: 2 of 2 values cannot be read" in str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("1703376000", "epoch_seconds", "2023-12-24 01:00:00"),  # as `date -u -d @1703376000` says, one hour on
        ("1703376000500", "epoch_milliseconds", "2023-12-24 01:00:00.500000"),
        ("45284", "excel", "2023-12-24 00:00:00"),  # as LibreOffice shows the number
        ("45284.75", "excel", "2023-12-24 18:00:00"),
    ],
)
def test_numbers_that_count_from_a_day(shop: Shop, rows: Any, text: str, form: str, moment: str) -> None:
    dataset = shop.sales(f"{HEAD}1,{text},1\n", time_zone="Europe/Berlin", format={"date_format": form})
    assert [str(row["time"]) for row in rows(dataset)] == [moment]
    shop.parquet("s.parquet", pd.DataFrame({"customer_id": [1], "time": [float(text)], "amount": [1]}))
    table = {"path": "s.parquet", "format": {"date_format": form}}
    dataset = shop.open({"transactions": table}, time_zone="Europe/Berlin")
    assert [str(row["time"]) for row in rows(dataset)] == [moment]


def test_advice_is_tried_on_the_file(shop: Shop) -> None:
    """Five examples may fit what the whole column does not: 13 is no month, and a comma may be a decimal one."""
    days = [f"0{month}/01/2024" for month in range(1, 7)] + ["13/01/2024"]
    content = HEAD + "".join(f"{i},{day},1\n" for i, day in enumerate(days))
    with pytest.raises(DataError, match='date_format: "%d/%m/%Y"}`'):
        shop.sales(content)
    content = HEAD + "".join(f'{i},2024-01-05,"{n}"\n' for i, n in enumerate(["1,234"] * 9 + ["99,5"]))
    with pytest.raises(DataError, match=r'They have decimal commas: write `format: {decimal: ","}`'):
        shop.sales(content)
    mixed = HEAD + "".join(f"{i},{day},1\n" for i, day in enumerate([*days, *["1/13/2024"] * 5]))
    with pytest.raises(DataError, match="written in more than one way"):
        shop.sales(mixed)


def test_day_and_month_swapped_on_read(shop: Shop) -> None:
    months = [f"01/{month:02}/{year}" for year in (2022, 2023) for month in range(1, 13)]
    content = HEAD + "".join(f"{i},{text},1\n" for i, text in enumerate(months))
    with pytest.raises(DataError) as error:
        shop.sales(content, format={"date_format": "%m/%d/%Y"})
    assert "all 24 dates fall on days 1 to 12 of a month, so day and month look swapped" in str(error.value)
    assert 'Write `format: {date_format: "%d/%m/%Y"}`' in str(error.value)
    assert table_quality(shop.sales(content, format={"date_format": "%d/%m/%Y"})).rows_kept == 24


def test_days_outside_of_what_can_be(shop: Shop) -> None:
    content = (
        HEAD + "1,2024-06-30 23:59,1\n2,2024-07-01,2\n3,0001-01-01,3\n4,,4\n5,2024-13-01,5\n6,9999-12-31,6\n,,7\n"
    )
    dataset = shop.sales(content, tolerate=0.5)
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.rows_kept, quality.money_in, quality.money_kept) == (7, 1, 28, 1)
    expected = {
        "unreadable time": (1, 1, 5.0, ("2024-13-01",)),
        "no time": (2, 1, 4.0, ()),
        "time before 1900-01-01": (1, 1, 3.0, ("0001-01-01 00:00:00",)),
        "time after 2024-06-30 (not yet seen)": (2, 2, 8.0, ()),
        "no customer id": (1, 1, 7.0, ()),
    }
    found = {one.reason: (one.found, one.set_aside, one.money_set_aside, one.examples) for one in quality.lines}
    assert found == expected


# time zones

MOMENTS = ["2024-01-05 03:00:00", "2024-03-10 06:59:59", "2024-03-10 07:00:00", "2024-06-01 03:59:59"]
IN_NEW_YORK = ["2024-01-04 22:00:00", "2024-03-10 01:59:59", "2024-03-10 03:00:00", "2024-05-31 23:59:59"]


def times(dataset: Any, rows: Any) -> list[str]:
    return sorted(str(row["time"]) for row in rows(dataset))


@pytest.mark.parametrize("how", ["text", "offset", "zulu", "pattern", "pattern with zone", "naive", "aware"])
def test_utc_is_another_day_in_new_york(shop: Shop, rows: Any, how: str) -> None:
    settings: dict[str, Any] = {"time_zone": "America/New_York"}
    if how in ("text", "pattern", "naive"):
        settings["times_are"] = "utc"
    if how in ("naive", "aware"):
        kind = pa.timestamp("us", tz="Europe/Berlin" if how == "aware" else None)
        stamps = [dt.datetime.fromisoformat(m).replace(tzinfo=dt.UTC if how == "aware" else None) for m in MOMENTS]
        shop.parquet(
            "s.parquet", pa.table({"customer_id": [1] * 4, "time": pa.array(stamps, kind), "amount": [1, 2, 3, 4]})
        )
        dataset = shop.open({"transactions": {"path": "s.parquet"}}, **settings)
    else:
        written = {
            "text": MOMENTS,
            "zulu": [m.replace(" ", "T") + "Z" for m in MOMENTS],
            "offset": [
                (dt.datetime.fromisoformat(m) + dt.timedelta(hours=2)).isoformat(" ") + "+02:00" for m in MOMENTS
            ],
            "pattern": [dt.datetime.fromisoformat(m).strftime("%d/%m/%Y %H:%M:%S") for m in MOMENTS],
            "pattern with zone": [dt.datetime.fromisoformat(m).strftime("%d/%m/%Y %H:%M:%S +0000") for m in MOMENTS],
        }[how]
        pattern = {"pattern": "%d/%m/%Y %H:%M:%S", "pattern with zone": "%d/%m/%Y %H:%M:%S %z"}.get(how)
        content = HEAD + "".join(f"1,{text},{i}\n" for i, text in enumerate(written))
        dataset = shop.sales(content, format={"date_format": pattern}, **settings)
    assert times(dataset, rows) == IN_NEW_YORK
    assert dataset.quality.tables[0].first == dt.date(2024, 1, 4)


def test_local_times_stay(shop: Shop, rows: Any) -> None:
    content = HEAD + "".join(f"1,{text},{i}\n" for i, text in enumerate(MOMENTS))
    assert times(shop.sales(content, time_zone="America/New_York"), rows) == MOMENTS


@pytest.mark.parametrize("form", [{}, {"date_format": "%Y-%m-%d"}])
def test_a_day_without_a_clock_stays_that_day(shop: Shop, rows: Any, form: dict[str, str]) -> None:
    content = HEAD + "1,2024-01-05,1\n"
    dataset = shop.sales(content, time_zone="America/New_York", times_are="utc", format=form)
    assert times(dataset, rows) == ["2024-01-05 00:00:00"]


def test_midnight_in_a_column_of_days_is_a_day(shop: Shop, rows: Any) -> None:
    stamps = [dt.datetime(2024, 1, 5), dt.datetime(2024, 3, 1)]
    shop.parquet("c.parquet", pa.table({"customer_id": [1, 2], "start": pa.array(stamps, pa.timestamp("us"))}))
    dataset = shop.open({"subscriptions": {"path": "c.parquet"}}, time_zone="America/New_York", times_are="utc")
    assert [str(row["start"])[:10] for row in rows(dataset, "subscriptions")] == ["2024-01-05", "2024-03-01"]


def test_as_of_ends_with_its_day_in_the_dataset_s_zone(shop: Shop) -> None:
    content = HEAD + "1,2024-07-01 03:59:59,1\n2,2024-07-01 04:00:00,1\n"
    dataset = shop.sales(content, time_zone="America/New_York", times_are="utc")
    assert table_quality(dataset).rows_kept == 1


@settings(max_examples=25)
@given(
    st.lists(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2037, 12, 31)), min_size=1, max_size=20),
    st.sampled_from(
        ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]
    ),
)
def test_offsets_equal_pythons_own_conversion(engine: Engine, moments: list[dt.datetime], zone: str) -> None:
    import zoneinfo

    info = zoneinfo.ZoneInfo(zone)
    moments = [moment.replace(microsecond=0) for moment in moments]
    expected = [m.replace(tzinfo=dt.UTC).astimezone(info).replace(tzinfo=None) for m in moments]
    table = ibis.memtable(pa.table({"m": pa.array(moments, pa.timestamp("us"))}))
    spans = [None, (min(moments), max(moments))]
    for span in spans:
        local = engine.collect(table.select(m=to_local(engine, table.m, zone, span)))["m"]
        assert [value.to_pydatetime() for value in local] == expected


def test_changes_of_a_zone_without_any() -> None:
    assert [one.seconds for one in changes("Asia/Kolkata", dt.datetime(2000, 1, 1), dt.datetime(2030, 1, 1))] == [
        19800
    ]


# text


def test_blanks_around_a_text_are_no_part_of_it(shop: Shop, rows: Any) -> None:
    written = ["a", " a", "a ", "\ta\t", "a\n", "\r\n a b \n", " ", "", "NA", " NA ", "é ", "\x0b!"]
    stamp = [dt.date(2024, 1, 5)] * len(written)
    frame = {"customer_id": ["1"] * len(written), "time": stamp, "amount": range(len(written)), "category": written}
    shop.parquet("s.parquet", pa.table(frame))
    dataset = shop.open({"transactions": {"path": "s.parquet", "format": {"empty": ["NA"]}}})
    read = {row["amount"] // 100: row["category"] for row in rows(dataset)}
    assert [read[i] for i in range(len(written))] == ["a"] * 5 + ["a b", None, None, None, None, "é", "!"]


# flags and whole numbers


def test_flags_in_every_way_of_writing(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", SALES)
    contacts = "customer_id,campaign_id,sent,opened,clicked,converted\n1,c,1,TRUE,yes,\n2,c,0,f,No,maybe\n"
    shop.write("contacts.csv", contacts)
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "contacts": {"path": "contacts.csv"}}, tolerate=0.5)
    first, second = rows(dataset, "contacts")
    assert [first[k] for k in ("sent", "opened", "clicked", "converted")] == [True, True, True, None]
    assert [second[k] for k in ("sent", "opened", "clicked", "converted")] == [False, False, False, None]
    told = line(dataset, "unreadable converted", "contacts")
    assert (told.found, told.set_aside, told.examples) == (1, 0, ("maybe",))


def test_a_click_after_the_as_of_date_has_not_happened(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", SALES)
    stamps = pa.array([dt.datetime(2024, 6, 30, 23), dt.datetime(2024, 7, 1, 1), None], pa.timestamp("us"))
    shop.parquet("c.parquet", pa.table({"customer_id": [1, 2, 3], "campaign_id": ["a"] * 3, "clicked": stamps}))
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "contacts": {"path": "c.parquet"}})
    assert [row["clicked"] for row in rows(dataset, "contacts")] == [True, False, False]


def test_attributes_of_every_kind(shop: Shop, rows: Any) -> None:
    shop.write("sales.csv", SALES)
    shop.write("p.csv", "customer_id,a,b,c,d,e,f,g\n1, x ,1.5,3,yes,2020-02-29,2.50,007\n2,,nan,3.5,no,,,8\n")
    kinds = zip("abcdefg", ("text", "number", "whole", "flag", "date", "money", "id"), strict=True)
    dataset = shop.open(
        {
            "transactions": {"path": "sales.csv"},
            "customers": {"path": "p.csv", "attributes": {name: {"kind": kind} for name, kind in kinds}},
        },
        tolerate=0.6,
    )
    first, second = rows(dataset, "customers")
    assert [first[k] for k in "abcdfg"] == ["x", 1.5, 3, True, 250, "007"]
    assert str(first["e"])[:10] == "2020-02-29"
    assert [second[k] for k in "abcdefg"] == [None, None, None, False, None, None, "8"]
    assert line(dataset, "unreadable c", "customers").examples == ("3.5",)
    assert {name: one.kind.value for name, one in dataset.attributes.items()}["f"] == "money"


def test_numbers_in_text_are_numbers(shop: Shop, rows: Any) -> None:
    """Ages and incomes are; codes, places with leading zeros, and what the file says to be text are not."""
    people = [f"{i};{18 + i % 60};{i * 0.5:.1f};{i % 5};0{1000 + i};{i}" for i in range(1, 101)]
    people[3] = people[3].replace(";22;", ";unknown;")
    shop.write("sales.csv", SALES)
    shop.write("p.csv", "\n".join(["customer_id;age;income;region;place;house", *people]).replace(".", ","))
    form = {"delimiter": ";", "decimal": ","}
    attributes = {"age": {}, "income": {}, "region": {}, "place": {}, "house": {"kind": "text"}}
    dataset = shop.open(
        {
            "transactions": {"path": "sales.csv"},
            "customers": {"path": "p.csv", "format": form, "attributes": attributes},
        },
        tolerate=0.02,
    )
    kinds = {name: one.kind.value for name, one in dataset.attributes.items()}
    assert kinds == {"age": "number", "income": "number", "region": "text", "place": "text", "house": "text"}
    assert rows(dataset, "customers")[3]["age"] is None
    assert rows(dataset, "customers")[3]["income"] == 2.0
    assert line(dataset, "unreadable age", "customers").examples == ("unknown",)


def test_one_wrong_word_too_many_makes_it_text(shop: Shop) -> None:
    words = ["none" if i < 5 else str(i) for i in range(1, 101)]
    shop.write("sales.csv", SALES)
    shop.write("p.csv", "\n".join(["customer_id,age", *(f"{i},{word}" for i, word in enumerate(words))]))
    dataset = shop.open({"transactions": {"path": "sales.csv"}, "customers": {"path": "p.csv"}}, tolerate=0.02)
    assert dataset.attributes["age"].kind.value == "text"


def test_a_column_of_the_wrong_type_is_told(shop: Shop) -> None:
    shop.parquet("s.parquet", pd.DataFrame({"customer_id": [1], "time": [20240105], "amount": [True]}))
    with pytest.raises(DataError) as error:
        shop.open({"transactions": {"path": "s.parquet"}})
    assert "the column `time` (for time) holds int64, which is no date. Map a column of dates" in str(error.value)
    assert "the column `amount` (for amount) holds boolean, which is no number" in str(error.value)
    shop.parquet("s.parquet", pd.DataFrame({"customer_id": [1], "time": [20240105], "amount": [1]}))
    form = {"date_format": "%Y%m%d"}
    assert table_quality(shop.open({"transactions": {"path": "s.parquet", "format": form}})).rows_kept == 1
