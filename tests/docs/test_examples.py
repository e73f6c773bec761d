"""Every example in a docstring of the package is tried."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import segkit

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(segkit.__path__, "segkit.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_documentation_hold(name: str) -> None:
    module = importlib.import_module(name)
    found = doctest.testmod(module)
    assert found.failed == 0


def test_there_are_examples() -> None:
    tried = [doctest.DocTestFinder().find(importlib.import_module(name)) for name in MODULES]
    assert sum(len(test.examples) for tests in tried for test in tests) > 40
