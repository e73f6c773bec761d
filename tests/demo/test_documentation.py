"""docs/reference/datasets.md states the numbers that are planted, and the sizes that are written."""

from __future__ import annotations

import re

import pytest


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "reference" / "datasets.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows(page):
    """Cells of all table rows by their first cell; the name of a driver or group is in one table only."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_churn_drivers_are_stated(telecom, page, rows):
    churn = telecom.truth.churn
    for driver in churn.drivers:
        assert rows[driver.name][0] == f"{driver.log_odds:.2f}", driver.name
    assert f"log-odds are −{-churn.intercept} plus" in page


def test_behaviour_groups_are_stated(telecom, rows):
    for group in telecom.truth.behaviour_groups:
        stated = [float(cell) for cell in rows[group.name]]
        assert stated == [
            group.share,
            group.share_business,
            group.data_gb,
            group.voice_minutes,
            group.sms,
            group.app_sessions,
            group.weekend_share,
        ]


def test_effects_of_campaigns_are_stated(telecom, rows):
    for campaign in telecom.truth.campaigns:
        cells = rows[campaign.campaign_id]
        months = (campaign.start.year - 2026) * -12 - campaign.start.month + 1
        assert cells[0] == f"{months} months"
        assert cells[1].startswith(f"{campaign.share:.0%}".replace("%", " %"))
        treated = [arm for arm in campaign.arms if arm != campaign.control_arm]
        stated = " · ".join(
            f"{segment}: {baseline:.2f}, "
            + ", ".join(f"{arm} {campaign.effect(arm, segment):+.4f}" for arm in treated)
            for segment, baseline in campaign.baseline.items()
        )
        assert cells[-1] == stated


def test_need_groups_and_sizes_are_stated(telecom, page, rows):
    for group in telecom.truth.need_groups:
        assert re.search(rf"{group.name} \({group.share:.0%}".replace("%", " %"), page, re.IGNORECASE), group.name
    for name in ("subscriptions", "events", "survey", "contacts"):
        written = telecom.sql(f"SELECT count(*) AS n FROM {name}").n[0]
        assert re.search(rf"^\| `{name}` \| {written:,} \|", page, re.MULTILINE), name
    assert re.search(r"^\| `transactions` \| 388,992 \|", page, re.MULTILINE)
    assert telecom.sql("SELECT count(*) AS n FROM transactions").n[0] == 388_992


def test_all_columns_and_events_are_named(telecom, page):
    named = set(re.findall(r"`([a-z_0-9]+)`", page))
    columns = set(telecom.sql("SELECT * FROM customers LIMIT 0").columns) - {"customer_id"}
    assert columns <= named
    assert set(telecom.sql("SELECT DISTINCT event FROM events").event) <= named
