"""What the tests of campaign lift share."""

from __future__ import annotations

import pytest

from segkit.data import Dataset


@pytest.fixture(scope="session")
def like(grocery: object) -> Dataset:
    """A dataset to take everything but the tables from."""
    return grocery.base.dataset  # type: ignore[attr-defined,no-any-return]
