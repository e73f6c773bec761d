"""Whether data have arrived: small shops whose days are known, seen as of a day, and what a dataset file may say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from segkit.customers.base import customer_base, reach
from segkit.customers.periods import period_ending, stretch_of
from segkit.customers.views.reach import reach_of
from segkit.data import open_dataset
from segkit.data.arrivals import coverage
from segkit.errors import NotYetError, ParameterError

END = dt.date(2024, 6, 30)  # a Sunday
START = dt.date(2024, 1, 1)
YAML = """
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions: {{path: sales.csv}}
{more}
"""
Make = Callable[..., Path]


def every_day(until: dt.date = END, shops: Iterable[str] = ("1", "2", "3")) -> list[tuple[dt.date, str]]:
    many = (until - START).days + 1
    return [(START + dt.timedelta(days=k), shop) for k in range(many) for shop in shops]


@pytest.fixture
def shop(tmp_path: Path) -> Make:
    """A dataset file of a shop with sales on the days given."""

    def make(sales: Iterable[tuple[dt.date, str]], more: str = "") -> Path:
        rows = [f"{number % 40},{day},10.00,{store},{number}" for number, (day, store) in enumerate(sales)]
        (tmp_path / "params" / "datasets").mkdir(parents=True, exist_ok=True)
        (tmp_path / "sales.csv").write_text("\n".join(["customer_id,time,amount,store,order_id", *rows]) + "\n")
        file = tmp_path / "params" / "datasets" / "shop.yaml"
        file.write_text(YAML.format(more=more))
        return file

    return make


def test_a_shop_with_sales_up_to_the_last_day_is_complete(shop: Make) -> None:
    found = reach(open_dataset(shop(every_day()), END))
    assert found.complete
    assert (found.last_day, found.next_end) == (END, dt.date(2024, 7, 7))
    assert found.sentences() == ()


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 14])
def test_missing_days_are_refused(shop: Make, cut: int) -> None:
    file = shop(every_day(END - dt.timedelta(days=cut)))
    with pytest.raises(NotYetError, match=f"nothing after {END - dt.timedelta(days=cut)}") as refused:
        customer_base(open_dataset(file, END))
    assert refused.value.exit_code == 75


def test_a_shop_closed_on_sundays_is_complete_on_a_sunday_and_not_on_a_monday(shop: Make) -> None:
    file = shop([sale for sale in every_day() if sale[0].weekday() != 6])
    assert reach(open_dataset(file, END)).complete
    with pytest.raises(NotYetError, match="nothing after 2024-06-29"):
        reach(open_dataset(file, END + dt.timedelta(days=1)))


def test_public_holidays_are_not_missed(shop: Make) -> None:
    day = dt.date(2024, 5, 20)  # Whit Monday
    file = shop(every_day(day - dt.timedelta(days=1)), "country: DE")
    assert reach(open_dataset(file, day)).complete
    file = shop(every_day(day - dt.timedelta(days=1)))
    with pytest.raises(NotYetError):
        reach(open_dataset(file, day))


def test_a_store_silent_for_the_last_week_is_missed_and_after_two_weeks_closed(shop: Make) -> None:
    def sales(last: dt.date) -> list[tuple[dt.date, str]]:
        return [(day, store) for day, store in every_day() if store != "2" or day <= last]

    with pytest.raises(NotYetError, match="store 2 has sent nothing after 2024-06-23, while others did"):
        reach(open_dataset(shop(sales(END - dt.timedelta(days=7))), END))
    found = reach(open_dataset(shop(sales(END - dt.timedelta(days=14))), END))
    assert found.complete
    assert [(group.label, group.last_day) for group in found.closed] == [("store 2", dt.date(2024, 6, 16))]
    # told once, not for ever
    assert reach(open_dataset(shop(sales(END - dt.timedelta(days=28))), END)).closed == ()


def test_the_file_says_who_is_closed_and_that_a_page_may_say_what_is_missing(shop: Make) -> None:
    sales = [(day, store) for day, store in every_day() if store != "2" or day <= END - dt.timedelta(days=7)]
    named = "freshness: {transactions: {closed: {store: 2}}}"
    assert reach(open_dataset(shop(sales, named), END)).complete
    warned = reach(open_dataset(shop(sales, "freshness: {transactions: {incomplete: warn}}"), END))
    assert warned.state == "warned"
    assert warned.sentences() == ("store 2 has sent nothing since 2024-06-23",)
    assert reach(open_dataset(shop(sales, "freshness: {transactions: {groups: []}}"), END)).complete


def test_an_event_that_closes_a_store_is_news_from_its_day_on_and_no_missing_data(shop: Make) -> None:
    sales = [(day, store) for day, store in every_day() if store != "2" or day <= END - dt.timedelta(days=7)]
    closing = "events: [{{name: closing of Bonn, from: {day}, closes: {{store: 2}}}}]"
    found = reach(open_dataset(shop(sales, closing.format(day="2024-06-24")), END))
    assert found.complete
    assert [(group.label, group.event) for group in found.closed] == [("store 2", "closing of Bonn")]
    said = reach_of(found)
    assert said is not None
    assert [one.text for one in said.closed] == ["Store 2 has closed (closing of Bonn): its last day was 23 Jun 2024"]
    # an event that is still to come explains no silence, nor does one of another store
    with pytest.raises(NotYetError, match="store 2 has sent nothing"):
        reach(open_dataset(shop(sales, closing.format(day="2024-07-01")), END))
    with pytest.raises(NotYetError, match="store 2 has sent nothing"):
        reach(open_dataset(shop(sales, closing.format(day="2024-06-24").replace("store: 2", "store: 3")), END))


def test_what_is_not_complete_is_compared_with_nothing(shop: Make) -> None:
    file = shop(every_day(END - dt.timedelta(days=2)), "freshness: {transactions: {incomplete: warn}}")
    base = customer_base(open_dataset(file, END), periods=5)
    assert base.previous is None
    assert base.ends == (END,)
    assert len(base.missing_ends) == 4


@pytest.mark.parametrize(
    ("limits", "missing", "state"),
    [
        ("warn_after: 1 day, error_after: 3 days", 1, "complete"),
        ("warn_after: 1 day, error_after: 3 days", 2, "warned"),
        ("warn_after: 1 day, error_after: 3 days", 4, "refused"),
        ("error_after: 1 period", 7, "complete"),
        ("error_after: 1 period", 8, "refused"),
        ("warn_after: 0", 1, "warned"),
    ],
)
def test_limits_of_the_file_stand_in_place_of_what_arrives(shop: Make, limits: str, missing: int, state: str) -> None:
    file = shop(every_day(END - dt.timedelta(days=missing)), f"freshness: {{transactions: {{{limits}}}}}")
    dataset = open_dataset(file, END)
    assert coverage(dataset, stretch_of(period_ending(END, "week"))).state == state


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("freshness: {transaction: {}}", "`transaction` is no table with days of this dataset. Did you mean"),
        (
            "events: [{name: closing, from: 2024-06-01, closes: {shop: 2}}]",
            "`shop` is no column of groups of a table",
        ),
        ("freshness: {transactions: {groups: [shop]}}", "`shop` is no column of groups of the table transactions"),
    ],
)
def test_what_the_tables_do_not_have_is_refused(shop: Make, written: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        reach(open_dataset(shop(every_day(), written), END))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("freshness: {transactions: {warn_after: soon}}", "is no stretch of time"),
        ("freshness: {transactions: {late: 2 days}}", "`freshness.transactions.late` is not a known key"),
        ("country: Germany", "two letters of ISO 3166"),
    ],
)
def test_what_cannot_be_read_is_refused(shop: Make, written: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        open_dataset(shop(every_day(), written), END)
