"""Concentration and past value by segment, counted in plain SQL over the raw files of random worlds."""

from __future__ import annotations

import pytest

from segkit.value.measure.concentrations import concentration
from segkit.value.measure.customer_values import customer_value
from tests.worlds import raw_sql
from tests.worlds.opened import World


def check_concentration(world: World) -> None:
    found = concentration(world.base)
    db, customers = world, raw_sql.customers("today()", world.drawn)
    ranked = f"SELECT cents, row_number() OVER (ORDER BY cents DESC) AS place FROM ({customers})"
    n, total, below = db.one(f"SELECT count(*), sum(cents), count(*) FILTER (cents < 0) FROM ({customers})")
    assert (found.customers, round(found.total * 100), found.below_zero) == (n, total, below)
    if total <= 0:
        assert found.share_for_80 is None
        assert found.top_shares == {}
    else:
        for share in (1, 10, 20, 50):
            (brought,) = db.one(f"SELECT sum(cents) FROM ({ranked}) WHERE place <= ({share} * {n} + 99) // 100")
            assert found.top_shares[share / 100] == pytest.approx(brought / total, rel=1e-12)
        (few,) = db.one(
            f"""SELECT min(place) FROM (SELECT place, sum(cents) OVER (ORDER BY place) AS so_far FROM ({ranked}))
            WHERE so_far * 100 >= {total} * 80"""
        )
        assert found.share_for_80 == few / n
        rising = f"SELECT cents, row_number() OVER (ORDER BY cents) AS place FROM ({customers})"
        for row in found.lorenz.to_dict("records"):
            part = round(row["customers_share"] * n)
            (brought,) = db.one(f"SELECT coalesce(sum(cents), 0) FROM ({rising}) WHERE place <= {part}")
            assert row["value_share"] == pytest.approx(brought / total, abs=1e-12)
    # the mean difference of all pairs, relative to twice the mean
    (gini,) = db.one(
        f"""WITH c AS (SELECT greatest(cents, 0) AS v FROM ({customers}))
        SELECT (SELECT sum(abs(a.v - b.v)) FROM c AS a, c AS b) / nullif(2 * {n} * (SELECT sum(v) FROM c), 0)"""
    )
    assert found.gini == (None if gini is None else pytest.approx(float(gini), abs=1e-12))
    if n < 10:
        assert found.deciles.empty
        return
    tenths = db.rows(
        f"""SELECT (place - 1) * 10 // {n} + 1, count(*), sum(cents)::BIGINT FROM ({ranked}) GROUP BY 1 ORDER BY 1"""
    )
    shown = found.deciles.to_dict("records")
    assert [(r["decile"], r["customers"], round(r["value"] * 100)) for r in shown] == tenths


def test_how_value_is_spread_over_those_who_buy(shop_world: World) -> None:
    check_concentration(shop_world)


def test_how_value_is_spread_over_those_under_contract(company_world: World) -> None:
    check_concentration(company_world)


def test_past_value_by_segment(shop_world: World) -> None:
    """Margin where costs are known and it is positive in all, else net revenue; of all times."""
    value = customer_value(shop_world.segmented("city"))
    (margin, under) = shop_world.one(
        "SELECT sum(cents - cost), sum(cents) FILTER (customer_id IN (SELECT customer_id FROM tx WHERE cost IS NOT NULL)) "
        "FROM tx"
    )
    from_costs = margin is not None and margin > 0 and under > 0
    assert value.value_name == ("margin" if from_costs else "net revenue")
    share = min(float(margin) / float(under), 1.0) if from_costs else 1.0
    # who has no row with a known cost brings the share of revenue that the others' margin is
    own = (
        "coalesce(sum(cents - cost), floor(sum(cents) * CAST($share AS DOUBLE) + 0.5))"
        if from_costs
        else "sum(cents)"
    )
    wanted = shop_world.by(
        f"""SELECT segment, count(*), sum(cents)::BIGINT FROM ({
            raw_sql.by_city(
                f"SELECT customer_id, {own.replace('$share', repr(share))} AS cents FROM tx GROUP BY customer_id"
            )
        }) GROUP BY segment"""
    )
    found = {
        r["segment"]: (r["customers"], round(r["past"] * 100))
        for r in value.frame.to_dict("records")
        if r["customers"]
    }
    assert found == wanted
    assert (value.customers, round(value.past * 100)) == (
        sum(n for n, _ in wanted.values()),
        sum(cents for _, cents in wanted.values()),
    )
    if value.refusal is not None and value.past > 0:
        for row in value.frame.to_dict("records"):
            if row["customers"]:
                assert row["share"] == pytest.approx(row["past"] / value.past, abs=1e-9)
