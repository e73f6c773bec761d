"""Data that are meant to break a page: it stays whole, safe and readable on every screen, or says why there is none."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segkit.errors import ReportError
from segkit.kpis.views.tiles import tiles
from segkit.page import Metric
from segkit.page import head as page_head
from segkit.page.segments import relative
from segkit.project.rendering import render
from segkit.segments.views.size_charts import segment_value, size_bars
from segkit.segments.views.size_tables import segment_table
from segkit.segments.views.trend_chart import segment_trend
from tests.browser.in_browser import Seen, chromium, look_at
from tests.kpis.views import sample
from tests.kpis.views.notebook import cell, heading, weekly
from tests.project.test_rendering import small

NAMES = (
    '<script>document.title = "it ran"</script>',
    "e" * 10_000,
    "\u05e2\u05d1\u05e8\u05d9\u05ea 12 \u200f\u05de\u05d9\u05dc\u05d9\u05dd",
    "👨‍👩‍👧‍👦 💀 🏳️‍🌈",
    "</style><img src=x onerror=alert(1)>",
    "W" * 60,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def seen_of(browser: Any, folder: Path, html: str) -> Seen:
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    return look_at(browser, file, "hostile", first_rate=False)


def whole(seen: Seen) -> None:
    assert all(wide <= width for width, wide in seen.wide.items())
    assert seen.broken == []
    assert not seen.ran
    assert min(seen.text.values()) >= 11.95


def segments_page(sizes: Any) -> str:
    """A page of segments alone."""
    keys = sample.key_figures()
    return render(
        small(
            heading("# Segments"),
            cell(page_head(sizes, keys)),
            cell(tiles(keys)),
            heading("## Segments"),
            cell(segment_table(sizes), size_bars(sizes), segment_trend(sizes), segment_value(sizes)),
        )
    ).html


def like(sizes: Any, names: tuple[str, ...], **columns: Any) -> Any:
    """The sample's sizes with other segments: each has the numbers of the sample's first."""
    segments = tuple(dataclasses.replace(sizes.segments[0], name=name) for name in names)
    first, many = sizes.frame.iloc[[0]], len(names)
    frame = first.loc[first.index.repeat(many)].reset_index(drop=True).assign(segment=list(names), **columns)
    then = sizes.history[sizes.history["segment"] == sizes.segments[0].name]
    history = then.loc[then.index.repeat(many)].reset_index(drop=True).assign(segment=list(names) * len(then))
    now, before = int(frame["customers"].sum()), int(frame["previous_customers"].sum())
    return dataclasses.replace(
        sizes,
        segments=segments,
        frame=frame,
        history=history,
        total_customers=now,
        total_previous=before,
        total_value=float(frame["value"].sum()),
    )


def test_names_that_are_meant_to_break_it(browser: Any, tmp_path: Path) -> None:
    html = render(weekly(names=NAMES)).html
    assert "<script" not in html
    # as words in a label it is harmless, as an attribute it would run
    assert re.search(r"""<\w+(?:\s+[\w:-]+(?:="[^"]*")?)*\s+on\w+=""", html) is None
    assert "e" * 300 not in html
    whole(seen_of(browser, tmp_path, html))


@pytest.mark.parametrize("many", [1, 60])
def test_one_segment_and_sixty(browser: Any, tmp_path: Path, many: int) -> None:
    names = tuple(f"Segment {at} of a company" for at in range(many))
    sizes = like(sample.sizes(variation=("normal",) * len(sample.NAMES)), names, share=1 / many, value_share=1 / many)
    whole(seen_of(browser, tmp_path, segments_page(sizes)))


def test_negative_amounts_and_none(browser: Any, tmp_path: Path) -> None:
    calm = sample.sizes(variation=("normal",) * len(sample.NAMES))
    names = ("Returned", "Bought nothing")
    lost = like(calm, names, value=[-1_234.5, 0.0], mean_value=[-12.5, 0.0], share=0.5, value_share=[None, None])
    html = segments_page(dataclasses.replace(lost, total_value=-1_234.5))
    assert "−" in html
    whole(seen_of(browser, tmp_path, html))


def test_what_is_no_number_is_refused_in_words() -> None:
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ReportError, match="is not a number; write None for unknown"):
            Metric("revenue", value, "money", "EUR")


def test_there_is_no_percentage_of_nothing_nor_of_a_few() -> None:
    assert relative("change", 5, 0, counted=True).value is None
    assert relative("change", 6, 7, counted=True).value is None
    assert relative("change", 5.0, -3.0).value is None
    assert relative("change", 18, 20, counted=True).value == pytest.approx(-0.1)
