"""RFM: scores, the grid that comes along against the published one, and grids that are no partition."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from segkit.segments.kinds.rfm import Rfm
from tests.segments.kinds.everyone import Bench, rows, table

PUBLISHED = {
    "Champions": "555 554 544 545 454 455 445",
    "Loyal": "543 444 435 355 354 345 344 335",
    "Cannot Lose Them": "155 154 144 214 215 115 114 113",
    "Lost": "111 112 121 131 141 151",
}


def test_the_usual_grid_is_the_published_one() -> None:
    cells = Rfm(kind="rfm").cells()
    assert len(cells) == 11
    assert sum(len(codes) for codes in cells.values()) == len({c for codes in cells.values() for c in codes}) == 125
    for name, text in PUBLISHED.items():
        assert cells[name] == tuple(int(code) for code in text.split())


def test_a_gap_and_an_overlap_are_named() -> None:
    with pytest.raises(ValidationError, match="25 cells belong to no segment: 111, 112"):
        Rfm(kind="rfm", grid={"rest": "[2-5]**"})
    with pytest.raises(ValidationError, match=r"1 cells are given more than once: 555 \(all, best\)"):
        Rfm(kind="rfm", grid={"all": "***", "best": "555"})
    with pytest.raises(ValidationError, match="is not a cell"):
        Rfm(kind="rfm", grid={"all": "***", "best": "556"})


def test_a_grid_of_ones_own() -> None:
    own = Rfm(kind="rfm", scores=3, grid={"top": "3[2-3]*", "rest": ["[12]**", "31*"]})
    assert len(own.cells()["top"]) == 6


def test_scores_are_equal_groups_from_the_best_with_ties_together() -> None:
    columns = rows(100)
    columns["days_since_last_purchase"] = list(range(100))
    columns["purchase_days"] = [1] * 60 + [2] * 40
    columns["value"] = [1000 * i for i in range(100)]
    bench = Bench(table(columns))
    scored = bench.customers.select("customer_id", code=Rfm(kind="rfm").code(bench.customers))
    codes = dict(bench.engine.collect(scored).itertuples(index=False))
    assert codes[1] == 511, "bought last, like most others, for least"
    assert codes[100] // 100 == 1
    assert codes[100] % 10 == 5
    # the top 40 % tie and fall to the group in which their last one stands; the other 60 % reach to the bottom
    assert {code // 10 % 10 for code in codes.values()} == {4, 1}
    assert sorted(code // 100 for code in codes.values()) == sorted([1, 2, 3, 4, 5] * 20)


def test_ties_by_hand_in_sql() -> None:
    bench = Bench(table(rows(500)))
    scored = bench.customers.select("customer_id", code=Rfm(kind="rfm").code(bench.customers))
    ours = dict(bench.engine.collect(scored).itertuples(index=False))
    backend = bench.engine.backend
    wanted = backend.raw_sql(  # type: ignore[attr-defined]
        """SELECT customer_id,
        100 * (6 - ceil(5 * cume_dist() OVER (ORDER BY days_since_last_purchase))) +
        10 * (6 - ceil(5 * cume_dist() OVER (ORDER BY purchase_days DESC))) +
        (6 - ceil(5 * cume_dist() OVER (ORDER BY value DESC))) FROM customer_table"""
    ).fetchall()
    assert ours == {customer: int(code) for customer, code in wanted}
