"""Code in Markdown: every block of Python compiles, every name of segkit in it is there, every `>>>` is tried.

Excerpts of files are `py`; test_add_a_measure.py holds them to the files. Blocks that need data are run by the tests of their page (test_how_to.py, test_add_a_measure.py, test_nine_models.py).
"""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

import segkit

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL), 1
    )
]


def test_there_are_blocks() -> None:
    assert len(BLOCKS) > 5


@pytest.mark.parametrize("block", [block for block in BLOCKS if ">>>" not in str(block.values[0])])
def test_a_block_compiles(block: str) -> None:
    compile(block, "block", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("block", BLOCKS)
def test_names_of_segkit_in_a_block_are_there(block: str) -> None:
    for dotted in re.findall(r"\bsk((?:\.\w+)+)", block):
        found: object = segkit
        for name in dotted.split(".")[1:3]:
            assert hasattr(found, name), f"sk{dotted}"
            found = getattr(found, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_types_at_a_prompt_gives_what_it_shows(page: Path) -> None:
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8").failed == 0
