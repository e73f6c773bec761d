"""Histories of key figures are the sums of the customer tables, and what plain Python counts."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

from segkit.customers import CustomerBase
from segkit.customers.periods import period_ending
from segkit.kpis.measure.figure_histories import Histories, histories
from segkit.kpis.measure.sampling_errors import contract_errors
from tests.customers.made import arrow_table, hard_tables, made_base
from tests.customers.worlds import World

END = dt.date(2025, 1, 31)


def base_of(grocery: World, period: str, periods: int = 6) -> CustomerBase:
    tables = {name: table for name, table in hard_tables().items() if name in ("transactions", "subscriptions")}
    return made_base(
        grocery.base.dataset, tables, END, known_from=dt.date(2023, 12, 31), period=period, periods=periods
    )


def rows(name: str) -> list[dict[str, Any]]:
    return hard_tables()[name].to_pylist()


def running(day: dt.date) -> list[dict[str, Any]]:
    return [row for row in rows("subscriptions") if row["start"] <= day and (row["end"] is None or row["end"] > day)]


def known(found: Histories, name: str) -> dict[dt.date, float]:
    return {end: value for end, value in zip(found.ends, found.sums[name], strict=True) if not math.isnan(value)}


@pytest.mark.parametrize("period", ["week", "month", "day"])
def test_sums_of_purchases_as_plain_python_has_them(grocery: World, period: str) -> None:
    found = histories(base_of(grocery, period))
    assert len(found.ends) > 10
    for end, revenue in known(found, "period_revenue").items():
        start = period_ending(end, period).start
        mine = [row for row in rows("transactions") if start <= row["day"] <= end]
        assert revenue == sum(row["amount"] for row in mine)
        buyers = {row["customer_id"] for row in mine if row["is_purchase"]}
        assert found.sums["period_buyers"][found.ends.index(end)] == len(buyers)


@pytest.mark.parametrize("period", ["week", "month"])
def test_stocks_and_flows_of_contracts_as_plain_python_has_them(grocery: World, period: str) -> None:
    found = histories(base_of(grocery, period))
    stock = known(found, "under_contract")
    assert len(stock) > 10
    for end, value in stock.items():
        there = running(end)
        assert value == len({row["customer_id"] for row in there})
        assert found.sums["recurring"][found.ends.index(end)] == sum(row["recurring_amount"] or 0 for row in there)
    people = {row["customer_id"] for row in rows("subscriptions")}
    since = {who: min(r["start"] for r in rows("subscriptions") if r["customer_id"] == who) for who in people}
    for end, value in known(found, "begun").items():
        assert value == sum(period_ending(end, period).start <= day <= end for day in since.values())
    for end, value in known(found, "ended").items():
        start = period_ending(end, period).start
        # these rows are in no spells, so each is a time under contract of its own
        gone = {
            row["customer_id"]
            for row in rows("subscriptions")
            if row["end"] is not None and start <= row["end"] <= end and row["start"] <= end
        }
        assert value == len(gone)


def test_periods_before_the_first_end_are_not_known(grocery: World) -> None:
    """Who had left before ends were kept is not in the data, so a stock before that is too small."""
    table = arrow_table(
        "subscriptions",
        {
            "customer_id": [1, 2, 3],
            "start": [dt.date(2023, 1, 1)] * 3,
            "end": [None, dt.date(2024, 6, 5), None],
            "plan": ["S"] * 3,
            "recurring_amount": [100] * 3,
        },
    )
    base = made_base(
        grocery.base.dataset, {"subscriptions": table}, END, known_from=dt.date(2023, 1, 1), period="month",
        relation="contractual",
    )  # fmt: skip
    found = histories(base)
    assert next(iter(known(found, "under_contract"))) == dt.date(2024, 7, 31)
    assert set(known(found, "under_contract").values()) == {2.0}


def test_a_panel_that_buys_the_same_every_week_has_no_sampling_error(grocery: World) -> None:
    """A floor of Poisson's would call an unusual week of the most loyal customers chance."""

    def errors(amount: Any) -> dict[str, float]:
        days = [END - dt.timedelta(days=7 * week) for week in range(6)]
        entries = [(who, day, amount(who, at)) for who in range(1, 41) for at, day in enumerate(days)]
        table = arrow_table(
            "transactions",
            {
                "customer_id": [who for who, _, _ in entries],
                "day": [day for _, day, _ in entries],
                "amount": [money for _, _, money in entries],
                "is_purchase": [True] * len(entries),
                "order_id": list(range(len(entries))),
                "margin": [0] * len(entries),
            },
        )
        made = made_base(
            grocery.base.dataset, {"transactions": table}, END, known_from=days[-1] - dt.timedelta(6), period="week"
        )
        return {name: found.error for name, found in histories(made).errors.items()}

    names = ("period_revenue", "period_orders", "period_buyers", "revenue_per_order")
    assert errors(lambda who, _: 1_000 * who) == dict.fromkeys(names, 0.0)
    # each spends 10.00 more or less than the week before: 40 customers, a standard error of 10 × √(40 / 2)
    assert errors(lambda _, at: 1_000 * (1 + at % 2))["period_revenue"] == pytest.approx(1_000 * math.sqrt(20))


