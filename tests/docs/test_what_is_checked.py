"""The page that says what each figure is checked against: whole, and true of the code."""

from __future__ import annotations

import re
from pathlib import Path

from segkit.kpis.records import BUILT_IN
from tests.docs.published import families, views

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "what-is-checked.md"


def rows() -> list[list[str]]:
    """The cells of every row of a table, without heads."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in ("figure", "---")]


def code(text: str) -> set[str]:
    """What stands between backticks."""
    return set(re.findall(r"`([^`]+)`", text))


def test_every_view_is_there_and_no_other() -> None:
    told = set().union(*(code(row[4]) for row in rows()))
    assert sorted(views() - told) == []
    assert sorted(told - views()) == []


def test_every_kind_of_key_is_there_and_no_other() -> None:
    _, settings = PAGE.read_text(encoding="utf-8").split("## Settings, axes and limits")
    told = set().union(*(code(row[5]) for row in rows())) | {one for one in code(settings) if "/" not in one}
    written = families()
    assert {family: written[family] for family in sorted(set(written) - told)} == {}
    assert sorted(told - set(written)) == []


def test_every_built_in_key_figure_is_there() -> None:
    assert set(BUILT_IN) <= set().union(*(code(row[0]) for row in rows()))


def test_every_figure_has_a_test_that_compares_it() -> None:
    kinds = ("SQL", "loops", "library", "published", "simulation", "Own", "pandas", "planted")
    for row in rows():
        assert len(row) == 6, row[0]
        assert all(row), row[0]
        named = {one for one in code(row[2]) if one.startswith("tests/")}
        assert named, row[0]
        for path in named:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert "def test_" in text, path
        assert any(kind.lower() in row[2].lower() for kind in kinds), row[0]


def test_what_is_said_to_be_sql_or_a_library_is_so() -> None:
    """A file that is named behind `SQL` asks an engine; one behind a library imports it."""
    for row in rows():
        for part in row[2].split(";"):
            said = part.split("`")[0].lower()
            texts = [
                (ROOT / path).read_text(encoding="utf-8").lower() for path in code(part) if path.startswith("tests/")
            ]
            if said.strip().startswith("sql"):
                assert any("select" in text or "plain_sql" in text for text in texts), row[0]
            for library in re.findall(r"tea-tasting|scikit-uplift|scikit-learn|statsmodels|stepmix", said):
                module = {"tea-tasting": "tea_tasting", "scikit-uplift": "sklift", "scikit-learn": "sklearn"}.get(
                    library, library
                )
                assert any(module in text for text in texts), (row[0], library)
