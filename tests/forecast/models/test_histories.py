from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import ModelError
from segkit.forecast.models.histories import PurchaseCells, Requirements, merge

customer = st.tuples(st.integers(0, 5), st.integers(1, 10), st.integers(10, 12), st.sampled_from([0.0, 1.0, 2.5]))


@given(st.lists(customer, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_cells_do_not_depend_on_order_or_grouping(rows: list[tuple[int, int, int, float]], random: Any) -> None:
    def build(some: list[tuple[int, int, int, float]]) -> PurchaseCells:
        x, t_x, T, w = (np.array(column, dtype=float) for column in zip(*some, strict=True))
        return PurchaseCells.of(x, np.where(x > 0, t_x, 0.0), T, w)

    cells = build(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    again = build(shuffled)
    for name in ("frequency", "recency", "T", "weight"):
        np.testing.assert_array_equal(getattr(cells, name), getattr(again, name))
    assert cells.customers == pytest.approx(sum(row[3] for row in rows))
    keys = np.stack([cells.frequency, cells.recency, cells.T], axis=1)
    assert len(np.unique(keys, axis=0)) == len(keys)
    assert np.all(cells.weight > 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**20), st.integers(0, 2**20)), min_size=1, max_size=60))
def test_single_customers_merge_as_weighted_rows_do(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array(column, dtype=float) for column in zip(*[*rows, *rows[:9]], strict=True)]
    weight = np.ones(len(columns[0]))
    single, double = merge(*columns, weight=weight), merge(*columns, weight=2.0 * weight)
    huge = merge(*(column * 2.0**24 for column in columns), weight=weight)  # does not fit into one number
    for place in range(3):
        np.testing.assert_array_equal(single[place], double[place])
        np.testing.assert_array_equal(single[place] * 2.0**24, huge[place])
    np.testing.assert_array_equal(single[3] * 2.0, double[3])
    np.testing.assert_array_equal(single[3], huge[3])


def test_merge_of_nothing_is_nothing() -> None:
    column, weight = merge(np.array([1.0]), weight=np.array([0.0]))
    assert column.size == weight.size == 0


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        (([1, 2], [1, 2, 3], [5, 5]), "must have one length"),
        (([[1]], [[1]], [[5]]), "must be one-dimensional"),
        ((["a"], [1], [5]), "frequency must be numbers"),
        (([1, math.nan], [1, 1], [5, 5]), "frequency must be a finite number; row 1 has nan"),
        (([1], [math.inf], [5]), "recency must be a finite number"),
        (([1, -1], [1, 1], [5, 5]), r"frequency must not be negative; row 1 has -1 \(1 of 2 rows"),
        (([1.5], [1], [5]), "whole number"),
        (([1], [6], [5]), "recency must not exceed T"),
        (([0], [1], [5]), "recency must be 0 where frequency is 0"),
        (([1], [0], [5]), "recency must be above 0"),
        (([0], [0], [-1]), "T must not be negative"),
        (([0], [0], [1], [-1]), "weight must not be negative"),
        (([0], [0], [1], [math.nan]), "weight must be a finite number"),
    ],
)
def test_impossible_rows_are_refused_by_name(columns: tuple[Any, ...], complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        PurchaseCells.of(*columns)


def cells(repeaters: int, customers: int, *, T: float = 100.0) -> PurchaseCells:
    return PurchaseCells.of([0, 2], [0, T / 2], [T, T], [customers - repeaters, repeaters])


@pytest.mark.parametrize(
    ("given", "needs", "complaint"),
    [
        (PurchaseCells.of([], [], []), Requirements(), "no customers"),
        (cells(50, 99), Requirements(), "99 customers are too few; at least 100"),
        (cells(0, 500), Requirements(), "none of the 500 customers has bought again"),
        (cells(29, 500), Requirements(), "29 of 500 customers have bought again; at least 30"),
        (cells(50, 500), Requirements(history=180.0), "observed for 100 units of time; at least 180"),
        (cells(50, 500), Requirements(gaps=5.0), "repeaters buy every 25; at least 5 such gaps"),
    ],
)
def test_too_little_data_is_refused_with_what_is_missing(
    given: PurchaseCells, needs: Requirements, complaint: str
) -> None:
    with pytest.raises(ModelError, match=complaint):
        given.require(needs, "BG/NBD")


def test_enough_data_passes() -> None:
    cells(50, 500).require(Requirements(history=90.0), "BG/NBD")
