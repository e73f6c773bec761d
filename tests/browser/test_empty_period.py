"""A period in which nobody bought: no page while data may be missing, a whole and readable one once they are not."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from segkit.errors import NotYetError
from segkit.project.rendering import Page
from segkit.project.request import read_request
from tests.browser.in_browser import ROOT, chromium, faults_of, look_at
from tests.project.page_in_process import page_of

END = dt.date(2024, 9, 29)
SHOP = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions:
    path: {path}
    columns: {{customer_id: customer, time: day, order_id: order, amount: amount}}
segmentations:
  lifecycle: {{kind: lifecycle}}
"""
KNOWN = "freshness: {transactions: {warn_after: 3 weeks}}\n"
"""Three weeks without a purchase are usual here, says the company."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def page(folder: Path, report: str, known: str, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page of a shop whose eighty customers bought for seventy weeks, and not in the last one."""
    draw, lines = random.Random(3), ["customer,day,order,amount"]
    for customer in range(80):
        for week in range(1, 71):
            if draw.random() < 0.3:
                day = END - dt.timedelta(days=7 * week + draw.randrange(7))
                lines.append(f"c{customer},{day},o{len(lines)},{draw.uniform(5, 60):.2f}")
    (folder / "shop.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "params" / "datasets").mkdir(parents=True)
    text = SHOP.format(path=folder / "shop.csv") + known
    (folder / "params" / "datasets" / "shop.yaml").write_text(text, encoding="utf-8")
    params = folder / "params" / report / "one.yaml"
    params.parent.mkdir()
    given = {"dataset": "shop", "as_of": END.isoformat(), "segmentation": "lifecycle"}
    if report != "customer_value":
        given["period"] = "week"
    params.write_text(yaml.safe_dump(given), encoding="utf-8")
    monkeypatch.chdir(folder)
    return page_of(read_request(params))


def test_silence_that_nobody_explained_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotYetError, match=r"nothing after 2024-09-21, the last 8 days are missing"):
        page(tmp_path, "weekly_segments", "", monkeypatch)


@pytest.mark.parametrize(
    ("report", "headline"),
    [
        (
            "weekly_segments",
            "Customers who bought fell 100\u202f% to 0, the lowest of 71 weeks; net revenue fell 100\u202f% to",
        ),
        ("customer_value", "80 customers have brought €55,600; what they will bring cannot be told"),
        ("segment_profile", "Overdue, 12.5\u202f% of customers, bring 12.9\u202f% of the value"),
    ],
)
def test_a_page_of_a_period_without_a_purchase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Any, report: str, headline: str
) -> None:
    found = page(tmp_path, report, KNOWN, monkeypatch)
    assert found.headline.startswith(headline)
    assert not {"nan", "inf"} & set(found.html.lower().replace(">", " ").replace("<", " ").split())
    if report == "weekly_segments":
        said = {
            key: found.metrics[key].value
            for key in ("active_customers", "net_revenue", "orders", "revenue_per_order")
        }
        assert found.html.count("\u25bc 100\u202f% (worse)") == 3
        assert said == {"active_customers": 0, "net_revenue": 0, "orders": 0, "revenue_per_order": None}
    file = tmp_path / "page.html"
    file.write_text(found.html, encoding="utf-8")
    seen = look_at(browser, file, f"empty period, {report}", first_rate=report == "weekly_segments")
    # what cannot be told has no chart and no tile
    assert [fault for fault in faults_of(seen) if "lacks" not in fault or report != "customer_value"] == []
