"""Sections of a page: open or folded, the line that each says, and the few lines of the first screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from nbformat import NotebookNode, v4

from segkit.page import Block, Metric, Statement, literal
from segkit.page.action_table import actions
from segkit.page.notes import note, paragraphs
from segkit.project.rendering import Page, render
from tests.kpis.views.notebook import cell
from tests.project.test_rendering import browse, needs_chromium, small


def heading(words: str, *tags: str) -> NotebookNode:
    return v4.new_markdown_cell(f"## {words}", metadata={"tags": list(tags)})


def found(many: int) -> Block:
    return note("Of these, {n} are new.", n=Metric("new", many, "customers"))


@pytest.fixture(scope="module")
def page() -> Page:
    return render(
        small(
            cell(note("All is well.")),
            heading("Sizes"),
            cell(found(12)),
            heading("Who they are", "folded", "brief"),
            cell(found(12)),
            heading("Method", "folded"),
            cell(actions([{"action": "Call", "owner": "Ann", "due": "2026-01-02", "effect": "+€100"}], "2025-12-28")),
        )
    )


def test_a_section_folds_where_its_heading_says_so(page: Page) -> None:
    folded = re.findall(r'<details class="folded">.*?</details>', page.html, re.DOTALL)
    assert [re.search(r"<h2[^>]*>([^<]+)", one).group(1) for one in folded] == ["Who they are", "Method"]  # type: ignore[union-attr]
    assert '<section id="who-they-are"' in folded[0]
    assert page.html.index('<section id="sizes"') < page.html.index("<details")


def test_a_folded_section_says_what_it_found(page: Page) -> None:
    assert '<span class="line">Of these, 12 are new.</span></summary>' in page.html
    assert page.html.count('class="line"') == 1  # a table of actions has no line


def test_the_first_screen_has_the_lines_that_are_asked_for(page: Page) -> None:
    brief = re.search(r'<ul class="brief".*?</ul>', page.html, re.DOTALL)
    assert brief is not None
    assert re.findall(r'href="#([^"]+)"', brief.group()) == ["who-they-are"]
    assert "Of these, 12 are new." in brief.group()


def test_what_has_to_be_seen_never_folds() -> None:
    warned = paragraphs(literal("Counted otherwise than before."), unfolded=True)
    made = render(small(heading("What is counted", "folded"), cell(found(3)), cell(warned)))
    assert "<details" not in made.html
    assert '<section id="what-is-counted"' in made.html


def test_a_long_text_is_no_line() -> None:
    told = paragraphs(Statement.of(" ".join(["well"] * 60) + "."))
    assert 'class="line"' not in render(small(heading("Words", "folded", "brief"), cell(told))).html


@needs_chromium
def test_a_link_opens_the_section_that_it_leads_to(page: Page, tmp_path: Path) -> None:
    probe = (
        "<script>addEventListener('load', () => setTimeout(() => {"
        "document.title = [...document.querySelectorAll('details.folded')].map(d => d.open).join()}, 300))</script>"
    )
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.html).replace(
        "</body>", probe + "</body>"
    )
    (tmp_path / "page.html").write_text(html, "utf-8")
    address = (tmp_path / "page.html").as_uri()
    for part, opened in (("", "false,false"), ("#who-they-are", "true,false"), ("#method", "false,true")):
        dom = browse(tmp_path, "--virtual-time-budget=3000", "--dump-dom", address + part)
        assert f"<title>{opened}</title>" in dom
