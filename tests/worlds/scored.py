"""A world whose customers have got their risks, and what a churn page says of them, counted in plain SQL.

The scores themselves are taken from segkit: the views `now_scores` and `then_scores` (of the held-out horizon).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from segkit.churn.measure import risk as page
from segkit.churn.measure.reckoning import Reckoning
from segkit.churn.records import ChurnRisk
from tests.worlds.opened import World

RISKS = ("Highest tenth", "Next three tenths", "Lower six tenths")
VALUES = ("Most valuable fifth", "Next three tenths", "Least valuable half")


@dataclass(frozen=True)
class Scored:
    """A world with its churn page.

    Attributes:
        world: with the views of scores, and `stakes`: customer_id, risk, segment, cents (what the horizon would bring),
            lost (risk × that, whole cents).
        record: what the page shows.
        found: what the record is drawn from.
    """

    world: World
    record: ChurnRisk
    found: Reckoning


def scored(world: World, stakes: str, **options: Any) -> Scored:
    """Make the churn page of a world, and put its scores under plain SQL.

    Args:
        world: of contracts or of purchases.
        stakes: a query for customer_id, risk, segment and cents of everyone in `now_scores`.
        options: of the page.
    """
    kept: list[Reckoning] = []
    real = page.reckon
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "reckon", lambda *given: kept.append(real(*given)) or kept[0])
        record = page.churn_risk(world.segmented("city"), **options)
    assert record.refusal is None, record.refusal
    engine, found = world.base.dataset.engine.backend, kept[0]
    world.db.register("now_scores", engine.to_pyarrow(found.scored.select("customer_id", "risk")))
    origin = found.origins[0]
    before = found.tested[found.final.name].score(found.frames.labelled(origin), origin).select("customer_id", "risk")
    world.db.register("then_scores", engine.to_pyarrow(before))
    world.db.execute(f"CREATE VIEW stakes AS SELECT *, floor(risk * cents + 0.5)::BIGINT AS lost FROM ({stakes})")
    return Scored(world, record, found)


def check_sums(told: Scored) -> None:
    """What is expected and at stake, in all and by segment."""
    world, record = told.world, told.record
    sums = "count(*), sum(risk), sum(cents)::BIGINT, sum(lost)::BIGINT"
    n, expected, value, lost = world.one(f"SELECT {sums} FROM stakes")
    assert value > 0
    assert (record.customers, round(record.value * 100), round(record.at_risk * 100)) == (n, value, lost)
    assert record.expected == pytest.approx(expected, abs=n * 1e-6)
    wanted = world.by(f"SELECT segment, {sums} FROM stakes GROUP BY segment")
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


def check_spread(told: Scored) -> None:
    """Customers, and what is at stake, by how high their risk is."""
    assert told.record.distribution is not None
    for row in told.record.distribution.to_dict("records"):
        wanted = told.world.one(
            f"""SELECT count(*), coalesce(sum(lost), 0)::BIGINT FROM stakes
            WHERE risk >= {row["low"]} AND (risk < {row["high"]} OR {row["high"]} = 1)"""
        )
        assert (row["customers"], round(row["at_risk"] * 100)) == wanted
    assert told.record.distribution["low"].to_list() == [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5]


def check_matrix(told: Scored) -> None:
    """Whoever has as high a risk, or brings as much, as the customer at a border is above it."""
    wanted = told.world.by(
        """WITH edges AS (SELECT quantile_cont(risk, .9) AS top, quantile_cont(risk, .6) AS next,
            quantile_cont(cents, .8) AS rich, quantile_cont(cents, .5) AS fair FROM stakes)
        SELECT 3 * CASE WHEN risk >= top THEN 0 WHEN risk >= next THEN 1 ELSE 2 END
            + CASE WHEN cents >= rich THEN 0 WHEN cents >= fair THEN 1 ELSE 2 END, count(*), sum(lost)::BIGINT
        FROM stakes, edges GROUP BY 1"""
    )
    named = {(RISKS[at // 3], VALUES[at % 3]): both for at, both in wanted.items()}
    assert told.record.matrix is not None
    shown = told.record.matrix.to_dict("records")
    assert [(r["risk"], r["value"]) for r in shown] == [(risk, value) for risk in RISKS for value in VALUES]
    found = {(r["risk"], r["value"]): (r["customers"], round(r["at_risk"] * 100)) for r in shown if r["customers"]}
    assert found == named
    assert all(r["at_risk"] == 0 for r in shown if not r["customers"])


def check_calls(told: Scored, saved: float, cost: int) -> None:
    """Whom a call is worth: the share kept of what would be lost, less what the call costs, is above zero."""
    n, profit = told.world.one(
        f"""SELECT count(*), coalesce(sum(profit), 0)::BIGINT FROM (
            SELECT floor(risk * cents * {saved} + 0.5) - {100 * cost} AS profit FROM stakes) WHERE profit > 0"""
    )
    assert n
    assert (told.record.save_customers, round((told.record.save_profit or 0) * 100)) == (n, profit)
