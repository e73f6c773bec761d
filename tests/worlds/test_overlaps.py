"""Contracts of one customer that overlap, in data in which none follows another: one end, and the reason of the last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from segkit.churn.measure.departures import ChurnDefinition, departures
from tests.worlds.drawn import FORCED, Drawn, Row
from tests.worlds.opened import day, opened
from tests.worlds.test_churn_contracts import leavers

DAY = dt.date(2024, 12, 31)


CONTRACTS = (
    (("2024-01-10", "2024-03-20", "cancelled"), ("2024-03-10", "2024-10-05", FORCED)),
    (("2024-01-10", "2024-03-20", FORCED), ("2024-02-01", "2024-03-15", "cancelled")),
    (("2024-01-10", "2024-04-20", "cancelled"), ("2024-02-01", "2024-04-20", FORCED)),
    (("2024-01-10", "2024-04-20", FORCED), ("2024-02-01", "2024-05-20", "cancelled")),
    (("2024-01-10", "2024-02-20", "cancelled"), ("2024-02-15", "", "")),
    (("2024-01-01", "", ""),),
)
"""Of each customer: start, end, reason."""
SPANS = (("2024-01-31", "2024-03-31"), ("2024-02-29", "2024-05-31"), ("2024-03-31", "2024-10-31"))


@pytest.mark.parametrize("gap", [0, pytest.param(None, marks=pytest.mark.slow)])
def test_who_has_another_contract_has_not_left(tmp_path: Path, gap: int | None) -> None:
    rows: list[Row] = [
        {
            "customer_id": f"c{who}",
            "start": start,
            "end": end,
            "plan": "S",
            "recurring_amount": "5",
            "end_reason": why,
        }
        for who, contracts in enumerate(CONTRACTS)
        for start, end, why in contracts
    ]
    tables = {"subscriptions": rows, "customers": [{"customer_id": "c1", "city": "Bonn", "age": "40"}]}
    rules = {"relation": "contractual", "zero_amounts": "ignored", "value_months": 12, "margin": False}
    rules |= {"followed_within": gap, "end_is": "last_day"}
    world = opened(tmp_path, Drawn(0, DAY, "month", tables, rules))
    assert not any("followed" in note for note in world.base.dataset.quality.notes)
    definition = ChurnDefinition(True, involuntary=(FORCED,))
    for since, until in SPANS:
        first, last = dt.date.fromisoformat(since), dt.date.fromisoformat(until)
        frame = world.base.dataset.engine.collect(departures(world.base, definition, first, (last,)))
        found = {(r.customer_id, bool(r.left), bool(r.involuntary)) for r in frame.itertuples()}
        told = leavers(day(first), day(last))
        assert found == set(world.rows(f"SELECT customer_id, gone, gone AND forced FROM ({told})"))
