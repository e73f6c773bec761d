"""Tables declared by their columns: what a cell shows, and how its number is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from segkit.errors import ReportError
from segkit.page import Block, Metric, Statement, literal
from segkit.page.columns import Row, TableColumn, named_rows, numbered_rows, segment_rows, table_block, whole_row

CAPTION = literal("Who left")


@dataclass(frozen=True, slots=True)
class _Counted:
    n: int


@dataclass(frozen=True)
class _Segment:
    name: str
    colour: str = "#123456"


def texts(block: Block) -> list[list[str]]:
    return [[cell.text for cell in found["cells"]] for found in block.fields["rows"]]


def numbers(block: Block) -> dict[str, tuple[float | None, str]]:
    return {metric.key: (metric.value, metric.currency or metric.unit) for metric in block.metrics}


def test_numbers_are_named_after_table_row_and_column() -> None:
    columns = [
        TableColumn("Plan", "plan", "words"),
        TableColumn("Left", "left", "customers"),
        TableColumn("Value", "value", "EUR"),
        TableColumn("Change", "change", "points", "signed"),
    ]
    found = [
        {"plan": "Post-paid L", "left": 12, "value": 1240.0, "change": 0.01},
        {"plan": "Basic", "left": None, "value": 700.0, "change": -0.02, "suppressed": True},
    ]
    block = table_block(CAPTION, columns, named_rows("left", found, by="plan"))
    assert texts(block) == [
        ["Post-paid L", "12", "€1,240", "+1\u202fpp"],
        ["Basic", "–", "€700", "−2\u202fpp"],
    ]
    assert numbers(block) == {
        "left_post_paid_l_left": (12, "customers"),
        "left_post_paid_l_value": (1240.0, "EUR"),
        "left_post_paid_l_change": (0.01, "points"),
        "left_basic_left": (None, "customers"),
        "left_basic_value": (700.0, "EUR"),
        "left_basic_change": (-0.02, "points"),
    }
    assert [found["quiet"] for found in block.fields["rows"]] == [False, True]
    assert [found["align"] for found in block.fields["columns"]] == ["text", "number", "number", "number"]


def test_a_cell_shows_what_the_row_brings() -> None:
    columns = [TableColumn("What", "what", "words"), TableColumn("Number", "n", "count")]
    told = Statement.of("about {n}", n=Metric("known", 3, "count"))
    rows = [
        Row("a", {"what": dt.date(2025, 3, 1), "n": Metric("elsewhere", 5, "count")}),
        Row("b", {"what": told, "n": 7}),
        Row("c", {"what": None, "n": None}),
        Row("d", {"what": "words"}, partial=True),
    ]
    block = table_block(CAPTION, columns, rows)
    assert texts(block) == [["1 Mar 2025", "5"], ["about 3", "7"], ["–", "–"], ["words", "–"]]
    # what is not known has a key; what the row does not have has none
    assert numbers(block) == {k: (v, "count") for k, v in {"elsewhere": 5, "known": 3, "b_n": 7, "c_n": None}.items()}


def test_an_interval_is_two_numbers_or_a_dash() -> None:
    columns = [TableColumn("What", "what", "words"), TableColumn("From and to", ("low", "high"), "change", "signed")]
    rows = [
        Row("a", {"what": "share", "low": -0.01, "high": 0.02}, unit="share"),
        Row("b", {"what": "money", "low": 100.0, "high": 200.0}, unit="EUR"),
        Row("c", {"what": "open", "low": 1.0, "high": None}, unit="EUR"),
    ]
    block = table_block(CAPTION, columns, rows)
    assert [cells[1] for cells in texts(block)] == ["−1\u202fpp to +2\u202fpp", "+€100 to +€200", "–"]
    assert numbers(block)["a_low"] == (-0.01, "points")
    assert numbers(block)["b_high"] == (200.0, "EUR")


def test_segments_have_their_colour_and_the_whole_comes_last() -> None:
    columns = [TableColumn("Segment", "segment", "words"), TableColumn("Customers", "n", "customers")]
    found = [{"segment": "New", "n": 4, "suppressed": False}, {"segment": "💀", "n": None, "suppressed": True}]
    rows = [*segment_rows("size", [_Segment("New"), _Segment("💀")], found), whole_row("size", {"n": 9})]
    block = table_block(CAPTION, columns, rows)
    assert texts(block) == [["New", "4"], ["💀", "–"], ["All", "9"]]
    assert list(numbers(block)) == ["size_new_n", "size_segment_2_n", "size_all_n"]
    assert [(r["colour"], r["quiet"], r["total"]) for r in block.fields["rows"]] == [
        ("#123456", False, False),
        ("#123456", True, False),
        (None, False, True),
    ]


def test_cells_stand_out_by_the_part_of_their_column() -> None:
    columns = [
        TableColumn("What", "what", "words"),
        TableColumn("A", "a", "index"),
        TableColumn("B", ("low", "high"), "index"),
    ]
    rows = [Row("x", {"what": "one", "a": 1, "low": 1, "high": 2}, strong=("high", "a"))]
    assert table_block(CAPTION, columns, rows).fields["rows"][0]["strong"] == [1, 2]


def test_rows_without_names_are_numbered() -> None:
    columns = [TableColumn("N", "n", "count")]
    assert list(numbers(table_block(CAPTION, columns, numbered_rows("band", [{"n": 1}, {"n": 2}])))) == [
        "band_0_n",
        "band_1_n",
    ]
    # a record is read by the names of its fields
    assert list(numbers(table_block(CAPTION, columns, numbered_rows("band", [_Counted(5)], since=1)))) == ["band_1_n"]


def test_folded_rows_have_the_same_columns() -> None:
    columns = [TableColumn("N", "n", "count")]
    block = table_block(
        CAPTION, columns, [Row("a", {"n": 1})], folded=[Row("b", {"n": 2})], folded_title=literal("More")
    )
    assert block.fields["folded"]["rows"][0]["cells"][0].text == "2"


def test_a_row_that_lacks_what_a_column_shows_is_refused() -> None:
    with pytest.raises(ReportError, match="“Who left”: a row has no lefft, which columns show; it has left"):
        table_block(CAPTION, [TableColumn("Left", "lefft", "count")], [Row("a", {"left": 1})])


@pytest.mark.parametrize("unit", ["money", "euros", "text"])
def test_a_unit_that_is_none_is_refused(unit: str) -> None:
    with pytest.raises(ReportError, match="write a currency such as EUR, or one of"):
        TableColumn("Left", "left", unit)


def test_one_key_for_two_numbers_is_refused() -> None:
    with pytest.raises(ReportError, match="two values on one page"):
        table_block(CAPTION, [TableColumn("N", "n", "count")], [Row("a", {"n": 1}), Row("a", {"n": 2})])


def test_a_chart_takes_its_numbers_from_the_column() -> None:
    rate, found = TableColumn("Rate", "rate", "share"), Row("left_basic", {"rate": 0.5})
    (stated,) = table_block(CAPTION, [rate], [found]).metrics
    assert rate.metric(found) == stated == Metric("left_basic_rate", 0.5, "share")
