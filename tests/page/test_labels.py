"""One word, one meaning: what a label says of all customers is one number on a page."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from segkit.churn.records import ChurnOutlook
from segkit.page import Block, Metric, literal
from segkit.page.columns import Row, TableColumn, table_block, whole_row
from segkit.page.result import Result
from segkit.page.tile import plain_tile
from tests.campaigns.views import lift_sample
from tests.churn.views import churn_sample
from tests.kpis.views import sample
from tests.page.labels import conflicts, names_as_labels, names_spelt_twice, rows_said_twice
from tests.value.views import value_sample

PAGES = {
    "churn": (churn_sample.risk(),),
    "value": (value_sample.value(),),
    "campaign": (lift_sample.randomised(),),
    "weekly": (sample.concentration(), ChurnOutlook(churn_sample.risk())),
    "value and churn": (value_sample.value(), churn_sample.risk()),
}


def shown(results: tuple[Result, ...]) -> Iterator[Block]:
    for result in results:
        for view in dir(result.show):
            block = getattr(result.show, view)()
            yield from () if block is None else (block,) if isinstance(block, Block) else block


@pytest.mark.parametrize("page", [*PAGES])
def test_a_label_of_a_page_has_one_meaning(page: str) -> None:
    blocks = list(shown(PAGES[page]))
    assert conflicts(blocks) == {}
    assert rows_said_twice(blocks) == {}


def test_a_label_with_two_meanings_is_found() -> None:
    tile = Block.of(
        "tiles", {"tiles": [plain_tile(literal("Churn"), Metric("churn_month", 0.021, "share"), literal("a month"))]}
    )
    table = table_block(
        literal("Churn"),
        [TableColumn("Segment", "segment", "own"), TableColumn("Churn", "rate", "share")],
        [whole_row("churn", {"rate": 0.057})],
    )
    assert conflicts([tile, table]) == {"churn": {(0.021, "share"), (0.057, "share")}}
    assert conflicts([tile, tile]) == {}
    assert conflicts([table]) == {}


def test_a_row_with_two_meanings_is_found() -> None:
    columns = [TableColumn("Segment", "segment", "own"), TableColumn("Share", "share", "share")]
    of_all = table_block(literal("Customers"), columns, [Row("size_new", {"segment": "New", "share": 0.06})])
    of_value = table_block(literal("Value"), columns, [Row("value_new", {"segment": "New", "share": 0.007})])
    assert rows_said_twice([of_all, of_value]) == {("segment", "New", "share"): {(0.06, "share"), (0.007, "share")}}
    assert rows_said_twice([of_all, of_all]) == {}
    by_plan = [TableColumn("Plan", "segment", "own"), TableColumn("Share", "share", "share")]
    of_plans = table_block(literal("Plans"), by_plan, [Row("plan_new", {"segment": "New", "share": 0.007})])
    assert rows_said_twice([of_all, of_plans]) == {}


def test_a_row_that_heads_others_says_what_they_are_of() -> None:
    columns = [TableColumn("Segment", "segment", "own"), TableColumn("Share", "share", "share")]

    def under(title: str, share: float) -> list[Row]:
        heading = Row("", {"segment": title, "share": literal("")}, total=True)
        return [heading, Row(f"{title.lower()}_new", {"segment": "New", "share": share})]

    panel = table_block(literal("Both"), columns, [*under("Lifecycle", 0.06), *under("Growth", 0.007)])
    assert rows_said_twice([panel]) == {}
    again = table_block(literal("Again"), columns, under("Growth", 0.009))
    assert rows_said_twice([panel, again]) == {("Growth", "New", "share"): {(0.007, "share"), (0.009, "share")}}


def test_a_segment_that_lends_its_name_to_a_sum_of_money_is_found() -> None:
    columns = [TableColumn("Segment", "segment", "own"), TableColumn("Left", "left", "customers")]
    segments = table_block(
        literal("Left"), columns, [Row("of_risk", {"segment": "Overdue", "left": 9}, colour="#112233")]
    )
    money = Metric("lost", 128_000.0, "money", "EUR")
    tile = Block.of("tiles", {"tiles": [plain_tile(literal("Overdue"), money, literal("of all"))]})
    assert names_as_labels([segments, tile]) == {"overdue"}
    assert names_as_labels([segments]) == set()


def test_names_of_two_segments_that_differ_in_capitals_are_found() -> None:
    columns = [TableColumn("Segment", "segment", "own"), TableColumn("Left", "left", "customers")]
    life = table_block(literal("Lifecycle"), columns, [Row("of_risk", {"segment": "At risk", "left": 9})])
    scores = table_block(literal("Scores"), columns, [Row("of_scores", {"segment": "At Risk", "left": 7})])
    assert names_spelt_twice([life, scores]) == {"at risk"}
    assert names_spelt_twice([life, life]) == set()


def test_no_driver_is_listed_whose_interval_holds_no_association() -> None:
    """Odds alone may exclude it where the difference of the risk does not."""
    risk = churn_sample.risk()
    driver = dataclasses.replace(risk.drivers[0], clear=True, low=-0.008, difference=0.104, high=0.216)
    assert not driver.sure
    assert dataclasses.replace(driver, low=0.008).sure
    only = dataclasses.replace(risk, drivers=(driver,))
    assert only.show.drivers() is None
    assert only.show.drivers_table().kind == "notes"
