"""Every relative link of the README and the docs leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "changelog.d/README.md")
PAGES = [*(ROOT / name for name in FIRST), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


def test_the_readme_has_two_commands_of_one_line_each() -> None:
    commands = [line for line in PAGES[0].read_text(encoding="utf-8").splitlines() if line.startswith("    python3")]
    assert len(commands) == 2
    assert "segkit run" in commands[0]
    assert commands[1].endswith("/tox")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_of_the_code_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"\b(?:segkit|tests|benchmarks|tools)/[\w/]+\.py\b", page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []
