"""A time that names its zone is one moment, however the zone is spelled, or is refused in words."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

import pytest

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.data.zoned_times import ABBREVIATIONS
from segkit.errors import DataError
from tests.cases import copied as case
from tests.data.conftest import Shop, table_quality

HEAD = "customer_id,time,amount\n"
# 7 October 2024, 23:30 UTC is 8 October, 01:30 in Berlin
BERLIN = "2024-10-08 01:30:00"

SPELLED = [
    "2024-10-07T23:30:00Z",
    "2024-10-07 23:30:00z",
    "2024-10-07 23:30:00 Z",
    "2024-10-07T23:30Z",
    "2024-10-07 23:30:00 UTC",
    "2024-10-07 23:30:00.000000 UTC",
    "2024-10-07 23:30 UTC",
    "2024-10-07 23:30:00 utc",
    "2024-10-07 23:30:00 GMT",
    "2024-10-07 23:30:00 (UTC)",
    "2024-10-07 23:30:00UTC",
    "2024-10-07 23:30:00+00:00",
    "2024-10-08 01:30:00+02:00",
    "2024-10-08 01:30:00 +02:00",
    "2024-10-08 01:30:00+0200",
    "2024-10-08 01:30:00 +0200",
    "2024-10-08 01:30:00+02",
    "2024-10-08 01:30:00 +02",
    "2024-10-07 16:30:00 -0700",
    "2024-10-07 16:30 -07:00",
    "2024-10-08 05:00:00 +05:30",
    "2024-10-08 01:30:00 GMT+2",
    "2024-10-08 01:30:00 UTC+02:00",
    "2024-10-08 01:30:00 +0200 CEST",
    "2024-10-08T01:30:00+02:00[Europe/Berlin]",
    "2024-10-08 01:30:00 Europe/Berlin",
    "2024-10-07 19:30 America/New_York",
    "2024-10-07T18:30:00 Etc/GMT+5",
    "2024-10-08 01:30:00 CEST",
    "2024-10-08 00:30:00 CET",
    "2024-10-07 18:30:00 EST",
    "2024-10-07 16:30:00 PDT",
    "2024-10-08 08:30:00 JST",
]


@pytest.mark.parametrize("times_are", ["local", "utc"])
def test_every_spelling_of_a_zone_is_the_same_moment(shop: Shop, rows: Any, times_are: str) -> None:
    content = HEAD + "".join(f'{i},"{text}",1\n' for i, text in enumerate(SPELLED))
    dataset = shop.sales(content, as_of="2024-12-31", time_zone="Europe/Berlin", times_are=times_are)
    read = {SPELLED[int(row["customer_id"])]: (str(row["time"]), str(row["day"])[:10]) for row in rows(dataset)}
    assert read == dict.fromkeys(SPELLED, (BERLIN, "2024-10-08"))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("07/10/2024 23:30:00 UTC", "%d/%m/%Y %H:%M:%S %Z"),
        ("07/10/2024 23:30:00 Z", "%d/%m/%Y %H:%M:%S %z"),
        ("07/10/2024 23:30:00Z", "%d/%m/%Y %H:%M:%S%z"),
        ("07/10/2024 23:30:00Z", "%d/%m/%Y %H:%M:%SZ"),
        ("07/10/2024 23:30:00 UTC", "%d/%m/%Y %H:%M:%S UTC"),
        ("07/10/2024 23:30:00 GMT", "%d/%m/%Y %H:%M:%S %z"),
        ("08/10/2024 01:30:00+02:00", "%d/%m/%Y %H:%M:%S+02:00"),
        ("08/10/2024 01:30 +0200", "%d/%m/%Y %H:%M %z"),
        ("08/10/2024 01:30:00 CEST", "%d/%m/%Y %H:%M:%S %Z"),
        ("08/10/2024 00:30:00 CET", "%d/%m/%Y %H:%M:%S %Z"),
        ("07/10/2024 07:30:00 PM EDT", "%d/%m/%Y %I:%M:%S %p %Z"),
        ("07/10/2024 19:30:00 America/New_York", "%d/%m/%Y %H:%M:%S %Z"),
        ("Mon Oct 07 23:30:00 UTC 2024", "%a %b %d %H:%M:%S %Z %Y"),
        ("Tue Oct 08 01:30:00 +0200 2024", "%a %b %d %H:%M:%S %z %Y"),
        ("20241007T233000Z", "%Y%m%dT%H%M%S%z"),
        ("20241008013000+0200", "%Y%m%d%H%M%S%z"),
    ],
)
def test_zones_in_patterns(shop: Shop, rows: Any, text: str, pattern: str) -> None:
    form = {"date_format": pattern}
    dataset = shop.sales(f'{HEAD}1,"{text}",1\n', as_of="2024-12-31", time_zone="Europe/Berlin", format=form)
    assert [str(row["time"]) for row in rows(dataset)] == [BERLIN]


@pytest.mark.parametrize(
    ("word", "pattern"),
    [
        *(
            (word, None)
            for word in ("IST", "CST", "PST", "XYZ", "Europe/Nowhere", "+2500", "UTC UTC", "+0200 (x) UTC")
        ),
        *((word, "%Y-%m-%d %H:%M:%S %Z") for word in ("IST", "Europe/Nowhere", "+01:75")),
    ],
)
def test_a_zone_that_is_not_one_is_refused_in_words(shop: Shop, word: str, pattern: str | None) -> None:
    content = HEAD + "".join(f'{i},"2024-10-07 23:30:0{i} {word}",1\n' for i in (1, 2))
    with pytest.raises(DataError) as error:
        shop.sales(content, as_of="2024-12-31", time_zone="Europe/Berlin", format={"date_format": pattern})
    said = str(error.value)
    assert "2 of 2 values cannot be read" in said
    if word.isalpha():
        assert f"`{word}` is not one zone" in said
    assert "Write a zone as Z, +02:00 or Europe/Berlin" in said
    assert "do not exist in the calendar" not in said


@pytest.mark.parametrize(
    ("zone", "word", "hours"),
    [
        ("Asia/Kolkata", "IST", 5.5),
        ("Europe/Dublin", "IST", 1),
        ("America/Chicago", "CST", -6),
        ("Asia/Shanghai", "CST", 8),
    ],
)
def test_an_abbreviation_of_the_dataset_s_own_zone_is_meant_so(
    shop: Shop, rows: Any, zone: str, word: str, hours: float
) -> None:
    dataset = shop.sales(f"{HEAD}1,2024-10-07 12:00:00 {word},1\n", as_of="2024-12-31", time_zone=zone)
    moment = dt.datetime(2024, 10, 7, 12, tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    expected = moment.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    assert [str(row["time"]) for row in rows(dataset)] == [str(expected)]


@pytest.mark.parametrize("text", ["2024-10-07Z", "2024-10-07+02:00", "2024-10-07 UTC"])
def test_a_day_with_a_zone_is_no_moment(shop: Shop, text: str) -> None:
    with pytest.raises(DataError, match="A zone is understood after a clock only"):
        shop.sales(f"{HEAD}1,{text},1\n2,{text},1\n", as_of="2024-12-31", time_zone="Europe/Berlin")


def test_the_advice_for_other_dates_with_zones_reads_them(shop: Shop, rows: Any) -> None:
    content = HEAD + '1,"07/10/2024 23:30:00 UTC",1\n2,"24/10/2024 21:00:00 +0200",1\n'
    with pytest.raises(DataError) as error:
        shop.sales(content, as_of="2024-12-31", time_zone="Europe/Berlin")
    assert 'They fit `format: {date_format: "%d/%m/%Y %H:%M:%S %z"}`.' in str(error.value)
    form = {"date_format": "%d/%m/%Y %H:%M:%S %z"}
    dataset = shop.sales(content, as_of="2024-12-31", time_zone="Europe/Berlin", format=form)
    assert sorted(str(row["time"]) for row in rows(dataset)) == [BERLIN, "2024-10-24 21:00:00"]


def test_times_without_a_zone_are_left_alone(shop: Shop, rows: Any) -> None:
    texts = ["2024-10-07", "2024-10-07 23:30", "2024-10-07T23:30:00.5", "2024-1-5 9:30", "2024/1/5"]
    content = HEAD + "".join(f"{i},{text},1\n" for i, text in enumerate(texts))
    read = rows(shop.sales(content, as_of="2024-12-31", time_zone="Europe/Berlin"))
    assert [str(row["time"])[:16] for row in sorted(read, key=lambda row: row["customer_id"])] == [
        "2024-10-07 00:00", "2024-10-07 23:30", "2024-10-07 23:30", "2024-01-05 09:30", "2024-01-05 00:00",
    ]  # fmt: skip


def test_abbreviations_have_one_offset_in_the_whole_world() -> None:
    """Against the time zone database: in this century nobody uses them for another one."""
    found: dict[str, set[int]] = {}
    moments = [dt.datetime(year, month, 1, 12, tzinfo=dt.UTC) for year in range(2000, 2031, 3) for month in (1, 7)]
    for name in zoneinfo.available_timezones() - {"localtime", "Factory"}:
        info = zoneinfo.ZoneInfo(name)
        for moment in moments:
            local = moment.astimezone(info)
            offset = local.utcoffset()
            assert offset is not None
            found.setdefault(str(local.tzname()), set()).add(round(offset.total_seconds()))
    for word, seconds in ABBREVIATIONS.items():
        if word not in ("Z", "UT"):
            assert found[word] == {seconds}, word


def test_case_04_one_moment_written_in_four_ways(tmp_path: Path) -> None:
    folder = case("04", tmp_path)
    dataset = open_dataset(folder / "params/datasets/s.yaml", "2024-10-13")
    frame = dataset.engine.collect(customer_base(dataset).customers().select("customer_id", "first_purchase"))
    days = {row.customer_id: str(row.first_purchase)[:10] for row in frame.itertuples()}
    assert days == dict.fromkeys(("suffix", "fraction", "zulu", "offset"), "2024-10-08")


def test_case_06_an_offset_after_a_blank(tmp_path: Path, rows: Any) -> None:
    folder = case("06", tmp_path)
    dataset = open_dataset(folder / "params/datasets/s.yaml", "2024-12-31")
    assert sorted(str(row["day"])[:10] for row in rows(dataset)) == ["2024-10-07", "2024-11-01"]
    assert table_quality(dataset).rows_kept == 2
