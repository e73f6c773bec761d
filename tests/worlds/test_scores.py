"""What a churn page of contracts says once customers have their risks, in plain SQL: the scores are taken, all else is
counted anew.
"""

from __future__ import annotations

import pytest

from tests.worlds import raw_sql
from tests.worlds.drawn import FORCED, company
from tests.worlds.opened import World, day, opened
from tests.worlds.scored import Scored, check_calls, check_matrix, check_spread, check_sums, scored
from tests.worlds.test_churn_contracts import leavers

HORIZON, SAVED, COST = 2, 0.25, 1
SEEDS = [4, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(50, 54))]


@pytest.fixture(scope="module", params=SEEDS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    """A world of contracts, the record of its churn page, and what the record is drawn from."""
    drawn = company(request.param, customers=1200, reach=800)
    world = opened(tmp_path_factory.mktemp("scores"), drawn, periods=2)
    options = {"horizon": HORIZON, "snapshots": 3, "models": ("logistic",), "involuntary": (FORCED,)}
    return scored(world, stakes(world), **options, save_rate=SAVED, contact_cost=COST)


def stakes(world: World) -> str:
    """customer_id, risk, segment, cents (what the horizon would bring)."""
    month = "r.cents"
    if "transactions" in world.drawn.tables:  # who pays nothing regularly is worth a mean month of the last year
        month = """CASE WHEN r.cents > 0 THEN r.cents ELSE
            floor(greatest(coalesce(v.cents, 0), 0) / least(greatest(place(today()) - place(c.began), 1), 12) + 0.5) END"""
    bought = (
        raw_sql.value("today()", 12)
        if "transactions" in world.drawn.tables
        else "SELECT '' AS customer_id, 0 AS cents"
    )
    return f"""
    SELECT s.customer_id, s.risk, coalesce(p.city, 'Unassigned') AS segment,
        floor({month} * {HORIZON}.0 + 0.5)::BIGINT AS cents
    FROM now_scores AS s JOIN ({leavers("today()", "today()")}) AS c USING (customer_id)
    JOIN ({raw_sql.recurring("today()")}) AS r USING (customer_id)
    LEFT JOIN ({bought}) AS v USING (customer_id) LEFT JOIN people AS p USING (customer_id)
    """


def test_everybody_under_contract_has_a_risk(told: Scored) -> None:
    there = told.world.rows(f"SELECT customer_id FROM ({leavers('today()', 'today()')}) ORDER BY 1")
    assert told.world.rows("SELECT customer_id FROM now_scores ORDER BY 1") == there
    assert told.record.customers == len(there)


def test_expected_and_at_stake_by_segment_and_in_all(told: Scored) -> None:
    check_sums(told)


def test_how_risks_are_spread(told: Scored) -> None:
    check_spread(told)


def test_risk_by_value(told: Scored) -> None:
    check_matrix(told)


def test_whom_a_call_is_worth(told: Scored) -> None:
    check_calls(told, SAVED, COST)


def test_when_losses_come(told: Scored) -> None:
    """As leavers of the earlier horizons came month by month; who leaves within a month brings half of it."""
    world, record, found = told.world, told.record, told.found
    assert record.losses is not None
    gone = [0]
    for month in range(1, HORIZON + 1):
        ends = [world.one(f"SELECT ahead({day(origin)}, {month})")[0] for origin in found.origins]
        counts = [
            world.one(f"SELECT count(*) FILTER (gone) FROM ({leavers(day(origin), day(end))})")[0]
            for origin, end in zip(found.origins, ends, strict=True)
        ]
        gone.append(sum(counts))
    shown = record.losses.to_dict("records")
    assert [r["end"] for r in shown] == [world.one(f"SELECT ahead(today(), {m})")[0] for m in range(1, HORIZON + 1)]
    for month, row in enumerate(shown):
        assert row["customers"] == pytest.approx(
            record.expected * (gone[month + 1] - gone[month]) / gone[-1], rel=1e-9
        )
        middle = (gone[month] + gone[month + 1]) / 2 / gone[-1]
        assert row["value"] == pytest.approx(record.at_risk / HORIZON * middle, rel=1e-9)


def test_the_held_out_horizon(told: Scored) -> None:
    """Labels are counted from the raw contracts; scores cross in steps of 0.005 log-odds, so figures agree to three digits."""
    world, record, found = told.world, told.record, told.found
    held = record.held_out
    assert held is not None
    gone = f"SELECT * FROM ({leavers(day(held.origin), day(held.end))}) WHERE sure"
    assert (held.customers, held.left) == world.one(f"SELECT count(*), count(*) FILTER (gone) FROM ({gone})")
    both = f"SELECT risk, gone::INT AS gone FROM ({gone}) JOIN then_scores USING (customer_id)"
    best = next(one for one in held.candidates if one.name == found.final.name)
    n, brier, loss, mean = world.one(
        f"""SELECT count(*), avg((risk - gone) ** 2), -avg(ln(CASE WHEN gone = 1 THEN risk ELSE 1 - risk END)), avg(risk)
        FROM ({both})"""
    )
    assert n == held.customers
    (auc,) = world.one(
        f"""WITH b AS ({both}) SELECT avg(CASE WHEN a.risk > o.risk THEN 1 WHEN a.risk = o.risk THEN 0.5 ELSE 0 END)
        FROM (SELECT * FROM b WHERE gone = 1) AS a, (SELECT * FROM b WHERE gone = 0) AS o"""
    )
    assert best.brier == pytest.approx(brier, abs=1e-3)
    assert best.log_loss == pytest.approx(loss, abs=1e-3)
    assert best.mean == pytest.approx(mean, abs=1e-6)
    assert best.auc == pytest.approx(auc, abs=2e-3)
    step = "floor(ln(risk / (1 - risk)) * 200)"
    tenths = world.rows(
        f"""WITH b AS (SELECT {step} AS step, count(*) AS n, sum(gone) AS gone, sum(risk) AS risk FROM ({both}) GROUP BY 1),
        o AS (SELECT *, sum(n) OVER (ORDER BY risk / n) - n / 2 AS middle, sum(n) OVER () AS whole FROM b)
        SELECT sum(n)::INT, sum(risk) / sum(n), sum(gone)::INT FROM o
        GROUP BY least(floor(middle * 10 / whole), 9) ORDER BY least(floor(middle * 10 / whole), 9) DESC"""
    )
    shown = held.tenths.to_dict("records")
    assert [(r["customers"], round(r["observed"] * r["customers"])) for r in shown] == [
        (n, left) for n, _, left in tenths
    ]
    assert [r["predicted"] for r in shown] == pytest.approx([mean for _, mean, _ in tenths], abs=1e-5)
