"""Colours that can be seen on both grounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from segkit.page.charts import style
from segkit.page.palette import DARK, LEAST_CONTRAST, UNASSIGNED, WHITE, colours, contrast, legible


def test_contrast_is_that_of_wcag() -> None:
    # the values that reference works give for Okabe and Ito's orange, sky blue and yellow on white
    assert [round(contrast(c, WHITE), 2) for c in ("#E69F00", "#56B4E9", "#F0E442")] == [2.25, 2.31, 1.32]
    assert contrast("#000000", WHITE) == 21


@given(n=st.integers(0, 400), ordered=st.booleans())
def test_all_are_legible_and_the_same_each_time(n: int, ordered: bool) -> None:
    found = colours(n, ordered)
    assert len(found) == n
    assert found == colours(n, ordered)
    for colour in {*found, UNASSIGNED}:
        assert min(contrast(colour, WHITE), contrast(colour, DARK)) >= LEAST_CONTRAST


def test_first_ones_are_distinct() -> None:
    assert len(set(colours(10, ordered=False))) == 10
    # a company has more than ten kinds of customers, and the colour of each is its own
    assert len({*colours(12, ordered=False), UNASSIGNED}) == 13
    assert len({*colours(200, ordered=False), UNASSIGNED}) == 201
    assert colours(60, ordered=False)[:10] == colours(10, ordered=False)
    assert len(set(colours(100, ordered=True))) == 100
    assert len(colours(5_000, ordered=True)) == 5_000


@given(value=st.integers(0, 0xFFFFFF))
def test_any_colour_is_made_legible(value: int) -> None:
    colour = legible(f"#{value:06x}")
    assert min(contrast(colour, WHITE), contrast(colour, DARK)) >= LEAST_CONTRAST
    assert legible(colour) == colour


def test_the_colours_of_charts_on_white() -> None:
    assert min(contrast(c, WHITE) for c in (style.INK, style.MUTED)) >= 4.5
    assert min(contrast(c, WHITE) for c in (style.ACTUAL, style.PREVIOUS, style.BAD)) >= 3
