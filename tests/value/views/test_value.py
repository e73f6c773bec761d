"""The blocks of customer value: traced, reconciling, and silent where there is no forecast."""

from __future__ import annotations

import dataclasses

import pytest

from segkit.page import head as page_head
from segkit.page import union
from segkit.statistics.told import Figure, Told
from segkit.value.views.concentration_charts import lorenz_curve, value_deciles
from segkit.value.views.forecast_charts import (
    calibration_by_decile,
    calibration_by_history,
    holdout_tracking,
    size_against_value,
    value_by_decile,
    value_lorenz,
)
from segkit.value.views.forecast_trust import backtest_table
from segkit.value.views.tables import value_table, value_tiles
from segkit.value.views.value_change import value_change_by_segment
from segkit.wing import load
from tests.declared import declared
from tests.value.views import value_sample

VIEWS = {place.rpartition(":")[2]: load(place) for place in declared() if place.startswith("segkit.value.")}
BLOCKS = (
    *("value_tiles", "value_table", "value_change_table", "value_change_by_segment", "value_deciles_table"),
    *("backtest_table", "value_method"),
)
FIGURES = (
    "calibration_by_decile",
    "calibration_by_history",
    "holdout_tracking",
    "size_against_value",
    "value_by_decile",
    "value_lorenz",
)


def test_one_page_has_one_number_a_key() -> None:
    value = value_sample.value()
    blocks = [page_head(value, subject="Grocery")]
    blocks += [VIEWS[maker](value) for maker in BLOCKS]
    blocks += [VIEWS[maker](value) for maker in FIGURES]
    metrics = union(block.metrics for block in blocks)
    for block in blocks:
        block.verify(metrics)
        assert block.html
    assert metrics["customer_value_future"].value == 750_000.0
    assert len(blocks[0].fields["headline"].text) <= 120


def test_the_table_has_a_row_a_segment_and_the_whole() -> None:
    table = value_table(value_sample.value()).fields
    assert [row["cells"][0].text for row in table["rows"]] == ["New", "Active", "Overdue", "All"]
    assert "$1.75m" in table["rows"][-1]["cells"][6].text


def test_value_at_risk_is_a_share_of_what_would_come() -> None:
    value = value_sample.value()
    block = value_tiles(value)
    assert block is not None
    metrics = union([block.metrics])
    assert metrics["customer_value_at_risk_share"].value == pytest.approx(0.1 / 1.1)
    assert value.backtest is not None
    naive = dataclasses.replace(value, backtest=dataclasses.replace(value.backtest, used="baseline"))
    block = value_tiles(naive)
    assert block is not None
    assert union([block.metrics])["customer_value_at_risk_share"].value == pytest.approx(0.1)
    assert "if everybody were still there" in value_table(value).html
    assert "times the probability" in value_table(naive).html


def test_changes_of_segments_sum_to_the_change() -> None:
    value = value_sample.value()
    block = value_change_by_segment(value)
    assert block is not None
    metrics = union([block.metrics])
    parts = ("previous", "now", "size_and_mix", "rate", "change")
    wholes = ("future_before", "future", "change_moved", "change_rate", "change")
    for part, whole in zip(parts, wholes, strict=True):
        amounts = [m.value for key, m in metrics.items() if "value_change_of" in key and key.endswith(f"_{part}")]
        assert len(amounts) == 3
        assert sum(amounts) == pytest.approx(metrics[f"customer_value_{whole}"].value, abs=0.01)  # type: ignore[arg-type]


@pytest.mark.parametrize("maker", [*BLOCKS, *FIGURES])
def test_a_refusal_shows_a_sentence_and_no_number(maker: str) -> None:
    value = value_sample.value(
        Told.of(
            "BG/NBD: {customers} customers are too few; at least {least} are needed.",
            customers=Figure(12, "count"),
            least=Figure(100, "count"),
        )
    )
    block = VIEWS[maker](value)
    if maker == "value_table":
        assert "12 customers are too few" in block.html
        assert {m.key: m.value for m in block.metrics} == {
            "customer_value_refused_customers": 12,
            "customer_value_refused_least": 100,
        }
    else:
        assert block is None


