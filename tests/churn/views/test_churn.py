"""The blocks of churn: traced, observed apart from predicted, and silent where there is no prediction."""

from __future__ import annotations

import dataclasses

import pytest

from segkit.churn.views.cohorts import cohort_retention_table
from segkit.churn.views.retention_charts import cohort_retention
from segkit.churn.views.risk_charts import reliability_diagram
from segkit.churn.views.risk_trust import churn_test_table
from segkit.page import Block, union
from segkit.page import head as page_head
from segkit.page.check import check_page
from segkit.wing import load
from tests.churn.views import churn_sample
from tests.declared import declared

VIEWS = {place.rpartition(":")[2]: load(place) for place in declared() if place.startswith("segkit.churn.")}
BLOCKS = (
    "churn_definition",
    "churn_drift",
    "churn_method",
    "churn_table",
    "churn_test_table",
    "churn_tiles",
    "cohort_churn_table",
    "cohort_retention_table",
    "drivers_table",
    "losses_table",
    "retention_table",
    "risk_distribution_table",
    "save_list_note",
)
FIGURES = (
    "cohort_retention",
    "drivers_chart",
    "gains_by_decile",
    "observed_chart",
    "reliability_diagram",
    "retention_chart",
    "risk_against_value",
)
SEEN = {
    "churn_definition",
    "churn_table",
    "churn_tiles",
    "cohort_churn_table",
    "cohort_retention",
    "cohort_retention_table",
    "observed_chart",
    "retention_table",
    "retention_chart",
}


def made(maker: str, refusal: str | None = None) -> Block | None:
    block: Block | None = VIEWS[maker](churn_sample.risk(refusal))
    return block


def test_one_page_has_one_number_a_key() -> None:
    blocks = [page_head(churn_sample.risk(), subject="Telecom")]
    blocks += [block for maker in (*BLOCKS, *FIGURES) if (block := made(maker)) is not None]
    assert len(blocks) == 1 + len(BLOCKS) + len(FIGURES)
    metrics = union(block.metrics for block in blocks)
    names = [name.text for block in blocks for statement in block.statements() for name in statement.names]
    for block in blocks:
        block.verify(metrics)
        check_page(block.html, names)
    assert metrics["churn_expected"].value == 200
    assert len(blocks[0].fields["headline"].text) <= 120


def test_observed_and_predicted_stand_in_columns_of_their_own() -> None:
    block = made("churn_table")
    assert block is not None
    table = block.fields
    assert [column["label"].text for column in table["columns"]][2:4] == [
        "Left, last 3 months",
        "Risk, next 3 months",
    ]
    small = table["rows"][0]
    assert [cell.text for cell in small["cells"][3:]] == ["–"] * 6
    assert small["quiet"]
    assert any("too few for a risk" in note.text for note in table["notes"])
    assert [cell.text for cell in table["rows"][-1]["cells"]][:2] == ["All", "4,000"]


def test_drivers_are_associations_in_words() -> None:
    block = made("drivers_table")
    assert block is not None
    rows = [[cell.text for cell in row["cells"]] for row in block.fields["rows"]]
    assert len(rows) == 3
    assert rows[0][:3] == ["Ticket, times in the last 3 months", "each 1 more", "1.4×"]
    assert rows[1][1] == "against Postpaid"
    assert rows[2][1] == "two fifths less"
    assert "not causes" in block.fields["notes"][0].text


def test_the_chart_and_the_table_of_drivers_show_the_same_rows() -> None:
    """Several levels of one feature: the strongest is drawn and listed, the others are folded away."""
    risk = churn_sample.risk()
    first = risk.drivers[0]
    weaker = dataclasses.replace(first, label="a weaker level", difference=first.difference / 2, low=0.001)
    more = dataclasses.replace(risk, drivers=(weaker, *risk.drivers))
    drawn = more.show.drivers().fields["table"]["rows"]
    listed = more.show.drivers_table().fields
    shown = [[cell.text for cell in row["cells"]] for row in listed["rows"]]
    assert [row["cells"][1].text for row in drawn] == [cells[4] for cells in shown]
    assert len(shown) == 3
    (folded,) = listed["folded"]["rows"]
    assert folded["cells"][0].text == "A weaker level"


