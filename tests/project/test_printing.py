"""A page as PDF: tagged, titled, outlined, no empty sheet, folded parts on demand; a plain message without a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from segkit.errors import ParameterError, RunError
from segkit.project.printing import BROWSER, browser, print_page
from segkit.project.rendering import render
from tests.kpis.views.notebook import weekly

needs_browser = pytest.mark.skipif(
    shutil.which("chromium") is None or shutil.which("pdfinfo") is None, reason="no Chromium or no poppler here"
)


def told(file: Path, *command: str) -> str:
    return subprocess.run([*command, str(file), "-"] if command[0] == "pdftotext" else [*command, str(file)],
                          capture_output=True, text=True, check=True).stdout  # fmt: skip


@needs_browser
def test_a_pdf_is_tagged_titled_and_small_and_what_is_folded_is_printed_on_demand(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    html = render(weekly()).html
    folded = (
        '<details class="folded"><summary><h2>More</h2></summary><section><p>Behind the fold.</p></section></details>'
    )
    page.write_text(html.replace("</main>", folded + "</main>"), encoding="utf-8")
    print_page(page, tmp_path / "open.pdf")
    print_page(page, tmp_path / "whole.pdf", whole=True)
    info = told(tmp_path / "open.pdf", "pdfinfo")
    assert re.search(r"Tagged: +yes", info)
    assert re.search(r"Title: +Weekly segments", info)
    assert re.search(r"Page size: .*A4", info)
    assert (tmp_path / "open.pdf").stat().st_size <= 300_000
    sheets = told(tmp_path / "open.pdf", "pdftotext").rstrip("\f").split("\f")
    assert all(len(sheet.split()) > 10 for sheet in sheets)
    assert "Behind the fold." not in " ".join(sheets)
    assert "Behind the fold." in told(tmp_path / "whole.pdf", "pdftotext")
    assert (
        b"/Outlines" in (tmp_path / "open.pdf").read_bytes()
        or b"/Type /Outlines" in (tmp_path / "open.pdf").read_bytes()
    )


def test_without_a_browser_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(BROWSER, raising=False)
    with pytest.raises(
        ParameterError, match=r"this machine has none\. Install one .* or print the page from any browser"
    ):
        print_page(tmp_path / "report.html", tmp_path / "out.pdf")


def test_a_browser_that_fails_is_named_with_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv(BROWSER, str(broken))
    assert browser() == str(broken)
    (tmp_path / "report.html").write_text("<p>x</p>")
    with pytest.raises(RunError, match="could not print the page: no display"):
        print_page(tmp_path / "report.html", tmp_path / "out.pdf")
    with pytest.raises(ParameterError, match="cannot be read"):
        print_page(tmp_path / "nothing.html", tmp_path / "out.pdf")
