"""Every observed figure of a churn page of contracts, counted in plain SQL over the raw files of random worlds."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from segkit.churn.measure.curves import ALL, cohort_curves, contract_months, retention_curves
from segkit.churn.measure.observed import observe
from segkit.churn.measure.reckoning import prepare
from segkit.churn.options import ChurnOptions
from segkit.churn.records import Observed, RetentionCurve
from tests.worlds import raw_sql
from tests.worlds.drawn import FORCED, company
from tests.worlds.opened import World, day, opened

UNITS = {"month": "back(today(), {})", "week": "today() - 7 * {}"}


def observed(world: World, horizon: int, unit: str) -> Observed:
    """What segkit says was observed, segments and cohorts from one horizon before the as-of date."""
    options = ChurnOptions.read({"horizon": horizon, "unit": unit, "involuntary": [FORCED]})
    frames = prepare(world.segmented("city"), options)
    since = world.one(f"SELECT CAST({_ago(world, horizon, unit)} AS DATE)")[0]
    return observe(frames, world.segmented("city"), since)


def _ago(world: World, units: int, unit: str) -> str:
    return UNITS[unit].format(units)


def leavers(since: str, until: str) -> str:
    """A row a customer under contract at the end of a day, and what is known of them by another.

    customer_id, sure (whether it is known if they left), gone, forced (by an end that they did not choose), began.
    """
    return f"""
    SELECT s.customer_id, NOT (doubtful AND last BETWEEN {since} + 1 AND {until}) AS sure, until <= {until} AS gone,
        until <= {until} AND forced AS forced, (SELECT min(o.since) FROM spells AS o WHERE o.customer_id = s.customer_id) AS began
    FROM spells AS s WHERE since <= {since} AND until > {since}
    """


def check_periods(world: World, found: Observed) -> None:
    ends = world.base.ends
    rows = found.periods.to_dict("records")
    assert [(r["start"], r["end"]) for r in rows] == list(pairwise(ends))
    for row in rows:
        everybody, n, left, forced = world.one(
            f"""SELECT count(*), count(*) FILTER (sure), count(*) FILTER (sure AND gone), count(*) FILTER (sure AND forced)
            FROM ({leavers(day(row["start"]), day(row["end"]))})"""
        )
        assert (row["customers"], row["left"], row["involuntary"]) == (everybody, left, forced), row["end"]
        if everybody > n or not n:
            assert pd.isna(row["rate"])  # a rate without those who may have left would be too low
        else:
            assert row["rate"] == left / n


def check_groups(world: World, found: Observed) -> None:
    since = day(found.since)
    told = f"SELECT * FROM ({leavers(since, 'today()')}) WHERE sure"
    by_city = world.by(
        f"""SELECT coalesce(city, 'Unassigned'), count(*), count(*) FILTER (gone)
        FROM ({told}) LEFT JOIN people USING (customer_id) GROUP BY 1"""
    )
    shown = {r["segment"]: (r["customers"], r["left"]) for r in found.segments.to_dict("records")}
    assert {name: both for name, both in shown.items() if both[0]} == by_city
    for row in found.segments.to_dict("records"):
        assert pd.isna(row["rate"]) if not row["customers"] else row["rate"] == row["left"] / row["customers"]
    quarters = world.rows(
        f"""SELECT year(began) || ' Q' || quarter(began), count(*)::INT, count(*) FILTER (gone)::INT
        FROM ({told}) GROUP BY 1 ORDER BY 1"""
    )
    if len(quarters) > 8:
        old, quarters = quarters[:-8], quarters[-8:]
        quarters.insert(0, (f"before {quarters[0][0]}", sum(r[1] for r in old), sum(r[2] for r in old)))
    cohorts = found.cohorts.to_dict("records")
    assert [(r["cohort"], r["customers"], r["left"]) for r in cohorts] == quarters


def check_other_horizons(world: World, found: Observed, horizon: int, unit: str) -> None:
    """From one day, as far back as the longest of them needs, or from where the segments are counted."""
    units = sorted({max(1, round(horizon * part)) for part in (0.5, 1.0, 1.5, 2.0)})
    start = world.one(f"SELECT CAST({_ago(world, units[-1], unit)} AS DATE)")[0]
    if start < world.base.dataset.known_from:
        start, units = found.since, [one for one in units if one <= horizon]
    assert found.sensitivity["units"].to_list() == units
    for row in found.sensitivity.to_dict("records"):
        end = f"{day(start)} + 7 * {row['units']}" if unit == "week" else f"ahead({day(start)}, {row['units']})"
        n, left = world.one(
            f"SELECT count(*), count(*) FILTER (gone) FROM ({leavers(day(start), f'CAST({end} AS DATE)')}) WHERE sure"
        )
        assert (row["customers"], row["left"]) == (n, left), row["units"]
        assert row["rate"] == left / n if n else pd.isna(row["rate"])


@pytest.mark.parametrize(("horizon", "unit"), [(2, "month"), (3, "week")])
def test_who_left_by_period_segment_cohort_and_horizon(company_world: World, horizon: int, unit: str) -> None:
    found = observed(company_world, horizon, unit)
    check_periods(company_world, found)
    check_groups(company_world, found)
    check_other_horizons(company_world, found, horizon, unit)


def lengths(world: World) -> str:
    """A row a time under contract: whole months seen, whether it ended then, months before it was seen; plan, quarter.

    A month that is not over, or whose ends are not certain, counts for nobody. Contracts that began before the first end in the data came under
    observation at their next whole month. The plan is that of the last contract.
    """
    return f"""
    WITH first AS (SELECT greatest((SELECT min(since) FROM spells), min(ended)) AS kept FROM
        (SELECT min(runs_to) FILTER (runs_to < {raw_sql.NEVER}) AS ended FROM contracts)),
    plans AS (SELECT customer_id, spell, arg_max(plan, start) AS plan FROM numbered GROUP BY ALL),
    one AS (
        SELECT plan, year(since) || ' Q' || quarter(since) AS quarter, coalesce(since < kept, false) AS early,
            floor(place(certain()) - place(since) + 1e-9)::INT AS complete,
            CASE WHEN until < {raw_sql.NEVER} THEN floor(place(until) - place(since) + 1e-9)::INT + 1 END AS missed,
            CASE WHEN since < coalesce(kept, since) THEN ceil(place(kept) - place(since) - 1e-9)::INT ELSE 0 END AS entry
        FROM spells JOIN plans USING (customer_id, spell), first
    )
    SELECT * FROM (
        SELECT *, coalesce(missed <= complete, false) AS gone,
            CASE WHEN missed <= complete THEN missed ELSE complete END AS months FROM one
    ) WHERE entry < months
    """


def retained(world: World, these: str = "true") -> tuple[int, list[float]]:
    """How many times under contract there are; the share still there after each month, while 30 were seen."""
    mine = f"SELECT * FROM ({lengths(world)}) WHERE {these}"
    (n,) = world.one(f"SELECT count(*) FROM ({mine})")
    months = world.rows(
        f"""
        WITH risk AS (
            SELECT month, count(*) FILTER (entry < month AND months >= month) AS there,
                count(*) FILTER (entry < month AND months = month AND gone) AS went
            FROM (SELECT range::INT AS month FROM range(1, 49)), ({mine}) GROUP BY month
        )
        SELECT month, there, exp(sum(CASE WHEN there > went THEN ln(1 - went / there) WHEN went > 0 THEN -745 ELSE 0 END)
            OVER (ORDER BY month)) FROM risk ORDER BY month
        """
    )
    enough = max((month for month, there, _ in months if there >= 30), default=0)
    return n, [share for _, _, share in months[:enough]]


def check_curves(found: tuple[RetentionCurve, ...], wanted: dict[str, tuple[int, list[float]]]) -> None:
    """Curves of which no month had 30 contracts are not shown."""
    assert [one.name for one in found] == [name for name, (_, shares) in wanted.items() if shares]
    for curve in found:
        n, shares = wanted[curve.name]
        assert (curve.customers, curve.months) == (n, tuple(range(len(shares) + 1)))
        assert curve.share[0] == 1.0
        assert list(curve.share[1:]) == pytest.approx(shares, abs=1e-9)


@pytest.mark.parametrize("seed", [2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(30, 40))])
def test_retention_is_counted_month_by_month(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    world = opened(tmp_path_factory.mktemp("kept"), company(seed, customers=400, reach=800), periods=1)
    contracts = contract_months(world.base)
    plans = [plan for (plan,) in world.rows(f"SELECT DISTINCT plan FROM ({lengths(world)}) ORDER BY 1")]
    assert len(plans) > 1
    wanted = {ALL: retained(world)} | {plan: retained(world, f"plan = '{plan}'") for plan in plans}
    assert wanted[ALL][1]
    check_curves(retention_curves(world.base, contracts), wanted)
    begun = world.rows(f"SELECT DISTINCT quarter FROM ({lengths(world)}) WHERE NOT early ORDER BY 1")
    quarters = {name: retained(world, f"NOT early AND quarter = '{name}'") for (name,) in begun[-8:]}
    check_curves(cohort_curves(world.base, contracts), quarters)
