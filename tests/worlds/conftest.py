"""The worlds that every figure is counted in: a few by default, many in the slow suite."""

from __future__ import annotations

import pytest

from tests.worlds.drawn import company, shop
from tests.worlds.opened import World, opened

SHOPS, COMPANIES = (6, 17), (5, 4)
"""Seeds of the worlds of the default suite; the slow suite takes the rest of the first dozen and more."""
MORE = range(14)


def _seeds(first: tuple[int, ...]) -> list[object]:
    return [*first, *(pytest.param(seed, marks=pytest.mark.slow) for seed in MORE if seed not in first)]


@pytest.fixture(scope="session", params=_seeds(SHOPS))
def shop_world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Customers who buy and fall silent."""
    return opened(tmp_path_factory.mktemp("shop"), shop(request.param))


@pytest.fixture(scope="session", params=_seeds(COMPANIES))
def company_world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Customers under contract."""
    return opened(tmp_path_factory.mktemp("company"), company(request.param))
