"""Lapsed by one's own rhythm, against plain SQL over the same log, and by hand at the limit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pytest

from segkit.churn.measure.departures import ChurnDefinition, departures, eligible
from segkit.churn.measure.rhythm import Rhythm
from segkit.customers import CustomerBase
from segkit.data.engine import Engine
from tests.customers.plain_sql import BY_DAY
from tests.value.measure.value_worlds import simulated

DAY, END = dt.date(2024, 10, 31), dt.date(2024, 11, 28)
RHYTHM = Rhythm(2.5, 45.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rhythm")


@pytest.fixture(scope="module")
def base(folder: Path) -> CustomerBase:
    return simulated(folder, 500)


def test_who_can_lapse_and_who_has_is_what_plain_sql_says(base: CustomerBase, folder: Path) -> None:
    log = folder / "log.parquet"
    wanted = duckdb.sql(
        f"""with a as ({BY_DAY.format(day=DAY, log=log)}), b as ({BY_DAY.format(day=END, log=log)})
        select customer_id, (b.silent > b.longest)::int, a.longest, a.silent from a join b using (customer_id)
        where a.silent <= a.longest order by 1"""
    ).fetchall()
    definition = ChurnDefinition(contractual=False, rhythm=RHYTHM)
    arrow = base.dataset.engine.backend.to_pyarrow
    told = arrow(departures(base, definition, DAY, (dt.date(2024, 11, 14), END)).order_by("customer_id")).to_pylist()
    assert [(row["customer_id"], row["left"]) for row in told] == [row[:2] for row in wanted]
    assert [row["period"] for row in told] == [2 * row[1] for row in wanted]
    assert 20 < sum(row["left"] for row in told) < len(told) - 20
    there = arrow(eligible(base, definition, DAY).order_by("customer_id")).to_pylist()
    assert [row["customer_id"] for row in there] == [row[0] for row in wanted]
    assert [row["lapse_limit"] for row in there] == pytest.approx([row[2] for row in wanted], abs=1e-6)
    assert [row["lapse_silent"] for row in there] == [row[3] for row in wanted]
    # active_days does not count, and nothing after the day does
    other = ChurnDefinition(contractual=False, rhythm=RHYTHM, active_days=1)
    assert arrow(eligible(base, other, DAY)).num_rows == len(wanted)


def test_the_limit_itself_is_no_lapse() -> None:
    """Every ten days: a silence of thirty days is three times the gap, not longer; who bought once has a stated gap."""
    start = dt.date(2024, 1, 1)
    rows = [(1, 0), (1, 10), (1, 20), (2, 0), (3, 5), (3, 5), (4, 0), (4, 1)]
    table = pa.table(
        {"customer_id": [who for who, _ in rows], "day": [start + dt.timedelta(days=at) for _, at in rows]}
    )
    engine = Engine.connect("duckdb://")
    engine.backend.create_table("log", table)

    def lapsed(after: int) -> dict[int, int]:
        status = Rhythm(3.0, 20.0).status(engine.backend.table("log"), start + dt.timedelta(days=after))
        frame = engine.collect(status.select("customer_id", "lapsed").order_by("customer_id"))
        return dict(zip(frame["customer_id"].tolist(), frame["lapsed"].tolist(), strict=True))

    assert lapsed(4) == {1: 0, 2: 0, 4: 0}
    assert lapsed(5) == {1: 0, 2: 0, 3: 0, 4: 1}
    assert lapsed(50) == {1: 0, 2: 0, 3: 0, 4: 1}
    assert lapsed(51) == {1: 1, 2: 0, 3: 0, 4: 1}
    assert (lapsed(60)[2], lapsed(61)[2], lapsed(65)[3], lapsed(66)[3]) == (0, 1, 0, 1)


def test_a_day_is_the_shortest_gap() -> None:
    """Nobody lapses within hours: who bought on two days running has a usual gap of a day."""
    found = Rhythm(2.0, 30.0).limit(ibis.literal(9), ibis.literal(3))
    assert Engine.connect("duckdb://").backend.to_pyarrow(found).as_py() == 2.0
