"""Worlds made by hand so that limits are met exactly: four fifths of value, the last day of a silence, the first known end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from segkit.churn.measure.curves import cohort_curves, contract_months, retention_curves
from segkit.churn.measure.departures import departures, eligible
from segkit.churn.measure.gaps import usual_gap
from segkit.churn.measure.reckoning import prepare
from segkit.churn.options import ChurnOptions
from segkit.value.measure.concentrations import concentration
from tests.worlds.drawn import Drawn, Row
from tests.worlds.opened import World, day, opened
from tests.worlds.test_churn_contracts import check_curves, leavers, retained
from tests.worlds.test_churn_silence import could_leave
from tests.worlds.test_value import check_concentration

DAY = dt.date(2024, 6, 30)


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def bought(folder: Path, *backs: tuple[int, ...]) -> World:
    """A shop: of each customer, how many days ago they bought something for ten."""
    rows: list[Row] = [
        {
            "customer_id": f"c{who}",
            "time": f"{ago(back)} 12:00:00",
            "amount": "10",
            "order_id": "",
            "category": "toys",
        }
        for who, days in enumerate(backs)
        for back in days
    ]
    rules = {"relation": "non_contractual", "zero_amounts": "ignored", "value_months": 12, "margin": False}
    people = [{"customer_id": "c0", "city": "Bonn", "age": "40"}]
    return opened(folder, Drawn(0, DAY, "month", {"transactions": rows, "customers": people}, rules))


def signed(folder: Path, contracts: Iterable[tuple[int, int | None]], gap: int = 0) -> World:
    """A company: of each customer, how many days ago the contract began, and how many days ago its last day was."""
    rows: list[Row] = [
        {
            "customer_id": f"c{who}",
            "start": str(ago(began)),
            "end": "" if ended is None else str(ago(ended)),
            "plan": "S",
            "recurring_amount": "10",
            "end_reason": "",
        }
        for who, (began, ended) in enumerate(contracts)
    ]
    rules = {"relation": "contractual", "zero_amounts": "ignored", "value_months": 12, "margin": False}
    rules |= {"followed_within": gap, "end_is": "last_day"}
    people = [{"customer_id": "c0", "city": "Bonn", "age": "40"}]
    return opened(folder, Drawn(0, DAY, "month", {"subscriptions": rows, "customers": people}, rules))


def test_four_of_five_bring_four_fifths(tmp_path: Path) -> None:
    world = bought(tmp_path, *[(40,)] * 5)
    assert concentration(world.base).share_for_80 == 0.8
    check_concentration(world)


def test_a_usual_gap_as_long_as_the_horizon_is_not_longer(tmp_path: Path) -> None:
    world = bought(tmp_path, *[(30, 58)] * 20, *[(30, 59)] * 12)
    frames = prepare(world.segmented("city"), ChurnOptions.read({"horizon": 4, "unit": "week", "active_days": 120}))
    gap = usual_gap(frames)
    assert gap is not None
    assert (gap.customers, gap.horizon, gap.days, gap.longer) == (32, 28, 28.0, 12 / 32)


def found_and_counted(world: World, definition: dict[str, object], since: dt.date, until: dt.date) -> dict[str, int]:
    """Customer → whether they have left, by segkit; the same by plain SQL, or the test fails."""
    options = ChurnOptions.read(definition)
    told = departures(world.base, options.definition(contractual=False), since, (until,))
    frame = world.base.dataset.engine.collect(told)
    found = dict(zip(frame["customer_id"], frame["left"].astype(int), strict=True))
    counted = world.by(f"SELECT customer_id, gone::INT FROM ({could_leave(definition, day(since), day(until))})")
    assert found == counted
    return found


def test_the_first_and_the_last_day_of_a_silence(tmp_path: Path) -> None:
    """As of 28 days ago, of those who bought within 60 days; the horizon begins the day after, and ends today."""
    world = bought(tmp_path, (87,), (88,), (87, 28), (87, 27), (87, 0), (100, 90))
    found = found_and_counted(world, {"active_days": 60}, ago(28), DAY)
    assert found == {"c0": 1, "c2": 1, "c3": 0, "c4": 0}


def test_who_bought_as_many_days_ago_as_count_can_be_lost_no_more(tmp_path: Path) -> None:
    world = bought(tmp_path, (59,), (60,), (90, 0))
    options = ChurnOptions.read({"active_days": 60})
    there = eligible(world.base, options.definition(contractual=False), DAY).select("customer_id")
    found = sorted(world.base.dataset.engine.collect(there)["customer_id"])
    assert found == ["c0", "c2"]
    wanted = could_leave({"active_days": 60}, day(DAY), day(DAY))
    assert found == [who for (who,) in world.rows(f"SELECT customer_id FROM ({wanted}) ORDER BY 1")]


def test_a_silence_of_as_many_gaps_as_are_allowed_is_no_lapse(tmp_path: Path) -> None:
    """Two and a half gaps of eight days are twenty; of one purchase, two and a half times twenty are fifty."""
    world = bought(tmp_path, (48, 40, 20), (28, 20), (29, 21), (50,), (51,), (36, 28))
    rhythm: dict[str, object] = {"rhythm": 2.5, "single_gap": 20.0}
    assert found_and_counted(world, rhythm, ago(8), DAY) == {
        "c0": 0,
        "c1": 0,
        "c2": 1,
        "c3": 0,
        "c4": 1,
        "c5": 1,
    }


def test_an_end_on_the_last_day_of_a_period_is_in_it(tmp_path: Path) -> None:
    """Contracts that end on the first day counted are no customers any more; on the last one, they have left."""
    world = signed(tmp_path, [(300, 30), (300, 29), (300, 0), (300, None), (30, None), (29, None), (200, 31)])
    options = ChurnOptions.read({"horizon": 1, "unit": "month"})
    told = departures(world.base, options.definition(contractual=True), ago(30), (DAY,))
    frame = world.base.dataset.engine.collect(told)
    found = dict(zip(frame["customer_id"], frame["left"].astype(int), strict=True))
    assert found == world.by(f"SELECT customer_id, gone::INT FROM ({leavers(day(ago(30)), day(DAY))})")
    assert found == {"c1": 1, "c2": 1, "c3": 0, "c4": 0}


def test_a_contract_of_the_day_of_the_first_known_end_was_seen_from_its_start(tmp_path: Path) -> None:
    """Thirty began on that day, thirty the day before, and none of the latter is of the cohort."""
    first = 121  # 1 March
    contracts: list[tuple[int, int | None]] = [(first + 60, first)]
    contracts += [(first, None)] * 25 + [(first, first - 40)] * 10 + [(first + 1, None)] * 35
    world = signed(tmp_path, contracts)
    rows = contract_months(world.base)
    fresh = retained(world, "NOT early")
    assert fresh[0] == 35
    assert fresh[1][1] == 25 / 35
    check_curves(cohort_curves(world.base, rows), {"2024 Q1": fresh})
    check_curves(retention_curves(world.base, rows), {"All contracts": retained(world)})
