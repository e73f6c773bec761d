"""Who may leave, said by a weekly page, is what the page on churn says: the same customers, to the digit."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from segkit.churn.measure.risk import churn_outlook, churn_risk
from segkit.churn.records import ChurnOutlook, ChurnRisk
from segkit.churn.views.detail import losses_table, save_list_note
from segkit.churn.views.risk import churn_table, churn_tiles
from segkit.churn.views.weekly import may_leave_losses, may_leave_note, may_leave_table
from segkit.customers import customer_base
from segkit.data import Dataset
from segkit.errors import ParameterError
from segkit.page import head as page_head
from segkit.segments.measure.assign import SegmentedBase, segment
from tests.churn.measure.churn_worlds import contracts
from tests.customers.made import stating

DEFINITION: dict[str, Any] = {
    "horizon": 2,
    "unit": "month",
    "snapshots": 2,
    "models": ["logistic"],
    "involuntary": ["payment failed"],
    "contact_cost": 1,
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return contracts(tmp_path_factory.mktemp("outlook"), 2_000).base.dataset


@pytest.fixture(scope="module")
def weekly(dataset: Dataset) -> SegmentedBase:
    """As the weekly page asks for it: its ends, and the usage kept for them, do not reach back to the held-out date."""
    return segment(customer_base(dataset, period="week", periods=3), "tickets")


@pytest.fixture(scope="module")
def outlook(weekly: SegmentedBase) -> ChurnRisk:
    return looked(weekly, DEFINITION).risk


def looked(weekly: SegmentedBase, definition: dict[str, Any]) -> ChurnOutlook:
    """The outlook of a dataset whose file says so under `churn:`."""
    found = churn_outlook(stating(weekly, churn=definition))
    assert isinstance(found, ChurnOutlook)
    return found


@pytest.fixture(scope="module")
def risk(dataset: Dataset) -> ChurnRisk:
    """As the page on churn asks for it."""
    base = customer_base(dataset, period="month", periods=6)
    return churn_risk(segment(base, "tickets"), **DEFINITION)


def test_both_pages_have_the_same_numbers(outlook: ChurnRisk, risk: ChurnRisk) -> None:
    assert risk.frame is not None
    assert outlook.frame is not None
    pd.testing.assert_frame_equal(outlook.frame, risk.frame, check_exact=True)
    assert risk.losses is not None
    assert outlook.losses is not None
    pd.testing.assert_frame_equal(outlook.losses, risk.losses, check_exact=True)
    for name in ("customers", "expected", "low", "high", "value", "at_risk", "save_customers", "save_profit"):
        assert getattr(outlook, name) == getattr(risk, name), name
    assert (outlook.event, outlook.eligible, outlook.horizon_end) == (risk.event, risk.eligible, risk.horizon_end)


def test_both_pages_write_the_same_metrics(outlook: ChurnRisk, risk: ChurnRisk) -> None:
    weekly = [make(ChurnOutlook(outlook)) for make in (may_leave_note, may_leave_table, may_leave_losses)]
    own = [
        page_head(risk, subject="Made"),
        churn_tiles(risk),
        churn_table(risk),
        losses_table(risk),
        save_list_note(risk),
    ]
    said, wanted = (
        {metric.key: metric for block in blocks if block is not None for metric in block.metrics}
        for blocks in (weekly, own)
    )
    assert {key: said[key].value for key in said} == {key: wanted[key].value for key in said}
    assert {"churn_expected", "churn_at_risk", "churn_save_customers"} <= said.keys()


@pytest.mark.slow
def test_the_order_of_asking_changes_nothing(dataset: Dataset, outlook: ChurnRisk) -> None:
    """A weekly page that has looked at all its periods first says the same as one that has not."""
    again = segment(customer_base(dataset, period="week", periods=5), "tickets")
    again.all_totals()
    found = looked(again, DEFINITION).risk
    assert (found.expected, found.low, found.high) == (outlook.expected, outlook.low, outlook.high)


def test_no_definition_no_outlook(weekly: SegmentedBase) -> None:
    found = churn_outlook(weekly)
    assert not found
    assert [found.show.note(), found.show.table(), found.show.losses()] == ([None] * 3)


def test_too_short_a_history_gives_a_reason(weekly: SegmentedBase) -> None:
    found = looked(weekly, {"horizon": 20})
    assert may_leave_note(found) is None
    block = may_leave_table(found)
    assert block is not None
    assert "shorter horizon" in block.html


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"horizn": 3}, "`horizn` is not known. Did you mean `horizon`"),
        ({"horizon": "three"}, "`horizon: three` must be a whole number"),
        ({"horizon": True}, "horizon: true is no number"),
        ({"unit": 3}, "`unit: 3` must be one of 'week' or 'month'"),
        ({"involuntary": 3}, "`involuntary: 3` must be a list"),
        ({"voluntary_only": "perhaps"}, "`voluntary_only: perhaps` must be true or false"),
        ({"save_rate": "a fifth"}, "`save_rate: a fifth` must be a number"),
        ({"save_rate": 2}, "not above 0 and up to 1"),
    ],
)
def test_a_definition_that_is_not_one(weekly: SegmentedBase, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        churn_risk(weekly, **wrong)
