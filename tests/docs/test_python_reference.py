"""docs/reference/python.md is what the code says, and every public name, option, view and section is on it."""

from __future__ import annotations

import inspect

import pytest

import segkit as sk
from segkit.wing import sections, wings
from tests.docs.python_reference import PAGE, WINGS, described, page

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_the_code() -> None:
    assert page() == TEXT, "run: python -m tests.docs.python_reference"


def test_every_public_name_is_on_it() -> None:
    names = {f"sk.{name}" for name in sk.__all__}
    names |= {f"sk.{package}.{name}" for package in (*WINGS, "page") for name in getattr(sk, package).__all__}
    assert sorted(name for name in names if name not in TEXT) == []


def test_every_view_and_section_is_on_it() -> None:
    views = {f".show.{view}(" for wing in wings().values() for shown in wing.views.values() for view in shown}
    assert sorted(view for view in views if view not in TEXT) == []
    assert sorted(name for wing in wings().values() for name in wing.views if f"`{name}`" not in TEXT) == []
    assert sorted(name for name in sections() if f"### `{name}:`" not in TEXT) == []


MEASURES = {
    f"sk.{package}.{name}": getattr(getattr(sk, package), name)
    for package in WINGS
    for name in getattr(sk, package).__all__
    if inspect.isfunction(getattr(getattr(sk, package), name))
} | {"sk.open": sk.open}


@pytest.mark.parametrize("name", MEASURES)
def test_every_argument_has_a_meaning_and_every_measure_a_result(name: str) -> None:
    signature = inspect.signature(MEASURES[name])
    said = described(MEASURES[name])
    assert [argument for argument in signature.parameters if not said.get(argument)] == []
    assert signature.return_annotation is not inspect.Signature.empty
