"""What a churn page of purchases says once customers have their risks, in plain SQL: the scores are taken, all else is
counted anew.
"""

from __future__ import annotations

import pytest

from tests.worlds import raw_sql
from tests.worlds.drawn import shop
from tests.worlds.opened import World, opened
from tests.worlds.scored import Scored, check_calls, check_matrix, check_spread, check_sums, scored
from tests.worlds.test_churn_silence import DEFINITIONS, could_leave

HORIZON, SAVED, COST = 6, 0.25, 1
SEEDS = [
    (1, "no purchase"),
    *(
        pytest.param(given, marks=pytest.mark.slow)
        for given in ((2, "no toys"), (3, "own rhythm"), (4, "no purchase"))
    ),
]


@pytest.fixture(scope="module", params=SEEDS, ids=str)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    """A shop, the record of its churn page, and what the record is drawn from."""
    seed, name = request.param
    customers = 800 if name == "own rhythm" else 300  # by their own rhythm, most have lapsed
    world = opened(tmp_path_factory.mktemp("sold"), shop(seed, customers=customers, reach=420), periods=2)
    options = {"horizon": HORIZON, "unit": "week", "snapshots": 3, "models": ("logistic",), **DEFINITIONS[name]}
    return scored(world, stakes(world, name), **options, save_rate=SAVED, contact_cost=COST)


def present(name: str) -> str:
    """Who could fall silent: customer_id."""
    return f"SELECT customer_id FROM ({could_leave(DEFINITIONS[name], 'today()', 'today()')})"


def stakes(world: World, name: str) -> str:
    """customer_id, risk, segment, cents: what the horizon would bring if all went on as in the time that value is of.

    That time is the last so many months, less where the data begin later, or the customer; never less than a month.
    """
    months = world.drawn.rules["value_months"]
    reach = f"least({months or 1200}, (today() - (SELECT min(day) FROM tx)) / 30.4375)"
    return f"""
    SELECT s.customer_id, s.risk, coalesce(p.city, 'Unassigned') AS segment,
        floor(greatest(v.cents, 0)::DOUBLE
            / least(greatest((today() - b.began) / 30.4375, 1.0), greatest({reach}, 1.0))
            * ({HORIZON} * (12 / 52.1775)) + 0.5)::BIGINT AS cents
    FROM now_scores AS s JOIN ({present(name)}) USING (customer_id)
    JOIN (SELECT customer_id, min(day) AS began FROM tx WHERE bought GROUP BY 1) AS b USING (customer_id)
    JOIN ({raw_sql.value("today()", months)}) AS v USING (customer_id) LEFT JOIN people AS p USING (customer_id)
    """


def test_everybody_who_could_fall_silent_has_a_risk(told: Scored, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["told"][1]
    there = told.world.rows(f"{present(name)} ORDER BY 1")
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
