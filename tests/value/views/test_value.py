"""The blocks of customer value: traced, reconciling, and silent where there is no forecast."""

from __future__ import annotations

import dataclasses

import pytest

from segkit.page import union
from segkit.value.views.changes import value_change_by_segment
from segkit.value.views.tables import value_headline, value_table
from segkit.value.views.trust import backtest_table
from segkit.wing import load
from tests.declared import declared
from tests.value.views import value_sample

VIEWS = {place.rpartition(":")[2]: load(place) for place in declared() if place.startswith("segkit.value.")}
BLOCKS = (
    *("value_tiles", "value_table", "value_change", "value_change_by_segment", "value_deciles_table"),
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
    blocks = [value_headline(value, subject="Grocery")]
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
    assert [row["cells"][0].text for row in table["rows"]] == ["New", "Active", "At risk", "All"]
    assert "$1.75m" in table["rows"][-1]["cells"][6].text


def test_changes_of_segments_sum_to_the_change() -> None:
    value = value_sample.value()
    block = value_change_by_segment(value)
    assert block is not None
    metrics = union([block.metrics])
    parts = ("previous", "now", "size_and_mix", "rate", "change")
    wholes = ("total_before", "total", "change_moved", "change_rate", "change")
    for part, whole in zip(parts, wholes, strict=True):
        amounts = [m.value for key, m in metrics.items() if "value_change_of" in key and key.endswith(f"_{part}")]
        assert len(amounts) == 3
        assert sum(amounts) == pytest.approx(metrics[f"customer_value_{whole}"].value, abs=0.01)  # type: ignore[arg-type]


@pytest.mark.parametrize("maker", [*BLOCKS, *FIGURES])
def test_a_refusal_shows_a_sentence_and_no_number(maker: str) -> None:
    value = value_sample.value("BG/NBD: 12 customers are too few; at least 100 are needed.")
    block = VIEWS[maker](value)
    if maker == "value_table":
        assert "12 customers are too few" in block.html
        assert block.metrics == ()
    else:
        assert block is None


def test_a_refusal_is_the_headline() -> None:
    head = value_headline(value_sample.value("Too few."), subject="Grocery")
    assert head.metrics == ()
    assert "cannot be told" in head.fields["headline"].text


def test_a_model_that_loses_says_so() -> None:
    value = value_sample.value()
    assert value.backtest is not None
    lost = dataclasses.replace(
        value, backtest=dataclasses.replace(value.backtest, used="baseline", baseline_error=0.01)
    )
    block = backtest_table(lost)
    assert block is not None
    assert any("lost to the naive forecast" in note.text for note in block.fields["notes"])
