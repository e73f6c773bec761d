"""One definition of a customer's end: who left and came back after the gap has left, on every page."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pytest

from segkit.campaigns.measure.outcomes import window, with_outcomes
from segkit.churn.measure.curves import contract_months
from segkit.churn.measure.departures import ChurnDefinition, departures
from segkit.forecast.contracts import ALL, fit_contracts
from segkit.forecast.held_out import months_between
from segkit.forecast.horizon import Horizon
from segkit.forecast.options import ValueOptions
from segkit.kpis.measure.figure_histories import histories
from segkit.kpis.measure.key_figures import key_figures
from tests.worlds import raw_sql
from tests.worlds.drawn import Drawn, Row, company
from tests.worlds.opened import World, day, opened
from tests.worlds.test_churn_contracts import lengths

AS_OF = dt.date(2024, 11, 30)
BEFORE = dt.date(2024, 10, 31)
CONTRACTS: dict[str, tuple[tuple[str, str], ...]] = {
    "stayed": (("2024-01-10", ""),),
    "stayed, and renews late in a month": (("2024-01-26", ""),),
    "left": (("2024-01-10", "2024-11-05"),),
    "came back": (("2024-01-10", "2024-11-05"), ("2024-11-20", "")),
    "came back and left": (("2024-01-10", "2024-11-02"), ("2024-11-12", "2024-11-20")),
    "changed plan": (("2024-01-10", "2024-11-05"), ("2024-11-12", "")),
    "two at once": (("2024-01-10", "2024-11-05"), ("2024-01-10", "")),
    "two at once, both ended": (("2024-01-10", "2024-11-05"), ("2024-01-10", "2024-11-09")),
    "began and left": (("2024-11-03", "2024-11-09"),),
    "in doubt": (("2024-01-10", "2024-11-28"),),
    "long ago": (("2023-01-05", "2023-01-09"),),
}
"""Of each customer: first and last day of contracts."""
LEFT = {"left", "came back", "came back and left", "two at once, both ended"}
"""Of those who were there at the end of October."""


def signed_by(folder: Path, signed: dict[str, tuple[tuple[str, str], ...]], gap: int) -> World:
    rows: list[Row] = [
        {"customer_id": who, "start": start, "end": end, "plan": "S", "recurring_amount": "5", "end_reason": ""}
        for who, contracts in signed.items()
        for start, end in contracts
    ]
    tables = {"subscriptions": rows, "customers": [{"customer_id": "left", "city": "Bonn", "age": "40"}]}
    rules = {"relation": "contractual", "zero_amounts": "ignored", "value_months": 12, "margin": False}
    rules |= {"followed_within": gap, "end_is": "last_day"}
    return opened(folder, Drawn(0, AS_OF, "month", tables, rules))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return signed_by(tmp_path_factory.mktemp("ends"), CONTRACTS, 7)


def test_the_churn_page_counts_who_was_there(world: World) -> None:
    told = departures(world.base, ChurnDefinition(True), BEFORE, (AS_OF,))
    frame = world.base.dataset.engine.collect(told)
    assert set(frame.loc[frame["left"] == 1, "customer_id"]) == LEFT
    assert set(frame.loc[frame["left"] == 0, "customer_id"]) == {
        *("stayed", "changed plan", "two at once"),
        "stayed, and renews late in a month",
    }


@pytest.mark.parametrize("step", [1, 5, 9, 14])
def test_a_longer_horizon_never_counts_fewer(world: World, step: int) -> None:
    ends = [BEFORE + dt.timedelta(days=days) for days in range(step, 24, step)]
    counted = [
        set(frame.loc[frame["left"] == 1, "customer_id"])
        for frame in (
            world.base.dataset.engine.collect(departures(world.base, ChurnDefinition(True), BEFORE, (end,)))
            for end in ends
        )
    ]
    assert all(before <= after for before, after in itertools.pairwise(counted))
    assert counted[-1] == LEFT


def test_the_key_figure_and_its_history_count_everybody(world: World) -> None:
    """Whoever left twice is one customer who left; while one is in doubt, the page does not say how many left."""
    wanted = len(LEFT | {"began and left"})
    figure = next(one for one in key_figures(world.base) if one.key == "left")
    assert figure.values[-1] is None
    assert figure.unsettled == (AS_OF,)
    assert "not followed by another within 7 days" in figure.definition
    assert histories(world.base).sums["ended"][-1] == wanted


def test_a_campaign_counts_the_same_ends(world: World) -> None:
    everybody = world.base.customers().select("customer_id")
    stretch = window(BEFORE + dt.timedelta(days=1), AS_OF, world.base)
    frame = world.base.dataset.engine.collect(with_outcomes(everybody, world.base, everybody, (), stretch))
    assert set(frame.loc[(frame["gone"] == 1) & (frame["doubt"] == 0), "customer_id"]) == LEFT
    assert set(frame.loc[frame["doubt"] == 1, "customer_id"]) == {"in doubt"}
    assert set(frame.loc[frame["gone"].isna(), "customer_id"]) == {"began and left", "long ago"}


def test_retention_counts_each_time_under_contract(world: World) -> None:
    contracts = contract_months(world.base)
    # seen to 23 November, when all ends were certain: ten renewals, or nine and the tenth was not made
    frame = world.base.dataset.engine.collect(contracts.group_by("months", "gone").aggregate(n=contracts.count()))
    assert {(r.months, r.gone): r.n for r in frame.itertuples()} == {(10, 0): 4, (10, 1): 4, (9, 0): 1}


def test_a_contract_that_is_followed_runs_in_the_gap(world: World) -> None:
    """From 5 to 12 November are seven days, the gap."""
    customers = world.base.at(dt.date(2024, 11, 8))
    frame = world.base.dataset.engine.collect(customers.select("customer_id", "status", "contracts"))
    told = {row.customer_id: (row.status, int(row.contracts)) for row in frame.itertuples()}
    assert told["changed plan"] == ("active", 1)
    assert told["came back"] == ("ended", 1)


def test_two_that_begin_on_one_day_are_one_time_under_contract(tmp_path: Path) -> None:
    """Where none follows another, and no two begin on different days and overlap."""
    signed = {"two": (("2024-01-10", "2024-05-05"), ("2024-01-10", "")), "left": (("2024-02-01", ""),)}
    signed["long ago"] = CONTRACTS["long ago"]
    world = signed_by(tmp_path, signed, 0)
    contracts = contract_months(world.base)
    facts = world.base.dataset.engine.collect(contracts.aggregate(n=contracts.count(), gone=contracts.gone.sum()))
    assert (int(facts["n"].iloc[0]), int(facts["gone"].iloc[0])) == (2, 0)
    frame = world.base.dataset.engine.collect(
        departures(world.base, ChurnDefinition(True), dt.date(2024, 4, 30), (dt.date(2024, 5, 31),))
    )
    assert frame["left"].sum() == 0


@pytest.mark.parametrize("seed", [2, 5, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(50, 56))])
def test_months_to_come_learn_from_the_same_ends(tmp_path: Path, seed: int) -> None:
    world = opened(tmp_path, company(seed, customers=150, reach=800), periods=1)
    forecast = fit_contracts(world.base, world.base.as_of, ValueOptions())
    found = forecast.models[ALL]
    counted = world.rows(
        f"""SELECT month, count(*) FILTER (entry < month AND months >= month),
            count(*) FILTER (entry < month AND months = month AND gone)
        FROM (SELECT range::INT AS month FROM range(1, 49)), ({lengths(world)}) GROUP BY month ORDER BY month"""
    )
    for month, there, gone in counted:
        if there:
            assert (found.at_risk[month - 1], found.gone[month - 1]) == (there, gone), month
    kept = f"(SELECT min(runs_to) FROM contracts WHERE runs_to < {raw_sql.NEVER})"
    first = f"greatest(CAST(certain() - 365 AS DATE), CAST(greatest({kept}, (SELECT min(since) FROM spells)) - 1 AS DATE))"
    left, days = world.one(
        f"""SELECT count(*) FILTER (until > {first} AND until <= certain()),
            sum(greatest(least(until, certain()) - greatest(since, {first}), 0)) FROM spells WHERE since <= certain()"""
    )
    assert forecast.churn == pytest.approx(min(left / (days / 30.4375), 1.0), rel=1e-9)


def test_who_has_left_brings_nothing_and_is_lost(tmp_path: Path) -> None:
    world = opened(tmp_path, company(2, customers=150, reach=800), periods=1)
    since = world.base.as_of
    horizon = Horizon(since, since + dt.timedelta(days=365))
    scored = fit_contracts(world.base, since, ValueOptions()).score(world.base.customers(), horizon)
    frame = world.base.dataset.engine.collect(scored.select("status", "risk", "future", "expected"))
    gone, there = frame[frame["status"] == "ended"], frame[frame["status"] == "active"]
    assert len(gone) > 10
    assert set(gone["risk"]) == {1.0}
    assert gone["future"].sum() == 0
    assert there["risk"].between(0, 1, inclusive="neither").all()


@pytest.mark.parametrize("seed", [3, 6, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(60, 66))])
def test_what_came_in_are_months_under_contract(tmp_path: Path, seed: int) -> None:
    world = opened(tmp_path, company(seed, customers=60, reach=800), periods=1)
    until = world.drawn.as_of
    since = until - dt.timedelta(days=200)
    made = "greatest(floor(place(least(last, {0})) - place(since) + 1e-9), 0)"
    wanted = world.by(
        f"""SELECT customer_id, CAST(sum({made.format(day(until))} - {made.format(day(since))}) AS INT)
        FROM spells GROUP BY customer_id"""
    )
    frame = world.base.dataset.engine.collect(months_between(world.base, since, until))
    assert dict(zip(frame["customer_id"], frame["made"].astype(int), strict=True)) == wanted
    assert len(set(wanted.values())) > 2