def test_a_model_that_loses_says_so() -> None:
    risk = churn_sample.risk()
    assert risk.held_out is not None
    lost = dataclasses.replace(risk, held_out=dataclasses.replace(risk.held_out, beats_simple=False))
    block = churn_test_table(lost)
    assert block is not None
    assert any("No model beats the simple rule" in note.text for note in block.fields["notes"])


def test_nothing_worth_a_call_is_said() -> None:
    risk = dataclasses.replace(churn_sample.risk(), save_customers=0, save_profit=0.0)
    assert "no call pays" in page_head(risk, subject="Telecom").fields["decision"].text


@pytest.mark.parametrize("maker", [*BLOCKS, *FIGURES])
def test_a_refusal_shows_what_was_observed_and_no_risk(maker: str) -> None:
    block = made(maker, "Nobody left, so that those who leave cannot be told from others.")
    assert (block is not None) == (maker in SEEN)
    if block is not None:
        predicted = ("churn_of_", "churn_expected", "churn_mean_risk", "churn_at_risk", "churn_save")
        assert not any(metric.key.startswith(predicted) for metric in block.metrics)
    if maker == "churn_table":
        assert block is not None
        assert "Nobody left" in block.html


def test_the_page_tells_of_the_days_after_the_last_one_known() -> None:
    head = page_head(churn_sample.risk(), subject="Telecom")
    assert head.fields["as_of"].text == "24 Dec 2017"
    assert head.fields["period"].text == "25 Dec 2017 – 24 Mar 2018"


def test_a_refusal_is_the_headline() -> None:
    head = page_head(churn_sample.risk("Too short a history."), subject="Telecom")
    # what was observed is drawn, and nothing is predicted
    assert {metric.key.split("_")[1] for metric in head.metrics} == {"observed", "period"}
    assert "cannot be told" in head.fields["headline"].text


def test_the_reliability_diagram_says_how_far_its_points_lie_from_the_diagonal() -> None:
    block = made("reliability_diagram")
    assert block is not None
    told = block.fields["alt"].text.replace("\u202f", " ")
    # of the hand-made tenths the first is furthest: 13 % predicted, 14.5 % left
    assert "at most 1.5 pp off the diagonal" in told
    assert "there 13 % was predicted and 14.5 % left" in told
    risk = churn_sample.risk()
    assert risk.held_out is not None
    tenths = risk.held_out.tenths.assign(observed=lambda t: t["observed"].where(t["tenth"] != 10, 0.4))
    far = reliability_diagram(dataclasses.replace(risk, held_out=dataclasses.replace(risk.held_out, tenths=tenths)))
    assert far is not None
    assert "at most 39.2 pp off" in far.fields["alt"].text.replace("\u202f", " ")


def test_cohorts_are_compared_where_two_have_been_seen_and_projected_where_one_has_been_seen_long_enough() -> None:
    block = made("cohort_retention_table")
    assert block is not None
    labels = [column["label"].text for column in block.fields["columns"]]
    assert labels[3:] == ["After 12 months", "From", "To", "After 24, projected", "By"]
    rows = [[cell.text.replace("\u202f", " ") for cell in row["cells"]] for row in block.fields["rows"]]
    assert rows[0] == ["2016 Q3", "400", "15", "78.5 %", "76.5 %", "80.5 %", "61.6 %", "sBG"]
    assert rows[2] == ["2017 Q3", "400", "3", "–", "–", "–", "–", "–"]
    young = dataclasses.replace(churn_sample.risk(), cohort_curves=churn_sample.risk().cohort_curves[2:])
    assert cohort_retention_table(young) is None
    assert cohort_retention(young) is None


def notes(block: Block) -> str:
    return " ".join(note.text for note in block.fields["notes"])