def test_a_refusal_is_the_headline() -> None:
    head = page_head(value_sample.value("Too few."), subject="Grocery")
    assert head.metrics == ()
    assert "cannot be told" in head.fields["headline"].text


def test_held_out_periods_begin_the_day_after_the_fit_s_last() -> None:
    """The fit saw 1 October; 2 October to 24 December is what was held out."""
    value = value_sample.value()
    span = "2 Oct – 24 Dec 2017"
    table = backtest_table(value)
    assert table is not None
    assert table.fields["rows"][0]["cells"][0].text == span
    for block in (
        holdout_tracking(value),
        calibration_by_history(value),
        calibration_by_decile(value),
    ):
        assert block is not None
        assert span in block.html
        assert "1 Oct" not in block.html
    head = page_head(value, subject="Grocery")
    assert head.fields["period"].text == "25 Dec 2017 – 24 Dec 2018"


def test_no_two_titles_of_a_panel_are_alike() -> None:
    """Titles that begin with the same words are read as the same."""
    value = value_sample.value()
    assert value.spread is not None
    panels = (
        [size_against_value(value), value_by_decile(value), value_lorenz(value)],
        [
            holdout_tracking(value),
            calibration_by_history(value),
            calibration_by_decile(value),
        ],
        [value_deciles(value.spread.concentration), lorenz_curve(value.spread.concentration)],
    )
    for panel in panels:
        titles = [block.fields["title"].text for block in panel if block is not None]
        assert len(titles) == len(panel)
        assert len({" ".join(title.split()[:2]) for title in titles}) == len(titles), titles


def test_the_page_says_by_what_the_forecast_was_moved_and_what_it_cannot_tell() -> None:
    value = value_sample.value()
    assert value.backtest is not None

    def notes(**changes: object) -> str:
        errors = dataclasses.replace(value_sample.ERRORS, **changes.pop("errors", {}))  # type: ignore[arg-type]
        assert value.backtest is not None
        tested = dataclasses.replace(value.backtest, errors=errors, **changes)  # type: ignore[arg-type]
        block = backtest_table(dataclasses.replace(value, backtest=tested))
        assert block is not None
        return " ".join(note.text for note in block.fields["notes"]).replace("\u202f", " ")

    assert "is moved by it" not in notes()
    assert "cannot tell" not in notes()
    known = notes(errors={"tests": 4, "bias": -0.157, "bias_sd": 0.01, "freedom": 3})
    assert "What came was 85.5 % of what was said on average" in known
    assert "more than 3 times its own error in 4 periods" in known
    assert "these data cannot tell" in notes(errors={"factor": 8.0})
    assert "these data cannot tell" not in notes(errors={"factor": 8.0}, holdout_days=364)
    seasonal = notes(errors={"factor": 8.0}, season=1.25)
    assert "+25 % for the horizon" in seasonal
    assert "cannot tell" not in seasonal


def test_a_model_that_loses_says_so() -> None:
    value = value_sample.value()
    assert value.backtest is not None
    lost = dataclasses.replace(
        value, backtest=dataclasses.replace(value.backtest, used="baseline", baseline_error=0.01)
    )
    block = backtest_table(lost)
    assert block is not None
    assert any("lost to the naive forecast" in note.text for note in block.fields["notes"])


def test_contracts_without_payments_say_nothing_of_what_was_brought() -> None:
    """Fees of contracts are no payments: nothing is written where zero would stand, and the page says why."""
    known = value_sample.value()
    assert known.spread is not None
    known = dataclasses.replace(known, spread=dataclasses.replace(known.spread, losses=None))
    unknown = dataclasses.replace(known, past_known=False)
    for maker in ("value_tiles", "value_table", "value_deciles_table", "value_by_decile", "size_against_value"):
        said, left_out = VIEWS[maker](known), VIEWS[maker](unknown)
        assert "so far" in said.html.lower(), maker
        assert "so far</th>" not in left_out.html.lower(), maker
        if maker != "value_table":
            assert "so far" not in left_out.html.lower(), maker
    assert "have contracts and their fees, and no payments" in VIEWS["value_table"](unknown).html
