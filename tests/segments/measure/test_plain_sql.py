"""Sizes, values, migration, concentration and key figures against plain SQL, money to the cent."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter

import pandas as pd
import pytest

from segkit.kpis.measure.key_figures import key_figures
from segkit.segments.measure.moves import migration
from segkit.segments.measure.sizes import segment_sizes
from segkit.value.measure.concentrations import concentration
from tests.customers import plain_sql as customers_sql
from tests.customers.made import showing
from tests.customers.worlds import World
from tests.segments.kinds import plain_sql
from tests.segments.kinds.cases import GROCERY, TELECOM, Case, names, segmented

WORLDS = [("grocery", name) for name in GROCERY] + [("telecom", name) for name in TELECOM]


@pytest.fixture
def world(request: pytest.FixtureRequest, which: str) -> World:
    """The data set of that name."""
    found = request.getfixturevalue(which)
    assert isinstance(found, World)
    return found


def _case(which: str, name: str) -> Case:
    return GROCERY[name] if which == "grocery" else TELECOM[name]


@pytest.mark.parametrize(("which", "name"), WORLDS)
def test_sizes_and_values(world: World, which: str, name: str) -> None:
    case = _case(which, name)
    found = segmented(world, case.definition)
    sizes = segment_sizes(showing(found, 1))
    places = names(case, found)
    order = {place: segment.name for place, segment in enumerate(found.segmentation.all_segments)}
    history = sizes.history.set_index(["date", "segment"])["customers"]
    for end, customers, value in (
        (world.base.as_of, "customers", "value"),
        (world.base.previous, "previous_customers", "previous_value"),
    ):
        assert end is not None
        rows = {r["segment"]: r for r in world.sql(plain_sql.sizes(case.sql(end))).to_pylist()}
        # the grocer's purchases begin in 2017, so that a week earlier twelve months of value are not whole
        known = which == "telecom" or end == world.base.as_of
        wanted = {
            order[places[called]]: (r["customers"], int(r["value"]) if known else None) for called, r in rows.items()
        }
        shown = {
            r["segment"]: (r[customers], None if math.isnan(r[value]) else round(r[value] * 100))
            for r in sizes.frame.to_dict("records")
            if r[customers]
        }
        assert shown == wanted
        assert {s: n for s, n in history[end].items() if n} == {s: n for s, (n, _) in wanted.items()}
        # to the cent, not only after rounding
        assert not known or all(r[value] == round(r[value] * 100) / 100 for r in sizes.frame.to_dict("records"))
    whole = world.row(f"SELECT count(*), sum(value) FROM ({case.sql(world.base.as_of)})")
    assert (sizes.total_customers, round(sizes.total_value * 100)) == (whole[0], int(str(whole[1])))
    left = None
    if which == "telecom":
        (left,) = world.row(
            f"""SELECT count(*) FROM (
                SELECT customer_id FROM contracts WHERE start <= DATE '{world.base.as_of}' GROUP BY customer_id
                HAVING bool_and("end" IS NOT NULL AND "end" <= DATE '{world.base.as_of}')
            )"""
        )
    assert sizes.total_left == left
    assert sizes.frame["share"].sum() == pytest.approx(1, abs=1e-12)
    assert sizes.frame["value_share"].sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("which", "name"), WORLDS)
def test_migration(world: World, which: str, name: str) -> None:
    case = _case(which, name)
    found = segmented(world, case.definition)
    moves = migration(showing(found, 1))
    assert moves is not None
    places = names(case, found)
    order = {called: found.segmentation.all_segments[place].name for called, place in places.items()}
    rows = world.sql(plain_sql.migration(case.sql(moves.previous_end), case.sql(moves.end))).to_pylist()
    assert all(row["target"] is not None for row in rows), "nobody vanishes"
    flows = {
        (order[row["source"]], order[row["target"]]): (row["customers"], int(row["value"]))
        for row in rows
        if row["source"] is not None and row["source"] != row["target"]
    }
    shown = {
        (r["from_segment"], r["to_segment"]): (r["customers"], round(r["value"] * 100))
        for r in moves.flows.to_dict("records")
    }
    assert shown == flows
    previous: Counter[str] = Counter()
    now: Counter[str] = Counter()
    arrived: Counter[str] = Counter()
    for row in rows:
        now[order[row["target"]]] += row["customers"]
        (previous if row["source"] is not None else arrived)[order[row["source"] or row["target"]]] += row[
            "customers"
        ]
    balance = moves.balance.set_index("segment")
    assert {s: n for s, n in balance["previous"].items() if n} == dict(previous)
    assert {s: n for s, n in balance["arrived"].items() if n} == dict(arrived)
    assert {s: n for s, n in balance["now"].items() if n} == dict(now)
    assert (balance.previous + balance.arrived + balance.moved_in - balance.moved_out == balance.now).all()


@pytest.mark.parametrize("which", ["grocery", "telecom"])
def test_concentration(world: World, which: str) -> None:
    found = concentration(world.base)
    customers = (
        customers_sql.grocery_customers(world.base.as_of)
        if which == "grocery"
        else customers_sql.telecom_customers(world.base.as_of, usage_days=60)
    )
    values = sorted(
        (int(v) for v in world.sql(f"SELECT value FROM ({customers})")["value"].to_pylist()), reverse=True
    )
    n, total = len(values), sum(values)
    assert (found.customers, round(found.total * 100)) == (n, total)
    assert found.below_zero == sum(value < 0 for value in values)
    # half the mean absolute difference of all pairs, relative to the mean: another formula than segkit's
    positive = [max(value, 0) for value in values]
    differences = world.row(
        f"""WITH c AS MATERIALIZED (SELECT greatest(value, 0)::BIGINT AS v FROM ({customers}))
        SELECT sum(abs(a.v - b.v))::HUGEINT FROM c AS a CROSS JOIN c AS b"""
    )[0]
    assert found.gini == pytest.approx(int(str(differences)) / (2 * n * sum(positive)), rel=1e-12)
    for share, brought in found.top_shares.items():
        assert brought == pytest.approx(sum(values[: -(-int(share * 100) * n // 100)]) / total, rel=1e-12)
    assert found.share_for_80 is not None
    for_80 = round(found.share_for_80 * n)
    assert sum(values[:for_80]) >= 0.8 * total > sum(values[: for_80 - 1])
    assert len(found.lorenz) == 101
    rising = values[::-1]
    for point in (0, 1, 37, 50, 99, 100):
        row = found.lorenz.iloc[point]
        rank = -(-n * point // 100)
        assert row["customers_share"] == rank / n
        assert row["value_share"] == pytest.approx(sum(rising[:rank]) / total, abs=1e-12)
    assert found.deciles["customers"].sum() == n
    assert round(found.deciles["value"].sum() * 100) == total
    assert found.deciles["value"].is_monotonic_decreasing
    assert found.deciles["customers"].max() - found.deciles["customers"].min() <= 1


def test_key_figures_of_the_grocer(grocery: World) -> None:
    found = {figure.key: figure for figure in key_figures(grocery.base)}
    for place, end in enumerate(grocery.base.ends):
        buyers, revenue, orders = grocery.row(
            f"""SELECT count(DISTINCT customer_id) FILTER (cents > 0), sum(cents)::BIGINT,
                       count(DISTINCT order_id) FILTER (cents > 0)
            FROM tx WHERE day BETWEEN DATE '{end}' - 6 AND DATE '{end}'"""
        )
        assert isinstance(revenue, int)
        assert isinstance(orders, int)
        assert found["active_customers"].values[place] == buyers
        assert found["net_revenue"].values[place] == revenue / 100
        assert found["orders"].values[place] == orders
        assert found["revenue_per_order"].values[place] == revenue / 100 / orders
    assert found["net_revenue"].dates == grocery.base.ends
    now, before = (
        grocery.row(f"""
            SELECT count(DISTINCT customer_id) FILTER (cents > 0), count(DISTINCT order_id) FILTER (cents > 0),
                sum(cents) / 100
            FROM tx WHERE day BETWEEN DATE '{end}' - 6 AND DATE '{end}'""")
        for end in (grocery.base.as_of, grocery.base.previous)
    )
    weight = (now[2] - before[2]) / math.log(now[2] / before[2])
    wanted = {
        "households who bought": weight * math.log(now[0] / before[0]),
        "orders per buyer": weight * math.log(now[1] / now[0] * before[0] / before[1]),
        "net revenue an order": weight * math.log(now[2] / now[1] * before[1] / before[2]),
    }
    parts = {part.factor: part.amount for part in found["net_revenue"].contributions}
    assert parts == pytest.approx(wanted, rel=1e-9)
    assert sum(parts.values()) == pytest.approx(found["net_revenue"].change, rel=1e-9)


def test_key_figures_of_the_telecom(telecom: World) -> None:
    found = {figure.key: figure for figure in key_figures(telecom.base)}
    for place, end in enumerate(telecom.base.ends):
        running, recurring = telecom.row(
            f"""SELECT count(DISTINCT customer_id), sum(recurring_cents)::BIGINT FROM contracts
            WHERE start <= DATE '{end}' AND ("end" IS NULL OR "end" > DATE '{end}')"""
        )
        (began,) = telecom.row(
            f"""SELECT count(*) FROM (SELECT min(start) AS first FROM contracts GROUP BY customer_id)
            WHERE first BETWEEN DATE '{end}' - 6 AND DATE '{end}'"""
        )
        (left,) = telecom.row(
            f"""SELECT count(*) FROM (
                SELECT customer_id FROM contracts WHERE start <= DATE '{end}' GROUP BY customer_id
                HAVING bool_and("end" IS NOT NULL AND "end" <= DATE '{end}') AND max("end") > DATE '{end}' - 7
            )"""
        )
        assert isinstance(recurring, int)
        assert found["under_contract"].values[place] == running
        assert found["recurring_revenue"].values[place] == recurring / 100
        assert found["began"].values[place] == began
        assert found["left"].values[place] == left


def test_those_overdue_are_the_segment(grocery: World) -> None:
    found = segmented(grocery, GROCERY["rhythm"].definition)
    figure = next(figure for figure in key_figures(grocery.base, found) if figure.key == "overdue")
    history = segment_sizes(found).history
    counted = history[history["segment"] == "Overdue"].set_index("date")["customers"]
    assert figure.values == tuple(float(counted[end]) for end in grocery.base.ends)
    assert isinstance(figure.dates[0], dt.date)


def test_totals_are_asked_for_once(grocery: World) -> None:
    found = segmented(grocery, GROCERY["value"].definition)
    usage = grocery.base.dataset.engine.usage
    found.assigned()
    for end in grocery.base.ends:
        found.assigned(end)
    before = usage.queries
    first = found.all_totals()
    assert usage.queries == before + 1
    pd.testing.assert_frame_equal(found.totals(grocery.base.as_of), first[grocery.base.as_of])
    assert usage.queries == before + 1
