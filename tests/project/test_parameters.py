"""The parameters cell is read as a contract, without starting anything."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest

from segkit.data.asked import UnfitError
from segkit.errors import ParameterError
from segkit.project.parameters import notebook_parameters, parse_parameters
from tests.project.project import PARAMETERS, write_notebook


def test_names_defaults_meanings_and_choices() -> None:
    found = parse_parameters(PARAMETERS, "here")
    assert {name: parameter.default for name, parameter in found.items()} == {
        "as_of": "2024-03-31",
        "period": "week",
        "count": 3,
        "share": 0.5,
        "names": [],
    }
    assert found["as_of"].meaning == "the last day that the report sees"
    assert found["period"].choices == ("day", "week", "month")
    assert found["as_of"].is_date
    assert not found["period"].is_date


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("as_of", "2024-02-29"),
        ("as_of", dt.date(2024, 2, 29)),
        ("period", "day"),
        ("count", 7),
        ("share", 1),
        ("share", 0.25),
        ("names", ["a"]),
    ],
)
def test_values_that_fit(name: str, value: object) -> None:
    assert str(parse_parameters(PARAMETERS, "here")[name].read(value)) == str(value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("as_of", "2024-02-30", "is not a date"),
        ("as_of", 20240229, "is not a date"),
        ("period", "fortnight", "is not one of day, week, month"),
        ("count", "seven", "is text; a whole number is needed"),
        ("count", "7.5", "is text; a whole number is needed"),
        ("count", True, "is true or false; a whole number is needed"),
        ("share", "half", "is text; a number is needed"),
        ("names", "a", "is text; a list is needed"),
    ],
)
def test_values_that_do_not_fit(name: str, value: object, said: str) -> None:
    with pytest.raises(UnfitError, match=said):
        parse_parameters(PARAMETERS, "here")[name].read(value)


ANNOTATED = """\
as_of: str = "2024-03-31"  # the last day that the report sees
periods: int = 13  # how many periods are looked at
share: float = 1  # share of revenue that stays
drawn: bool = False  # whether chance decided
tiles: list[str] = []  # keys of the key figures
shares: dict[str, float] = {}  # share of each arm
options: dict[str, dict] = {}  # campaign -> its options
anything = None
"""


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("periods", "13", 13),
        ("periods", " -2 ", -2),
        ("share", "0.1", 0.1),
        ("share", "1e-3", 0.001),
        ("share", 2, 2),
        ("drawn", "true", True),
        ("drawn", "False", False),
        ("tiles", '["a", "b"]', ["a", "b"]),
        ("tiles", "['a']", ["a"]),
        ("shares", '{"a": "0.5", "b": 1}', {"a": 0.5, "b": 1}),
        ("options", "{'a': {'b': 1}}", {"a": {"b": 1}}),
        ("anything", "x", "x"),
        ("periods", None, None),
    ],
)
def test_text_is_read_where_another_kind_is_declared(name: str, value: object, read: object) -> None:
    found = parse_parameters(ANNOTATED, "here")[name].read(value)
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("periods", "", "is text; a whole number is needed"),
        ("periods", 1.5, "is a number; a whole number is needed"),
        ("periods", "9" * 5000, "is text; a whole number is needed"),
        ("share", "nan", "is text; a number is needed"),
        ("share", float("inf"), "is no number; a number is needed"),
        ("drawn", 1, "is a whole number; true or false is needed"),
        ("drawn", "yes", "is text; true or false is needed"),
        ("tiles", "a, b", "is text; a list of text is needed"),
        ("tiles", [1], "is a list in which one is a whole number; text is needed"),
        ("shares", '{"a": "half"}', "is a mapping in which one is text; a number is needed"),
        ("shares", "[1]", "is text; a mapping to numbers is needed"),
    ],
)
def test_what_does_not_fit_a_declaration_is_said_in_words(name: str, value: object, said: str) -> None:
    with pytest.raises(UnfitError, match=said):
        parse_parameters(ANNOTATED, "here")[name].read(value)


def test_papermill_shows_kind_and_meaning_of_what_is_declared(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "tiny.ipynb", parameters=ANNOTATED)
    told = subprocess.run(
        [sys.executable, "-m", "papermill", "--help-notebook", str(notebook)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(r"periods: int \(default 13\)\s+how many periods are looked at", told)
    assert re.search(r"shares: dict\[str, float\] \(default \{\}\)\s+share of each arm", told)
    assert told.count("Unknown type") == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os", "no assignment"),
        ("a = b = 1", "no assignment"),
        ("a = open('x')", "is computed"),
        ("a = ", "not Python"),
        ("a: set = 1", r"`a: set` is no kind that a parameter can have\. Write int, float, str, bool, list, dict"),
        ("a: dict[int, str] = {}", "is no kind"),
        ("a: list[str, str] = []", "is no kind"),
        ("a: int = 'x'", "the default of `a: int` is text; a whole number is needed"),
        ("a: int = '1'", "the default of `a: int` is text; a whole number is needed"),
    ],
)
def test_a_parameters_cell_holds_plain_assignments(source: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        parse_parameters(source, "here")


def test_a_notebook_without_a_parameters_cell(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "bare.ipynb")
    path.write_text(path.read_text().replace('"parameters"', '"other"'))
    with pytest.raises(ParameterError, match="0 cells are tagged"):
        notebook_parameters(path)


def test_a_notebook_that_is_missing_or_broken(tmp_path: Path) -> None:
    write_notebook(tmp_path / "weekly.ipynb")
    with pytest.raises(ParameterError, match=r"no such notebook\. Did you mean `weekly`"):
        notebook_parameters(tmp_path / "weakly.ipynb")
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(ParameterError, match="not readable as a notebook"):
        notebook_parameters(tmp_path / "broken.ipynb")
