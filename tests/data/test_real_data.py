"""Real files through YAML alone: what their publishers and readers say of them is what comes out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from segkit.data import Dataset, open_dataset
from tests.data.conftest import line, table_quality

FILES = Path(__file__).parent / "real"


@pytest.fixture(scope="module")
def read(shared_data: Path) -> Any:
    """Open one of the dataset files; each once for all tests."""
    opened: dict[str, Dataset] = {}

    def dataset(name: str, as_of: str) -> Dataset:
        if name not in opened:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SEGKIT_SHARED_DATA", str(shared_data))
                opened[name] = open_dataset(FILES / f"{name}.yaml", as_of)
        return opened[name]

    return dataset


def facts(dataset: Dataset, table: str = "transactions", **sums: Any) -> dict[str, Any]:
    rows = dataset.tables[table]
    frame = dataset.engine.collect(rows.aggregate(**{name: make(rows) for name, make in sums.items()}))
    return dict(frame.iloc[0])


def test_cdnow_master(read: Any) -> None:
    dataset = read("cdnow_master", "1998-06-30")
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.rows_kept, quality.lines) == (69_659, 69_659, ())
    assert quality.money_in == quality.money_kept == 2_500_315.63
    assert (quality.first, quality.last) == (dt.date(1997, 1, 1), dt.date(1998, 6, 30))
    assert facts(dataset, n=lambda t: t.customer_id.nunique(), cds=lambda t: t.quantity.sum()) == {
        "n": 23_570,
        "cds": 167_881,
    }
    assert dataset.known_from == dt.date(1997, 1, 1)


def test_cdnow_sample(read: Any) -> None:
    dataset = read("cdnow_sample", "1998-06-30")
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.rows_kept, quality.money_kept) == (6_919, 6_919, 244_091.94)
    assert line(dataset, "purchase of nothing").found == 8
    rows = dataset.tables["transactions"]
    days = rows.select("customer_id", "day").distinct()
    different = int(dataset.engine.collect(days.aggregate(n=days.count()))["n"].iloc[0])
    assert rows.columns[0] == "customer_id"
    assert 6_919 - different == 223
    assert facts(dataset, n=lambda t: t.customer_id.nunique(), cds=lambda t: t.quantity.sum()) == {
        "n": 2_357,
        "cds": 16_479,
    }


def test_online_retail(read: Any) -> None:
    dataset = read("online_retail", "2011-12-09")
    quality = table_quality(dataset)
    assert quality.rows_in == 541_909
    assert quality.money_in is not None
    assert quality.money_kept is not None
    assert round(quality.money_in, 2) == 9_747_747.93
    copies = line(dataset, "exact duplicate")
    assert (copies.found, copies.set_aside) == (5_268, 5_268)
    nobody = line(dataset, "no customer id")
    assert nobody.found == 135_080
    assert quality.rows_kept == 541_909 - 5_268 - nobody.set_aside
    aside = sum(one.money_set_aside or 0 for one in quality.lines)
    assert round(quality.money_kept + aside, 3) == round(quality.money_in, 3)
    assert (quality.first, quality.last) == (dt.date(2010, 12, 1), dt.date(2011, 12, 9))
    assert facts(dataset, customers=lambda t: t.customer_id.nunique()) == {"customers": 4_372}


def test_online_retail_cancellations(read: Any, shared_data: Path) -> None:
    """A cancelled line takes revenue back; so do lines with a negative amount that no cancellation explains."""
    import duckdb

    dataset = read("online_retail", "2011-12-09")
    path = shared_data / "online_retail" / "online_retail.csv.gz"
    cancelled, negative = duckdb.sql(
        f"SELECT count(*) FILTER (InvoiceNo LIKE 'C%'), "
        f"count(*) FILTER (InvoiceNo NOT LIKE 'C%' AND Quantity::DOUBLE * UnitPrice::DOUBLE < 0) "
        f"FROM read_csv('{path}', all_varchar=true)"
    ).fetchall()[0]
    assert cancelled == 9_288
    assert line(dataset, "return or cancellation").found == cancelled + negative


def test_online_retail_countries_over_all_rows(shared_data: Path, tmp_path: Path) -> None:
    """38 countries, of which some bought without a customer id only."""
    text = (FILES / "online_retail.yaml").read_text().replace("customer_id: CustomerID", "customer_id: Country")
    path = tmp_path / "retail.yaml"
    path.write_text(text.replace("${SEGKIT_SHARED_DATA}", str(shared_data)))
    dataset = open_dataset(path, "2011-12-09")
    assert facts(dataset, n=lambda t: t.customer_id.nunique()) == {"n": 38}
    assert table_quality(dataset).rows_kept == 541_909 - 5_268


def test_telecom_sample(read: Any) -> None:
    dataset = read("telco_ibm", "2024-06-30")
    for table in ("subscriptions", "customers"):
        quality = table_quality(dataset, table)
        assert (quality.rows_in, quality.rows_kept, quality.lines) == (7_043, 7_043, ())
    assert facts(
        dataset,
        "subscriptions",
        left=lambda t: t.end.count(),
        brings=lambda t: t.recurring_amount.sum(),
        new=lambda t: (t.start == dt.date(2024, 6, 30)).sum(),
    ) == {"left": 1_869, "brings": 45_611_660, "new": 11}
    rows = dataset.tables["subscriptions"]
    frame = dataset.engine.collect(rows.group_by("plan").aggregate(n=rows.count(), left=rows.end.count()))
    shares = {row["plan"]: round(100 * row["left"] / row["n"], 2) for row in frame.to_dict("records")}
    assert shares == {"Month-to-month": 42.71, "One year": 11.27, "Two year": 2.83}
    assert facts(dataset, "customers", blank=lambda t: t.total_charges.isnull().sum()) == {"blank": 11}
    # the blank ones are those of tenure 0
    blank = dataset.tables["customers"].filter(dataset.tables["customers"].total_charges.isnull())
    met = rows.filter(rows.start == dt.date(2024, 6, 30)).semi_join(blank, "customer_id")
    assert int(dataset.engine.collect(met.aggregate(n=met.count()))["n"].iloc[0]) == 11
    assert dataset.known_from == dt.date(2024, 6, 30)
