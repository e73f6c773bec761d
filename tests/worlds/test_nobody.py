"""Worlds in which a question is asked of nobody are answered, too: nobody was there, and no page breaks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from segkit.churn.measure.risk import churn_risk
from segkit.churn.views.detail import cohort_churn_table, observed_churn_table
from segkit.privacy.suppression import hidden_cells, hidden_rows
from tests.worlds.drawn import Drawn
from tests.worlds.opened import opened

DAY = dt.date(2024, 6, 30)


def sold(*backs: int) -> Drawn:
    """A shop with one customer who bought so many days ago."""
    rows = [
        {"customer_id": "c1", "time": f"{DAY - dt.timedelta(days=back)} 12:00:00", "amount": "10", "order_id": ""}
        | {"category": "food"}
        for back in backs
    ]
    rules = {"relation": "non_contractual", "zero_amounts": "ignored", "value_months": 12, "margin": False}
    people = [{"customer_id": "c1", "city": "Bonn", "age": "40"}]
    return Drawn(0, DAY, "month", {"transactions": rows, "customers": people}, rules)


def test_nothing_is_hidden_of_no_groups() -> None:
    assert hidden_cells([], 5) == ()
    assert hidden_rows([], (), 5) == ()


def test_churn_where_nobody_could_leave_at_the_beginning(tmp_path: Path) -> None:
    """The only customer had not bought for longer than counts when the horizon began, and came back in it."""
    world = opened(tmp_path, sold(400, 5))
    risk = churn_risk(world.segmented("city"), horizon=1, unit="month", active_days=60)
    assert risk.refusal is not None
    assert risk.observed is not None
    assert risk.observed.cohorts.empty
    assert risk.observed.segments["customers"].sum() == 0
    assert cohort_churn_table(risk) is None
    block = observed_churn_table(risk)
    assert block is not None
    assert {m.value for m in block.metrics if m.key.endswith("_customers")} == {0}
