"""Who could leave and who has left, against pandas over the same rows: by category, and by choice alone."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from segkit.churn.measure.departures import ChurnDefinition, departures, eligible
from tests.customers.worlds import World

DAY = dt.date(2025, 6, 30)
ENDS = (dt.date(2025, 7, 31), dt.date(2025, 8, 31))


def frame(world: World, name: str) -> pd.DataFrame:
    dataset = world.base.dataset
    found: pd.DataFrame = dataset.engine.backend.to_pyarrow(dataset.tables[name]).to_pandas()
    return found


def counted(world: World, definition: ChurnDefinition) -> pd.DataFrame:
    told = departures(world.base, definition, DAY, ENDS)
    found: pd.DataFrame = world.base.dataset.engine.backend.to_pyarrow(told).to_pandas().set_index("customer_id")
    return found.sort_index()


def test_no_recharge(telecom: World) -> None:
    definition = ChurnDefinition(contractual=False, category="recharge", active_days=90)
    rows = frame(telecom, "transactions")
    rows = rows[rows["is_purchase"] & (rows["category"] == "recharge")]
    days = pd.to_datetime(rows["day"])
    start = pd.Timestamp(DAY)
    there = set(rows["customer_id"][(days > start - pd.Timedelta(days=90)) & (days <= start)])
    stayed = set(rows["customer_id"][(days > start) & (days <= pd.Timestamp(ENDS[-1]))])
    found = counted(telecom, definition)
    assert set(found.index) == there
    assert set(found.index[found["left"] == 1]) == there - stayed
    assert 0 < found["left"].sum() < len(found)


def test_who_could_fall_silent_is_who_is_eligible(telecom: World) -> None:
    for category in ("", "recharge"):
        definition = ChurnDefinition(contractual=False, category=category, active_days=60)
        people = eligible(telecom.base, definition, DAY).select("customer_id")
        ids = telecom.base.dataset.engine.backend.to_pyarrow(people)["customer_id"].to_pylist()
        assert sorted(ids) == counted(telecom, definition).index.tolist()


def test_involuntary_ends_are_apart(telecom: World) -> None:
    rows = frame(telecom, "subscriptions")
    start, end = pd.to_datetime(rows["start"]), pd.to_datetime(rows["end"])
    ran = rows[(start <= pd.Timestamp(DAY)) & ~(end <= pd.Timestamp(DAY))]
    gone = pd.to_datetime(ran["end"]) <= pd.Timestamp(ENDS[-1])
    forced = gone & (ran["end_reason"] == "payment failed")
    every = counted(telecom, ChurnDefinition(contractual=True, involuntary=("payment failed",)))
    assert (len(every), every["left"].sum(), every["involuntary"].sum()) == (len(ran), gone.sum(), forced.sum())
    first = pd.to_datetime(ran["end"]) <= pd.Timestamp(ENDS[0])
    assert (every["period"] == 1).sum() == first.sum()
    chosen = counted(telecom, ChurnDefinition(contractual=True, involuntary=("payment failed",), voluntary_only=True))
    assert len(chosen) == len(ran) - forced.sum()
    assert chosen["left"].sum() == (gone & ~forced).sum() > 0
