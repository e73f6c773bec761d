"""The table of regular customers, and the ways to it from the result."""

from __future__ import annotations

from segkit.loyalty.measure.share import share
from segkit.page import Metric, write
from tests.customers.worlds import World
from tests.loyalty.shop import shop


def test_the_result_shows_its_table(grocery: World) -> None:
    found = share(shop(grocery.base.dataset, [4] * 8 + [1] * 12))
    block = found.show.table()
    texts = [statement.text for statement in block.statements()]
    assert {"20", "8", write(Metric("share", 0.4, "share"))} <= set(texts)
    assert not any("not shown" in text for text in texts)
    assert repr(found).startswith("LoyaltyShare: ")


def test_what_is_hidden_is_a_dash_with_a_note(grocery: World) -> None:
    block = share(shop(grocery.base.dataset, [4] * 3 + [1] * 17)).show.table()
    assert any("not shown" in statement.text for statement in block.statements())
