"""Whether a page is what was published, and whether its numbers come out again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from segkit.errors import ParameterError
from segkit.project.request import read_request
from segkit.project.run import run_report
from segkit.project.verifying import changed_files, pages_of
from tests.project.project import segkit
from tests.project.test_identity import write_shop


def test_a_page_is_verified_and_a_restated_number_is_named(tmp_path: Path) -> None:
    page = run_report(read_request(write_shop(tmp_path))).page.parent
    manifest = json.loads((page / "manifest.json").read_text())
    assert manifest["files"] == {
        name: hashlib.sha256((page / name).read_bytes()).hexdigest()
        for name in ("chat.txt", "email.html", "email.txt", "metrics.json", "notebook.ipynb", "report.html")
    }
    assert segkit(tmp_path, "verify").stdout == "tiny/one/2024-03-31: as published\n"

    with (tmp_path / "data" / "sales.csv").open("a") as stream:
        stream.write("c99,2024-03-30 12:00:00,1.00,o99\n")
    done = segkit(tmp_path, "verify", "tiny/one/2024-03-31", "--recompute")
    assert (done.returncode, done.stdout) == (
        1,
        "tiny/one/2024-03-31: Rows (rows): was 20 orders, is 21 orders\n",
    )
    assert json.loads((page / "metrics.json").read_text())["rows"]["value"] == 20
    assert not list((tmp_path / "reports" / ".segkit").glob("verify-*"))

    metrics = (page / "metrics.json").read_text(encoding="utf-8")
    (page / "metrics.json").write_text(metrics.replace("20", "21", 1), encoding="utf-8")
    assert changed_files(page) == [
        "metrics.json is not what was published",
        "rows is 21 orders in metrics.json and 20 orders in the notebook",
    ]
    (page / "report.html").write_text("another page")
    (page / "metrics.json").unlink()
    assert changed_files(page) == ["metrics.json is missing", "report.html is not what was published"]
    assert segkit(tmp_path, "verify", "tiny").returncode == 1


def test_a_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="reports/tiny/two: there is no such page"):
        pages_of(tmp_path, "tiny/two")
