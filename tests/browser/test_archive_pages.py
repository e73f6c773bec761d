"""The pages around the reports in a browser: the index, a withdrawn page, a failure, and a page with the company's brand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segkit.page.lead import CHANGE, QUIET, WORSE
from segkit.project.catalogue import refresh_index
from segkit.project.company import read_company
from segkit.project.rendering import render
from segkit.project.withdrawing import remark_of, withdraw
from tests.browser.in_browser import Seen, chromium, links_for, look_at
from tests.kpis.views.notebook import weekly
from tests.project.test_archive import TODAY, fail, publish
from tests.project.test_company import LOGO

BRAND = """\
owner: Customer analytics
contact: analytics@example.com
brand:
  name: Example & Sons, purveyors of all that a household needs
  logo: logo.svg
  colour: "#8a1538"
  colour_dark: "#ff9db5"
  footer: For internal use only. Do not pass on.
"""
LONG = "The till of store 17 was counted twice, because its clock went backwards in the night of the thirty-first"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of a company with a logo and a colour of its own."""
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "project.yaml").write_text(BRAND, encoding="utf-8")
    (tmp_path / "params" / "logo.svg").write_bytes(LOGO)
    return tmp_path


def archived(reports: Path) -> None:
    """An archive with all that an index tells of."""
    leading = {"label": "Net revenue", "value": "€1.2m", "change": "▼ 3 % (worse)", "key": "revenue"}
    for week in range(20):
        date = (dt.date(2023, 11, 12) + dt.timedelta(weeks=week)).isoformat()
        reach = {"known": f"Data complete to {date}", "next_due": "2024-03-31", "complete": week < 19}
        said = {"leading": {**leading, "number": 5.0 + week % 4}, "reach": reach, "importance": WORSE}
        publish(reports, "weekly_segments/shop", date, decision="To decide: call 171 households", **said)
    publish(reports, "churn_risk/shop", "2024-03-31", importance=QUIET)
    fail(reports, "churn_risk/shop", "2024-04-01", "table transactions: " + "no rows, " * 20)
    for part in ("north", "south-with-a-very-long-name-that-no-line-holds"):
        publish(reports, f"matrix/shop/{part}", "2024-03-24", part=part, importance=CHANGE, headline="Active grew")


def whole(seen: Seen) -> None:
    """The page is for everybody, on every screen, and safe."""
    assert seen.axe == []
    assert all(wide <= width for width, wide in seen.wide.items())
    assert (seen.cut, seen.broken, seen.ran, seen.shift) == ([], [], False, 0)


def test_the_index_and_a_withdrawn_page(browser: Any, root: Path) -> None:
    reports = root / "reports"
    archived(reports)
    withdraw(reports / "weekly_segments/shop/2024-03-17", reports, remark_of(LONG, "Ann", TODAY))
    refresh_index(reports, TODAY)
    index, gone = reports / "index.html", reports / "weekly_segments/shop/2024-03-17" / "report.html"
    assert "counted twice" in index.read_text(encoding="utf-8")
    assert "counted twice" in gone.read_text(encoding="utf-8")
    for file in (index, gone):
        whole(look_at(browser, file, file.name))
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(index.as_uri())
    small = "() => [...document.querySelectorAll('a, summary')].filter(e => e.getClientRects().length).map(e => [e.textContent, e.getBoundingClientRect().height]).filter(e => e[1] < 24)"
    assert page.evaluate(small) == []
    page.close()


def test_a_page_with_the_company_s_brand(browser: Any, root: Path) -> None:
    file = root / "page.html"
    page = render(weekly(), company=read_company(root), links=links_for("weekly_segments"))
    file.write_text(page.html, encoding="utf-8")
    seen = look_at(browser, file, "branded")
    whole(seen)
    # with a logo above it the first screen is still whole
    assert all(part <= 1 for part in seen.first.values())
    assert min(seen.text.values()) >= 11.95
