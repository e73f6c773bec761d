"""Sizes, value, moves and who came back, by segment, counted in plain SQL over the raw files of random worlds."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from segkit.page.result import Nothing
from segkit.segments.measure.moves import migration
from segkit.segments.measure.returning import returning
from segkit.segments.measure.sizes import segment_sizes
from segkit.segments.records import Returning
from tests.segments.kinds.plain_sql import deciles
from tests.worlds import raw_sql
from tests.worlds.opened import CUTS, World, day

SEGMENTATIONS = ("city", "thirds", *CUTS)


def placed(world: World, name: str, end: Any) -> str:
    """customer_id, segment, cents as of a day."""
    customers = raw_sql.customers(day(end), world.drawn)
    if name == "city":
        return raw_sql.by_city(customers)
    if name in CUTS:
        return raw_sql.by_share(customers, CUTS[name])
    thirds = deciles(f"SELECT customer_id, cents AS value FROM ({customers})", groups=3)
    return f"""
    SELECT customer_id, value AS cents,
        CASE segment WHEN '1' THEN 'Third 1 (top)' WHEN '2' THEN 'Third 2' ELSE 'Third 3 (lowest)' END AS segment
    FROM ({thirds})
    """


def check_sizes(world: World, name: str) -> None:
    base, sizes = world.base, segment_sizes(world.segmented(name))
    assert base.ends == tuple(
        end
        for (end,) in world.rows(
            f"""SELECT e FROM (SELECT CAST({_back(world)} AS DATE) AS e FROM range(3) AS r(k))
            WHERE e = today() OR (e >= {_first(world)} AND period_start(e) >= {_first(world)}) ORDER BY e"""
        )
    )
    names = [segment.name for segment in sizes.segments]
    for end, columns in (
        (base.as_of, ("customers", "value")),
        (base.previous, ("previous_customers", "previous_value")),
    ):
        if end is None:
            assert sizes.frame[list(columns)].isna().all(axis=None)
            continue
        wanted = world.by(
            f"SELECT segment, count(*), sum(cents)::BIGINT FROM ({placed(world, name, end)}) GROUP BY ALL"
        )
        found = {r["segment"]: (r[columns[0]], r[columns[1]]) for r in sizes.frame.to_dict("records")}
        assert list(found) == names
        for segment, (n, value) in found.items():
            if columns[1] == "previous_value" and sizes.total_previous_value is None:
                # the data do not reach back over two stretches of the same length, so their sums are not compared
                assert math.isnan(value)
                assert n == wanted.get(segment, (0, 0))[0], (segment, end)
                continue
            assert (n, round(value * 100)) == wanted.get(segment, (0, 0)), (segment, end)
        assert set(wanted) <= set(names)
        told = sizes.history[sizes.history["date"] == end].set_index("segment")["customers"]
        assert {s: n for s, n in told.items() if n} == {s: n for s, (n, _) in wanted.items()}
    n, cents = world.one(f"SELECT count(*), sum(cents)::BIGINT FROM ({placed(world, name, base.as_of)})")
    assert (sizes.total_customers, round(sizes.total_value * 100)) == (n, cents)
    for row in sizes.frame.to_dict("records"):
        assert row["share"] == pytest.approx(row["customers"] / n)
        if cents > 0:
            assert row["value_share"] == pytest.approx(row["value"] * 100 / cents, abs=1e-12)
        else:
            assert pd.isna(row["value_share"])
        if row["customers"]:
            assert row["mean_value"] == pytest.approx(row["value"] / row["customers"])


def _back(world: World) -> str:
    return {"day": "today() - k::INT", "week": "today() - 7 * k::INT", "month": "back(today(), k::INT)"}[
        world.drawn.period
    ]


def _first(world: World) -> str:
    """The first day that the data know of anybody."""
    firsts = [f"SELECT min({column}) AS d FROM {table}" for table, column in (("tx", "day"), ("known", "start"))]
    there = [
        one for one, name in zip(firsts, ("transactions", "subscriptions"), strict=True) if name in world.drawn.tables
    ]
    return f"(SELECT min(d) FROM ({' UNION ALL '.join(there)}))"


def check_moves(world: World, name: str) -> None:
    base, moves = world.base, migration(world.segmented(name))
    if base.previous is None:
        assert isinstance(moves, Nothing)
        return
    assert moves is not None
    both = f"""
    SELECT was.segment AS source, now.segment AS target, count(*) AS n, sum(now.cents)::BIGINT AS cents
    FROM ({placed(world, name, base.as_of)}) AS now
    LEFT JOIN ({placed(world, name, base.previous)}) AS was USING (customer_id) GROUP BY ALL
    """
    flows = {(a, b): (n, v) for a, b, n, v in world.rows(f"SELECT * FROM ({both}) WHERE source <> target")}
    shown = moves.flows.to_dict("records")
    assert {(r["from_segment"], r["to_segment"]): (r["customers"], round(r["value"] * 100)) for r in shown} == flows
    for row in moves.balance.to_dict("records"):
        wanted = world.one(
            f"""SELECT coalesce(sum(n) FILTER (source = $s), 0)::INT, coalesce(sum(n) FILTER (source IS NULL AND target = $s), 0)::INT,
                coalesce(sum(n) FILTER (target = $s AND source <> target), 0)::INT,
                coalesce(sum(n) FILTER (source = $s AND source <> target), 0)::INT,
                coalesce(sum(n) FILTER (target = $s), 0)::INT FROM ({both})""".replace("$s", f"'{row['segment']}'")
        )
        assert tuple(row[c] for c in ("previous", "arrived", "moved_in", "moved_out", "now")) == wanted


def check_returning(world: World, name: str) -> None:
    found = returning(world.segmented(name))
    if not isinstance(found, Returning):
        assert world.base.previous is None or "transactions" not in world.drawn.tables
        return
    assert world.base.previous is not None
    now, before = day(world.base.as_of), day(world.base.previous)
    buyers = "SELECT DISTINCT customer_id FROM tx WHERE bought AND day BETWEEN period_start({0}) AND {0}"
    wanted = world.by(
        f"""SELECT segment, count(b.customer_id), count(n.customer_id) FROM ({placed(world, name, world.base.as_of)})
        LEFT JOIN ({buyers.format(before)}) AS b USING (customer_id)
        LEFT JOIN ({buyers.format(now)}) AS n ON n.customer_id = b.customer_id GROUP BY segment"""
    )
    for row in found.frame.to_dict("records"):
        there, back = wanted.get(row["segment"], (0, 0))
        assert (row["bought_before"], row["returned"]) == (there, back)
        assert pd.isna(row["rate"]) if not there else row["rate"] == back / there
    assert found.total_bought_before == sum(there for there, _ in wanted.values())
    assert found.total_returned == sum(back for _, back in wanted.values())


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_of_customers_who_buy(shop_world: World, name: str) -> None:
    check_sizes(shop_world, name)
    check_moves(shop_world, name)
    check_returning(shop_world, name)


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_of_customers_under_contract(company_world: World, name: str) -> None:
    check_sizes(company_world, name)
    check_moves(company_world, name)
    check_returning(company_world, name)
