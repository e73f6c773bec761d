"""The parameters cell is read as a contract, without starting anything."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

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
    assert parse_parameters(PARAMETERS, "here")[name].problem_with(value) is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("as_of", "2024-02-30", "is not a date"),
        ("as_of", 20240229, "is not a date"),
        ("period", "fortnight", "is not one of day, week, month"),
        ("count", "7", "is text; a whole number is needed"),
        ("count", True, "is true or false; a whole number is needed"),
        ("share", "half", "is text; a number is needed"),
        ("names", "a", "is text; a list is needed"),
    ],
)
def test_values_that_do_not_fit(name: str, value: object, said: str) -> None:
    problem = parse_parameters(PARAMETERS, "here")[name].problem_with(value)
    assert problem is not None
    assert said in problem


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os", "no assignment"),
        ("a = b = 1", "no assignment"),
        ("a = open('x')", "is computed"),
        ("a = ", "not Python"),
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
