"""A company whose only news is a planted price rise: the page that `segkit run` publishes by the real notebook says so."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segkit.demo import bundled_folder
from tests.project.project import segkit

ROOT = Path(__file__).resolve().parents[2]
MONDAY = dt.date(2025, 12, 22)
RISE = Decimal("1.08")


def rise(contracts: pa.Table) -> pa.Table:
    """Everybody pays more from the last Monday on, in a contract that follows the old one."""
    rows = []
    for row in contracts.to_pylist():
        if row["start"] >= MONDAY or (row["end"] is not None and row["end"] <= MONDAY):
            rows.append(row)
            continue
        price = row["recurring_amount"]
        price = None if price is None else (price * RISE).quantize(Decimal("0.01"))
        rows.append({**row, "end": MONDAY, "end_reason": "changed plan"})
        rows.append({**row, "start": MONDAY, "recurring_amount": price})
    return pa.Table.from_pylist(rows, schema=contracts.schema)


@pytest.mark.slow
def test_the_published_page_of_a_company_names_the_one_change_that_was_planted(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    for name in ("datasets", "weekly_segments"):
        (tmp_path / "params" / name).mkdir(parents=True)
        shutil.copy(ROOT / "params" / name / "telecom.yaml", tmp_path / "params" / name)
    file = tmp_path / "params" / "datasets" / "telecom.yaml"
    text = file.read_text(encoding="utf-8").replace("customers: 20000", "customers: 4000")
    made = bundled_folder("telecom", {"customers": 4000, "seed": 20260101}, tmp_path / ".segkit" / "data")
    planted = tmp_path / "subscriptions.parquet"
    pq.write_table(rise(pq.read_table(made / "subscriptions.parquet")), planted)
    file.write_text(text.replace("  subscriptions: {}", f"  subscriptions: {{path: {planted}}}"), encoding="utf-8")

    done = segkit(tmp_path, "run", "params/weekly_segments/telecom.yaml")

    assert done.returncode == 0, done.stderr[-2000:]
    page = tmp_path / "reports" / "weekly_segments" / "telecom" / "2025-12-28"
    said = json.loads((page / "manifest.json").read_text(encoding="utf-8"))["headline"].replace("\u202f", " ")
    assert said.startswith("Recurring revenue a month grew 8.")
    assert said.endswith("mostly through mean recurring amount; segments not settled yet")
    html = (page / "report.html").read_text(encoding="utf-8")
    assert "is taken for closed" not in html
    assert "a few customers make the difference" not in html
