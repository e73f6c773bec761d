"""The moving-range limit: worked by hand, and how often it calls pure chance news."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.statistics.normal_variation import FEWEST_CHANGES, normal_limit, variation

CALM = [100.0, 103, 99, 101, 104, 100, 98, 101, 103, 100]
SERIES = st.lists(st.integers(-1000, 1000).map(float), min_size=11, max_size=30)


def test_by_hand() -> None:
    """Changes 3, 4, 2, 3, 4, 2, 3, 2, 3 have the median 3; Wheeler's factor is 3.865."""
    changes = [abs(b - a) for a, b in itertools.pairwise(CALM)]
    assert sorted(changes) == [2, 2, 2, 3, 3, 3, 3, 4, 4]
    limit = 3.865 * statistics.median(changes)
    assert normal_limit([*CALM, 140]) == pytest.approx(limit)
    assert variation([*CALM, 100 + limit]) == "normal"
    assert variation([*CALM, 100 + limit + 0.01]) == "news"
    assert variation([*CALM, 100 - limit - 0.01]) == "news"


def test_the_change_in_question_does_not_widen_its_own_limit() -> None:
    assert normal_limit([*CALM, 100]) == normal_limit([*CALM, 1e9])


def test_one_christmas_does_not_widen_it() -> None:
    with_christmas = [*CALM[:5], 500, *CALM[5:]]
    limit = normal_limit([*with_christmas, 100])
    assert limit is not None
    assert limit <= 3.865 * 4


@pytest.mark.parametrize("length", range(11))
def test_too_little_history(length: int) -> None:
    values = [float(k % 3) for k in range(length)]
    # the last change is not counted among the earlier ones
    enough = length - 2 >= FEWEST_CHANGES
    assert (normal_limit(values) is not None) == enough
    assert (variation(values) != "unknown") == enough


def test_missing_values() -> None:
    gap: list[float | None] = [*CALM[:4], None, *CALM[4:], 100]
    assert normal_limit(gap) == pytest.approx(3.865 * 3)
    assert variation([*CALM, None]) == "unknown"
    assert variation([*CALM[:-1], None, 100]) == "unknown"
    assert normal_limit([None] * 30) is None


def test_a_still_series() -> None:
    """Without a floor any move of a still series is news; with it, a move of a few customers is not."""
    still = [7.0] * 12
    assert variation([*still, 8]) == "news"
    assert variation([*still, 8], at_least=5) == "normal"
    assert variation([*still, 13], at_least=5) == "news"
    assert variation([*still, 7]) == "normal"


@given(SERIES, st.integers(-1000, 1000), st.integers(1, 9))
def test_level_and_scale_do_not_matter(values: list[float], level: int, scale: int) -> None:
    moved = [value * scale + level for value in values]
    assert variation(moved) == variation(values)
    assert variation([-value for value in values]) == variation(values)


def test_chance_alone_is_seldom_news() -> None:
    """About three standard deviations: of independent normal series one in a hundred or so is called news.

    With a known spread it would be P(|N(0, 2)| > 3.865 × 0.954 σ) = 0.9 %; estimating the median from nine changes
    costs some.
    """
    draw = np.random.default_rng(20260101)
    news = np.mean([variation(draw.normal(size=53).tolist()) == "news" for _ in range(4000)])
    assert 0.003 < news < 0.03
