"""Data that have become less since the page before: refused until it is meant, and then said first."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import NotYetError
from segkit.project.request import read_request
from segkit.project.run import run_report
from tests.project.project import metrics_of
from tests.project.test_identity import SHOP, write_shop


def test_a_file_that_was_cut_off_is_refused_and_what_was_meant_is_said(tmp_path: Path) -> None:
    file = write_shop(tmp_path)
    run_report(read_request(file))
    sales = tmp_path / "data" / "sales.csv"
    whole = sales.read_text()
    sales.write_text("".join(whole.splitlines(keepends=True)[:12]))  # at a line's end
    said = r"shop: table transactions has 11 rows, and the page of 2024-03-31 was made of 20\. .*shrunk: warn"
    with pytest.raises(NotYetError, match=said):
        run_report(read_request(file, as_of="2024-04-07"))
    reports = tmp_path / "reports" / "tiny" / "one"
    assert (reports / "failures" / "2024-04-07" / "failure.html").is_file()
    assert not (reports / "2024-04-07").exists()
    (tmp_path / "params" / "datasets" / "shop.yaml").write_text(SHOP + "freshness: {transactions: {shrunk: warn}}\n")
    page = run_report(read_request(file, as_of="2024-04-07")).page.parent
    text = (page / "report.html").read_text()
    assert text.index("Fewer data than before: the table") < text.index("11 rows were read")
    metrics = metrics_of(page)
    assert (metrics["rows_now_transactions"]["value"], metrics["rows_before_transactions"]["value"]) == (11, 20)
    # what a few customers have asked to be deleted is no gap
    sales.write_text("".join(whole.splitlines(keepends=True)[:11]))
    (tmp_path / "params" / "datasets" / "shop.yaml").write_text(SHOP)
    assert "Fewer data" not in (run_report(read_request(file, as_of="2024-04-14")).page).read_text()
