"""Labels that do not collide."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from segkit.page.charts.labels import clipped, label_words, spread, wrapped


@given(wanted=st.lists(st.floats(0, 100), min_size=1, max_size=15), gap=st.floats(0.1, 30))
def test_gap_range_and_order_hold(wanted: list[float], gap: float) -> None:
    found = spread(wanted, gap, 0, 100)
    order = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    placed = [found[at] for at in order]
    room = min(gap, 100 / max(len(wanted) - 1, 1))
    assert all(b - a >= room - 1e-6 for a, b in itertools.pairwise(placed))
    assert placed[0] >= -1e-6
    assert placed[-1] <= 100 + 1e-6


def test_it_moves_labels_as_little_as_an_optimiser_would() -> None:
    wanted = [10.0, 11.0, 12.5, 40.0, 41.0, 80.0]
    rules = [{"type": "ineq", "fun": lambda x, i=i: x[i + 1] - x[i] - 5} for i in range(5)]
    best = minimize(lambda x: sum((a - b) ** 2 for a, b in zip(x, wanted, strict=True)), wanted, constraints=rules)
    assert spread(wanted, 5, 0, 100) == pytest.approx(list(best.x), abs=1e-3)


def test_labels_that_do_not_touch_stay() -> None:
    assert spread([90, 10, 50], 5, 0, 100) == [90, 10, 50]
    assert spread([], 5, 0, 100) == []


def test_a_label_is_told_in_full_in_two_lines() -> None:
    assert wrapped("short") == "short"
    assert wrapped("Customer type: business") == "Customer type:\nbusiness"
    assert wrapped("Can't lose them now") == "Can't lose them\nnow"
    assert [one.text for one in label_words(["Customer type: business", "New"])] == [
        "Customer type:",
        "business",
        "New",
    ]
    for hostile in ("e" * 10_000, "a " * 5_000, "W" * 60, "💀 " * 30, ""):
        assert len(wrapped(hostile)) <= 2 * 16 + 1


def test_clipped() -> None:
    assert clipped("short") == "short"
    assert clipped("a name that is too long") == "a name that is to…"
    assert len(clipped("W" * 18)) < 15
    assert len(clipped("💀" * 18)) <= 18
