"""Fragments of the changelog are named `<slug>.<type>.md`, with a type that towncrier knows, and say something."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "changelog.d"
TOWNCRIER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
FRAGMENTS = sorted(path for path in FOLDER.iterdir() if path.name not in ("README.md", "template.md.jinja"))


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_has_a_slug_a_known_type_and_a_text(fragment: Path) -> None:
    found = re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*\.([a-z]+)\.md", fragment.name)
    assert found is not None, f"{fragment.name} is not named <slug>.<type>.md"
    assert found[1] in TOWNCRIER["fragment"], f"{found[1]} is not one of {', '.join(TOWNCRIER['fragment'])}"
    text = fragment.read_text(encoding="utf-8")
    assert text.strip()
    assert not text.lstrip().startswith("- "), "towncrier writes the bullet"


def test_the_readme_explains_every_type() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert explained == list(TOWNCRIER["fragment"])


def test_a_new_version_has_its_place() -> None:
    assert (ROOT / TOWNCRIER["template"]).exists()
    text = (ROOT / TOWNCRIER["filename"]).read_text(encoding="utf-8")
    assert text.count(TOWNCRIER["start_string"]) == 1
