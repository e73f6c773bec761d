"""Moments equal those of the arrays they stand for, however they were cut, ordered, centred and merged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import DataError, ParameterError
from segkit.statistics.moments import Moments, merge_all


def table(seed: int, rows: int, *, offset: float = 0.0, nulls: float = 0.0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    before = random.gamma(2.0, 30.0, rows) + offset
    spend = np.where(random.random(rows) < 0.3, random.lognormal(3, 1, rows), 0.0) + 0.1 * before
    orders = random.poisson(1.5, rows).astype(float)
    found = {"spend": spend, "orders": orders, "before": before}
    for values in found.values():
        values[random.random(rows) < nulls] = np.nan
    return found


def same(one: Moments, other: Moments, tolerance: float = 1e-9) -> None:
    assert one.columns == other.columns
    assert one.rows == other.rows
    np.testing.assert_array_equal(one.counts, other.counts)
    scale = np.sqrt(np.maximum(np.diag(other.squares), 1e-12))
    np.testing.assert_allclose(one.means, other.means, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(one.squares, other.squares, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(
        one.products / np.outer(scale, scale), other.products / np.outer(scale, scale), atol=1e-8
    )
    np.testing.assert_allclose(one.cubes / scale**3, other.cubes / scale**3, atol=1e-7)
    np.testing.assert_allclose(one.fourths / scale**4, other.fourths / scale**4, atol=1e-7)


def test_they_are_what_numpy_says_of_complete_columns() -> None:
    data = table(1, 500)
    found = Moments.from_arrays(data)
    assert found.mean("spend") == pytest.approx(data["spend"].mean(), rel=1e-14)
    assert found.variance("spend") == pytest.approx(data["spend"].var(ddof=1), rel=1e-13)
    assert found.covariance("spend", "before") == pytest.approx(
        np.cov(data["spend"], data["before"])[0, 1], rel=1e-12
    )
    centred = data["spend"] - data["spend"].mean()
    assert found.cubes[0] == pytest.approx((centred**3).sum(), rel=1e-12)
    assert found.fourths[0] == pytest.approx((centred**4).sum(), rel=1e-12)


def test_pairs_are_of_the_rows_that_have_both() -> None:
    data = table(2, 400, nulls=0.3)
    found = Moments.from_arrays(data)
    both = ~np.isnan(data["spend"]) & ~np.isnan(data["before"])
    assert found.counts[0, 2] == both.sum()
    assert found.covariance("spend", "before") == pytest.approx(
        np.cov(data["spend"][both], data["before"][both])[0, 1], rel=1e-12
    )
    assert found.means[0, 2] == pytest.approx(data["spend"][both].mean(), rel=1e-13)
    assert found.squares[0, 2] == pytest.approx(both.sum() * data["spend"][both].var(), rel=1e-12)
    assert found.nulls("spend") == int(np.isnan(data["spend"]).sum())


@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(2, 60),
    cut=st.integers(0, 60),
    nulls=st.sampled_from([0.0, 0.4]),
    offset=st.sampled_from([0.0, 1e6]),
)
def test_merged_parts_are_the_whole_and_what_is_removed_is_gone(
    seed: int, rows: int, cut: int, nulls: float, offset: float
) -> None:
    data = table(seed, rows, offset=offset, nulls=nulls)
    at = min(cut, rows)
    whole = Moments.from_arrays(data)
    first = Moments.from_arrays({k: v[:at] for k, v in data.items()})
    second = Moments.from_arrays({k: v[at:] for k, v in data.items()})
    same(first + second, whole)
    same(second + first, whole)
    rest = whole - second
    assert rest.rows == at
    for column in whole.columns:
        if first.n(column) >= 2:
            assert rest.mean(column) == pytest.approx(first.mean(column), rel=1e-9, abs=1e-6)
            assert rest.variance(column) == pytest.approx(first.variance(column), rel=1e-6, abs=1e-4)


@given(seed=st.integers(0, 10_000), parts=st.integers(1, 8))
def test_the_order_of_rows_and_of_parts_does_not_matter(seed: int, parts: int) -> None:
    data = table(seed, 80, nulls=0.2)
    order = np.random.default_rng(seed).permutation(80)
    shuffled = {k: v[order] for k, v in data.items()}
    pieces = [Moments.from_arrays({k: v[i::parts] for k, v in shuffled.items()}) for i in range(parts)]
    same(merge_all(pieces), Moments.from_arrays(data))


def sums_about(data: dict[str, np.ndarray], center: np.ndarray) -> dict[str, Any]:
    """What an engine returns: sums of (x - c), (x - c)(y - c) … over the rows where both are present."""
    columns = [values - c for values, c in zip(data.values(), center, strict=True)]
    present = [~np.isnan(x) for x in columns]
    k = len(columns)
    found: dict[str, Any] = {name: np.zeros((k, k)) for name in ("counts", "sums", "products", "squares")}
    for i in range(k):
        for j in range(k):
            both = present[i] & present[j]
            found["counts"][i, j] = both.sum()
            found["sums"][i, j] = columns[i][both].sum()
            found["squares"][i, j] = (columns[i][both] ** 2).sum()
            found["products"][i, j] = (columns[i][both] * columns[j][both]).sum()
    found["cubes"] = np.array([np.nansum(x**3) for x in columns])
    found["fourths"] = np.array([np.nansum(x**4) for x in columns])
    return found


@given(
    seed=st.integers(0, 10_000),
    nulls=st.sampled_from([0.0, 0.3]),
    center=st.lists(st.floats(-200, 200), min_size=3, max_size=3),
)
def test_sums_about_any_constants_give_the_same_moments(seed: int, nulls: float, center: list[float]) -> None:
    data = table(seed, 50, nulls=nulls)
    rebuilt = Moments.from_sums(list(data), rows=50, center=center, **sums_about(data, np.array(center)))
    same(rebuilt, Moments.from_arrays(data), 1e-8)


def test_sums_without_nulls_need_no_pairs() -> None:
    data = table(5, 50)
    sums = sums_about(data, np.zeros(3))
    rebuilt = Moments.from_sums(
        list(data),
        rows=50,
        center=[0, 0, 0],
        sums=np.diag(sums["sums"]),
        products=sums["products"],
        cubes=sums["cubes"],
        fourths=sums["fourths"],
    )
    same(rebuilt, Moments.from_arrays(data))


def test_a_large_mean_costs_no_digits() -> None:
    """Raw sums of squares would leave none of these: the spread is a billionth of the mean."""
    values = 1e9 + np.array([0.0, 1.0, 2.0, 3.0])
    halves = [Moments.from_arrays({"x": values[:2]}), Moments.from_arrays({"x": values[2:]})]
    assert merge_all(halves).variance("x") == pytest.approx(5 / 3, rel=1e-12)


def test_sums_taken_too_far_from_the_mean_are_refused() -> None:
    values = 1e5 + np.array([0.0, 1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="subtract the column's mean"):
        Moments.from_sums(["x"], rows=4, center=[0], sums=[values.sum()], products=[[values @ values]])


def test_a_cell_in_which_nobody_bought_has_no_variance_at_all() -> None:
    """The constant is the mean over all cells; in this one, rounding must not pass for variation."""
    center = 1.0537318
    shifted = np.full(1_000, -center)
    found = Moments.from_sums(
        ["spend"],
        rows=1_000,
        center=[center],
        sums=[shifted.sum()],
        products=[[shifted @ shifted]],
        cubes=[(shifted**3).sum()],
        fourths=[(shifted**4).sum()],
    )
    assert found.variance("spend") == 0
    assert (found.cubes[0], found.fourths[0]) == (0, 0)
    assert found.mean("spend") == pytest.approx(0, abs=1e-12)


def test_sums_of_different_rows_are_refused() -> None:
    with pytest.raises(DataError, match="not of the same rows"):
        Moments.from_sums(["x"], rows=4, center=[0], sums=[100.0], products=[[10.0]])


def test_a_pair_that_was_not_asked_for_cannot_be_used() -> None:
    found = Moments.from_sums(
        ["x", "y"], rows=3, center=[0, 0], sums=[3.0, 6.0], products=[[5.0, np.nan], [np.nan, 14.0]]
    )
    assert found.variance("y") == pytest.approx(1.0)
    with pytest.raises(ParameterError, match=r"is missing\. Ask the engine for the pair"):
        found.covariance("x", "y")


def test_moments_of_other_columns_do_not_merge() -> None:
    one, other = Moments.from_arrays({"x": [1.0, 2.0]}), Moments.from_arrays({"y": [1.0, 2.0]})
    with pytest.raises(ParameterError, match="ask the same columns"):
        one.merge(other)


def test_more_cannot_be_removed_than_there_is() -> None:
    one, other = Moments.from_arrays({"x": [1.0, 2.0]}), Moments.from_arrays({"x": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match="not all among them"):
        one.remove(other)
    with pytest.raises(DataError, match="not part of it"):
        Moments.from_arrays({"x": [1.0, 1.1, 1.2]}).remove(Moments.from_arrays({"x": [-50.0, 50.0]}))


def test_an_empty_column_has_no_mean() -> None:
    empty = Moments.from_arrays({"x": [np.nan, np.nan], "y": [1.0, 2.0]})
    assert empty.n("x") == 0
    with pytest.raises(DataError, match="has no value"):
        empty.mean("x")
    merged = empty + Moments.from_arrays({"x": [4.0, 6.0], "y": [1.0, 2.0]})
    assert merged.mean("x") == 5.0
    assert merged.variance("x") == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": [1.0, np.inf]}, "infinite"),
        ({"x": [1.0, 2.0], "y": [1.0]}, "1 values where 2 are needed"),
        ({"x": ["a", "b"]}, "not a number"),
    ],
)
def test_bad_columns_are_refused_with_their_name(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Moments.from_arrays(columns)


def test_columns_are_named_once_and_known() -> None:
    with pytest.raises(ParameterError, match="named twice: x"):
        Moments.from_sums(["x", "x"], rows=1, center=[0, 0], sums=[0, 0], products=np.zeros((2, 2)))
    with pytest.raises(ParameterError, match="there are x"):
        Moments.from_arrays({"x": [1.0, 2.0]}).mean("z")


def test_selected_columns_keep_their_moments() -> None:
    data = table(3, 60, nulls=0.2)
    chosen = Moments.from_arrays(data).select(["before", "spend"])
    same(chosen, Moments.from_arrays({k: data[k] for k in ("before", "spend")}))


def test_two_customers_who_spend_nearly_alike_and_far_from_the_mean_keep_their_spread() -> None:
    """Cents 12,345,600 and 12,345,601 about a constant of 7: their sum of squares is exactly a half."""
    x = [12_345_593.0, 12_345_594.0]
    cell = Moments.from_sums(
        ["x"], rows=2, center=[7], sums=[sum(x)], products=[[sum(v * v for v in x)]], whole=["x"]
    )
    assert cell.variance("x") == 0.5
    same = Moments.from_sums(["x"], rows=2, center=[7], sums=[2 * x[0]], products=[[2 * x[0] ** 2]], whole=["x"])
    assert same.variance("x") == 0.0
