"""What a churn page says once customers have their risks, in plain SQL: the scores are taken, all else is counted anew."""

from __future__ import annotations

import pytest

from segkit.churn.measure import risk as page
from segkit.churn.measure.reckoning import Reckoning
from segkit.churn.records import ChurnRisk
from tests.worlds import raw_sql
from tests.worlds.drawn import FORCED, company
from tests.worlds.opened import World, day, opened
from tests.worlds.test_churn_contracts import leavers

HORIZON, SAVED, COST = 2, 0.25, 1
SEEDS = [4, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(50, 54))]


@pytest.fixture(scope="module", params=SEEDS)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[World, ChurnRisk, Reckoning]:
    """A world of contracts, the record of its churn page, and what the record is drawn from."""
    drawn = company(request.param, customers=1200, reach=800)
    world = opened(tmp_path_factory.mktemp("scores"), drawn, periods=2)
    kept: list[Reckoning] = []
    real = page.reckon
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "reckon", lambda *given: kept.append(real(*given)) or kept[0])
        options = {"horizon": HORIZON, "snapshots": 3, "models": ("logistic",), "involuntary": (FORCED,)}
        record = page.churn_risk(world.segmented("city"), **options, save_rate=SAVED, contact_cost=COST)
    assert record.refusal is None, record.refusal
    engine, found = world.base.dataset.engine.backend, kept[0]
    world.db.register("now_scores", engine.to_pyarrow(found.scored.select("customer_id", "risk")))
    origin = found.origins[0]
    before = found.tested[found.final.name].score(found.frames.labelled(origin), origin).select("customer_id", "risk")
    world.db.register("then_scores", engine.to_pyarrow(before))
    return world, record, found


def stakes(world: World) -> str:
    """customer_id, risk, segment, cents (what the horizon would bring), lost (risk × that, whole cents)."""
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
    SELECT *, floor(risk * cents + 0.5)::BIGINT AS lost FROM (
        SELECT s.customer_id, s.risk, coalesce(p.city, 'Unassigned') AS segment,
            floor({month} * {HORIZON}.0 + 0.5)::BIGINT AS cents
        FROM now_scores AS s JOIN ({leavers("today()", "today()")}) AS c USING (customer_id)
        JOIN ({raw_sql.recurring("today()")}) AS r USING (customer_id)
        LEFT JOIN ({bought}) AS v USING (customer_id) LEFT JOIN people AS p USING (customer_id)
    )
    """


def test_everybody_under_contract_has_a_risk(told: tuple[World, ChurnRisk, Reckoning]) -> None:
    world, record, _ = told
    there = world.rows(f"SELECT customer_id FROM ({leavers('today()', 'today()')}) ORDER BY 1")
    assert world.rows("SELECT customer_id FROM now_scores ORDER BY 1") == there
    assert record.customers == len(there)


def test_expected_and_at_stake_by_segment_and_in_all(told: tuple[World, ChurnRisk, Reckoning]) -> None:
    world, record, _ = told
    sums = "count(*), sum(risk), sum(cents)::BIGINT, sum(lost)::BIGINT"
    n, expected, value, lost = world.one(f"SELECT {sums} FROM ({stakes(world)})")
    assert (record.customers, round(record.value * 100), round(record.at_risk * 100)) == (n, value, lost)
    assert record.expected == pytest.approx(expected, abs=n * 1e-6)
    wanted = world.by(f"SELECT segment, {sums} FROM ({stakes(world)}) GROUP BY segment")
    assert record.frame is not None
    shown = record.frame.to_dict("records")
    assert {r["segment"]: r["customers"] for r in shown if r["customers"]} == {s: w[0] for s, w in wanted.items()}
    assert any(not r["note"] for r in shown)
    for row in shown:
        if row["note"] or not row["customers"]:
            continue
        n, expected, value, lost = wanted[row["segment"]]
        assert (round(row["value"] * 100), round(row["at_risk"] * 100)) == (value, lost)
        assert row["risk"] == pytest.approx(expected / n, abs=1e-6)
        assert row["expected"] == pytest.approx(expected, abs=n * 1e-6)
        assert row["low"] <= row["risk"] <= row["high"]


def test_how_risks_are_spread(told: tuple[World, ChurnRisk, Reckoning]) -> None:
    world, record, _ = told
    assert record.distribution is not None
    for row in record.distribution.to_dict("records"):
        wanted = world.one(
            f"""SELECT count(*), coalesce(sum(lost), 0)::BIGINT FROM ({stakes(world)})
            WHERE risk >= {row["low"]} AND (risk < {row["high"]} OR {row["high"]} = 1)"""
        )
        assert (row["customers"], round(row["at_risk"] * 100)) == wanted
    assert record.distribution["low"].to_list() == [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5]


def test_whom_a_call_is_worth(told: tuple[World, ChurnRisk, Reckoning]) -> None:
    world, record, _ = told
    n, profit = world.one(
        f"""SELECT count(*), coalesce(sum(profit), 0)::BIGINT FROM (
            SELECT floor(risk * cents * {SAVED} + 0.5) - {100 * COST} AS profit FROM ({stakes(world)})) WHERE profit > 0"""
    )
    assert (record.save_customers, round((record.save_profit or 0) * 100)) == (n, profit)


def test_the_held_out_horizon(told: tuple[World, ChurnRisk, Reckoning]) -> None:
    """Labels are counted from the raw contracts; scores cross in steps of 0.005 log-odds, so figures agree to three digits."""
    world, record, found = told
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
