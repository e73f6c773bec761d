"""Contracts that follow each other are one, for everything that asks who left."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segkit.churn.measure.curves import contract_months
from segkit.churn.measure.departures import ChurnDefinition, departures
from segkit.churn.measure.risk import churn_risk
from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.errors import ParameterError
from segkit.kpis.measure.key_figures import key_figures
from segkit.segments.measure.assign import segment
from tests.cases import copied as case
from tests.data.conftest import Shop


def month(year: int, number: int) -> dt.date:
    """Last day of a month."""
    return (dt.date(year + number // 12, number % 12 + 1, 1)) - dt.timedelta(days=1)


def opened(folder: Path, as_of: str) -> Any:
    return customer_base(
        open_dataset(folder / "params/datasets/s.yaml", as_of), period="month", periods=6, smallest=1
    )


def periods(base: Any) -> dict[dt.date, tuple[int, int]]:
    risk = churn_risk(segment(base, "plan"), horizon=1, unit="month")
    assert risk.observed is not None
    return {
        pd.Timestamp(row.end).date(): (int(row.customers), int(row.left))
        for row in risk.observed.periods.itertuples()
    }


def left(base: Any) -> dict[dt.date, float | None]:
    """What the tile of those who left says of each period."""
    figure = next(one for one in key_figures(base) if one.key == "left")
    return dict(zip(figure.dates, figure.values, strict=True))


def counts(base: Any, day: dt.date | None = None) -> dict[str, int]:
    table = base.customers(day)
    sums = table.aggregate(
        active=(table.status == "active").sum(),
        ended=(table.status == "ended").sum(),
        left=table.ended_in_period.sum(),
        began=table.started_in_period.sum(),
        contracts=table.contracts.sum(),
        amount=table.recurring_amount.sum(),
    )
    return {k: int(v) for k, v in base.dataset.engine.collect(sums).iloc[0].items()}


def test_case_01_a_change_of_plan_is_no_departure(tmp_path: Path) -> None:
    folder = case("01", tmp_path)
    base = opened(folder, "2024-11-30")
    assert periods(base)[dt.date(2024, 11, 30)] == (200, 4)
    found = counts(base)
    assert (found["active"], found["left"], found["began"], found["contracts"]) == (196, 4, 0, 200)
    assert left(base)[dt.date(2024, 11, 30)] == 4
    plans = base.customers().group_by("plan", "status").agg(n=lambda t: t.count())
    frame = base.dataset.engine.collect(plans)
    assert {(r.plan, r.status): int(r.n) for r in frame.itertuples()}["B", "active"] >= 20
    assert any("20 of 220 contracts are followed" in note for note in base.dataset.quality.notes)


def test_case_01_as_of_the_day_of_the_change(tmp_path: Path) -> None:
    """On 14 November nobody knows which of the 24 ends will be followed: nobody has surely left."""
    folder = case("01", tmp_path)
    base = opened(folder, "2024-11-14")
    assert counts(base)["active"] == 200
    assert counts(base)["left"] == 0
    assert any("24 customers" in note for note in base.dataset.quality.notes)
    told = departures(base, ChurnDefinition(True), dt.date(2024, 10, 31), (dt.date(2024, 11, 14),))
    facts = base.dataset.engine.collect(told.aggregate(n=told.count(), left=told.left.sum())).iloc[0]
    assert (int(facts["n"]), int(facts["left"])) == (176, 0)


def test_case_03_renewals_as_rows(tmp_path: Path) -> None:
    folder = case("03", tmp_path)
    base = opened(folder, "2024-11-30")
    assert counts(base)["active"] == 181
    assert periods(base)[dt.date(2024, 10, 31)] == (188, 7)
    assert periods(base)[dt.date(2024, 11, 30)] == (181, 0)
    later = opened(folder, "2024-12-31")
    assert periods(later)[dt.date(2024, 11, 30)] == (181, 7)
    assert periods(later)[dt.date(2024, 10, 31)] == (188, 7)
    assert {day: n for day, n in left(later).items() if day.month in (10, 11)} == {
        dt.date(2024, 10, 31): 7,
        dt.date(2024, 11, 30): 7,
    }
    months = contract_months(later)
    facts = later.dataset.engine.collect(months.aggregate(n=months.count(), longest=months.months.max())).iloc[0]
    assert int(facts["n"]) <= 400
    assert int(facts["longest"]) >= 12


def test_case_03_ends_on_the_next_first_day(tmp_path: Path) -> None:
    """The same rows, each ending on the day on which the next begins."""
    folder = case("03", tmp_path)
    rows = [line.split(",") for line in (folder / "subs.csv").read_text().splitlines()]
    for row in rows[1:]:
        row[2] = str(dt.date.fromisoformat(row[2]) + dt.timedelta(days=1))
    (folder / "subs.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
    file = folder / "params/datasets/s.yaml"
    assert counts(opened(folder, "2024-11-30"))["active"] == 181
    file.write_text(file.read_text().replace("path: subs.csv", "path: subs.csv\n    end_is: first_day_without"))
    later = opened(folder, "2024-12-31")
    assert periods(later)[dt.date(2024, 11, 30)] == (181, 7)


@pytest.mark.parametrize(("gap", "left"), [(None, 0), (7, 0), (0, 1), (3, 1), (40, 0)])
def test_the_gap_is_stated(shop: Shop, gap: int | None, left: int) -> None:
    shop.write("c.csv", "customer_id,start,end,plan\n1,2024-01-01,2024-03-10,A\n1,2024-03-16,,B\n")
    table: dict[str, Any] = {"path": "c.csv"} | ({} if gap is None else {"followed_within": gap})
    base = customer_base(shop.open({"subscriptions": table}), period="month", periods=4)
    told = departures(base, ChurnDefinition(True), dt.date(2024, 2, 29), (dt.date(2024, 3, 31),))
    assert int(base.dataset.engine.collect(told.aggregate(left=told.left.sum()))["left"].iloc[0]) == left


def test_the_gap_is_said_of_contracts_only(shop: Shop) -> None:
    shop.write("s.csv", "customer_id,time,amount\n1,2024-01-05,1\n")
    with pytest.raises(
        ParameterError, match="`followed_within` belongs to the table subscriptions, and not to a snapshot"
    ):
        shop.open({"transactions": {"path": "s.csv", "followed_within": 7}})


START = dt.date(2024, 1, 1)
worlds = st.lists(
    st.lists(
        st.tuples(st.integers(0, 170), st.one_of(st.none(), st.integers(0, 60)), st.sampled_from("AB")),
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(worlds, st.integers(0, 10), st.integers(0, 150))
def test_who_left_is_the_same_by_hand(shop: Shop, world: list[list[Any]], gap: int, day: int) -> None:
    left_by_hand(shop, world, gap, day)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(worlds, st.integers(0, 10), st.integers(0, 150))
def test_who_left_is_the_same_by_hand_in_many_worlds(shop: Shop, world: list[list[Any]], gap: int, day: int) -> None:
    left_by_hand(shop, world, gap, day)


def left_by_hand(shop: Shop, world: list[list[Any]], gap: int, day: int) -> None:
    """Days under contract, one by one: nobody has left who is there again within the gap."""
    as_of = START + dt.timedelta(days=180)
    lines, covered = ["customer_id,start,end,plan"], {}
    for who, rows in enumerate(world):
        days: set[int] = set()
        for start, length, plan in rows:
            end = None if length is None else start + length
            shown = "" if end is None else START + dt.timedelta(days=end)
            lines.append(f"{who},{START + dt.timedelta(days=start)},{shown},{plan}")
            days |= set(range(start, 181 if end is None or end > 180 else end + 1))
            if end is None or end > 180:
                days.add(181)
        covered[who] = days
    shop.write("c.csv", "\n".join(lines) + "\n")
    table = {"path": "c.csv", "followed_within": gap, "exact_duplicates": "keep"}
    base = customer_base(shop.open({"subscriptions": table}, str(as_of)), period="month", periods=4)
    until = day + 30
    there, left, doubt = set(), set(), set()
    for who, days in covered.items():
        last = max((d for d in days if d <= day), default=None)
        if last is None:
            continue
        # the end of the spell that holds the day
        at = last
        while nearer := [d for d in days if at < d <= at + max(gap, 1)]:
            at = max(nearer)
        if at <= day:
            continue
        if at <= 180 and 180 - at < gap and at <= until:
            doubt.add(who)
        elif at <= until and at <= 180:
            left.add(who)
            there.add(who)
        else:
            there.add(who)
    first, end = START + dt.timedelta(days=day), START + dt.timedelta(days=until)
    told = departures(base, ChurnDefinition(True), first, (end,))
    frame = base.dataset.engine.collect(told)
    gaps = gap > 0  # with no gap, a contract that begins the day after is a new one
    if gaps:
        assert set(frame["customer_id"].astype(int)) == there
        assert set(frame.loc[frame["left"] == 1, "customer_id"].astype(int)) == left
    active = base.at(first).filter(lambda t: t.status == "active")
    found = set(base.dataset.engine.collect(active.select("customer_id"))["customer_id"].astype(int))
    if gaps:
        assert there <= found
        assert found - there <= doubt
