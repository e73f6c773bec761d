"""The weekly report on real data of other shapes, from YAML alone; the facts are those of the data's publishers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from segkit.project.request import read_request
from segkit.project.run import run_report
from tests.browser.in_browser import CHROMIUM, chromium, faults_of, look_at

CDNOW = """\
title: CDNOW
relation: non_contractual
currency: USD
time_zone: America/New_York
returns: {{zero_amounts: orders}}
tables:
  transactions:
    path: {data}/cdnow/CDNOW_master.txt
    format: {{delimiter: whitespace, date_format: "%Y%m%d"}}
    columns: {{time: date, quantity: number_of_cds, amount: dollar_value}}
    exact_duplicates: keep
"""

ONLINE_RETAIL = """\
title: Online Retail
relation: non_contractual
currency: GBP
decimals: 3
time_zone: Europe/London
returns: {{cancellation_prefix: C}}
tables:
  transactions:
    path: {data}/online_retail/online_retail.csv.gz
    columns:
      customer_id: CustomerID
      time: InvoiceDate
      order_id: InvoiceNo
      product_id: StockCode
      quantity: Quantity
      unit_price: UnitPrice
"""

TELCO = """\
title: Telecom churn sample
relation: contractual
customers_are: subscribers
currency: USD
time_zone: America/Los_Angeles
tables:
  subscriptions:
    path: {data}/telco_ibm/Telco-Customer-Churn.csv
    shape: snapshot
    as_of: 2018-03-31
    ended_when: "Yes"
    columns: {{customer_id: customerID, status: Churn, plan: Contract, recurring_amount: MonthlyCharges}}
  customers:
    path: {data}/telco_ibm/Telco-Customer-Churn.csv
    columns: {{customer_id: customerID}}
    attributes:
      gender: {{}}
      total_charges: {{column: TotalCharges, kind: money}}
segmentations:
  lifecycle: {{kind: lifecycle}}
  contract: {{kind: attribute, column: plan}}
"""


def publish(root: Path, tmp_path: Path, data: Path, name: str, dataset: str, params: str) -> Path:
    """Run the weekly report of a dataset file in a project of its own."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(root / "notebooks" / "weekly_segments.ipynb", tmp_path / "notebooks")
    for path, text in (
        (f"params/datasets/{name}.yaml", dataset.format(data=data)),
        (f"params/weekly_segments/{name}.yaml", params),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    result = run_report(read_request(tmp_path / "params" / "weekly_segments" / f"{name}.yaml"))
    return result.page.parent


def values(folder: Path) -> dict[str, Any]:
    """Metrics of a page: key → value."""
    return {
        key: one["value"] for key, one in json.loads((folder / "metrics.json").read_text(encoding="utf-8")).items()
    }


def meets_its_targets(folder: Path, name: str, record_property: Callable[[str, object], None]) -> None:
    """Look at the published page in a browser, where there is one, so that the suite of browsers need not run it again."""
    if CHROMIUM is None:
        return
    with chromium() as browser:
        seen = look_at(browser, folder / "report.html", name)
    record_property("figure", seen.figures)
    assert faults_of(seen) == []


def test_cdnow(root: Path, tmp_path: Path, shared_data: Path) -> None:
    folder = publish(
        root,
        tmp_path,
        shared_data,
        "cdnow",
        CDNOW,
        "dataset: cdnow\nas_of: 1998-06-30\nperiod: month\nvalue_months: 0\n",
    )
    found = values(folder)
    assert found["quality_transactions_rows_in"] == found["quality_transactions_rows_kept"] == 69_659
    assert found["quality_transactions_money_in"] == found["quality_transactions_money_kept"] == 2_500_315.63
    assert 23_570 in {value for key, value in found.items() if key.endswith("customers")}
    assert "67.8" in (folder / "report.html").read_text(encoding="utf-8")


def test_online_retail(
    root: Path, tmp_path: Path, shared_data: Path, record_property: Callable[[str, object], None]
) -> None:
    folder = publish(
        root, tmp_path, shared_data, "online_retail", ONLINE_RETAIL, "dataset: online_retail\nas_of: 2011-12-09\n"
    )
    found = values(folder)
    assert found["quality_transactions_rows_in"] == 541_909
    assert found["quality_transactions_money_in"] == pytest.approx(9_747_747.934, abs=1e-9)
    assert {5_268, 135_080} <= set(found.values())
    meets_its_targets(folder, "weekly_segments-online_retail", record_property)


def test_telecom_churn_sample(
    root: Path, tmp_path: Path, shared_data: Path, record_property: Callable[[str, object], None]
) -> None:
    folder = publish(
        root,
        tmp_path,
        shared_data,
        "telco",
        TELCO,
        "dataset: telco\nas_of: 2018-03-31\nsegmentation: contract\n",
    )
    found = values(folder)
    assert found["quality_subscriptions_rows_in"] == found["quality_subscriptions_rows_kept"] == 7_043
    assert found["under_contract"] == 7_043 - 1_869
    assert found["churned_share"] == pytest.approx(1_869 / 7_043)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "26.5" in page
    meets_its_targets(folder, "weekly_segments-telecom_sample", record_property)
