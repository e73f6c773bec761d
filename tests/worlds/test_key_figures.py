"""Key figures, built-in ones and those of a dataset file, counted in plain SQL over the raw files of random worlds."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest

from segkit.kpis.measure.key_figures import key_figures
from segkit.kpis.measure.own_figures import own_figures
from tests.worlds import raw_sql
from tests.worlds.drawn import company, shop
from tests.worlds.opened import World, day, opened


def check_values(world: World, found: dict[str, Any], key: str, query: str) -> None:
    """A figure of every period; `$end` is its last day."""
    for end, value in zip(found[key].dates, found[key].values, strict=True):
        if end not in world.base.ends:
            assert value is None
            continue
        # who left is not settled while another contract may follow; a stock is still counted of the last day
        if end in found[key].unsettled and not (found[key].stock and end == world.base.as_of):
            assert value is None
            assert end > world.base.as_of - dt.timedelta(days=40)
            continue
        (wanted,) = world.one(query.replace("$end", day(end)))
        assert value == (None if wanted is None else pytest.approx(float(wanted), rel=1e-12)), (key, end)


SALES = {
    "active_customers": "SELECT count(DISTINCT customer_id) FILTER (bought) FROM now",
    "net_revenue": "SELECT coalesce(sum(cents), 0) / 100 FROM now",
    "orders": "SELECT count(*) FROM orders",
    "revenue_per_order": "SELECT sum(cents) / 100 / nullif((SELECT count(*) FROM orders), 0) FROM now",
}
PERIOD = """
WITH now AS (SELECT * FROM tx WHERE day BETWEEN period_start($end) AND $end),
orders AS (SELECT DISTINCT customer_id, day, coalesce(order_id, '') AS order_id FROM now WHERE bought)
"""
"""All rows of a day without an order id are one order; an id on two days is two."""

CONTRACTS = {
    "under_contract": "SELECT count(DISTINCT customer_id) FROM spells WHERE since <= $end AND until > $end",
    "recurring_revenue": "SELECT coalesce(sum(cents), 0) / 100 FROM contracts WHERE start <= $end AND runs_to > $end",
    "began": """SELECT count(*) FROM (SELECT min(since) AS first FROM spells GROUP BY customer_id)
        WHERE first BETWEEN period_start($end) AND $end""",
    # whoever is back after more than the gap has left all the same
    "left": "SELECT count(DISTINCT customer_id) FROM spells WHERE until BETWEEN period_start($end) AND $end",
}


def test_of_customers_who_buy(shop_world: World) -> None:
    found = {figure.key: figure for figure in key_figures(shop_world.base)}
    assert set(found) == set(SALES)
    for key, query in SALES.items():
        check_values(shop_world, found, key, PERIOD + query)


def test_of_customers_under_contract(company_world: World) -> None:
    found = {figure.key: figure for figure in key_figures(company_world.base)}
    assert set(CONTRACTS) <= set(found)
    for key, query in CONTRACTS.items():
        check_values(company_world, found, key, query)
    if "transactions" in company_world.drawn.tables:
        check_values(company_world, found, "net_revenue", PERIOD + SALES["net_revenue"])


def test_what_factors_brought_is_the_change(shop_world: World) -> None:
    figure = next(one for one in key_figures(shop_world.base) if one.key == "net_revenue")
    if shop_world.base.previous is None:
        assert figure.contributions == ()
        return
    factors = []
    for end in (shop_world.base.previous, shop_world.base.as_of):
        query = PERIOD.replace("$end", day(end))
        buyers, revenue = shop_world.one(
            query + "SELECT count(DISTINCT customer_id) FILTER (bought), coalesce(sum(cents), 0) / 100 FROM now"
        )
        (orders,) = shop_world.one(query + "SELECT count(*) FROM orders")
        factors.append((buyers, orders, revenue))
    if min(value for one in factors for value in one) <= 0:
        assert figure.contributions == ()
        return
    (b0, o0, v0), (b1, o1, v1) = factors
    weight = v0 if v0 == v1 else (v1 - v0) / math.log(v1 / v0)
    wanted = [math.log(b1 / b0), math.log(o1 / b1 * b0 / o0), math.log(v1 / o1 * o0 / v0)]
    assert [part.amount for part in figure.contributions] == pytest.approx([weight * w for w in wanted], abs=1e-9)
    assert sum(part.amount for part in figure.contributions) == pytest.approx(v1 - v0, abs=1e-9)


OWN = {
    "spent": ({"sum": "amount", "of": "transactions"}, "SELECT coalesce(sum(cents), 0) / 100 FROM now"),
    "basket": (
        {"mean": "amount", "of": "transactions", "where": "amount > 0"},
        "SELECT avg(cents) / 100 FROM now WHERE cents > 0",
    ),
    "faces": ({"count": "customer_id", "of": "transactions"}, "SELECT count(DISTINCT customer_id) FROM now"),
    "toys": (
        {"share": "category = 'toys'", "of": "transactions"},
        "SELECT (count(*) FILTER (category = 'toys')) / nullif(count(*), 0) FROM now",
    ),
    "toy_buyers": (
        {"share": "category = 'toys'", "count": "customer_id", "of": "transactions", "where": "amount > 5"},
        """SELECT count(DISTINCT customer_id) FILTER (category = 'toys') / nullif(count(DISTINCT customer_id), 0)
        FROM now WHERE cents > 500""",
    ),
    "of_bonn": (
        {"share": "city = 'Bonn'", "of": "customers"},
        """SELECT (count(*) FILTER (city = 'Bonn')) / nullif(count(*), 0)
        FROM (SELECT DISTINCT customer_id FROM tx WHERE day <= $end) LEFT JOIN people USING (customer_id)""",
    ),
    "age_of_buyers": (
        {"mean": "age", "of": "customers", "where": "period_orders > 0", "unit": "index"},
        """SELECT avg(CAST(age AS INT)) FROM (SELECT DISTINCT customer_id FROM now WHERE bought)
        JOIN people USING (customer_id)""",
    ),
}
"""Key figures of a dataset file: what it says, and plain SQL."""

OWN_OF_CONTRACTS = {
    "signed": ({"count": "rows", "of": "subscriptions", "unit": "index"}, "SELECT count(*) FROM new"),
    "signed_s": (
        {"share": "plan = 'S'", "of": "subscriptions"},
        "SELECT (count(*) FILTER (plan = 'S')) / nullif(count(*), 0) FROM new",
    ),
    "price": ({"mean": "recurring_amount", "of": "subscriptions"}, "SELECT avg(cents) / 100 FROM new"),
    "still_open": (
        {"count": "customer_id", "of": "subscriptions", "where": '"end" is null'},
        "SELECT count(DISTINCT customer_id) FROM new WHERE runs_to > $end",
    ),
}
SIGNED = "WITH new AS (SELECT * FROM contracts WHERE start BETWEEN period_start($end) AND $end) "


def check_own(world: World, own: dict[str, tuple[dict[str, Any], str]], before: str) -> None:
    found = {figure.key: figure for figure in own_figures(world.base).figures}
    assert list(found) == list(own)
    for key, (_, query) in own.items():
        check_values(world, found, key, before + query)


@pytest.mark.parametrize("seed", [8, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(20, 26))])
def test_figures_of_the_dataset_file_of_a_shop(tmp_path: Path, seed: int) -> None:
    check_own(opened(tmp_path, shop(seed), key_figures={k: one for k, (one, _) in OWN.items()}), OWN, PERIOD)


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(20, 26))])
def test_figures_of_the_dataset_file_of_contracts(tmp_path: Path, seed: int) -> None:
    stated = {key: one for key, (one, _) in OWN_OF_CONTRACTS.items()}
    check_own(opened(tmp_path, company(seed), key_figures=stated), OWN_OF_CONTRACTS, SIGNED)


def test_value_is_what_the_sql_says(company_world: World) -> None:
    """The view that the other tests stand on: recurring amounts by customer, as the customer table has them."""
    (wanted,) = company_world.one(f"SELECT sum(cents) FROM ({raw_sql.recurring('today()')})")
    table = company_world.base.customers()
    sums = company_world.base.dataset.engine.collect(table.aggregate(a=table.recurring_amount.sum()))
    assert int(sums["a"].iloc[0]) == wanted
