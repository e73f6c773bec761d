"""Fragments of the changelog are named `<slug>.<type>.md`, with a type that towncrier knows, and say something."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import segkit
from segkit.project.parameters import notebook_parameters
from segkit.wing import sections, wings
from tests.docs.test_python_reference import MEASURES

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


MOVED = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("### Names that moved", 1)[1]
NEW = sorted(set(re.findall(r"^\| [^|]+ \| `((?:sk|segkit)\.[^`]+)`", MOVED, flags=re.MULTILINE)))
VIEWS = {record: set(views) for wing in wings().values() for record, views in wing.views.items()}


def given(path: str) -> Any:
    """What a dotted name means; `sk` is segkit."""
    found: Any = segkit
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("new", NEW)
def test_every_new_name_of_the_table_exists(new: str) -> None:
    call, _, view = new.partition(".show.")
    path, _, argument = call.partition("(")
    measure = given(path)
    if "=" in argument:
        assert argument.rstrip("=)") in inspect.signature(measure).parameters
    if view:
        annotation = inspect.signature(MEASURES[path]).return_annotation
        records = annotation if isinstance(annotation, str) else annotation.__name__
        name, _, options = view.partition("(")
        assert name in VIEWS[records.split("|")[0].strip()]
        assert options in (")", "segment)")


def test_the_table_of_names_is_whole() -> None:
    """No old name is left without a new one, and none stands twice."""
    old = re.findall(r"^\| `((?:segkit|report|figures)\.\w+)` \|", MOVED, flags=re.MULTILINE)
    assert len(old) == len(set(old)) > 100
    assert "None" not in MOVED


def test_new_parameters_and_sections_of_the_table_exist() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`[^|]+`) \| `([\w:]+)`", MOVED, flags=re.MULTILINE)
    assert len(rows) == 6
    for notebook, olds, new in rows:
        known = notebook_parameters(ROOT / "notebooks" / f"{notebook}.ipynb")
        assert new in known or new.removesuffix(":") in sections(), new
        assert [old for old in re.findall(r"`(\w+)`", olds) if old in known] == []
