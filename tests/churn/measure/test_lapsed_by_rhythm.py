"""Churn by one's own rhythm: observed churn by plain SQL, a model that is tested on it, words, refusals."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from segkit.churn.measure.reckoning import prepare
from segkit.churn.measure.risk import churn_risk
from segkit.churn.options import ChurnOptions
from segkit.churn.records import ChurnOutlook, ChurnRisk
from segkit.churn.views.risk import churn_definition
from segkit.churn.views.weekly import may_leave_note
from segkit.errors import ParameterError
from segkit.page import head as page_head
from segkit.segments.measure.assign import SegmentedBase, segment
from tests.customers.plain_sql import BY_DAY
from tests.value.measure.value_worlds import simulated

OPTIONS = {"horizon": 8, "unit": "week", "snapshots": 2, "rhythm": 2.5, "single_gap": 45.0, "models": ("logistic",)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rhythm")


@pytest.fixture(scope="module")
def made(folder: Path) -> SegmentedBase:
    return segment(simulated(folder, 2_500), "value")


@pytest.fixture(scope="module")
def risk(made: SegmentedBase) -> ChurnRisk:
    return churn_risk(made, **OPTIONS)


def test_observed_and_held_out_churn_are_what_plain_sql_counts(risk: ChurnRisk, folder: Path) -> None:
    assert risk.observed is not None
    assert risk.held_out is not None
    log = folder / "log.parquet"

    def counted(start: object, end: object) -> tuple[int, int]:
        (found,) = duckdb.sql(
            f"""with a as ({BY_DAY.format(day=start, log=log)}), b as ({BY_DAY.format(day=end, log=log)})
            select count(*), sum((b.silent > b.longest)::int)::int from a join b using (customer_id)
            where a.silent <= a.longest"""
        ).fetchall()
        return found

    for row in risk.observed.periods.itertuples():
        assert (row.customers, row.left) == counted(row.start, row.end)
    assert (risk.held_out.customers, risk.held_out.left) == counted(risk.held_out.origin, risk.held_out.end)
    assert int(risk.observed.segments["customers"].sum()) == risk.held_out.customers
    (now,) = duckdb.sql(
        f"select count(*) from ({BY_DAY.format(day=risk.end, log=log)}) where silent <= longest"
    ).fetchall()
    assert risk.customers == now[0]


def test_the_risk_beats_how_much_silence_is_left(risk: ChurnRisk) -> None:
    assert risk.refusal is None
    assert risk.held_out is not None
    named = {candidate.name: candidate for candidate in risk.held_out.candidates}
    assert set(named) == {"logistic", "simple"}
    assert risk.held_out.simple == "the share that lapsed by days of silence left"
    assert risk.held_out.beats_simple == (
        named["logistic"].log_loss < named["simple"].log_loss and named["logistic"].auc > named["simple"].auc
    )
    assert named["logistic"].auc > 0.6
    assert risk.low <= risk.expected <= risk.high


def test_the_page_says_what_lapsing_is(risk: ChurnRisk) -> None:
    head = page_head(risk, subject="Made")
    assert "may lapse within 8 weeks" in head.fields["headline"].text
    told = churn_definition(risk).fields["paragraphs"][0].text
    assert (
        "longer than 2.5 times the customer’s own usual gap between purchases (45 days for who has bought once)"
        in told
    )
    assert "are not silent for as long" in told
    note = may_leave_note(ChurnOutlook(risk))
    assert note is not None
    assert "lapsed" in note.html


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rhythm": 0.5}, "not from 1 to 50 times"),
        ({"single_gap": 0.0}, "not from 1 to 3,650 days"),
        ({"models": ("purchases",)}, "not who lapses by their own"),
        ({"leave_out": ("days_to_lapse",)}, "simple rule"),
    ],
)
def test_options_out_of_bounds(made: SegmentedBase, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        prepare(made, ChurnOptions.read({**OPTIONS, **wrong}))
