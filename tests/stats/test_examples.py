"""Every example in the documentation of the package is tried."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import segkit.stats


def test_examples_in_the_documentation_hold() -> None:
    tried = 0
    for module in pkgutil.iter_modules(segkit.stats.__path__):
        found = doctest.testmod(importlib.import_module(f"segkit.stats.{module.name}"))
        assert found.failed == 0
        tried += found.attempted
    assert tried > 10
