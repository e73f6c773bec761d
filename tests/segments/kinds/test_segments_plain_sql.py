"""Every customer's segment, now and a quarter ago, against plain SQL."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.customers.worlds import World
from tests.segments.kinds.cases import GROCERY, TELECOM, Case, names, segmented

ENDS = (-1, 0)


@pytest.mark.parametrize("name", GROCERY)
def test_grocery(grocery: World, name: str) -> None:
    for end in (grocery.base.ends[place] for place in ENDS):
        _check(grocery, GROCERY[name], end)


@pytest.mark.parametrize("name", TELECOM)
def test_telecom(telecom: World, name: str) -> None:
    for end in (telecom.base.ends[place] for place in ENDS):
        _check(telecom, TELECOM[name], end)


def _check(world: World, case: Case, end: dt.date) -> None:
    found = segmented(world, case.definition)
    places = names(case, found)
    wanted = {row["customer_id"]: row["segment"] for row in world.sql(case.sql(end)).to_pylist()}
    assigned = world.base.dataset.engine.backend.to_pyarrow(found.assigned(end)).to_pylist()
    assert len(assigned) == len(wanted)
    if case.definition["kind"] == "attribute":
        # a value that nobody has at the report's date is not a segment; then it is among the others or nobody's
        wanted = {who: segment if segment in places else _beyond(case) for who, segment in wanted.items()}
    assert {row["customer_id"]: row["segment"] for row in assigned} == {
        who: places[segment] for who, segment in wanted.items()
    }
    assert len(set(wanted.values())) > 1


def _beyond(case: Case) -> str:
    raise AssertionError(f"a segment of {case.definition} is missing")
