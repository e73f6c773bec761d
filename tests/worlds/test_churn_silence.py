"""Every observed figure of a churn page of purchases, counted in plain SQL over the raw files of random worlds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from segkit.churn.measure.gaps import usual_gap
from segkit.churn.measure.observed import observe
from segkit.churn.measure.reckoning import prepare
from segkit.churn.options import ChurnOptions
from segkit.churn.records import Observed
from tests.worlds.drawn import shop
from tests.worlds.opened import World, day, opened

DEFINITIONS: dict[str, dict[str, Any]] = {
    "no purchase": {"active_days": 120},
    "no toys": {"active_days": 60, "category": "toys"},
    "own rhythm": {"rhythm": 2.5, "single_gap": 20.0},
}
HORIZONS = [(3, "week"), (2, "month")]


def could_leave(definition: dict[str, Any], since: str, until: str) -> str:
    """A row a customer who could fall silent after a day, and whether they have by another: customer_id, gone."""
    category = definition.get("category")
    mine = f"SELECT customer_id, day FROM tx WHERE bought {f'''AND category = '{category}' ''' if category else ''}"
    if "rhythm" in definition:
        status = f"""
        SELECT customer_id, $day - max(day) > {definition["rhythm"]} * greatest(
            CASE WHEN count(*) = 1 THEN {definition["single_gap"]} ELSE (max(day) - min(day)) / (count(*) - 1) END, 1) AS lapsed
        FROM (SELECT DISTINCT * FROM ({mine})) WHERE day <= $day GROUP BY customer_id
        """
        return f"""
        SELECT customer_id, now.lapsed AS gone FROM ({status.replace("$day", since)}) AS was
        JOIN ({status.replace("$day", until)}) AS now USING (customer_id) WHERE NOT was.lapsed
        """
    return f"""
    SELECT customer_id, customer_id NOT IN (
        SELECT customer_id FROM ({mine}) WHERE day > {since} AND day <= {until}) AS gone
    FROM (SELECT DISTINCT customer_id FROM ({mine}) WHERE day <= {since} AND day > {since} - {definition["active_days"]})
    """


def ago(world: World, start: dt.date, units: int, unit: str) -> dt.date:
    """So many weeks or calendar months before a day, after it where below zero."""
    if unit == "week":
        return start - dt.timedelta(days=7 * units)
    macro = f"back({day(start)}, {units})" if units >= 0 else f"ahead({day(start)}, {-units})"
    found = world.one(f"SELECT {macro}")[0]
    assert isinstance(found, dt.date)
    return found


def check(world: World, name: str, horizon: int, unit: str) -> None:
    definition = DEFINITIONS[name]
    base = world.base
    frames = prepare(world.segmented("city"), ChurnOptions.read({"horizon": horizon, "unit": unit, **definition}))
    since = ago(world, base.as_of, horizon, unit)
    if since < base.dataset.known_from:
        return
    found = observe(frames, world.segmented("city"), since)

    def counted(start: dt.date, end: dt.date) -> tuple[int, int]:
        return world.one(
            f"SELECT count(*), count(*) FILTER (gone) FROM ({could_leave(definition, day(start), day(end))})"
        )  # type: ignore[return-value]

    spans = [(ago(world, end, horizon, unit), end) for end in base.ends]
    spans = [(start, end) for start, end in spans if start >= base.dataset.known_from]
    shown = found.periods.to_dict("records")
    assert [r["start"] for r in shown] == [start for start, _ in spans]
    for row, (start, _) in zip(shown, spans, strict=True):
        n, left = counted(start, row["end"])
        assert (row["customers"], row["left"], row["involuntary"]) == (n, left, 0)
        assert row["rate"] == left / n if n else pd.isna(row["rate"])
    check_groups(world, found, definition)
    units = sorted({max(1, round(horizon * part)) for part in (0.5, 1.0, 1.5, 2.0)})
    start = ago(world, base.as_of, units[-1], unit)
    if start < base.dataset.known_from:
        start, units = since, [one for one in units if one <= horizon]
    told = found.sensitivity.to_dict("records")
    assert [(r["units"], r["customers"], r["left"]) for r in told] == [
        (one, *counted(start, ago(world, start, -one, unit))) for one in units
    ]


def check_groups(world: World, found: Observed, definition: dict[str, Any]) -> None:
    told = could_leave(definition, day(found.since), "today()")
    by_city = world.by(
        f"""SELECT coalesce(city, 'Unassigned'), count(*), count(*) FILTER (gone)
        FROM ({told}) LEFT JOIN people USING (customer_id) GROUP BY 1"""
    )
    shown = {r["segment"]: (r["customers"], r["left"]) for r in found.segments.to_dict("records")}
    assert {name: both for name, both in shown.items() if both[0]} == by_city
    quarters = world.rows(
        f"""SELECT year(began) || ' Q' || quarter(began), count(*)::INT, count(*) FILTER (gone)::INT
        FROM ({told}) JOIN (SELECT customer_id, min(day) AS began FROM tx WHERE bought GROUP BY 1) USING (customer_id)
        GROUP BY 1 ORDER BY 1"""
    )
    if len(quarters) > 8:
        old, quarters = quarters[:-8], quarters[-8:]
        quarters.insert(0, (f"before {quarters[0][0]}", sum(r[1] for r in old), sum(r[2] for r in old)))
    cohorts = found.cohorts.to_dict("records")
    assert [(r["cohort"], r["customers"], r["left"]) for r in cohorts] == quarters


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize(("horizon", "unit"), HORIZONS)
def test_who_fell_silent_by_period_segment_cohort_and_horizon(
    shop_world: World, name: str, horizon: int, unit: str
) -> None:
    check(shop_world, name, horizon, unit)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(40, 46))])
def test_the_usual_gap(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    world = opened(tmp_path_factory.mktemp("gap"), shop(seed, customers=120, reach=400), periods=1)
    frames = prepare(world.segmented("city"), ChurnOptions.read({"horizon": 4, "unit": "week", "active_days": 120}))
    found = usual_gap(frames)
    n, longer, half, most = world.one(
        f"""SELECT count(*), count(*) FILTER (gap > 28), quantile_cont(gap, .5), quantile_cont(gap, .9) FROM (
            SELECT (max(day) - min(day)) / (count(DISTINCT day) - 1) AS gap FROM tx
            WHERE bought AND customer_id IN (SELECT customer_id FROM ({could_leave({"active_days": 120}, "today()", "today()")}))
            GROUP BY customer_id HAVING count(DISTINCT day) > 1)"""
    )
    if n < 30:
        assert found is None
        return
    assert found is not None
    assert (found.customers, found.horizon) == (n, 28)
    assert found.longer == pytest.approx(longer / n)
    assert found.days == pytest.approx(half)
    assert found.enough == -(-most // 7)
