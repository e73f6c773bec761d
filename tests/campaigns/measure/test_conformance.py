"""Every published figure, three ways; and the page that lists them."""

from __future__ import annotations

from pathlib import Path

from tests.campaigns.measure.conformance import PAGE, figures, page


def test_published_figures_come_out_three_ways(shared_data: Path) -> None:
    rows = figures()
    assert len(rows) == 49
    for row, found in rows:
        for way, value in found.items():
            assert abs(value - row.published) <= 0.51 * 10**-row.decimals, (row.quantity, way, value)


def test_the_page_is_what_the_figures_are(shared_data: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