def test_few_queries_whatever_the_number_of_periods(grocery: World) -> None:
    base = base_of(grocery, "week", periods=2)
    base.daily_purchases()
    before = base.dataset.engine.usage.queries
    histories(base)
    assert base.dataset.engine.usage.queries == before + 6


def test_single_contracts_move_a_stock_by_the_squares_of_their_changes(grocery: World) -> None:
    """As plain Python counts them, in every sixth week; and a few make it where one of them is large."""
    base = base_of(grocery, "week")
    ends = histories(base).ends
    spans = tuple((period_ending(end, "week").start, end) for end in ends)
    seen = set()
    for last in range(2, len(spans) + 1, 6):
        (before, now) = (spans[last - 2][1], spans[last - 1][1])
        people: dict[Any, list[int]] = {}
        for sign, day in ((-1, before), (1, now)):
            there = running(day)
            for who in {row["customer_id"] for row in there}:
                amount = sum(row["recurring_amount"] or 0 for row in there if row["customer_id"] == who)
                one = people.setdefault(who, [0, 0])
                one[0] += sign * amount
                one[1] += sign
        found = contract_errors(base, spans[:last])
        squares = [math.floor(amount / 100 + 0.5) ** 2 for amount, _ in people.values()]
        assert found["recurring"].error == pytest.approx(math.sqrt(sum(squares)) * 100)
        assert found["under_contract"].error == math.sqrt(sum(there**2 for _, there in people.values()))
        assert found["recurring"].by_few == (0 < sum(squares) < 5 * max(squares, default=0))
        seen.add(found["recurring"].by_few)
    assert seen == {True, False}


def test_what_it_would_be_without_a_few_customers_is_as_plain_python_counts(grocery: World) -> None:
    base = base_of(grocery, "month")
    found = histories(base)
    spans = [(period_ending(end, "month").start, end) for end in found.ends[-2:]]
    paid: dict[Any, list[int]] = {}
    for row in rows("transactions"):
        for at, (start, end) in enumerate(spans):
            if start <= row["day"] <= end:
                paid.setdefault(row["customer_id"], [0, 0])[at] += row["amount"]
    changes = sorted(now - before for before, now in paid.values())
    total = sum(now for _, now in paid.values())
    up = [total - sum(change for change in changes[::-1][:many] if change > 0) for many in range(1, 5)]
    down = [total - sum(change for change in changes[:many] if change < 0) for many in range(1, 5)]
    assert found.errors["period_revenue"].without == (*up, *down)
    assert len(set(up)) > 1
    assert len(found.errors["revenue_per_order"].without) == len(up + down)
